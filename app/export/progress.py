"""What a command says on its way: a bar on a terminal, a line now and then in a log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from engine.console import Lines


class Working:
    """``told(lab)`` while a Lab works; ``at(words, share)`` for anything else."""

    def __init__(self, console: Console, bar: Progress) -> None:
        self._bar, self._lines = bar, Lines(console)
        self._task = bar.add_task("", total=1.0)
        self._words = ""

    def at(self, words: str, share: float) -> None:
        if words != self._words:
            self._words = words
            self._bar.reset(self._task, description=words)
        self._bar.update(self._task, completed=share)
        self._lines.now_and_then(f"{words}, {share:.0%}")

    def told(self, lab: Any) -> None:
        at, count = max(1, len(lab.tree())), len(lab.experiment.nodes())
        words = {"pairing": "simulating pairs", "measuring": f"measuring {lab.doing}"}.get(lab.phase, lab.phase)
        self.at(f"round {min(at, count)} of {count}: {words}", lab.done)


@contextmanager
def working() -> Iterator[Working]:
    console = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield Working(console, bar)
