"""A film is written: frames are painted in this thread, and encoded in another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Full, Queue

import numpy as np

from app.export.encoder import Encoder, Footage
from app.export.order import Order
from app.export.reel import Reel
from app.export.whole import whole
from app.theme import load
from engine.parts import Wrong, reason
from engine.snapshot import Snapshot

AHEAD = 4  # frames that wait for the encoder
POLL = 0.1  # seconds


class Cancelled(Exception):
    """Nobody wants it any more; nothing is left of it."""


class _Ended(Exception):
    """The encoder has no need to go on."""


def render(
    snapshot: Snapshot,
    order: Order,
    encoder: Encoder,
    path: Path,
    told: Callable[[int, int], object] = lambda done, of: None,
    stop: Callable[[], bool] = lambda: False,
    scratch: Path | None = None,
) -> str:
    """Write the film whole, or nothing of it; a sentence about what the file is. ``told`` hears of each frame.

    Raises Wrong, and Cancelled once ``stop`` says so. Needs a QGuiApplication.
    """
    order = order.check()
    page = order.page
    if why := order.film.unfit(snapshot, order.look):
        raise Wrong("", why)
    encoder.fits(page.width, page.height, order.n, order.rate, page.transparent)
    if encoder.folder and path.suffix:
        path = path.with_suffix("")
    reel = Reel(snapshot, order, encoder.even)
    samples = [reel.pixels(k) for k in np.linspace(0, order.n - 1, encoder.samples).round().astype(int).tolist()]
    with whole(path, scratch) as place:
        _fed(reel, encoder, place, path.name, samples, told, stop)
    said = f"{path.name}: {reel.width} x {reel.height}, {order.n} frames, {order.n / order.rate:.2f} s"
    if (reel.width, reel.height) != (page.width, page.height):
        said += f"; {page.width} x {page.height} was padded with the background, for {encoder.title} has even sides"
    return said


def _fed(
    reel: Reel,
    encoder: Encoder,
    place: Path,
    name: str,
    samples: list[np.ndarray],
    told: Callable[[int, int], object],
    stop: Callable[[], bool],
) -> None:
    """Frame after frame goes to the encoder, which is as far behind as the queue is long."""
    waiting: Queue[np.ndarray | Exception | None] = Queue(AHEAD)
    failed: list[BaseException] = []
    order, theme = reel.order, load(reel.order.page.theme)
    shades = (shade for palette in theme.palettes for shade in theme.shades(palette))
    inks = tuple(dict.fromkeys((*theme.inks.values(), *shades)))
    footage = Footage(
        reel.width,
        reel.height,
        order.rate,
        order.n,
        order.film.repeats,
        order.page.transparent,
        _taken(waiting),
        samples,
        inks,
        name,
    )

    def encode() -> None:
        try:
            encoder.write(place, footage)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=encode, name="encoder", daemon=True)
    thread.start()

    def give(item: np.ndarray | Exception | None) -> None:
        while thread.is_alive():
            try:
                waiting.put(item, timeout=POLL)
                return
            except Full:
                continue

    try:
        for k in range(order.n):
            if stop():
                raise Cancelled
            if failed or not thread.is_alive():
                break
            give(reel.pixels(k))
            told(k + 1, order.n)
        give(None)
    except BaseException:
        give(_Ended())
        raise
    finally:
        thread.join()
    if failed:
        error = failed[0]
        if isinstance(error, Wrong | OSError):
            raise error
        raise Wrong(name, f"cannot be encoded ({reason(error)})") from error


def _taken(waiting: Queue[np.ndarray | Exception | None]) -> Iterator[np.ndarray]:
    while True:
        try:
            item = waiting.get(timeout=POLL)
        except Empty:
            continue
        if item is None:
            return
        if isinstance(item, Exception):
            raise item
        yield item
