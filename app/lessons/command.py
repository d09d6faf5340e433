"""The command lessons: what there is, and whether its claims hold. Loads neither Qt nor torch before it must."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from engine.parts import Wrong
from engine.registry import nearest
from engine.wording import clean


def lessons(
    what: Positional[Literal["list", "check"]],
    names: Positional[tuple[str, ...]] = (),
    device: Literal["auto", "cuda", "mps", "cpu"] = "auto",
) -> int:
    """List the lessons, or verify every claim of theirs: exit status 1 where one does not hold.

    Args:
        what: list, or check.
        names: Lessons by name or number, or files of your own; none: all that come with the program.
        device: Where to compute.
    """
    from app.lessons.reader import shipped

    found = [_named(name) for name in names] or list(shipped())
    if what == "list":
        for lesson in found:
            claims = sum(len(step.claims) for step in lesson.steps)
            print(f"{lesson.name:<28} {lesson.title} ({len(lesson.steps)} steps, {claims} claims)\n{'':<28} {lesson.about}")
        return 0
    return _check(found, device)


def _check(found: list, device: str) -> int:
    from app.lessons.checking import checked
    from engine.interruption import Interruption

    counts = dict.fromkeys(("holds", "fails", "undecided", "missing"), 0)
    with Interruption() as asked:
        for lesson in found:
            print(f"{lesson.name}: {lesson.title}", flush=True)
            for one in checked(lesson, device, asked):
                counts[one.verdict.state] += 1
                words = f"   {one.verdict.words}" if one.verdict.words else ""
                print(f"  {one.number:>2} {one.verdict.state:<9} {one.claim.text}{words}", flush=True)
    bad = sum(counts.values()) - counts["holds"]
    told = ", ".join(f"{n} {state}" for state, n in counts.items() if n and state != "holds")
    print(f"{counts['holds']} of {sum(counts.values())} claims hold" + (f"; {told}" if told else ""))
    return 1 if bad else 0


def _named(name: str):  # noqa: ANN202 - Lesson, which is imported when it is needed
    from app.lessons.reader import read, shipped

    if name.endswith(".md"):
        return read(Path(name))
    known = {lesson.name: lesson for lesson in shipped()}
    for lesson in known.values():
        if name in (lesson.name, lesson.name.partition("_")[0], lesson.name.partition("_")[2]):
            return lesson
    near = nearest(name, tuple(known))
    hint = f"did you mean {near}?" if near else f"known are {', '.join(known)}"
    raise Wrong("lessons", f"{clean(name, 60)!r} is not there; {hint}")


COMMANDS = {"lessons": lessons}
