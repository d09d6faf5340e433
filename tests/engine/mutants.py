"""Files after accidents, and what may be said of them."""

from __future__ import annotations

import re
import sys

import numpy as np

from engine.registry import FAMILIES, kinds

INSIDES = re.compile(r"usecols|<\w|object at|0x[0-9a-f]{8}|Traceback|\bast\.|numpy\.(?!save)|errno|zlib|NoneType|codec")
WORDS = [
    *("nan", "inf", "-1", "0", "1e400", "1e308", "-0.0", "0x" + "f" * 40, "9" * 25, "true", "''", '""', "[]", "{}"),
    *("[", "]", "{", "}", '"', "'", '"""', "'''", "#", "=", ",", ".", "\n", "\r", "\t", "\\", "\\u0000", "a.b.c.d"),
    *("\0", "\x1b[2J", "\u202e", "\u2028", "\ud7ff", "é", "[[branches]]", "[training]", "kind", "null", "1979-05-27"),
    *("/dev/zero", "..", "(True, 2)", "(2**62,)", "-2", "1_0", "0o7", "file", "image", "plugins = ['a']", "[" * 40),
    *(kind for family in FAMILIES for kind in kinds(family)),
]


def damaged(content: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """The content after one to three accidents; ``other`` is one of its kind."""
    bad = bytearray(content)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        i, j = sorted(rng.integers(len(bad) + 1, size=2).tolist())
        near = min(len(bad), i + int(rng.integers(1, 9)))
        match int(rng.integers(9)):
            case 0:
                bad[i:near] = rng.bytes(near - i)
            case 1:
                bad[i:i] = rng.choice(WORDS).encode(errors="replace")
            case 2:
                bad[i:near] = rng.choice(WORDS).encode(errors="replace")
            case 3:
                del bad[i:near]
            case 4 if rng.random() < 0.3:
                del bad[i:]
            case 5 if j - i < 2000:
                bad[j:j] = bad[i:j] * int(rng.integers(1, 20))
            case 6:
                k = int(rng.integers(len(other) + 1))
                bad[i:near] = other[k : k + int(rng.integers(1, 60))]
            case 7:  # a number becomes another
                numbers = list(re.finditer(rb"-?\d+(?:\.\d+)?", bytes(bad[:20_000])))
                if numbers:
                    at = numbers[int(rng.integers(len(numbers)))]
                    bad[at.start() : at.end()] = rng.choice(WORDS[:9]).encode()
            case 8:
                bad[i:near] = bytes(255 - x for x in bad[i:near])
        if not bad:
            break
    return bytes(bad[:200_000])


def one_sentence(said: str, suffix: str) -> bool:
    """Of ours: about a data file, none that a library says about its insides; what the file holds is in quotes."""
    if not said.isprintable() or not 10 < len(said) < 900:
        return False
    ours = re.sub(r"'[^']*'", "", said)
    return suffix in (".toml", ".json", ".sweep.toml") or not INSIDES.search(ours)


def peak() -> float:
    """MiB, the most that this process has ever had."""
    if sys.platform == "win32":
        return 0.0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 2**20)
