"""The commands that write pictures without a window. Loads neither Qt nor torch before it is known what is asked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

from tyro.conf import OmitArgPrefixes, Positional, UseAppendAction

from app.export.data_command import data
from app.export.film_command import film
from app.export.options import Options
from app.export.slides_command import slides
from engine.motion.stopping import Stop


def picture(
    source: Positional[Path],
    out: UseAppendAction[tuple[Path, ...]],
    t: float | None = None,
    page: OmitArgPrefixes[Options] = Options(),  # noqa: B008 - frozen
    device: Literal["auto", "cuda", "mps", "cpu"] = "auto",
) -> int:
    """Write a picture of an experiment: a spec, whose rounds are trained first, a project or the folder of a run.

    Args:
        source: A spec (TOML or JSON), a project (.rewire), a run's folder, or a PNG that carries an experiment.
        out: A file, .png, .svg or .pdf; given several times, several.
        t: The time, from 0 to 1; as in the project, or 0.62.
        page: Which views, of what size, dressed how.
        device: Where to compute.
    """
    from app.export.format import of, save
    from app.export.frozen import opened
    from app.export.progress import working
    from app.export.qt import ready
    from app.export.whole import check_place
    from engine.interruption import Interruption
    from engine.parts import Wrong
    from engine.wording import clean

    ready()
    if not out:
        raise Wrong("out", "is missing; name a file, a.png say")
    for path in out:
        of(path)
        check_place(path.resolve())
    options, page = page, page.page()
    with Interruption() as asked, working() as progress:
        frozen = opened(source, device, asked)
        look = options.looked(frozen.look, frozen.experiment, t)
        snapshot = frozen.known(page.needs(look), look.names(), page.measured(look), progress.told)
        for path in out:
            save(path, snapshot, look, page)
    if snapshot.message:
        print(clean(snapshot.message), file=sys.stderr)
    return 1 if snapshot.message else 0


def draw_rounds(run: Path, device: str, stop: Stop) -> None:
    """A picture of each round of a run's folder, for ``run --pictures``."""
    from app.export.progress import working
    from app.export.rounds import draw

    with working() as progress:
        draw(run, device, stop, progress)


COMMANDS = {"picture": picture, "film": film, "slides": slides, "data": data}
