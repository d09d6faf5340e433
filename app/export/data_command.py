"""The command data: numbers and text of an experiment, without a window. Loads neither Qt nor torch before it must."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tyro.conf import OmitArgPrefixes, Positional, UseAppendAction

from app.export.options import Options

if TYPE_CHECKING:
    from app.export.datum import Datum


def data(
    source: Positional[Path],
    out: UseAppendAction[tuple[Path, ...]],
    what: str = "figures",
    t: float | None = None,
    page: OmitArgPrefixes[Options] = Options(),  # noqa: B008 - frozen
    device: Literal["auto", "cuda", "mps", "cpu"] = "auto",
) -> int:
    """Write numbers or text of an experiment: figures, pairs, weights, what is behind a picture, and more.

    Args:
        source: A spec (TOML or JSON), a project (.rewire), a run's folder, or a PNG that carries an experiment.
        out: A file, .csv say; given several times, several.
        what: figures (.csv, .md, .tex), pairs, trajectories, picture (.csv, .npz), source, target, generated (.csv,
            .npy, .ply), weights (.safetensors, .onnx), script (.py).
        t: The time of what follows it, from 0 to 1; as in the project, or 0.62.
        page: Which views, and which round.
        device: Where to compute.
    """
    from app.export.datum import Matter
    from app.export.frozen import opened
    from app.export.progress import working
    from app.export.qt import ready
    from app.export.whole import check_place
    from engine.interruption import Interruption
    from engine.parts import Wrong
    from engine.wording import clean
    from engine.writing import write_atomically

    ready()
    one, shown = _asked(what, out), page.page()
    if not out:
        raise Wrong("out", "is missing; name a file, a.csv say")
    for path in out:
        check_place(path.resolve())
    with Interruption() as asked, working() as progress:
        frozen = opened(source, device, asked)
        look = page.looked(frozen.look, frozen.experiment, t)
        measured = one.measured or (one.paged and (shown.charts or shown.measured(look)))
        snapshot = frozen.known((), look.names(), measured, progress.told)
        probes = tuple(one.needs(Matter(snapshot, look, shown)))
        snapshot = frozen.known(probes, look.names(), measured, progress.told)
        for path in out:
            write_atomically(path, one.content(Matter(snapshot, look, shown), path.suffix.lower()))
    if snapshot.message:
        print(clean(snapshot.message), file=sys.stderr)
    return 1 if snapshot.message else 0


def _asked(what: str, out: tuple[Path, ...]) -> Datum:
    """What is asked for, and that it can be had as these files. Raises Wrong."""
    from app.export.datum import Datum
    from engine.parts import Wrong
    from engine.registry import kinds, nearest
    from engine.wording import clean, short

    known = kinds(Datum.family)
    if what not in known:
        near = nearest(what, list(known))
        hint = f"did you mean {near!r}?" if near else f"known are {', '.join(known)}"
        raise Wrong("what", f"{clean(what, 60)!r} is not known; {hint}")
    for path in out:
        if path.suffix.lower() not in known[what].suffixes:
            ends = " or ".join(known[what].suffixes)
            raise Wrong(short(path.name), f"is not the name of such a file; {what} can be had as {ends}")
    return known[what]()
