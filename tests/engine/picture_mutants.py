"""Pictures whose parts lie about themselves: lengths, sizes, counts and places, with checksums that are right.

Random damage rarely gets past a checksum. What is known to have broken decoders is of this sort: a part that says it is
longer than it is, sides of 0 or of 65,535, tables that are not there, directories that lead back to themselves.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import numpy as np

WORDS = 0, 1, 2, 3, 7, 8, 12, 13, 255, 256, 32_767, 32_768, 65_535, 2**16, 2**24, 2**31 - 1, 2**31, 2**32 - 1

EXTRA = b"iCCP", b"zTXt", b"iTXt", b"tRNS", b"PLTE", b"acTL", b"fcTL", b"fdAT", b"eXIf", b"gAMA"


def lying(content: bytes, rng: np.random.Generator) -> bytes:
    """The picture after one or two such lies; bytes that no kind of picture begins with come back as they are."""
    for start, lie in KINDS.items():
        if content.startswith(start):
            for _ in range(int(rng.integers(1, 3))):
                content = lie(content, rng)
            break
    return content


def _any(rng: np.random.Generator, size: int) -> int:
    return int(WORDS[int(rng.integers(len(WORDS)))]) & (256**size - 1)


def _put(data: bytes, at: int, size: int, order: str, value: int) -> bytes:
    if at < 0 or at + size > len(data):
        return data
    return data[:at] + value.to_bytes(size, "big" if order == ">" else "little") + data[at + size :]


def _shuffled(parts: list[bytes], rng: np.random.Generator) -> list[bytes]:
    """One part away, twice, or somewhere else."""
    if len(parts) < 2:
        return parts
    k, to = (int(x) for x in rng.integers(len(parts), size=2))
    match int(rng.integers(3)):
        case 0:
            return parts[:k] + parts[k + 1 :]
        case 1:
            return [*parts[:to], parts[k], *parts[to:]]
        case _:
            rest = parts[:k] + parts[k + 1 :]
            return [*rest[:to], parts[k], *rest[to:]]


def _png(content: bytes, rng: np.random.Generator) -> bytes:
    """Chunks: length, name, data, checksum."""
    at, chunks = 8, []
    while at + 12 <= len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        chunks.append((size, content[at + 4 : at + 8], content[at + 8 : at + 8 + size]))
        at += 12 + size
    if not chunks:
        return content
    k = int(rng.integers(len(chunks)))
    size, name, data = chunks[k]
    match int(rng.integers(5)):
        case 0:  # a size, a depth, a sort of colour, an interlace
            name, data = chunks[k := 0][1:]
            where = int(rng.choice([0, 4, 8, 9, 10, 11, 12]))
            data = _put(data, where, 4 if where < 8 else 1, ">", _any(rng, 4 if where < 8 else 1))
            size = len(data)
        case 1:
            size = _any(rng, 4)
        case 2:
            data = data[: int(rng.integers(len(data) + 1))]
            size = len(data)
        case 3:
            bomb = zlib.compress(bytes(300_000)) if rng.random() < 0.5 else bytes(int(rng.integers(1, 2000)))
            name = rng.choice(
                [b"iCCP", b"zTXt", b"iTXt", b"tRNS", b"PLTE", b"acTL", b"fcTL", b"fdAT", b"eXIf", b"gAMA"]
            )
            chunks.insert(k := int(rng.integers(1, len(chunks) + 1)), (0, b"", b""))
            data = b"x\0\0" + bomb
            size = len(data)
        case 4:
            made = [_chunk(*one) for one in chunks]
            return content[:8] + b"".join(_shuffled(made, rng))
    chunks[k] = size, name, data
    return content[:8] + b"".join(_chunk(*one) for one in chunks)


def _chunk(size: int, name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", size & 0xFFFFFFFF) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _jpeg(content: bytes, rng: np.random.Generator) -> bytes:
    """Segments: a marker, a length, data; the scan after the last one."""
    at, segments = 2, []
    while at + 4 <= len(content) and content[at] == 0xFF and content[at + 1] != 0xDA:
        size = int.from_bytes(content[at + 2 : at + 4], "big")
        segments.append(content[at : at + 2 + size])
        at += 2 + max(2, size)
    scan = content[at:]
    frames = [k for k, one in enumerate(segments) if one[1] in (0xC0, 0xC1, 0xC2)]
    match int(rng.integers(5)):
        case 0 if frames:  # depth, height, width, components, their sampling and tables
            k = frames[0]
            where, size = [(4, 1), (5, 2), (7, 2), (9, 1), (10, 1), (11, 1), (12, 1)][int(rng.integers(7))]
            segments[k] = _put(segments[k], where, size, ">", _any(rng, size))
        case 1 if segments:
            k = int(rng.integers(len(segments)))
            segments[k] = _put(segments[k], 2, 2, ">", _any(rng, 2))
        case 2 if segments:  # a table's numbers
            k = int(rng.integers(len(segments)))
            segments[k] = _put(segments[k], int(rng.integers(4, max(5, len(segments[k])))), 1, ">", _any(rng, 1))
        case 3:
            scan = _put(scan, int(rng.integers(2, 12)), 1, ">", _any(rng, 1))
        case _:
            segments = _shuffled(segments, rng)
    return content[:2] + b"".join(segments) + scan


def _gif(content: bytes, rng: np.random.Generator) -> bytes:
    """The screen, then images: their places, sizes, the width of a code, blocks with a length each."""
    palette = 3 * 2 ** ((content[10] & 7) + 1) if content[10] & 0x80 else 0
    image = content.find(b",", 13 + palette)
    places = (6, 2), (8, 2), (10, 1), *((image + k, 2) for k in (1, 3, 5, 7)), (image + 9, 1)
    where, size = places[int(rng.integers(len(places)))]
    if rng.random() < 0.4:
        where, size = image + 10 + int(rng.integers(0, 2)), 1  # the width of a code, the first block's length
    if rng.random() < 0.2:
        return content[:image] + content[image:-1] * int(rng.integers(2, 40)) + content[-1:]
    return _put(content, where, size, "<", _any(rng, size))


def _webp(content: bytes, rng: np.random.Generator) -> bytes:
    """RIFF: a size, then chunks: a name, a length, data."""
    at, places = 12, [4]
    while at + 8 <= len(content):
        places.append(at + 4)
        at += 8 + int.from_bytes(content[at + 4 : at + 8], "little")
    match int(rng.integers(3)):
        case 0:
            return _put(content, int(rng.choice(places)), 4, "<", _any(rng, 4))
        case 1:  # the frame's head: its sizes
            return _put(content, 20 + int(rng.integers(0, 10)), 2, "<", _any(rng, 2))
        case _:
            head = b"VP8X" + struct.pack("<I", 10) + rng.bytes(10)
            return content[:12] + head + content[12:]


def _tiff(content: bytes, rng: np.random.Generator) -> bytes:
    """Directories: how many entries, each with tag, type, count and value, and where the next one is."""
    order = "<" if content[:2] == b"II" else ">"
    number = lambda at, size: int.from_bytes(content[at : at + size], "big" if order == ">" else "little")  # noqa: E731
    first = number(4, 4)
    n = number(first, 2) if first + 2 <= len(content) else 0
    entry = first + 2 + 12 * int(rng.integers(max(1, min(n, 200))))
    match int(rng.integers(6)):
        case 0:
            return _put(content, 4, 4, order, int(rng.choice([_any(rng, 4), first + 1, len(content) - 1])))
        case 1:
            return _put(content, first, 2, order, _any(rng, 2))
        case 2:  # the next directory is this one
            return _put(content, first + 2 + 12 * n, 4, order, first)
        case 3:
            return _put(content, entry + 4, 4, order, _any(rng, 4))
        case 4:
            return _put(content, entry + 2 * int(rng.integers(2)), 2, order, _any(rng, 2))
        case _:
            return _put(content, entry + 8, int(rng.choice([2, 4])), order, _any(rng, 2))


def _bmp(content: bytes, rng: np.random.Generator) -> bytes:
    """Where the pixels begin, the size of the head, sides, depth, packing, colours."""
    where, size = [(2, 4), (10, 4), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2), (30, 4), (46, 4)][int(rng.integers(9))]
    return _put(content, where, size, "<", _any(rng, size))


KINDS: dict[bytes, Callable[[bytes, np.random.Generator], bytes]] = {
    b"\x89PNG": _png,
    b"\xff\xd8\xff": _jpeg,
    b"GIF8": _gif,
    b"RIFF": _webp,
    b"II*\0": _tiff,
    b"MM\0*": _tiff,
    b"BM": _bmp,
}
