"""The one solver behind reflow pairs and figures: RK4 in 32 equal steps, and more of them where the field is sharp.

[0, 1] is cut into ``PANELS`` equal panels of two steps each. Some of the particles go ahead: in each panel they try n
and 2n steps, and n doubles until the two ends agree. Where modes cross within less than a step both tries may stride
over it and agree, so v is also looked at closely on the way. Every panel keeps an even number of equal steps, as
Simpson's rule wants them. Smooth fields keep the 32 steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from engine.fields.field import Array, Field, evaluate, leave
from engine.parts import Path
from engine.solvers.rk4 import RK4

PANELS = 16
PILOTS = 256  # particles that go ahead
FINEST = 256  # steps in a panel
LOOKS = 64  # at v within a panel, along the way of every eighth pilot
KINK = 0.1  # of the scale: a second difference of v between looks that calls for as many steps
FALL = 2**4 - 1  # |end with n steps - end with 2n| is this often the error of the second, for a method of order 4


@dataclass(frozen=True, eq=False)
class Settled:
    """RK4 at ``times``. ``error`` is the estimated RMS error of Z_1, from the pilots on this grid and on one of half as
    many steps; ``short``: the tolerance asked for more steps than are allowed."""

    times: np.ndarray
    error: float
    short: bool
    backward = False

    def march(self, v: Field, x: Array, path: Path | None = None) -> Iterator[tuple[float, Array]]:
        return RK4().along(self.times, v, x)

    def after(self, t: float) -> Settled:
        """The same from one of its times on."""
        return replace(self, times=self.times[self.times >= t])


@dataclass(frozen=True)
class Accurate:
    """``tolerance``: of the RMS error that the pilots make in one panel, as a share of their scale, the larger of their
    spread at t = 0 and their speed there. ``most``: steps altogether."""

    tolerance: float = 3e-6
    most: int = 1024

    def settle(self, v: Field, x0: np.ndarray) -> Iterator[Settled | None]:
        """The grid for this field from these particles (n, d); None after each panel, so that the caller may stop.

        A field that is ``rough`` (a regression on nearest pairs) gains nothing from finer steps and gets equal ones.
        """
        if len(x0) == 0 or v.rough:
            yield Settled(np.arange(2 * PANELS + 1) / (2 * PANELS), np.nan, False)
            return
        rows = np.random.default_rng(0).permutation(len(x0))[:PILOTS]
        z = half = v.enter(x0[np.sort(rows)])
        start = leave(z)
        scale = max(_rms(start - start.mean(0)), _rms(leave(v(z, 0.0)))) or 1.0
        times, short = [0.0], False
        for panel in range(PANELS):
            n, before, after = 2, _cross(v, z, panel, 1), _cross(v, z, panel, 2)
            room = min(FINEST, self.most - (len(times) - 1) - 2 * (PANELS - 1 - panel))
            least = LOOKS if _kink(v, z[::8], after[::8], panel) > KINK * scale else 2
            while 2 * n <= room and (self._missed(before, after, scale) or n < least):
                n, before, after = 2 * n, after, _cross(v, z, panel, 2 * n)
                yield None
            short = short or n < least or self._missed(before, after, scale)
            z, half = after, _cross(v, half, panel, n // 2)
            times += _nodes(panel, n)[1:]
            yield None
        yield Settled(np.array(times), _rms(leave(z) - leave(half)) / FALL, short)

    def _missed(self, before: Array, after: Array, scale: float) -> bool:
        return _rms(leave(after) - leave(before)) / FALL > self.tolerance * scale


def _kink(v: Field, x: Array, y: Array, panel: int) -> float:
    """The largest second difference of v on the straight lines from x to y (n, d), which a panel's steps lead to."""
    share = (np.arange(LOOKS) + 0.5) / LOOKS
    x, y = leave(x), leave(y)
    where = x + share[:, None, None] * (y - x)
    t = np.repeat((panel + share) / PANELS, len(x))[:, None]
    along = evaluate(v, where.reshape(-1, x.shape[1]), t).reshape(where.shape)
    return float(np.linalg.norm(np.diff(along, 2, axis=0), axis=2).max())


def _nodes(panel: int, n: int) -> list[float]:
    return [(panel * n + k) / (PANELS * n) for k in range(n + 1)]


def _cross(v: Field, x: Array, panel: int, n: int) -> Array:
    """The state at the end of a panel, by n equal steps."""
    for _, z in RK4().along(_nodes(panel, n), v, x):
        x = z
    return x


def _rms(x: np.ndarray) -> float:
    return float(np.sqrt((x.astype(np.float64) ** 2).sum(1).mean()))
