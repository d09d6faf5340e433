"""Advice where training ends badly: it is given where it helps, and nothing ends badly that need not."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

from engine.couplings.independent import Independent
from engine.distributions.gaussian import Gaussian
from engine.distributions.single_point import SinglePoint
from engine.fields.affine import Affine
from engine.lab import Lab
from engine.motion.formula import NODES
from engine.motion.peak import peak
from engine.parts import Array, Distribution, Wrong
from engine.paths.typed import Typed
from engine.registry import kinds
from engine.report import snapshot
from engine.spec import Experiment, Training

LEARNED = [kind for kind, part in kinds("velocities").items() if part.learns]
POLE = 0.31234  # between two nodes


def trained(source: Distribution, target: Distribution, **words: Any) -> Lab:
    """One round, trained to its end."""
    few = {"coupling": Independent(pairs=2000), "training": Training(steps=50, batch=64), "rounds": 1}
    lab = Lab("cpu")
    lab.adopt(Experiment(source=source, target=target, **few | words))
    while not (lab.rounds() and lab.rounds()[0].v is not None) and lab.phase != "stopped":
        lab.advance(0.05)
    return lab


@pytest.mark.parametrize("kind", LEARNED)
@pytest.mark.parametrize("dim", [1, 3])
@pytest.mark.parametrize("away", [0.0, 3.0, 1000.0])
@pytest.mark.parametrize("std", [1e-12, 0.0])
def test_ends_of_hardly_any_spread_are_learned(std: float, away: float, dim: int, kind: str) -> None:
    """Far from 0 float32 does not tell their points apart: they are one point, and no training diverges for that."""
    law = Gaussian if std else SinglePoint
    words = ({"std": std}, {"std": std, "mean": away}) if std else ({"at": 0.0}, {"at": away})
    lab = trained(law(**words[0]), law(**words[1]), dim=dim, velocity=kinds("velocities")[kind]())
    (held,) = lab.rounds()
    assert not held.failed and not snapshot(lab).message
    found = held.v(held.v.enter(held.problem.x0[:9]), 0.0).numpy()
    assert np.abs(found - away).max() <= (20 * std + 1e-5 * away if std else 0.02)


@pytest.mark.parametrize("size", [1e-3, -1e-6, 1e-9, 1e-12])
@pytest.mark.parametrize("form", ["1/(t - {})", "1/(t - {})^2", "tan(pi*(t + 0.5 - {}))"])
@pytest.mark.parametrize("knob", ["a", "b"])
def test_a_pole_between_the_nodes_is_refused(knob: str, form: str, size: float) -> None:
    smooth = {"a": "t", "b": "1 - t"}
    text = f"{smooth[knob]} + ({size:.20f})*t*(1 - t)*{form.format(POLE)}"
    with pytest.raises(Wrong, match=rf"{knob}: (the slope of )?{knob} is .* at t = 0\.31\d*; it must stay within"):
        Typed(**smooth | {knob: text}).check(2)


@pytest.mark.parametrize(
    "text", ["t", "t^3", "t + 0.05*sin(40*pi*t)", "t + 0.2*t*(1 - t)*sqrt((t - 0.31234)^2 + 1e-9)"]
)
def test_what_bends_without_a_pole_is_not(text: str) -> None:
    Typed(a=text).check(2)


class Broken(Affine, frozen=True, tag="broken path"):
    """Not registered: somebody's own path, which nobody has checked."""

    about: ClassVar[str] = "A pole."

    def coefficients(self, t: Any) -> tuple[Any, Any, Any, Any]:
        off = 1e-3 / (t - POLE)
        return t + t * (1 - t) * off, 1 - t, 1 + (1 - 2 * t) * off - t * (1 - t) * off / (t - POLE), 0 * t - 1

    def at(self, x0: Array, x1: Array, t: Any) -> tuple[Array, Array]:
        return super().at(x0, x1, t)


def test_advice_where_the_path_is_the_reason() -> None:
    lab = trained(Gaussian(), Gaussian(), path=Broken(), training=Training(steps=2000, batch=512))
    (held,) = lab.rounds()
    assert held.failed and "speed |dX| is" in snapshot(lab).message and "at t = 0.31234," in snapshot(lab).message
    assert "learning rate" not in snapshot(lab).message


def test_advice_where_the_rate_is_the_reason() -> None:
    lab = trained(Gaussian(), Gaussian(), training=Training(steps=2000, batch=64, rate=10.0))
    assert snapshot(lab).message.endswith("its last good weights are kept. Try a smaller learning rate.")


def test_peaks_by_hand() -> None:
    assert peak(lambda t: 1 - (t - POLE) ** 2, NODES) == pytest.approx((POLE, 1.0), abs=1e-6)
    assert peak(lambda t: -5 * np.exp(-(((t - POLE) / 1e-3) ** 2)), NODES) == pytest.approx((POLE, -5.0), abs=1e-5)
    assert peak(lambda t: 3 * t, NODES) == (1.0, 3.0) and peak(lambda t: 0 * t + 2.0, NODES)[1] == 2.0
    with np.errstate(all="ignore"):
        t, found = peak(lambda t: 1 / (t - POLE), NODES)
    assert abs(t - POLE) < 1e-12 and abs(found) > 1e12
