"""Paints a Page on any QPainter: image, film, slide, SVG, PDF. Needs a QGuiApplication, for fonts; no display."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter

from app.canvas import figure_table, grid, round_card
from app.canvas.beside import BESIDE, LARGER
from app.canvas.panel_painter import Marks, paint_panel
from app.canvas.still import FOOT, INCH, paint_time
from app.canvas.strokes import WHOLE, colour
from app.canvas.words import MIDDLE, face, wrapped
from app.export.page import Page
from app.scene import compose
from app.scene.figure_rows import FigureRow, lines, rows_of
from app.scene.frame import shown
from app.scene.look import Look
from app.scene.marks import Bounds, Panel
from app.scene.projection import seen as in_space
from app.theme import Theme, load
from engine.parts import Wrong
from engine.snapshot import Snapshot

COLUMN, LEAST, MOST = 0.27, 19.0, 26.0  # width of the charts: share of the page, text heights
DOUBLE = 0.44  # the same where two stand side by side
LOW = 11.0  # text heights that a chart needs for its axes
BELOW = 0.42  # height of the charts on an upright page
HEADING = 1.35  # of the text's size


def image(snapshot: Snapshot, look: Look, page: Page) -> QImage:
    """The page as a picture of its size in pixels. The same values give the same pixels. Raises Wrong."""
    return Frames(page).image(snapshot, look)


def paint(painter: QPainter, box: QRectF, snapshot: Snapshot, look: Look, page: Page, marks: Marks = "all") -> None:
    """The page inside ``box``, in units of which it has ``page.width``. ``marks``: as for ``paint_panel``."""
    scale = box.width() / page.width
    _paint(painter, box, _sheet(box, snapshot, look, page, scale), page, scale, marks)


class Frames:
    """Pictures of one page, one after another: what stands still is painted once, and gives the same pixels.

    ``quick``: lines as the window draws them, which a film needs where lines move.
    """

    def __init__(self, page: Page, quick: bool = False) -> None:
        self.page, self._quick = page.check(), quick
        self._still: QImage | None = None
        self._key: object = None

    def image(self, snapshot: Snapshot, look: Look) -> QImage:
        """Raises Wrong where there is not enough memory."""
        page, box = self.page, QRectF(0, 0, self.page.width, self.page.height)
        sheet = _sheet(box, snapshot, look, page, 1.0)
        if self._still is None or sheet.key != self._key:
            self._still, self._key = _blank(page), sheet.key
            with QPainter(self._still) as painter:
                _paint(painter, box, sheet, page, 1.0, "still", self._quick)
        made = QImage(self._still)
        with QPainter(made) as painter:
            _paint(painter, box, sheet, page, 1.0, "moving", self._quick)
        return made


@dataclass(frozen=True)
class _Place:
    """Something and where it stands, in px of the window. ``paint``: by itself, where it is no panel."""

    box: QRectF
    panel: Panel | None = None
    seen: Bounds | None = None
    paint: Callable[[QPainter, QRectF], None] | None = None
    moving: bool = False
    larger: float = 1.0  # its text over that of the page


@dataclass(frozen=True)
class _Sheet:
    places: tuple[_Place, ...]
    key: object  # of what stands still


def _blank(page: Page) -> QImage:
    kind = QImage.Format.Format_ARGB32_Premultiplied if page.transparent else QImage.Format.Format_RGB32
    made = QImage(page.width, page.height, kind)
    if made.isNull():
        raise Wrong("the picture", f"of {page.width} x {page.height} pixels does not fit into memory")
    made.fill(Qt.GlobalColor.transparent if page.transparent else QColor(load(page.theme).ink("window")))
    made.setDotsPerMeterX(round(INCH * page.dpi / 96))
    made.setDotsPerMeterY(round(INCH * page.dpi / 96))
    return made


def _paint(
    painter: QPainter, box: QRectF, sheet: _Sheet, page: Page, scale: float, marks: Marks, quick: bool = False
) -> None:
    theme, ground = load(page.theme, page.text_scale), "" if page.transparent else "window"
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(WHOLE, not quick)
    if ground and marks != "moving":
        painter.fillRect(box, colour(theme, ground))
    painter.translate(box.topLeft())
    painter.scale(page.zoom * scale, page.zoom * scale)
    for place in sheet.places:
        dress = replace(theme, text_px=round(place.larger * theme.text_px))
        if place.panel is not None and in_space(place.panel):  # what moves may be behind what stands still
            if marks != "still":
                paint_panel(painter, place.box, place.panel, dress, ground=ground)
        elif place.panel is not None:
            paint_panel(painter, place.box, place.panel, dress, place.seen, marks, ground=ground)
        elif marks == "all" or place.moving == (marks == "moving"):
            painter.save()
            painter.setClipRect(place.box, Qt.ClipOperation.IntersectClip)
            place.paint(painter, place.box)
            painter.restore()
    painter.restore()


def _sheet(box: QRectF, snapshot: Snapshot, look: Look, page: Page, scale: float) -> _Sheet:
    """Where everything stands on the page."""
    theme, zoom = load(page.theme, page.text_scale), page.zoom * scale
    room, px = QRectF(0, 0, box.width() / zoom, box.height() / zoom), theme.text_px
    made: list[_Place] = []
    if page.heading:
        high = _heading_height(page.heading, room.width(), theme)
        top = QRectF(room.left(), room.top(), room.width(), high)
        made.append(_Place(top, paint=lambda painter, box: _heading(painter, box, page.heading, theme)))
        room.setTop(top.bottom())
    if page.strip:
        alone = not (page.stage or page.charts or page.figures)
        high = room.height() if alone else min(room.height() / 2, round_card.size(theme).height() + px)
        row = QRectF(room.left(), room.bottom() - high, room.width(), high)
        made += _cards(row, snapshot, look, theme)
        room.setBottom(row.top())
    beside = room if page.charts or page.figures else QRectF()
    if not beside.isNull() and page.stage:
        high = LOW * px * (len(look.charts) * page.charts + page.figures)
        room, beside = _parted(room, px, room.height() < high, BESIDE * page.show)
    if page.stage:
        made += _stage(room, snapshot, look, page, theme)
    if not beside.isNull():
        made += _beside(beside, snapshot, look, page, theme)
    keys = tuple(
        (place.panel.key, place.panel.worded, place.seen, place.box.getRect())
        if place.panel is not None
        else place.box.getRect()
        for place in made
    )
    return _Sheet(tuple(made), (snapshot, look.still, keys))


def _parted(room: QRectF, px: int, low: bool, share: float) -> tuple[QRectF, QRectF]:
    """For the stage and for the charts: beside it, on an upright page below it. ``low``: too low for one column.
    ``share``: of the width, where it is given."""
    stage, beside = QRectF(room), QRectF(room)
    if share:
        stage.setRight(round((1 - share) * room.right()))
        beside.setLeft(stage.right())
    elif room.width() >= room.height():
        wide = DOUBLE * room.width() if low else max(LEAST * px, min(MOST * px, COLUMN * room.width()))
        stage.setRight(round(room.right() - min(DOUBLE * room.width(), wide)))
        beside.setLeft(stage.right())
    else:
        stage.setBottom(round(room.bottom() - BELOW * room.height()))
        beside.setTop(stage.bottom())
    return stage, beside


def _stage(room: QRectF, snapshot: Snapshot, look: Look, page: Page, theme: Theme) -> list[_Place]:
    """The views, and t below them."""
    made, room = [], QRectF(room)
    if page.t:
        foot = QRectF(room.left(), room.bottom() - FOOT * theme.text_px, room.width(), FOOT * theme.text_px)
        made.append(_Place(foot, paint=lambda painter, box: paint_time(painter, box, look.t, theme), moving=True))
        room.setBottom(round(foot.top()))
    looks = page.looks(look)
    blocks = grid.fitting(len(looks), room, page.across if len(looks) > 1 else 1)
    number = 0
    for one, block in zip(looks, blocks, strict=True):
        panels = page.worded(compose.stage(snapshot, one, guided=False))
        if 0 <= one.alone < len(panels):
            panels = (panels[one.alone],)
        across = page.across if len(looks) == 1 else 0
        for panel, place in zip(panels, grid.fitting(len(panels), block, across), strict=True):
            made.append(_Place(place, panel, page.seen[number] if number < len(page.seen) else None))
            number += 1
    return made


def _beside(room: QRectF, snapshot: Snapshot, look: Look, page: Page, theme: Theme) -> list[_Place]:
    """The charts, and the figures below or beside them."""
    made, room, px = [], QRectF(room), theme.text_px
    view = shown(snapshot, look)
    rows = lines(view, [row for row in rows_of(view) if row.brief]) if page.figures and view is not None else []
    if rows:
        table = QRectF(room)
        if not page.charts:
            pass
        elif room.width() >= 2 * LEAST * px and room.width() > room.height():
            table.setLeft(room.right() - min(room.width() / 2, MOST * px))
            room.setRight(table.left())
        else:
            table.setTop(max(room.center().y(), room.bottom() - figure_table.top(len(rows), theme) - px))
            room.setBottom(round(table.top()))
        inner = table.adjusted(px, 0.5 * px, -px, -0.5 * px)
        made.append(_Place(inner, paint=lambda painter, box: _figures(painter, box, rows, theme)))
    if page.charts:
        panels = page.worded(compose.charts(snapshot, look))
        places = grid.fitting(len(panels), room, aspect=1.5)
        larger = LARGER if page.show else 1.0
        made += [_Place(place, panel, larger=larger) for panel, place in zip(panels, places, strict=True)]
    return made


def _figures(painter: QPainter, box: QRectF, rows: Sequence[FigureRow], theme: Theme) -> None:
    """As many rows as have room."""
    room = sum(figure_table.top(k + 1, theme) <= box.height() + 1 for k in range(len(rows)))
    figure_table.paint_table(painter, box, rows[:room], theme)


def _cards(row: QRectF, snapshot: Snapshot, look: Look, theme: Theme) -> list[_Place]:
    """The rounds side by side: those around the one on show, where there is no room for all."""
    cards, px, at = compose.thumbnails(snapshot, look), theme.text_px, look.shown(snapshot)
    work = compose.progress(snapshot)
    tall = round_card.size(theme).height()
    size = max(1.0, min(row.height() - px, 2.0 * tall)) / tall  # alone on a page they are larger
    wide = [size * round_card.size(theme, bool(lead)).width() + 0.9 * px for *_, lead in cards]
    first = last = min(at, len(cards) - 1)
    while cards:
        more = [k for k in (last + 1, first - 1) if 0 <= k < len(cards)]
        fits = [k for k in more if sum(wide[first : last + 1]) + wide[k] <= row.width() - 2 * px]
        if not fits:
            break
        first, last = min(first, fits[0]), max(last, fits[0])
    made, left = [], row.left() + px
    for k in range(first, last + 1) if cards else ():
        panel, title, caption, lead = cards[k]
        box = QRectF(left, row.top() + 0.4 * px, wide[k] - 0.9 * px, size * tall)
        left += wide[k]

        def card(painter: QPainter, box: QRectF, k: int = k, told: tuple = (panel, title, caption, lead)) -> None:
            panel, title, caption, lead = told
            share = work[1] if work and work[0] == k else None
            rim = "accent" if k == at else "border"
            round_card.paint_card(painter, box, panel, (title, caption), theme, bool(lead), k == at, share, rim)

        made.append(_Place(box, paint=card))
    return made


def _heading_lines(text: str, width: float, theme: Theme) -> list[str]:
    metrics = QFontMetricsF(face(theme, HEADING, bold=True))
    return wrapped(text, metrics, width - 2 * theme.text_px, 2)


def _heading_height(text: str, width: float, theme: Theme) -> int:
    spacing = QFontMetricsF(face(theme, HEADING, bold=True)).lineSpacing()
    return round(len(_heading_lines(text, width, theme)) * spacing + 0.8 * theme.text_px)


def _heading(painter: QPainter, box: QRectF, text: str, theme: Theme) -> None:
    painter.setFont(face(theme, HEADING, bold=True))
    painter.setPen(colour(theme, "text"))
    spacing = QFontMetricsF(painter.font()).lineSpacing()
    for k, line in enumerate(_heading_lines(text, box.width(), theme)):
        row = QRectF(box.left(), box.top() + 0.5 * theme.text_px + k * spacing, box.width(), spacing)
        painter.drawText(row, MIDDLE, line)
