"""Inks: contrasts, sizes, and a dressed application."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QPushButton

from app import theme as themes

TEXT = ("text", "muted", "danger")
GROUNDS = ("window", "panel", "card")
DATA = ("source", "target", "flow", "pair", "particle", "warning", "good", "accent", "control")


@pytest.mark.parametrize("name", themes.PICTURES)
def test_text_reads_on_every_ground(name: str) -> None:
    theme = themes.load(name)
    for ink in TEXT:
        for ground in GROUNDS:
            assert themes.contrast(theme.ink(ink), theme.ink(ground)) >= 4.5, (ink, ground)
    for ink, ground in (("on_accent", "accent"), ("on_primary", "primary"), ("on_primary", "primary_hover")):
        assert themes.contrast(theme.ink(ink), theme.ink(ground)) >= 4.5, (ink, ground)
    assert themes.contrast(theme.ink("text"), theme.ink("raised")) >= 4.5


@pytest.mark.parametrize("name", themes.PICTURES)
def test_data_shows_on_its_ground(name: str) -> None:
    theme = themes.load(name)
    inks = (*DATA, *(f"round_{k}" for k in range(1, 8)))
    for ink in inks:
        for ground in ("window", "panel"):
            assert themes.contrast(theme.ink(ink), theme.ink(ground)) >= 3.0, (ink, ground)


@pytest.mark.parametrize("palette", ["wheel", "ramp", "classes"])
@pytest.mark.parametrize("name", themes.PICTURES)
def test_every_shade_shows_on_its_ground(name: str, palette: str) -> None:
    theme = themes.load(name)
    assert len(theme.shades(palette)) == themes.SHADES
    for shade in theme.shades(palette):
        assert themes.contrast(shade, theme.ink("window")) >= 3.0, shade


def test_contrast_of_black_and_white() -> None:
    assert themes.contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert themes.contrast("#777777", "#777777") == pytest.approx(1.0)


def test_themes_have_the_same_inks() -> None:
    names = [set(themes.load(name).inks) for name in themes.PICTURES]
    assert all(other == names[0] for other in names)


def test_projector_is_large() -> None:
    theme = themes.load("projector")
    assert theme.line(0.5) >= 2.5
    assert theme.point(1.0) >= 6.0
    assert theme.text_px == 20
    assert themes.load("projector", 1.5).text_px == 30


def test_rounds_beyond_the_table_reuse_its_inks() -> None:
    theme = themes.load("dark")
    assert theme.ink("round_6") == theme.ink("round_1")
    assert theme.ink("round_12") == theme.ink("round_2")


@pytest.mark.parametrize("name", themes.PICTURES)
def test_apply_dresses_the_application(qapp: QApplication, qtbot, name: str) -> None:
    theme = themes.load(name)
    themes.apply(qapp, theme)
    assert "@" not in qapp.styleSheet()
    assert qapp.font().pixelSize() == theme.text_px
    button = QPushButton("Train")
    button.setProperty("role", "primary")
    qtbot.addWidget(button)
    button.resize(120, 40)
    with qtbot.waitExposed(button):
        button.show()
    assert button.grab().toImage().pixelColor(12, 20).name() == theme.ink("primary")


def test_qt_is_asked_for_the_family_once(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks through all its fonts for the answer, 0.3 ms each time: a fifth of what a resize cost."""
    asked, known = [], themes.QFontDatabase.hasFamily
    monkeypatch.setattr(themes.QFontDatabase, "hasFamily", lambda name: asked.append(name) or known(name))
    themes._family.cache_clear()
    made = [themes.font(themes.load(name, scale)) for name in themes.NAMES for scale in (0.8, 1.0, 1.5)]
    assert len(asked) == 1 and len({font.family() for font in made}) == 1
