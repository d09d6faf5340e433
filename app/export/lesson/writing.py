"""A lesson as slides (PPTX), a handout with notes (PDF), one page (HTML), a film (MP4), by the end of the name."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from html import escape
from io import BytesIO
from pathlib import Path

import numpy as np
from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSizeF
from PySide6.QtGui import QImage, QPageSize, QPainter, QPdfWriter

from app import theme as themes
from app.export import deck as decks
from app.export.encoder import Footage
from app.export.encoders.mp4 import Mp4
from app.export.lesson.plain_math import mathml, plain
from app.export.lesson.taught import HIGH, RATE, STAGE, WIDE, Taught
from app.export.painting import paint
from app.export.reel import memory_of
from app.export.rendering import render
from app.export.slides import described
from app.export.whole import whole
from app.lessons.lesson import Lesson
from app.presenting import formulas, words
from app.presenting.formulas import FORMULA
from app.presenting.words import MARKS
from app.theme import load
from engine import codec
from engine.parts import Wrong

REST = 3.0  # seconds of a step in a film, in which nothing moves
Told = Callable[[str, float], object]
STYLE = """
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1rem; font: 18px/1.5 system-ui, sans-serif; color: #17202a; }
section { margin: 0 0 4rem; } h1 { margin: 0; } h2 { margin: 0 0 .4rem; }
video, img { width: 100%; border-radius: 6px; border: 1px solid #d8dee6; }
ul { list-style: none; padding: 0; } .holds b { color: #007a58; } .fails b { color: #b3261e; }
li span { color: #525c69; } aside { color: #525c69; border-left: 3px solid #d8dee6; padding-left: 1rem; }
details { margin-top: .6rem; } pre { overflow: auto; background: #f4f6f8; padding: 1rem; font-size: 14px; }
"""


def suffixes() -> tuple[str, ...]:
    return tuple(WRITERS)


def check(path: Path) -> None:
    """Raise Wrong, in a sentence, where a lesson cannot become such a file."""
    if path.suffix.lower() not in WRITERS:
        raise Wrong(path.name, f"is not the name of a lesson's export; end it in {', '.join(WRITERS)}")
    if path.suffix.lower() in (".pptx", ".mp4", ".html") and (why := decks.lacking()):
        raise Wrong("", why)


def write(lesson: Lesson, steps: list[Taught], path: Path, told: Told) -> None:
    """The whole file, or nothing of it. Raises Wrong. Needs a QGuiApplication."""
    check(path)
    with whole(path) as place:
        WRITERS[path.suffix.lower()](lesson, steps, place, told)


def _slides(lesson: Lesson, steps: list[Taught], place: Path, told: Told) -> None:
    """A slide for each step: the picture, or a film, the text as text, notes and what reproduces it."""
    theme = load(steps[0].order.page.theme)
    deck = decks.Deck(WIDE / HIGH, theme.ink("window"), theme.ink("text"))
    for one in steps:
        told(f"slide {one.number} of {one.of}", one.number / one.of)
        title, alt = plain(one.step.heading), described(one.snapshot, one.order)
        text = "\n".join((plain(" ".join(one.text.split())), *_claims(one)))
        notes = f"{one.step.notes}\n\n{codec.to_toml(one.snapshot.spec)}"
        picture = BytesIO(_encoded(one.stage(), "PNG"))
        if one.moves:
            deck.film(title, _film(one, place), picture, WIDE / STAGE, alt, notes, one.order.film.repeats, text)
        else:
            deck.picture(title, picture, WIDE / STAGE, alt, notes, text)
    place.write_bytes(deck.content())


def _pages(lesson: Lesson, steps: list[Taught], place: Path, told: Told) -> None:
    """A page for each step: the picture in vectors, the words, the notes."""
    writer = QPdfWriter(str(place))
    writer.setTitle(lesson.title)
    writer.setResolution(144)
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    wide, high = float(WIDE), HIGH * 1.32
    writer.setPageSize(QPageSize(QSizeF(wide / 2, high / 2), QPageSize.Unit.Point))
    theme = load(steps[0].order.page.theme)
    painter = QPainter(writer)
    try:
        painter.scale(writer.width() / wide, writer.height() / high)
        for one in steps:
            told(f"page {one.number} of {one.of}", one.number / one.of)
            if one.number > 1:
                writer.newPage()
            look = one.order.shot(one.snapshot, one.order.n * 5 // 8).looks[0]
            paint(painter, QRectF(0, 0, WIDE, STAGE), one.snapshot, look, one.order.page)
            painter.save()
            painter.translate(18, STAGE + 10)
            words.paint(painter, one.laid, theme)
            painter.translate(0, HIGH - STAGE + 6)
            font, ink = themes.font(theme, 0.64 * one.scale), theme.ink("muted")
            formulas.document(one.step.notes, font, ink, WIDE - 36).drawContents(painter)
            painter.restore()
    finally:
        painter.end()


def _page(lesson: Lesson, steps: list[Taught], place: Path, told: Told) -> None:
    """One file that needs no other: films inside, formulas as MathML, figures of the claims."""
    parts = [f"<h1>{escape(lesson.title)}</h1><p>{_html(lesson.about)}</p>"]
    for one in steps:
        told(f"part {one.number} of {one.of}", one.number / one.of)
        alt = escape(described(one.snapshot, one.order), quote=True)
        poster = f"data:image/webp;base64,{_base(_encoded(one.stage(), 'WEBP', 82))}"
        shown = f'<img src="{poster}" alt="{alt}">'
        if one.moves:
            film = f"data:video/mp4;base64,{_base(_film(one, place))}"
            how = "autoplay muted playsinline controls" + (" loop" if one.order.film.repeats else "")
            shown = f'<video src="{film}" poster="{poster}" aria-label="{alt}" {how}></video>'
        claims = "".join(
            f'<li class="{v.state}"><b>{MARKS[v.state][0]}</b> {escape(c.shown)} <span>{escape(v.words)}</span></li>'
            for c, v in one.verdicts
        )
        spec = escape(codec.to_toml(one.snapshot.spec))
        parts.append(
            f"<section><h2>{one.number}. {_html(one.step.heading)}</h2>{shown}<p>{_html(one.text)}</p><ul>{claims}</ul>"
            f"<aside>{_html(one.step.notes)}</aside>"
            f"<details><summary>The experiment</summary><pre>{spec}</pre></details></section>"
        )
    title = f"<title>{escape(lesson.title)}</title><style>{STYLE}</style>"
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width">{title}'
    page = f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>'
    place.write_text(page, encoding="utf-8")


def _whole_film(lesson: Lesson, steps: list[Taught], place: Path, told: Told) -> None:
    """All steps one after another, as the show has them."""
    counts = [one.order.n if one.moves else round(REST * RATE) for one in steps]

    def frames() -> Iterator[np.ndarray]:
        done = 0
        for one, n in zip(steps, counts, strict=True):
            still = None if one.moves else one.picture()
            for k in range(n):
                done += 1
                told("frames of the film", done / sum(counts))
                yield memory_of(still if still is not None else one.picture(k))

    Mp4().write(place, Footage(WIDE, HIGH, RATE, sum(counts), False, False, frames(), name=place.name))


WRITERS: dict[str, Callable[[Lesson, list[Taught], Path, Told], None]] = {
    ".pptx": _slides,
    ".pdf": _pages,
    ".html": _page,
    ".mp4": _whole_film,
}


def _film(one: Taught, place: Path) -> bytes:
    clip = place.with_name(f"{place.name}.mp4")
    try:
        render(one.snapshot, one.order, Mp4(crf=20), clip)
        return clip.read_bytes()
    finally:
        clip.unlink(missing_ok=True)


def _claims(one: Taught) -> list[str]:
    return [f"{MARKS[verdict.state][0]} {claim.shown}   {verdict.words}".rstrip() for claim, verdict in one.verdicts]


def _html(text: str) -> str:
    """Words without their Markdown, formulas as MathML."""
    parts = FORMULA.split(text)
    plain = (re.sub(r"\*\*?([^*]+)\*\*?", r"<em>\1</em>", escape(part).replace("\n\n", "<br>")) for part in parts[::2])
    maths = [*map(mathml, parts[1::2]), ""]
    return "".join(f"{words}{formula}" for words, formula in zip(plain, maths, strict=True))


def _encoded(image: QImage, form: str, quality: int = -1) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, form, quality)
    return bytes(buffer.data().data())


def _base(content: bytes) -> str:
    return base64.b64encode(content).decode()
