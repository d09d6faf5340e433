"""Slides with films on them, as PPTX: one for each view, or for each round."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage

from app.export.deck import Deck, lacking
from app.export.encoders.mp4 import Mp4
from app.export.film import Film
from app.export.order import Order
from app.export.page import Page
from app.export.reel import Reel
from app.export.rendering import render
from app.export.whole import drop, whole
from app.scene import captions, compose
from app.scene.frame import line
from app.scene.look import Look, place
from app.scene.view import View
from app.theme import load
from engine.motion.stopping import Stop, never
from engine.parts import Wrong
from engine.probe import Probe
from engine.registry import kinds
from engine.snapshot import Snapshot

Per = Literal["view", "round"]
LOOKED = 5  # frames that are compared to see whether anything moves
SUFFIX = ".pptx"


@dataclass(frozen=True)
class Slide:
    """A film and what is said about it."""

    title: str
    order: Order


def planned(
    snapshot: Snapshot, look: Look, page: Page, film: Film, rate: int = 30, seconds: float = 0.0, per: Per = "view"
) -> tuple[Slide, ...]:
    """One slide for each view of the page, or for each round of the line that is on show. Raises Wrong."""
    page = page.check()
    made = []
    if per == "view":
        known = kinds(View.family)
        for kind in page.views or (look.view,):
            one = msgspec.structs.replace(page, views=())
            made.append((known[kind].title, msgspec.structs.replace(look, view=kind), one))
    else:
        for view in (view for _, view in line(snapshot, look) if view.number):
            made.append((captions.name(view), msgspec.structs.replace(look, **place(view)), page))
    if not made:
        raise Wrong("", "There is no round yet, and so no slide of one.")
    orders = (Slide(title, Order(film, look, page, rate, seconds).check()) for title, look, page in made)
    slides = tuple(slide for slide in orders)
    told = [slide.order.film.unfit(snapshot, slide.order.look) for slide in slides]
    slides = tuple(slide for slide, why in zip(slides, told, strict=True) if not why)
    if not slides:
        raise Wrong(film.kind, " ".join(told[0].split()))
    return slides


def needs(slides: Iterable[Slide], snapshot: Snapshot, stop: Stop = never) -> tuple[tuple[Probe, ...], tuple[str, ...]]:
    """The probes behind all of them, and the names of their rounds."""
    both = [slide.order.needs(snapshot, stop) for slide in slides]
    return tuple(dict.fromkeys(p for probes, _ in both for p in probes)), tuple(
        dict.fromkeys(n for _, names in both for n in names)
    )


def check(path: Path) -> None:
    """Raise Wrong, in a sentence, where no slides can be written."""
    if path.suffix.lower() != SUFFIX:
        raise Wrong(path.name, f"is not the name of slides; end it in {SUFFIX}")
    if why := lacking():
        raise Wrong("", why)


def write(
    snapshot: Snapshot,
    slides: tuple[Slide, ...],
    path: Path,
    told: Callable[[int, int], object] = lambda done, of: None,
    stop: Callable[[], bool] = lambda: False,
    scratch: Path | None = None,
) -> str:
    """Write them all, or nothing; a sentence about what the file is. Raises Wrong, and Cancelled once ``stop`` says so.

    A view in which nothing moves is a picture on its slide. Needs a QGuiApplication.
    """
    check(path)
    moves = [_moves(Reel(snapshot, slide.order)) for slide in slides]
    frames = sum(slide.order.n if moving else 1 for slide, moving in zip(slides, moves, strict=True))
    first = slides[0].order.page
    theme = load(first.theme)
    deck = Deck(first.width / first.height, theme.ink("window"), theme.ink("text"))
    films: dict[Order, bytes] = {}
    done = 0
    with whole(path, scratch) as at:
        at.mkdir()  # until the films are inside the slides: whoever drops what was begun drops them, too
        for slide, moving in zip(slides, moves, strict=True):
            order, reel = slide.order, Reel(snapshot, slide.order, even=True)
            poster = _png(reel.image(order.n // 2))
            words = described(snapshot, order)
            if moving and order not in films:
                clip = at / "film.mp4"
                begun = done
                render(snapshot, order, Mp4(), clip, lambda k, n, begun=begun: told(begun + k, frames), stop)
                films[order] = clip.read_bytes()
            done += order.n if moving else 1
            told(done, frames)
            aspect = reel.width / reel.height
            if moving:
                deck.film(slide.title, films[order], poster, aspect, words, order.film.hint, order.film.repeats)
            else:
                deck.picture(slide.title, poster, aspect, words, order.film.hint)
        drop(at)
        at.write_bytes(deck.content())
    many = f"{len(slides)} slide{'s' * (len(slides) > 1)}"
    return f"{path.name}: {many}, {sum(moves)} with a film"


def described(snapshot: Snapshot, order: Order) -> str:
    """What is to be seen, for who does not see it: titles and captions of the panels."""
    told = []
    for look in order.shot(snapshot, order.n // 2).looks:
        charts = compose.charts(snapshot, look) if order.page.charts else ()
        for panel in (*compose.stage(snapshot, look, guided=False), *charts):
            title, caption = (" ".join(words.split()) for words in (panel.title, panel.caption or panel.empty))
            told.append(f"{title}: {caption}" if caption else title)
    return ". ".join(told) + "."


def _moves(reel: Reel) -> bool:
    """Whether any of some frames differs from the first, without t."""
    order = reel.order
    still = Reel(reel.snapshot, msgspec.structs.replace(order, page=msgspec.structs.replace(order.page, t=False)))
    first = still.pixels(0)
    some = np.linspace(0, order.n - 1, LOOKED).round().astype(int)[1:].tolist()
    return any(not np.array_equal(first, still.pixels(k)) for k in some)


def _png(image: QImage) -> BytesIO:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return BytesIO(bytes(buffer.data().data()))
