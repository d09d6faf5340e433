"""Scripts of the window: open, act, compare with the kept picture. To add one, add a file to ``tests/scripts``.

``REWIRE_KEEP=1`` keeps what each script comes to as its picture, where that differs or there is none: look at it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtGui import QColor, QImage

from tests.app.scripted import Player, Script, apart, differing, scripts, tiles

ALL = scripts()
QUALITY = 70  # of a kept picture, of 100: tiles are compared, and a hundred of these are in the repository


@pytest.fixture(scope="module")
def warm(qapp) -> None:
    """The first window of a process is a pixel or two lower than all others: whichever script comes first has none."""
    Player(ALL[0]).close()


@pytest.fixture
def play(qtbot, warm) -> Iterator[Callable[[Script], QImage]]:
    players: list[Player] = []

    def played(script: Script) -> QImage:
        players.append(Player(script))
        return players[0].play()

    yield played
    for player in players:
        player.close()


@pytest.mark.parametrize("script", ALL, ids=lambda script: script.name)
def test_a_script_comes_to_its_picture(play, script: Script, tmp_path) -> None:
    picture = play(script)
    kept = QImage(str(script.kept))
    differs = 1.0 if kept.isNull() else apart(picture, kept)
    if os.environ.get("REWIRE_KEEP") and not script.like and differs > script.tolerance / 4:
        assert picture.save(str(script.kept), quality=QUALITY)
        return
    if differs > script.tolerance:
        picture.save(str(tmp_path / f"{script.name}.png"))
    assert differs <= script.tolerance, (
        f"{script.about} {100 * differs:.1f} % of the picture differs from {script.kept.name}: see {tmp_path}"
    )


def test_the_pictures_are_different_pictures() -> None:
    """Each script's picture would be refused as that of another: the comparison can fail."""
    pictures = {script.name: (tiles(QImage(str(script.kept))), script) for script in ALL if not script.like}
    alike = [
        (one, other)
        for one, (a, script) in pictures.items()
        for other, (b, _) in pictures.items()
        if one < other and differing(a, b) <= script.tolerance
    ]
    assert not alike, f"these look the same: {alike}"


def test_what_counts_as_different() -> None:
    """A dot of 6 px in the wrong place is seen at half a percent; noise of a few levels is not."""
    plain = QImage(240, 160, QImage.Format.Format_RGB888)
    plain.fill(QColor(30, 30, 36))
    paler = QImage(plain.size(), plain.format())
    paler.fill(QColor(40, 40, 46))
    dotted = plain.copy()
    for x in range(100, 124):
        for y in range(60, 84):
            dotted.setPixelColor(x, y, QColor(240, 160, 60))
    assert apart(plain, paler) == 0.0 and apart(plain, dotted) > 0.01 and apart(plain, plain.scaled(8, 8)) == 1.0
