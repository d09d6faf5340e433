"""The process in which each loader meets damaged files: ``python -m tests.engine.loader_fuzz FOLDER COUNT SEED FROM``.

What came of each is a line of FOLDER/log; one that is not whole is where the process ended.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine.parts import Wrong
from engine.reading import apart, clouds, image_density, pictures
from engine.reading.pictures import APART
from tests.engine import files
from tests.engine.mutants import damaged, one_sentence, peak
from tests.engine.picture_mutants import lying

SECONDS = 2.0  # of the processor, for one
ANYTHING = '{"array":"","samples":500}'
ABORTS = (".laz",)  # whose library ends its process where memory runs out: tried in a fork each


def readers() -> dict[str, Callable[[str], object]]:
    """Name of a good file -> what reads it, at once and without a memory."""
    found: dict[str, Callable[[str], object]] = {}
    for kind, makers in files.CLOUDS.items():
        found |= {name: (lambda path, kind=kind: clouds.read(path, ANYTHING, None, kind)) for name in makers}
    plain = ("luminance", False, 1.0, 0.0, "as found", 0)
    return found | {name: (lambda path: image_density.darkness(path, *plain)) for name in files.PICTURES}


def outcome(read: Callable[[str], object], path: Path) -> tuple[str, str]:
    """What came of it, and the fault if it is one of ours."""
    try:
        read(str(path))
    except Wrong as wrong:
        good = wrong.where in ("path", "array", "surface") and one_sentence(str(wrong), path.suffix)
        return "refused", "" if good else str(wrong)
    except MemoryError:
        return "refused: memory", ""
    except BaseException as error:  # a panic of Rust is no exception: it ends the process that such a file has
        if type(error).__name__ == "PanicException" and (path.suffix in (*APART, *ABORTS)):
            return "broke off", ""
        return "fault", repr(error)[:300]
    return "read", ""


def forked(read: Callable[[str], object], path: Path) -> tuple[str, str]:
    """The same in a process that may end there."""
    if not hasattr(os, "fork"):
        return "left out", ""
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        came, fault = outcome(read, path)
        os._exit({"read": 0, "refused": 1, "refused: memory": 2, "broke off": 4}.get(came, 3) if not fault else 3)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        ended = os.WTERMSIG(status)
        return "broke off", "" if ended == signal.SIGABRT else f"signal {ended}"
    came = {0: "read", 1: "refused", 2: "refused: memory", 4: "broke off"}.get(os.WEXITSTATUS(status), "fault")
    return came, "a fault in a fork" if came == "fault" else ""


def bound() -> None:
    """As much memory more as a loader has apart with its own library alone, where the platform can bound it."""
    if sys.platform == "linux":
        import resource

        most = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + apart.MEMORY // 2
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(folder: Path, count: int, seed: int, start: int) -> None:
    os.chdir(folder)
    warnings.simplefilter("ignore")  # of Pillow and numpy, which read on
    pictures.SVG_SIDE = 100
    reading, good = readers(), {path.name: path.read_bytes() for path in sorted(folder.glob("good/*"))}
    for name in reading:  # every library is there before time is taken
        reading[name](str(folder / "good" / name))
    bound()
    before = peak()
    with (folder / "log").open("a") as log:
        for at in range(start, count * len(reading)):
            name, number = list(reading)[at // count], at % count
            suffix = Path(name).suffix
            if suffix in ABORTS and count <= 1000 and number % 5:
                continue  # a fork takes its time
            rng = np.random.default_rng([seed, at // count, number])
            alike = [one for one in good if Path(one).suffix == suffix]
            path = folder / f"bad{suffix}"
            lies = name in files.PICTURES and suffix not in pictures.VECTORS and number % 2
            other = good[str(rng.choice(alike))]
            path.write_bytes(lying(good[name], rng) if lies else damaged(good[name], other, rng))
            log.write(json.dumps([at, name]))
            log.flush()
            began = time.process_time()
            came, fault = (forked if suffix in ABORTS else outcome)(reading[name], path)
            took = time.process_time() - began
            log.write(f"\t{json.dumps([came, took, fault or (f'{took:.1f} s' if took > SECONDS else '')])}\n")
            path.unlink()
        left = sorted(path.name for path in folder.iterdir())
        log.write(json.dumps({"more": peak() - before, "left": left}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:5]))
