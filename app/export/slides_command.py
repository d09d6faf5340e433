"""The command slides: an experiment as PPTX, without a window. Loads neither Qt nor torch before it must."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import OmitArgPrefixes, Positional, UseAppendAction, arg

from app.export.film_command import film_of
from app.export.options import Options


def slides(
    source: Positional[Path],
    out: Path,
    per: Literal["view", "round"] = "view",
    film: str = "sweep",
    knob: Annotated[
        UseAppendAction[tuple[str, ...]], arg(help='Of the film, each time: hold=1, "turn=there and back".')
    ] = (),
    fps: int = 30,
    seconds: float = 0.0,
    t: float | None = None,
    options: OmitArgPrefixes[Options] = Options(),  # noqa: B008 - frozen
    device: Literal["auto", "cuda", "mps", "cpu"] = "auto",
) -> int:
    """Write slides of an experiment: a film on each, with its poster, notes and a description.

    Args:
        source: A spec (TOML or JSON), a project (.rewire), a run's folder, or a PNG that carries an experiment.
        out: A file, .pptx.
        per: A slide for each view that is given, or one for each round.
        film: The film on each: sweep, morph, orbit, ...; or a TOML or JSON file with a film's kind and its knobs.
        fps: Frames a second.
        seconds: How long each lasts; 0: as long as the film is by itself.
        t: The time of what does not run through it; as in the project, or 0.62.
        device: Where to compute.
    """
    from app.export import slides as making
    from app.export.order import Order
    from app.export.progress import working
    from app.export.qt import ready
    from app.export.rendering import Cancelled
    from app.export.whole import check_place
    from engine.interruption import Interruption

    making.check(out)
    page, made = options.page(), film_of(film, knob)
    check_place(out.resolve())
    ready()
    with Interruption() as asked, working() as progress:
        from app.export.frozen import opened

        frozen = opened(source, device, asked)
        look = options.looked(frozen.look, frozen.experiment, t)
        order = Order(made, look, page, fps, seconds).check()
        first = frozen.known(order.page.needs(look), look.names(), False, progress.told)
        planned = making.planned(first, look, page, made, fps, seconds, per)
        probes, names = making.needs(planned, first)
        measured = any(slide.order.measured(first) for slide in planned)
        snapshot = frozen.known(probes, names, measured, progress.told)

        def told(done: int, of: int) -> None:
            progress.at(f"{of} frames of {out.name}", done / of)

        try:
            sentence = making.write(snapshot, planned, out, told, asked)
        except Cancelled:
            raise KeyboardInterrupt from None
    print(sentence)
    return 0
