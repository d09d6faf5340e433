"""Rewire: the window by default; without one ``run``, ``sweep``, ``parts``, and pictures."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path

EXPORTS = ("picture", "film", "slides", "data")
COMMANDS = ("run", "sweep", "parts", "cloud", "lessons", *EXPORTS)


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 done, 1 a round diverged or a run of a sweep failed, 2 bad input, 130 interrupted."""
    # Before numpy comes: threads within its small products wait for each other, spinning, on a machine that is in use
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["--version"]:
        return _version()
    if arguments and (arguments[0] in COMMANDS or arguments[0].startswith("-")):
        return _command_line(arguments)
    if len(arguments) > 1 or (arguments and not Path(arguments[0]).exists()):
        from engine.wording import clean

        near = get_close_matches(arguments[0], COMMANDS, n=1)
        hint = (
            f"did you mean {near[0]}?"
            if near
            else f"give a project, a spec or the folder of a run, or one of {', '.join(COMMANDS)}"
        )
        print(f"{clean(arguments[0], 200)}: is neither a command nor a file; {hint}", file=sys.stderr)
        return 2
    return _window(arguments[0] if arguments else "")


def _window(path: str) -> int:
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    on_screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or platform not in ("", "xcb", "wayland")
    if sys.platform.startswith("linux") and not on_screen:
        print("No display was found; without one, use: python main.py run SPEC.toml --out DIR", file=sys.stderr)
        return 2
    try:
        from app.application import start

        return start(path)
    except KeyboardInterrupt:  # before there is a window that could be closed
        print("Stopped.", file=sys.stderr)
        return 130


def _version() -> int:
    from app.logbook import place, versions

    print(f"{versions()}\nlog: {place()}")
    return 0


def _draw_rounds(run: Path, device: str, stop: Callable[[], bool]) -> None:
    from app.export.commands import draw_rounds

    draw_rounds(run, device, stop)


def _command_line(arguments: list[str]) -> int:
    from engine.cloud_command import COMMANDS as CLOUDS
    from engine.console import command_line
    from engine.matching.uninterruptible import leave
    from engine.parts import Wrong

    for stream in (sys.stdout, sys.stderr):  # a console that knows no "−" must not end the program
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if arguments[0] == "parts":
        import app.families  # noqa: F401 - what the window adds is listed too; none of it needs Qt
    more = dict(CLOUDS)
    if arguments[0] == "lessons" or arguments[0].startswith("-"):
        from app.lessons import command

        more |= command.COMMANDS
    if arguments[0] in EXPORTS or arguments[0].startswith("-"):  # the others know nothing of the window
        from app.export import commands

        more |= commands.COMMANDS
    try:
        return command_line(arguments, more, _draw_rounds)
    except Wrong as wrong:
        print(wrong, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return leave(130)


if __name__ == "__main__":
    sys.exit(main())
