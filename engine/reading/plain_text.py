"""Bytes that are text in some encoding become lines in UTF-8."""

from __future__ import annotations

import codecs
import re

from engine.parts import Wrong
from engine.reading.limits import fault, formats

MARKS = ((codecs.BOM_UTF8, "UTF-8"), (codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"))
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "latin-1": "Latin-1",
    "iso-8859-15": "Latin-9",
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
    "cp1252": "Windows-1252",
    "cp437": "DOS",
    "mac-roman": "Mac Roman",
    "shift-jis": "Shift-JIS",
    "gb18030": "GB 18030",
    "big5": "Big5",
    "euc-kr": "EUC-KR",
}
CHUNK = 2**22
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def plain(path: str, raw: bytes, encoding: str = "") -> tuple[bytes, str]:
    """The text in UTF-8 with plain line ends, and the name of the encoding that it had. Raises Wrong."""
    content, name = _decoded(path, raw, encoding)
    if b"\0" in content:
        row = content[: content.index(b"\0")].count(b"\n") + 1
        raise fault(path, f"is not a text file: row {row} holds a NUL byte; give {formats()}")
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return content, name


def _decoded(path: str, raw: bytes, encoding: str) -> tuple[bytes, str]:
    asked = encoding.lower().replace("_", "-").strip()
    if asked:
        known = {name.lower(): key for key, name in ENCODINGS.items()} | {key: key for key in ENCODINGS}
        if asked not in known:
            raise Wrong("encoding", f"{encoding!r} is not known; give one of {', '.join(ENCODINGS)}")
        return _as(path, raw, known[asked]), ENCODINGS[known[asked]]
    for mark, name in MARKS:
        if raw.startswith(mark):
            return (raw[3:] if name == "UTF-8" else _as(path, raw, "utf-16")), f"{name} with a mark"
    if wide := _wide(raw[:4096]):
        return _as(path, raw, wide), "UTF-16"
    if _is_utf8(raw):
        return raw, "UTF-8"
    if found := _NO_TEXT.search(raw[:65536]):
        row = raw[: found.start()].count(b"\n") + 1
        raise fault(path, f"is not a text file: row {row} holds the byte 0x{found[0].hex()}; give {formats()}")
    return raw.decode("cp1252", errors="replace").encode(), ENCODINGS["cp1252"]


def _as(path: str, raw: bytes, encoding: str) -> bytes:
    try:
        return raw.decode(encoding).removeprefix("\ufeff").encode()
    except UnicodeError as error:
        at = getattr(error, "start", 0)
        row = raw[:at].count(b"\n") + 1
        raise fault(path, f"row {row} is not {ENCODINGS.get(encoding, 'UTF-16')}; choose another encoding") from None


def _wide(start: bytes) -> str:
    """UTF-16 without a mark, of text that is mostly ASCII; else nothing."""
    if len(start) < 4 or (len(start) % 2 and len(start) < 4096):
        return ""
    even, odd = start[0::2], start[1::2]
    if odd.count(0) > 0.9 * len(odd) and not even.count(0):
        return "utf-16-le"
    return "utf-16-be" if even.count(0) > 0.9 * len(even) and not odd.count(0) else ""


def _is_utf8(raw: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(raw), CHUNK):
            decoder.decode(raw[start : start + CHUNK], final=start + CHUNK >= len(raw))
    except UnicodeDecodeError:
        return False
    return True
