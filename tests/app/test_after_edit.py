"""What an edit does that starts the rounds anew: go on, start anew, or wait; the card and the menu say the same."""

from __future__ import annotations

import pytest

from app.scene.look import AFTER_EDIT
from engine.rounds.remark import WARM
from tests.app.test_window import make, settled, small  # noqa: F401


def trained(qtbot, make, **fields: object):  # noqa: F811
    window = make(small(**fields))
    known = lambda: window.controller.snapshot  # noqa: E731
    qtbot.waitUntil(lambda: known() is not None and known().step > 20, timeout=30_000)
    return window


def steps(window) -> int:
    return window.controller.snapshot.step if window.controller.current and not window.controller.behind else 0


def test_training_goes_on_and_says_so(qtbot, make) -> None:  # noqa: F811
    window = trained(qtbot, make, steps=100_000)
    window.new_seed()
    assert window.controller.running
    qtbot.waitUntil(lambda: steps(window) > 10, timeout=30_000)
    (_, view) = window.controller.snapshot.rounds
    assert view.velocity == "net" and WARM in view.remark
    qtbot.waitUntil(lambda: WARM in window.strip._said.toolTip(), timeout=30_000)


def test_training_starts_anew(qtbot, make) -> None:  # noqa: F811
    window = trained(qtbot, make, steps=100_000)
    window.document.see(after_edit="start anew")
    window.new_seed()
    assert window.controller.running
    qtbot.waitUntil(lambda: steps(window) > 10, timeout=30_000)
    assert WARM not in window.controller.snapshot.rounds[1].remark


def test_it_waits_and_goes_on_once_edits_do(qtbot, make) -> None:  # noqa: F811
    """A wait that an edit brought ends with the first edit that does not wait."""
    window = trained(qtbot, make, steps=100_000)
    window.document.see(after_edit="wait")
    window.new_seed()
    assert not window.controller.running
    qtbot.waitUntil(settled(window, "paused"), timeout=30_000)
    assert window.controller.snapshot.step == 0
    window.document.see(after_edit="go on")
    window.new_seed()
    assert window.controller.running
    qtbot.waitUntil(lambda: steps(window) > 10, timeout=30_000)


@pytest.mark.parametrize("then", AFTER_EDIT)
def test_a_pause_by_hand_outlasts_an_edit(qtbot, make, then: str) -> None:  # noqa: F811
    window = trained(qtbot, make, steps=100_000)
    window.document.see(after_edit=then)
    window.train()
    window.new_seed()
    assert not window.controller.running
    qtbot.waitUntil(settled(window, "paused"), timeout=30_000)
    window.train()
    qtbot.waitUntil(lambda: steps(window) > 10, timeout=30_000)
    assert (WARM in window.controller.snapshot.rounds[1].remark) == (then == "go on")


def test_restart_starts_anew(qtbot, make) -> None:  # noqa: F811
    window = trained(qtbot, make, steps=100_000)
    window.new_seed()
    window.controller.restart()
    qtbot.waitUntil(lambda: steps(window) > 10, timeout=30_000)
    assert WARM not in window.controller.snapshot.rounds[1].remark


def test_a_finished_training_goes_on_with_the_next_edit_and_undo_brings_it_back(qtbot, make) -> None:  # noqa: F811
    window = make(small())
    qtbot.waitUntil(settled(window), timeout=30_000)
    window.new_seed()
    qtbot.waitUntil(lambda: settled(window)() and WARM in window.controller.snapshot.rounds[1].remark, timeout=30_000)
    window.document.undo()
    qtbot.waitUntil(settled(window), timeout=30_000)
    assert WARM not in window.controller.snapshot.rounds[1].remark


def test_the_card_and_the_menu_are_one_switch(qtbot, make) -> None:  # noqa: F811
    window = make(small())
    card, names = window.dock.cards["training"], list(AFTER_EDIT)
    made = [window.made[f"after_edit_{k}"] for k in range(len(names))]
    assert [item.isChecked() for item in made] == [True, False, False]
    for k, then in reversed(list(enumerate(names))):
        made[k].trigger()
        assert window.document.look.after_edit == then == card.then.part.after_edit
        assert [item.isChecked() for item in made] == [name == then for name in names]
        assert card.then.rows["after_edit"].field.value == then
    card.then.rows["after_edit"].field.changed.emit("wait")
    assert window.document.look.after_edit == "wait" and made[2].isChecked()
    assert not window.document.stack.count(), "how one works is no edit"
