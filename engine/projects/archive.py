"""A zip of stored members: any program opens it, and what is left of a damaged one is found without its directory.

Members are not compressed, so none is larger than the file, and each stands in one piece behind its own header with
size and checksum. They are found by walking from header to header: the list of names at the end, which a zip that was
cut off has lost, is not needed.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Mapping

from engine.parts import Wrong

START = b"PK\x03\x04"
_HEADER = struct.Struct("<4s5H3I2H")  # of a member: what stands before its name
MOST = 4096  # members
MOST_BYTES = 2**31 - 1  # of the whole file
LONGEST = 67  # letters of a name
NAME = re.compile(r"(?:[a-z0-9]{1,16}/){0,2}[a-z0-9]{1,16}\.[a-z0-9]{1,16}")


class Member:
    """What a member holds, in one or more buffers that are not copied: of 40 MiB that would hold up who else runs."""

    def __init__(self, *buffers: bytes | memoryview) -> None:
        self.buffers = buffers
        self.size, self.checksum = sum(map(len, buffers)), 0
        for buffer in buffers:
            self.checksum = zlib.crc32(buffer, self.checksum)


def pieces(members: Mapping[str, Member]) -> Iterator[bytes | memoryview]:
    """The zip of these members, in their order, piece by piece. Raises Wrong where it would be too large."""
    directory, at = [], 0
    if sum(member.size + 256 for member in members.values()) > MOST_BYTES or len(members) > MOST:
        raise Wrong("", f"the project would be larger than {(MOST_BYTES + 1) // 2**30} GiB")
    for name, member in members.items():
        # version 2.0, no flags, stored, the first day that a zip knows: the same members give the same bytes
        sizes = member.checksum, member.size, member.size, len(name), 0
        about = struct.pack("<5H3I2H", 20, 0, 0, 0, 33, *sizes)
        directory.append(
            b"PK\x01\x02\x14\x03" + about + struct.pack("<3HII", 0, 0, 0, 0o100644 << 16, at) + name.encode("ascii")
        )
        head = START + about + name.encode("ascii")
        yield head
        yield from member.buffers
        at += len(head) + member.size
    whole = b"".join(directory)
    yield whole
    yield struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, len(members), len(members), len(whole), at, 0)


def found(content: bytes) -> dict[str, memoryview]:
    """The members whose checksums hold, in such bytes or in what is left of them. Raises nothing; the work is bounded
    by their length."""
    members: dict[str, memoryview] = {}
    view, at = memoryview(content), content.find(START)
    left = 2 * len(content)  # bytes to be looked at, however headers lie in each other
    while at >= 0 and left > 0 and len(members) < MOST:
        name, begin, size, checksum = _header(content, at)
        member = view[begin : begin + size]
        left -= len(member) + _HEADER.size
        if name and len(member) == size and zlib.crc32(member) == checksum:
            members.setdefault(name, member)
            at = begin + size
        else:
            at += len(START)
        at = content.find(START, at)
    return members


def compressed(content: bytes) -> bool:
    """Whether somebody has packed it anew, by another program."""
    return content.startswith(START) and content[8:10] == b"\x08\0"


def _header(content: bytes, at: int) -> tuple[str, int, int, int]:
    """Name, place, size and checksum of the member whose header begins here; no name where this is none."""
    if at + _HEADER.size > len(content):
        return "", at, 0, 0
    _, _, flags, method, _, _, checksum, packed, size, long, extra = _HEADER.unpack_from(content, at)
    begin = at + _HEADER.size + long + extra
    if long > LONGEST or method or packed != size or flags & 9:
        return "", begin, 0, 0
    name = content[at + _HEADER.size : begin - extra].decode("latin1")
    return (name, begin, size, checksum) if NAME.fullmatch(name) else ("", begin, 0, 0)
