"""A first visit: hints at what can be pressed, each once; and what every view says while it has nothing to show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

import app.tools.tool  # noqa: F401  (its family)
from app import settings
from app.application import assemble
from app.hints import HINTS, Hints
from app.scene import compose
from app.scene.look import Look
from app.window import Window
from engine.codec import build
from engine.preview import preview
from engine.registry import kinds
from engine.snapshot import Snapshot

LOOK = Look()
compose.view(LOOK)  # the views are known from here on


def asked(dim: int, velocity: str = "mlp"):
    ends = {"source": {"kind": "gaussian"}, "target": {"kind": "two modes"}}
    return build({"dim": dim, **ends, "coupling": {"kind": "independent", "pairs": 40}, "velocity": {"kind": velocity}})


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("kind", list(kinds("views")))
def test_a_view_without_a_picture_says_why(kind, dim) -> None:
    """At the start, while pairs are drawn, before any round, and of the coupling alone."""
    experiment, look = asked(dim), Look(view=kind)
    nothing = Snapshot(spec=experiment, request=1, phase="starting", made=0.0)
    pairs = preview(experiment)
    bare = replace(pairs, rounds=pairs.rounds[:1], phase="paused")
    for snapshot in (nothing, replace(nothing, phase="sampling"), pairs, bare, replace(bare, phase="stopped")):
        panels = compose.stage(snapshot, look)
        assert panels and all(panel.title for panel in panels)
        silent = [panel.title for panel in panels if not panel.marks and len(panel.empty.strip()) < 8]
        assert not silent, f"{kind} in {snapshot.phase} has nothing to say at {silent}"


@pytest.mark.parametrize("kind", list(kinds("views")))
def test_a_view_that_waits_for_a_hand_says_what_it_would_show_and_how(kind) -> None:
    pairs = preview(asked(2))
    snapshot = replace(pairs, rounds=pairs.rounds[:1], phase="paused")
    panels = compose.stage(snapshot, Look(view=kind))
    if any(panel.marks for panel in panels):
        return
    told = " ".join(panel.empty for panel in panels)
    assert kinds("views")[kind].hint in told and ("Press " in told or "appears " in told), told
    assert not any(panel.empty.endswith("…") for panel in panels), "nothing is under way"
    busy = compose.stage(replace(snapshot, phase="training"), Look(view=kind))
    assert kinds("views")[kind].hint not in " ".join(panel.empty for panel in busy), (
        "what comes by itself is waited for"
    )


@pytest.fixture(scope="module")
def window(qapp) -> Iterator[Window]:
    """Never started: hints look at what is known, and say."""
    made = assemble(asked(2), device="cpu")
    made.controller.snapshot = replace(preview(made.document.experiment), request=-1)
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def hints(window, monkeypatch) -> Iterator[Hints]:
    monkeypatch.setattr(type(window), "isActiveWindow", lambda window: True)
    settings._file().remove("hinted")
    window.notice.say("")
    made = Hints(window)
    yield made
    made.deleteLater()
    settings._file().remove("hinted")


def test_each_hint_is_given_once(window, hints) -> None:
    hints.tell()
    assert window.notice.text.text() == "Space lets t run; the arrow keys move it."
    window.notice.say("Something else.")
    hints.tell()
    assert window.notice.text.text() == "Something else.", "it never talks over what is said"
    window.notice.say("")
    hints.tell()
    assert window.notice.isHidden(), "nothing else is due, and this one is not said again"
    assert "play" in settings.hinted() and "keys" not in settings.hinted()


def test_who_has_found_it_out_is_not_told(window, hints) -> None:
    window.document.see(playing=True)
    hints.tell()
    window.document.see(playing=False)
    hints.tell()
    assert window.notice.isHidden() and "play" in settings.hinted()


def test_a_stranger_in_the_settings_is_no_hint(hints) -> None:
    settings._file().setValue("hinted", ["play", "a b", 7 * ["x"]])
    assert settings.hinted() == {"play"}


def test_hints_are_short_and_end(window, hints) -> None:
    assert len({hint.name for hint in HINTS}) == len(HINTS)
    assert all(len(hint.sentence) < 120 and hint.sentence.endswith(".") for hint in HINTS)
    hints.start()
    assert hints._timer.isActive()
    for hint in HINTS:
        settings.keep_hinted(hint.name)
    hints.tell()
    assert not hints._timer.isActive()
