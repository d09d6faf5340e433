"""The experiment and the Look inside a PNG: a chunk of text that other programs leave alone, and people can read."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import msgspec

from app import look_text
from app.scene.look import Look
from engine import codec, gate
from engine.parts import Wrong
from engine.projects.project import Project
from engine.provenance import VERSION
from engine.spec import Experiment
from engine.wording import short

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"rewire"
MOST_CHUNKS = 64  # before the pixels; we write one of ours in front of all but the header
HEAD = 33  # bytes of the signature and the header


def carrying(png: bytes, experiment: Experiment, look: Look) -> bytes:
    """The same picture with both inside; of data files their names alone, for a picture is shown to others."""
    named = codec.moved(experiment, lambda path: Path(path).name)
    told = {"version": VERSION, "experiment": codec.plain(named), "look": look_text.plain(look)}
    text = msgspec.json.encode(told)
    if len(text) > gate.MAX_BYTES:
        return png  # nobody would take it out again
    text = zlib.compress(text, 9)
    return png[:HEAD] + _chunk(b"iTXt", KEYWORD + b"\0\1\0\0\0" + text) + png[HEAD:]


def found(path: str | Path) -> Project | None:
    """What a PNG carries, as a project without rounds; None where it carries nothing. Raises Wrong where that is
    wrong."""
    path = Path(path)
    text = _text(path)
    if text is None:
        return None
    name = short(path.name)
    raw = gate.parse(text, "json", name)
    if not isinstance(raw, dict) or not isinstance(raw.get("experiment"), dict):
        raise Wrong(name, "carries no experiment that can be read")
    try:
        experiment = codec.build(raw["experiment"], path.parent.resolve())
    except Wrong as wrong:
        raise Wrong(name, f"carries an experiment that cannot be opened ({wrong})") from None
    look = raw.get("look")
    return Project(experiment, look=look if isinstance(look, dict) else {})


def _text(path: Path) -> str | None:
    """The text of our chunk. Nothing of the file is read that is larger than a spec may be."""
    name = short(path.name)
    try:
        with gate.opened(path) as file:
            if file.read(len(SIGNATURE)) != SIGNATURE:
                return None
            for _ in range(MOST_CHUNKS):
                head = file.read(8)
                if len(head) < 8 or head[4:] in (b"IDAT", b"IEND"):
                    return None
                length = struct.unpack(">I", head[:4])[0]
                if length > gate.MAX_BYTES:
                    return None
                body, check = file.read(length), file.read(4)
                if head[4:] == b"iTXt" and body.startswith(KEYWORD + b"\0"):
                    if len(body) < length or check != struct.pack(">I", zlib.crc32(head[4:] + body)):
                        raise Wrong(name, "carries an experiment, but is damaged")
                    return _unpacked(body, name)
    except Wrong:
        raise
    except (OSError, ValueError):  # whoever reads it for its pixels says why
        return None
    return None


def _unpacked(body: bytes, name: str) -> str:
    try:
        packed, rest = body[len(KEYWORD) + 1], body[len(KEYWORD) + 3 :].split(b"\0", 2)[2]
        if packed:
            unpacker = zlib.decompressobj()
            rest = unpacker.decompress(rest, gate.MAX_BYTES + 1)
        if len(rest) > gate.MAX_BYTES:
            raise Wrong(name, f"carries more than {gate.MAX_BYTES // 2**20} MiB of text")
        return rest.decode()
    except (IndexError, zlib.error, UnicodeDecodeError):
        raise Wrong(name, "carries an experiment, but is damaged") from None


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
