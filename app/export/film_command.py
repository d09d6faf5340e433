"""The command film: an experiment as a film, without a window. Loads neither Qt nor torch before it must."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from tyro.conf import OmitArgPrefixes, Positional, UseAppendAction, arg

from app.export.options import Options

if TYPE_CHECKING:
    from app.export.film import Film
    from app.export.frozen import Frozen
    from app.export.order import Order
    from app.export.progress import Working
    from engine.snapshot import Snapshot


def film(
    source: Positional[Path],
    out: Path,
    film: str = "sweep",
    knob: Annotated[
        UseAppendAction[tuple[str, ...]], arg(help='Of the film, each time: hold=1, "turn=there and back", order=grid.')
    ] = (),
    fps: int = 0,
    seconds: float = 0.0,
    t: float | None = None,
    options: OmitArgPrefixes[Options] = Options(),  # noqa: B008 - frozen
    device: Literal["auto", "cuda", "mps", "cpu"] = "auto",
) -> int:
    """Write a film of an experiment: a spec, whose rounds are trained first, a project or the folder of a run.

    Args:
        source: A spec (TOML or JSON), a project (.rewire), a run's folder, or a PNG that carries an experiment.
        out: A file, .mp4, .webm, .gif, .apng or .webp; without an end, a folder of PNG files with lines for Beamer.
        film: sweep, rounds, ladder, replay, morph, orbit, lens, timeline; or a TOML or JSON file with a film's kind and
            its knobs.
        fps: Frames a second; 30, or 25 for a GIF.
        seconds: How long; 0: as long as the film is by itself.
        t: The time of what does not run through it; as in the project, or 0.62.
        device: Where to compute.
    """
    from app.export.encoder import encoder_for
    from app.export.order import Order
    from app.export.progress import working
    from app.export.qt import ready
    from app.export.rendering import Cancelled, render
    from app.export.whole import check_place
    from engine.interruption import Interruption

    encoder, page = encoder_for(out), options.page()
    made, rate = film_of(film, knob), fps or (25 if encoder.exact else 30)
    encoder.fits(page.width, page.height, 1, rate, page.transparent)
    check_place(out.resolve())
    ready()
    with Interruption() as asked, working() as progress:
        from app.export.frozen import opened

        frozen = opened(source, device, asked)
        look = options.looked(frozen.look, frozen.experiment, t)
        order = Order(made, look, page, rate, seconds).check()
        encoder.fits(page.width, page.height, order.n, rate, page.transparent)
        snapshot = answered(frozen, order, progress)
        try:
            told = render(
                snapshot, order, encoder, out, lambda k, n: progress.at(f"{n} frames of {out.name}", k / n), asked
            )
        except Cancelled:
            raise KeyboardInterrupt from None
    print(told)
    return 0


def film_of(name: str, knobs: tuple[str, ...]) -> Film:
    """The film of this kind, or of a file, with these knobs. Raises Wrong."""
    import msgspec

    from app.export.film import part_of
    from engine import gate
    from engine.parts import Wrong

    kind, given = name, {}
    if name.endswith((".toml", ".json")):
        given = dict(gate.read(Path(name), "film"))
        kind = str(given.pop("kind", "timeline"))
    for setting in knobs:
        knob, equals, text = setting.partition("=")
        if not equals:
            raise Wrong("knob", f"{setting!r} is not of the form hold=1")
        try:
            given[knob] = msgspec.json.decode(text.encode())
        except msgspec.DecodeError:
            given[knob] = text
    return part_of("films", kind, given)


def answered(frozen: Frozen, order: Order, progress: Working) -> Snapshot:
    """All rounds trained, and everything answered that any frame shows. Raises Wrong where there is no such film."""
    from engine.parts import Wrong

    probes, names = order.page.needs(order.look), order.look.names()
    first = frozen.known(probes, names, False, progress.told)
    if why := order.film.unfit(first, order.look):
        raise Wrong(order.film.kind, " ".join(why.split()))
    probes, names = order.needs(first)
    return frozen.known(probes, names, order.measured(first), progress.told)
