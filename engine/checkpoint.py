"""An unfinished run in a folder: what the same command goes on from after it was ended, however it was ended."""

from __future__ import annotations

import hashlib
import logging
import time
from dataclasses import replace
from pathlib import Path

import msgspec

from engine.lab import Lab
from engine.parts import Wrong
from engine.rounds.kept import Kept
from engine.rounds.packed import packed, unpacked
from engine.spec import Experiment
from engine.writing import SCRATCH, made, write_atomically

log = logging.getLogger("rewire")

EVERY = 30.0  # seconds between two of them
SHARE = 20  # and so many times as long as the last one took: a million pairs are written in a moment, not in none
KEY = "of.txt"


class Checkpoint:
    """One file for each round, whole or not there. The rounds follow from the spec alone, so that an older file beside
    a newer one does no harm: what it lacks is made again, to the same bytes.

    ``key`` is all that these bytes depend on; what was kept under another one is thrown away, and this is said.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self._folder, self._key = folder, key
        self._known: dict[str, tuple] = {}
        self._due = time.monotonic() + EVERY

    @property
    def there(self) -> bool:
        """Whether something was kept."""
        return bool(self._known)

    def restore(self, lab: Lab, experiment: Experiment) -> None:
        """Make this the Lab's experiment, with the rounds that are there, if there are any."""
        try:
            lab.restore(experiment, self._found())
            return
        except Wrong as wrong:
            told = wrong.message
        except Exception as error:  # arrays that fit nothing
            told = f"its rounds do not fit together, {type(error).__name__}"
        log.warning("%s: the unfinished run there cannot be gone on with (%s); it starts anew", self._folder, told)
        self.clear()
        lab.restore(experiment, ())

    def follow(self, lab: Lab) -> None:
        """Keep the rounds as they are, now and then. Raises Wrong where the disk refuses."""
        if (begun := time.monotonic()) >= self._due:
            self.keep(lab.kept())
            now = time.monotonic()
            self._due = now + max(EVERY, SHARE * (now - begun))

    def keep(self, rounds: tuple[Kept, ...]) -> None:
        """Write what has changed, parents before children. Raises Wrong where the disk refuses."""
        if not self._known:
            write_atomically(made(self._folder) / KEY, self._key.encode())
        for held in rounds:
            name, state = _name(held), _state(held)
            if self._known.get(name) != state:
                write_atomically(self._folder / name, packed(replace(held, frames={})))  # nobody looks
                self._known[name] = state

    def clear(self) -> None:
        """There is nothing to go on with any more."""
        for path in self._files():
            path.unlink(missing_ok=True)
        if self._folder.is_dir() and not any(self._folder.iterdir()):
            self._folder.rmdir()

    def _files(self) -> list[Path]:
        """Those of ours, and what was left of them by a kill in the middle of writing."""
        found = self._folder.glob("*") if self._folder.is_dir() else ()
        return [path for path in found if path.suffix in (".npz", SCRATCH) or path.name == KEY]

    def _found(self) -> tuple[Kept, ...]:
        """Parents before children. Raises Wrong."""
        files = [path for path in self._files() if path.suffix == ".npz"]
        if not files:
            return ()
        try:
            if (self._folder / KEY).read_text(encoding="utf-8") != self._key:
                raise Wrong("", "it is of another spec, device or version")
            found = [unpacked(path.read_bytes()) for path in sorted(files)]
        except (OSError, UnicodeDecodeError) as error:
            raise Wrong("", f"it cannot be read, {type(error).__name__}") from None
        found.sort(key=lambda held: len(held.lineage))
        self._known = {_name(held): _state(held) for held in found}
        return tuple(found)


def _name(held: Kept) -> str:
    lineage = hashlib.sha256(msgspec.json.encode(held.lineage)).hexdigest()
    return f"{len(held.lineage) + 1}-{lineage[:12]}.npz"


def _state(held: Kept) -> tuple:
    """What changes of a round while it is made."""
    return held.finished, held.step, held.z1 is not None, held.samples, held.figures, held.beside, held.warning
