"""What a training step sees: pairs and times, drawn for several steps at once, as inputs and targets of the net."""

from __future__ import annotations

import math
from typing import NamedTuple

import msgspec
import torch

from engine.learning import device as devices
from engine.learning.kernels import switch
from engine.learning.net import TILE, Net
from engine.parts import Path
from engine.spec import Training

AHEAD = 25  # most steps that are drawn at once: a draw of 256 numbers costs as much as one of 2,048
ROWS = 32_768  # and most rows, unless one batch is larger
GROUPS = (AHEAD, 5)  # steps of a graph: the loss is read every 25
GROUP, MEMORY = 2**36, 2**10  # weights times rows of a graph at most, some hundredths of a second; inputs count as many
WORK = 2**33  # and weights times rows of a probe: a second
WAVY = 2e-3  # of 1: what rounding makes of the sine of a thousand
CAP = 20.0  # of the weights over t
SHARP = 4.0  # a of the u-shaped density, as in arXiv 2405.20320


def times(kind: str, n: int, random: torch.Generator, dtype: torch.dtype) -> torch.Tensor:
    """``n`` times (1, n) of ``density``.

    logit-normal: t = 1/(1 + exp(-z)) with z ~ N(0, 1). u-shaped: by its inverse distribution function,
    t = 1/2 + asinh((2u - 1) sinh(a/2))/a with u ~ U(0, 1).
    """
    t = torch.empty((1, n), device=random.device, dtype=dtype)
    if kind == "logit-normal":
        return torch.sigmoid(t.normal_(generator=random))
    t.uniform_(generator=random)
    return t if kind == "uniform" else torch.asinh((2 * t - 1) * math.sinh(SHARP / 2)) / SHARP + 0.5


def density(kind: str, t: torch.Tensor) -> torch.Tensor:
    """p(t): 1; logit-normal exp(-z²/2)/(sqrt(2π) t (1 - t)) with z = log(t/(1 - t)) (arXiv 2403.03206); u-shaped
    a cosh(a (t - 1/2))/(2 sinh(a/2)), which is proportional to exp(a t) + exp(a (1 - t)) (arXiv 2405.20320)."""
    if kind == "logit-normal":
        z = torch.log(t) - torch.log1p(-t)
        return torch.exp(-0.5 * z * z) / (math.sqrt(2 * math.pi) * t * (1 - t)).clamp_min(1e-30)
    if kind == "u-shaped":
        return torch.cosh(SHARP * (t - 0.5)) * (SHARP / (2 * math.sinh(SHARP / 2)))
    return torch.ones_like(t)


def weights(training: Training, t: torch.Tensor) -> torch.Tensor | None:
    """w(t) of the squared error, at most ``CAP``; None for 1."""
    if training.weighting == "late":
        return (1 / (1 - t)).clamp_max(CAP)
    if training.weighting == "even" and training.times != "uniform":
        return (1 / density(training.times, t)).clamp_max(CAP)
    return None


class Batch(NamedTuple):
    """One step's rows, one column each: inputs (i + 1, n), wanted (d, n), the weights w (1, n) of the loss that is
    minimised, and what a row counts for in the loss that is shown (1, n); None for 1."""

    inputs: torch.Tensor
    wanted: torch.Tensor
    w: torch.Tensor | None
    shown: torch.Tensor | None


Picked = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]  # X0, X1 (d, .); which of each, (n)


class Batches:
    """Draws batches for a net from pairs. ``apart``: both ends of a pair are drawn separately.

    ``restock`` gives it a lot of new pairs: those are taken one after the other, each once, until ``keep``.

    The loss that is shown is the average over uniform t, whatever p the times of training have: with c = 1/AHEAD, the
    mean of r²/(p + c) over training rows plus c times the same mean over a ``probe`` at uniform times has the
    expectation of r² itself (a mixture of both samples, weighted by its density), and no row counts more than 1/c
    times: the density alone vanishes at the ends, and 1/p has no variance there.
    """

    def __init__(
        self,
        net: Net,
        x0: torch.Tensor,
        x1: torch.Tensor,
        path: Path,
        apart: bool,
        random: torch.Generator,
        at_start: bool = False,
    ) -> None:
        self._net, self._path, self._apart, self.random = net, path, apart, random
        # one coordinate after the other: sums of n by n numbers are several times as fast as of n by (n, 1)
        self._x0, self._x1 = x0.T.contiguous(), x1.T.contiguous()
        self._at_start = at_start
        self._memory: tuple[torch.Tensor, torch.Tensor] | None = None
        self._views: list[Batch] = []  # of it: making them costs as much as drawing
        self._noisy = path.noisy
        self._affine = hasattr(path, "coefficients") and not path.noisy
        self._checked = False  # the launch for a draw, against the calls
        self._new: tuple[torch.Tensor, torch.Tensor] | None = None
        self._next = torch.zeros((), dtype=torch.int64, device=x0.device)  # of the new pairs; moves within a graph

    def ahead(self, batch: int) -> int:
        """How many steps are drawn at once; of a lot of new pairs so many that little of it is left over. Where
        the draw is captured, those of a group, at the end of which the loss is read, and one of new pairs."""
        if devices.graphs(self._x0.device.type):
            size = max(len(self._net.matrices[0]) * MEMORY, self._net.flat.numel())
            return next((n for n in GROUPS if self._new is None and n * batch * size <= GROUP), 1)
        if self._x0.device.type != "cpu":
            return 1
        most = max(1, min(AHEAD, ROWS // batch))
        if self._new is None:
            return most
        steps = max(1, self._new[0].shape[1] // batch)
        return steps // math.ceil(steps / most)

    def restock(self, x0: torch.Tensor, x1: torch.Tensor, used: int = 0) -> None:
        """Go on with these pairs (n, d), those before ``used`` left out; of one size, they stay in the same memory."""
        if self._new is None or self._new[0].shape[1] != len(x0):
            self._new = x0.T.contiguous(), x1.T.contiguous()
        else:
            for into, x in zip(self._new, (x0, x1), strict=True):
                into.copy_(x.T)
        self._next.fill_(used)

    def keep(self) -> None:
        """Draw from the pairs that it began with."""
        self._new = None

    def renew(self, state: torch.Tensor) -> None:
        """Another generator, in this state."""
        self.random = torch.Generator(device=self._x0.device)
        self.random.set_state(state)

    def draw(self, training: Training, steps: int) -> list[Batch]:
        """The next ``steps``, ``ahead`` at most. The numbers follow from the generator and the training numbers alone.

        Inputs and targets lie in the memory of the draw before: its batches are no longer there.
        """
        size = training.batch
        n, most = size * steps, size * self.ahead(size)
        if self._at_start:  # one time: nothing to draw, nothing to weigh
            training = msgspec.structs.replace(training, times="uniform", weighting="none")
        t = times(training.times, n, self.random, self._x0.dtype)
        if self._at_start:
            t.zero_()
        picked = self._picked(n)
        if not self._affine or not self._launched(t, picked, size, most):
            self._keep(self._rows(t, self.random, *self._taken(picked)), size, most)
        w = weights(training, t)
        shown = None if training.times == "uniform" else 1 / (density(training.times, t) + 1 / AHEAD)
        if w is None and shown is None:
            return self._views[:steps]
        split = [(None,) * steps if rows is None else rows.split(size, 1) for rows in (w, shown)]
        return [view._replace(w=w, shown=s) for view, w, s in zip(self._views[:steps], *split, strict=True)]

    def probe(self, training: Training, random: torch.Generator) -> Batch:
        """As many rows as a batch, or some whole tiles of a large one, one in each of as many equal slices of time, for
        the loss that is shown."""
        n = training.batch
        if self._x0.device.type == "cpu":  # a GPU has no tiles
            n = min(n, ROWS, max(TILE, WORK // self._net.flat.numel() // TILE * TILE))
        k = torch.arange(n, device=self._x0.device, dtype=self._x0.dtype)
        t = (k + times("uniform", n, random, self._x0.dtype)) / n
        inputs, wanted = self._rows(t, random, *self._taken(self._chosen(n, random)))
        return Batch(inputs, wanted, None, 1 / (AHEAD * density(training.times, t) + 1))

    def _keep(self, rows: tuple[torch.Tensor, torch.Tensor], size: int, most: int) -> None:
        """Have these inputs and targets in the memory that stays, which has room for ``most``."""
        n = rows[0].shape[1]
        if self._room(size, most):
            new = [torch.empty_like(a) if n == most else a.new_empty((len(a), most)) for a in rows]
            self._remember(new[0], new[1], size)
        for into, some in zip(self._memory, rows, strict=True):
            into[:, :n].copy_(some)

    def _room(self, size: int, most: int) -> bool:
        """Whether there is no such memory yet."""
        return self._memory is None or self._memory[1].shape[1] != most or len(self._views[0].inputs.T) != size

    def _remember(self, inputs: torch.Tensor, wanted: torch.Tensor, size: int) -> None:
        self._memory = inputs, wanted
        views = zip(*(rows.split(size, 1) for rows in self._memory), strict=True)
        self._views = [Batch(*pair, None, None) for pair in views]

    def _launched(self, t: torch.Tensor, picked: Picked, size: int, most: int) -> bool:
        """Inputs and targets in the memory that stays, in one launch; False where that cannot be."""
        if not switch.usable(t.device.type):
            return False
        if self._room(size, most):
            shapes = (len(self._net.matrices[0]), most), (self._net.dim, most)
            self._remember(*map(t.new_empty, shapes), size)
        ends, which = picked[:2], picked[2:]
        plan = None if self._path.straight else torch.cat([c + torch.zeros_like(t) for c in self._path.coefficients(t)])

        def launch() -> None:
            from engine.learning.kernels import gather

            gather.launch(ends, which, t, plan, *self._net.norms, *self._memory)

        if not switch.attempt(launch):
            return False
        if not self._checked:
            self._checked = True
            ours = [rows[:, : t.shape[1]].clone() for rows in self._memory]
            theirs = self._rows(t, self.random, *self._taken(picked))
            if not switch.agree("a batch", ours, theirs, near=WAVY):
                self._keep(theirs, size, most)
        return True

    def _picked(self, n: int) -> Picked:
        """The next ``n`` new pairs; random ones where there are no new ones."""
        if self._new is None:
            return self._chosen(n, self.random)
        i = self._next + torch.arange(n, device=self._next.device)
        self._next += n
        return (*self._new, i, i)

    def _chosen(self, n: int, random: torch.Generator) -> Picked:
        """``n`` random pairs."""
        device, pairs = self._x0.device, self._x0.shape[1]
        i = torch.randint(pairs, (n,), generator=random, device=device)
        j = torch.randint(pairs, (n,), generator=random, device=device) if self._apart else i
        return self._x0, self._x1, i, j

    @staticmethod
    def _taken(picked: Picked) -> tuple[torch.Tensor, torch.Tensor]:
        """(d, n) each."""
        x0, x1, i, j = picked
        return x0.index_select(1, i), x1.index_select(1, j)

    def _rows(
        self, t: torch.Tensor, random: torch.Generator, x0: torch.Tensor, x1: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Inputs and targets of pairs (d, n), one at each of these times (1, n)."""
        t = t.T  # paths and net see rows (n, d), but memory keeps its order
        xt, dxt = self._path.at(x0.T, x1.T, t)
        if self._noisy:
            noise = torch.empty_like(xt).normal_(generator=random)
            xt, dxt = self._path.disturb(xt, dxt, t, noise)
        return self._net.inputs(xt, t), self._net.wanted(dxt).T
