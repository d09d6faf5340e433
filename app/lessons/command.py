"""The command lessons: what there is, and whether its claims hold. Loads neither Qt nor torch before it must."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from tyro.conf import Positional, UseAppendAction

from engine.parts import Wrong
from engine.registry import nearest
from engine.wording import clean


def lessons(
    what: Positional[Literal["list", "check", "prepare", "export"]],
    names: Positional[tuple[str, ...]] = (),
    out: UseAppendAction[tuple[Path, ...]] = (),
    theme: Literal["light", "dark", "projector", "print"] = "light",
    device: Literal["auto", "cuda", "mps", "cpu"] = "auto",
    short: bool = False,
) -> int:
    """List the lessons, verify every claim of theirs (exit status 1 where one does not hold), train them beforehand, or
    export one.

    Args:
        what: list, check, prepare or export.
        names: Lessons by name or number, or files of your own; none: all that come with the program.
        out: Of an export: a file, .pptx, .pdf (a handout with notes), .html (one page with films) or .mp4; given
            several times, several. Of prepare: a folder, for small files of what the program is to bring; all lessons
            are trained anew.
        theme: Of an export.
        device: Where to compute.
        short: Of check: take rounds that were prepared, and only measure what the claims are about.
    """
    from app.lessons.reader import heads, shipped

    found = [_named(name) for name in names] or [shipped(head.name) for head in heads()]
    if what == "list":
        for lesson in found:
            claims = sum(len(step.claims) for step in lesson.steps)
            counted = f"({len(lesson.steps)} steps, {claims} claims)"
            print(f"{lesson.name:<28} {lesson.title} {counted}\n{'':<28} {lesson.about}")
        return 0
    if what == "export":
        return _export(found, out, theme, device)
    if what == "check":
        return _check(found, device, short)
    return _ship(found, out) if out else _prepare(found, device)


def _export(found: list, out: tuple[Path, ...], theme: str, device: str) -> int:
    from app.export.lesson import writing
    from app.export.lesson.taught import taught
    from app.export.progress import working
    from app.export.qt import ready
    from app.export.whole import check_place
    from engine.interruption import Interruption

    if len(found) != 1:
        raise Wrong("lessons", "name one lesson to export")
    if not out:
        raise Wrong("out", f"is missing; name a file, {found[0].name}.pptx say")
    for path in out:
        writing.check(path)
        check_place(path.resolve())
    ready()
    with Interruption() as asked, working() as progress:
        steps = list(taught(found[0], theme, device, asked, progress.at))
        for path in out:
            writing.write(found[0], steps, path, progress.at)
            print(f"{path.name}: {len(steps)} steps, {path.stat().st_size / 1e6:.1f} MB")
    return 0


def _prepare(found: list, device: str) -> int:
    from app.lessons.preparing import prepare
    from engine.interruption import Interruption

    with Interruption() as asked:
        for lesson in found:
            for number, trained in prepare(lesson, device, asked):
                print(f"{lesson.name} {number}: {'ready' if trained else 'was ready'}", flush=True)
    return 0


def _ship(found: list, out: tuple[Path, ...]) -> int:
    from app.lessons.preparing import ship
    from app.lessons.shipped import SUFFIX
    from engine.interruption import Interruption

    if len(out) != 1 or (out[0].exists() and not out[0].is_dir()):
        raise Wrong("out", "is not one folder; write --out resources/prepared")
    with Interruption() as asked:
        for name in ship(found, out[0], asked):
            print(f"{name}: {(out[0] / f'{name}{SUFFIX}').stat().st_size / 1e3:.0f} kB", flush=True)
    return 0


def _check(found: list, device: str, short: bool) -> int:
    from app.lessons.checking import checked
    from engine.interruption import Interruption

    counts = dict.fromkeys(("holds", "fails", "undecided", "missing"), 0)
    with Interruption() as asked:
        for lesson in found:
            print(f"{lesson.name}: {lesson.title}", flush=True)
            for one in checked(lesson, device, asked, short=short):
                counts[one.verdict.state] += 1
                words = f"   {one.verdict.words}" if one.verdict.words else ""
                print(f"  {one.number:>2} {one.verdict.state:<9} {one.claim.text}{words}", flush=True)
    bad = sum(counts.values()) - counts["holds"]
    told = ", ".join(f"{n} {state}" for state, n in counts.items() if n and state != "holds")
    print(f"{counts['holds']} of {sum(counts.values())} claims hold" + (f"; {told}" if told else ""))
    return 1 if bad else 0


def _named(name: str):
    from app.lessons.reader import heads, read, shipped

    if name.endswith(".md"):
        return read(Path(name))
    known = [head.name for head in heads()]
    for one in known:
        if name in (one, one.partition("_")[0], one.partition("_")[2]):
            return shipped(one)
    near = nearest(name, tuple(known))
    hint = f"did you mean {near}?" if near else f"known are {', '.join(known)}"
    raise Wrong("lessons", f"{clean(name, 60)!r} is not there; {hint}")


COMMANDS = {"lessons": lessons}
