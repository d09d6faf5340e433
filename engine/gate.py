"""The gate for specs and sweeps, which may be strangers' files: what is not small and plain does not come in.

All is bounded before it is parsed: the reader of TOML takes time and memory that grow with the square of a key's parts.
"""

from __future__ import annotations

import errno
import math
import os
import re
import stat
import tomllib
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from engine.parts import Wrong
from engine.wording import clean, short

MAX_BYTES = 5 * 2**20  # two drawings of the most dots in three dimensions take 4 MiB
MAX_DEPTH = 32  # tables and lists inside each other
MAX_PARTS = 8  # of a dotted key
MAX_FIELDS = 20_000  # names and tables of a TOML file, each of which costs a hundred times its length
MAX_ITEMS = 400_000  # of lists: those two drawings have 240,000, rows and numbers
MAX_BITS = 64  # of a whole number: more have no use here, and Python refuses to print many more

#: Strings and comments, also those that do not end; nothing in them is structure. No part can match in two ways, so
#: that none is tried twice.
_OPAQUE = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*+"{0,5}+'
    r"|'''(?:[^']++|'(?!''))*+'{0,5}+"
    r'|"(?:[^"\\\n]++|\\.)*+"?+'
    r"|'[^'\n]*+'?+"
    r"|#[^\n]*+",
    re.DOTALL,
)
_HEADER = re.compile(r"^[ \t]*+\[\[?+[^\[\],=\n]*+\]", re.MULTILINE)
_LONG_KEY = re.compile(rf"\.(?:[^.=\n,{{}}\[\]]*+\.){{{MAX_PARTS - 1}}}")
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}


def opened(path: str | os.PathLike[str]) -> BinaryIO:
    """A file, open for reading. Raises OSError for what is none: a folder, a device, a pipe is never opened, and if one
    takes the file's place in between, it is not waited for."""
    _regular(os.stat(path))
    return open(path, "rb", opener=_opener)


def content(path: str | os.PathLike[str], most: int) -> bytes:
    """All of a file of at most so many bytes. Raises OSError, and ValueError for a larger one."""
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        found = file.read(min(size, most) + 1) or b""
    if len(found) > most:
        raise ValueError("it is too large")
    return found


def _opener(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
    try:
        _regular(os.fstat(descriptor))
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _regular(found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise OSError(errno.EISDIR, "it is a folder")
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is a device or a pipe")


def read(path: Path, what: str) -> Any:
    """What a ``.toml`` or ``.json`` file holds, as plain values; ``what`` it should be, a spec or a sweep, is said.

    Raises Wrong.
    """
    name = short(path.name)
    try:
        with opened(path) as file:
            content = file.read(MAX_BYTES + 1) or b""
        text = content.decode("utf-8-sig") if len(content) <= MAX_BYTES else ""
    except UnicodeDecodeError:
        raise Wrong(name, f"is not a text file; a {what} is TOML or JSON in UTF-8") from None
    except (OSError, ValueError) as error:
        raise Wrong(name, f"cannot be read ({getattr(error, 'strerror', None) or error})") from None
    if len(content) > MAX_BYTES:
        raise Wrong(name, f"is larger than {MAX_BYTES // 2**20} MiB; a {what} is a small text file")
    return parse(text, "json" if path.suffix.lower() == ".json" else "toml", name)


def parse(text: str, form: str, name: str) -> Any:
    """What a text holds, as plain values. Raises Wrong, at ``name`` or at the value that is at fault."""
    if len(text) > MAX_BYTES:
        raise Wrong(name, f"is longer than {MAX_BYTES // 2**20} MiB")
    if sum(map(text.count, ",[{")) > MAX_ITEMS:
        raise Wrong(name, f"has more than {MAX_ITEMS:,} numbers and lists")
    try:
        if form == "json":
            raw = msgspec.json.decode(text.encode())
        else:
            _measure(text, name)
            raw = tomllib.loads(text)
    except Wrong:
        raise
    except RecursionError:
        raise _deep(name) from None
    except ValueError as error:  # both parsers' own errors are
        raise Wrong(name, f"is not valid {form.upper()} ({clean(str(error), 200)})") from None
    _check(raw, name)
    return raw


def _measure(text: str, name: str) -> None:
    """Raise Wrong for a TOML text that would take long, or much memory, to parse."""
    bare = _OPAQUE.sub("_", text)
    steps = map(_STEP.__getitem__, re.findall(r"[\[\]{}]", bare))
    if max(accumulate(steps), default=0) > MAX_DEPTH:
        raise _deep(name)
    if _LONG_KEY.search(bare):
        raise Wrong(name, f"has a key of more than {MAX_PARTS} parts")
    if bare.count("=") + len(_HEADER.findall(bare)) > MAX_FIELDS:
        raise Wrong(name, f"has more than {MAX_FIELDS:,} fields")


def _check(raw: Any, name: str) -> None:
    """Raise Wrong for what is nested too deep, and for a whole number that is too long to be printed."""
    left: list[tuple[Any, _Place, int]] = [({"": raw}, (), -1)]
    while left:
        holder, place, depth = left.pop()
        if depth == MAX_DEPTH:
            raise _deep(name)
        for step, value in holder.items() if isinstance(holder, dict) else enumerate(holder):
            if isinstance(value, dict | list):
                left.append((value, (place, step), depth + 1))
            elif isinstance(value, int) and value.bit_length() > MAX_BITS:
                digits = int(value.bit_length() * math.log10(2)) + 1
                where = _words((place, step)) or name
                raise Wrong(where, f"is a whole number of {digits:,} digits; 19 are the most")


_Place = tuple  # () at the top, else (the place of what holds it, its name or number there)


def _words(place: _Place) -> str:
    if not place:
        return ""
    before, step = _words(place[0]), place[1]
    if isinstance(step, int):
        return f"{before}[{step}]"
    return f"{before}.{step[:60]}" if before else step[:60]


def _deep(name: str) -> Wrong:
    return Wrong(name, f"has tables or lists more than {MAX_DEPTH} deep inside each other")
