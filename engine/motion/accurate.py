"""The one solver behind reflow pairs and figures: RK4 in 32 equal steps, and more of them where the field is sharp.
A field that is ``rough``, a regression on nearest pairs, gains nothing from finer steps: it is asked once for each of
80 equal ones, by the method of Adams and Bashforth of order 3, which ends as near to its flow as RK4 on 32, asked 128
times.

[0, 1] is cut into ``PANELS`` equal panels of two steps each. Some of the particles go ahead: in each panel they try n
and 2n steps, and n doubles until the two ends agree. Where modes cross within less than a step both tries may stride
over it and agree, so v is also looked at closely on the way. Every panel keeps an even number of equal steps, as
Simpson's rule wants them. Smooth fields keep the 32 steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.fields.field import Array, Field, evaluate, leave
from engine.parts import Path
from engine.solvers.rk4 import RK4

PANELS = 16
PILOTS = 256  # particles that go ahead
FINEST = 256  # steps in a panel
LOOKS = 64  # at v within a panel, along the way of every eighth pilot
KINK = 0.1  # of the scale: a second difference of v between looks that calls for as many steps
ROUGH = 80  # equal steps of a rough field
BACK = ((3 / 2, -1 / 2), (23 / 12, -16 / 12, 5 / 12))  # how much v counts at the last two, and three, times
FALL = 2**4 - 1  # |end with n steps - end with 2n| is this often the error of the second, for a method of order 4


@dataclass(frozen=True, eq=False)
class Settled:
    """RK4 at ``times``. ``error`` is the estimated RMS error of Z_1, from the pilots on this grid and on one of half as
    many steps; ``short``: the tolerance asked for more steps than are allowed."""

    times: np.ndarray
    error: float
    short: bool
    backward = False

    def march(self, v: Field, x: Array, path: Path | None = None) -> March:
        return (Adams if v.rough else March)(self.times, v, x)


class March:
    """(t, Z_t) at all these times, from the state at the first; RK4 goes from one to the next.

    Where a step raises, stopped on its way, the next call makes that step again.
    """

    def __init__(self, times: np.ndarray, v: Field, x: Array) -> None:
        self._times, self._v, self._x, self._k = times.tolist(), v, x, -1

    def __iter__(self) -> Iterator[tuple[float, Array]]:
        return self

    def __next__(self) -> tuple[float, Array]:
        if self._k + 1 == len(self._times):
            raise StopIteration
        if self._k >= 0:
            self._x = self._stepped(*self._times[self._k : self._k + 2])
        self._k += 1
        return self._times[self._k], self._x

    def _stepped(self, t: float, s: float) -> Array:
        *_, (_, x) = RK4().along((t, s), self._v, self._x)
        return x


class Adams(March):
    """The same over equal steps by what v was at the last three times (Hairer, Norsett and Wanner, 1993, III.1); the
    first step is Heun's, the second goes by two. The step to t = 1 is RK4's: a flow to a narrow law draws together in
    less than a step there.
    """

    def __init__(self, times: np.ndarray, v: Field, x: Array) -> None:
        super().__init__(times, v, x)
        self._before: list[Array] = []  # v at the last times, the newest first

    def _stepped(self, t: float, s: float) -> Array:
        if s == 1.0:
            return super()._stepped(t, s)
        v, x, h = self._v, self._x, s - t
        k = [v(x, t), *self._before]
        if len(k) == 1:
            x = x + (h / 2) * (k[0] + v(x + h * k[0], s))
        else:
            x = x + h * sum(b * each for b, each in zip(BACK[len(k) - 2], k, strict=True))
        self._before = k[:2]
        return x


@dataclass(frozen=True)
class Accurate:
    """``tolerance``: of the RMS error that the pilots make in one panel, as a share of their scale, the larger of their
    spread at t = 0 and their speed there. ``most``: steps altogether."""

    tolerance: float = 3e-6
    most: int = 1024

    def settle(self, v: Field, x0: np.ndarray) -> Iterator[Settled | None]:
        """The grid for this field from these particles (n, d); None after each panel, so that the caller may stop.

        One that is ``rough`` gets ``ROUGH`` equal steps.
        """
        if len(x0) == 0 or v.rough:
            n = ROUGH if v.rough else 2 * PANELS
            yield Settled(np.arange(n + 1) / n, np.nan, False)
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
