from __future__ import annotations

from app.export.datum import Datum, Matter
from engine.registry import part
from engine.script import as_python


@part
class Script(Datum, frozen=True, tag="script"):
    """A short script that makes the same experiment through the library, and runs it."""

    title = "Python script"
    hint = "makes the same experiment through the library, runs it and prints its figures"
    suffixes = (".py",)
    name = "experiment"
    rank = 50

    def content(self, matter: Matter, suffix: str) -> bytes:
        return as_python(matter.snapshot.spec).encode()
