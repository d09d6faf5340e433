"""Inks (named colours) and style: a Theme is a frozen table, ``apply`` dresses the whole application in it.

Widgets choose their dress by the dynamic property ``role``:
QFrame ``card``, ``panel``; QLabel ``title``, ``heading``, ``muted``, ``danger``; QPushButton ``primary``, ``outlined``;
QToolButton ``quiet``. Without a role they get the plain one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from app.style_sheet import SHEET

NAMES = ("dark", "light", "projector")  # the window's
PICTURES = (*NAMES, "print")  # those that a picture can have
SHADES = 24  # colours of a palette that are told apart
WORN = "worn"  # property of the application: the theme that it has on


@dataclass(frozen=True)
class Theme:
    """Inks and sizes of one theme; sizes are logical pixels."""

    name: str
    dark: bool
    inks: Mapping[str, str]
    palettes: Mapping[str, tuple[str, ...]]
    text_px: int
    line_scale: float
    line_min: float
    point_scale: float
    point_min: float

    def ink(self, name: str) -> str:
        """``#rrggbb`` of a named ink; of the ink of round k for ``round_k``, whatever k."""
        if name.startswith("round_") and name not in self.inks:
            cycle = [key for key in self.inks if key.startswith("round_")]
            name = cycle[(int(name[6:]) - 1) % len(cycle)]
        return self.inks[name]

    def shades(self, palette: str) -> tuple[str, ...]:
        """``SHADES`` colours ``#rrggbb`` for shades from 0 to 1; classes keep their own colour for each eighth."""
        return _shades(self.palettes[palette], palette)

    def line(self, width: float) -> float:
        """Width in px of a line that is ``width`` px in the plain themes."""
        return max(self.line_min, width * self.line_scale)

    def point(self, size: float) -> float:
        """Diameter in px of a point that is ``size`` px in the plain themes."""
        return max(self.point_min, size * self.point_scale)

    def small(self, text: float = 0.8) -> Theme:
        """The same inks for thumbnails: hairlines and small points, text scaled by ``text``."""
        px = max(9, round(self.text_px * text))
        return replace(self, line_scale=1.0, line_min=0.0, point_scale=1.0, point_min=0.0, text_px=px)

    def __hash__(self) -> int:
        return hash((self.name, self.text_px, self.line_scale))


@cache
def _shades(anchors: tuple[str, ...], palette: str) -> tuple[str, ...]:
    if palette == "classes":
        return tuple(anchors[k * len(anchors) // SHADES] for k in range(SHADES))
    stops = [*anchors, anchors[0]] if palette == "wheel" else anchors  # a wheel comes back to its start
    made = []
    for k in range(SHADES):
        at = k / SHADES * (len(stops) - 1) if palette == "wheel" else k / (SHADES - 1) * (len(stops) - 1)
        low = min(int(at), len(stops) - 2)
        ends = [[int(ink[i : i + 2], 16) for i in (1, 3, 5)] for ink in stops[low : low + 2]]
        mixed = [round(a + (at - low) * (b - a)) for a, b in zip(*ends, strict=True)]
        made.append("#{:02x}{:02x}{:02x}".format(*mixed))
    return tuple(made)


@cache
def _tables() -> dict[str, dict]:
    return tomllib.loads(files("resources").joinpath("inks.toml").read_text(encoding="utf-8"))


def fit(name: str, height: int) -> float:
    """How much smaller than at 1080 lines the projector's text is in a window of this height; 1 for the others."""
    return min(1.0, max(0.7, round(height / 1080, 2))) if name == "projector" else 1.0


@cache
def load(name: str = "dark", text_scale: float = 1.0) -> Theme:
    """The theme of that name, its text scaled. Raises KeyError for a name not in PICTURES."""
    table = dict(_tables()[name])
    table["inks"] = MappingProxyType(dict(table["inks"]))
    table["palettes"] = MappingProxyType({k: tuple(v) for k, v in table["palettes"].items()})
    table["text_px"] = max(9, round(table["text_px"] * text_scale))
    return Theme(name=name, **table)


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio of two ``#rrggbb`` colours, 1 to 21."""

    def luminance(ink: str) -> float:
        parts = [int(ink[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@cache
def _family() -> str:
    """Asked once: Qt looks through all its fonts for the answer, and pictures ask for theirs at every beat."""
    return "DejaVu Sans" if QFontDatabase.hasFamily("DejaVu Sans") else QGuiApplication.font().family()


def font(theme: Theme, scale: float = 1.0, bold: bool = False) -> QFont:
    """The application's font at the theme's size, with digits of one width."""
    made = QFont(_family())
    made.setPixelSize(max(8, round(theme.text_px * scale)))
    made.setBold(bold)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def apply(app: QApplication, theme: Theme) -> None:
    """Dress the application: Fusion, an explicit palette, one style sheet. What a window before put on stays on."""
    if app.property(WORN) == repr(theme):
        return
    app.setProperty(WORN, repr(theme))
    app.setStyleSheet("")  # from one sheet to another Qt takes five times as long as by way of none
    if app.style().name() != "fusion":
        app.setStyle("Fusion")
    app.setFont(font(theme))
    app.setPalette(_palette(theme))
    app.setStyleSheet(_sheet(theme))


def _palette(theme: Theme) -> QPalette:
    # Explicit, because Fusion otherwise follows the desktop; QStyleHints.setColorScheme does nothing on many.
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: "panel",
        QPalette.ColorRole.WindowText: "text",
        QPalette.ColorRole.Base: "window",
        QPalette.ColorRole.AlternateBase: "card",
        QPalette.ColorRole.Text: "text",
        QPalette.ColorRole.PlaceholderText: "muted",
        QPalette.ColorRole.Button: "raised",
        QPalette.ColorRole.ButtonText: "text",
        QPalette.ColorRole.BrightText: "danger",
        QPalette.ColorRole.ToolTipBase: "raised",
        QPalette.ColorRole.ToolTipText: "text",
        QPalette.ColorRole.Highlight: "accent",
        QPalette.ColorRole.HighlightedText: "on_accent",
        QPalette.ColorRole.Accent: "accent",
        QPalette.ColorRole.Link: "accent",
        QPalette.ColorRole.LinkVisited: "accent",
        QPalette.ColorRole.Light: "border",
        QPalette.ColorRole.Midlight: "raised",
        QPalette.ColorRole.Mid: "border",
        QPalette.ColorRole.Dark: "border",
        QPalette.ColorRole.Shadow: "window",
    }
    for role, ink in roles.items():
        palette.setColor(role, QColor(theme.ink(ink)))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.ink("control")))
    palette.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Highlight, QColor(theme.ink("border")))
    return palette


def _sheet(theme: Theme) -> str:
    px = theme.text_px
    handle = px + px % 2 + 4  # even, rim included: an odd one is not quite round
    sizes = {"small": px * 0.85, "title": px * 1.12, "half": px / 2, "third": px / 3}
    sizes |= {
        "handle": handle - 4,
        "handle_out": -(handle - 4) / 2,
        "handle_round": handle / 2 - 0.01,
        "handle_full": handle + 2,
    }
    sizes |= {"box": px - 1, "box_round": px / 2}
    words = {**theme.inks, **{name: f"{round(size)}px" for name, size in sizes.items()}}
    return re.sub(r"@(\w+)", lambda match: words[match[1]], SHEET)
