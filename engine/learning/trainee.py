"""Training one net on one round's pairs: batches drawn on the device, no sync per step, averaged weights."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from engine.learning import device as devices
from engine.learning.adam import Adam, Number
from engine.learning.ahead import Ahead
from engine.learning.batches import AHEAD, Batches
from engine.learning.captured import Captured
from engine.learning.carried import Carried
from engine.learning.gradient import Gradient
from engine.learning.history import History
from engine.learning.limit import limit
from engine.learning.lots import Drawing, Lots, Pairs
from engine.learning.mixed import used
from engine.learning.net import Net
from engine.learning.rates import rate, share
from engine.parts import Path
from engine.spec import Training

READ_EVERY = 25  # steps between two readings of the loss: each reading is a device sync
REDRAWN = ("batch", "times", "weighting", "pairs", "precision")  # numbers of which nothing may be drawn ahead


class Trainee:
    """Adam on L(v), an exponential moving average of the weights, and the loss history.

    ``at_start``: v is trained at t = 0 alone, for a one-step map.
    ``apart``: both ends of a pair are drawn separately (the independent coupling: n^2 pairs from n points each).
    ``drawing``: where new pairs come from, if the training asks for them.
    The numbers depend on the seed and the order of steps alone, not on how the steps are sliced. Every loss told is
    an estimate of the integral of E|dX - v|^2 over uniform t, whatever the times and weights of training are.
    """

    def __init__(
        self,
        net: Net,
        x0: np.ndarray,
        x1: np.ndarray,
        path: Path,
        training: Training,
        seed: int,
        apart: bool,
        at_start: bool = False,
        drawing: Drawing | None = None,
    ) -> None:
        device = net.flat.device
        self._net, self._path, self._at_start = net, path, at_start
        random = torch.Generator(device=device).manual_seed(seed)
        self._beside = torch.Generator(device=device).manual_seed(seed + 2**62)  # of probes: no draw of training moves
        self._batches = Batches(net, net.enter(x0), net.enter(x1), path, apart, random, at_start)
        grouped = devices.graphs(device.type)
        self._ahead = Ahead(self._batches, net, grouped)
        self._lots = Lots(drawing) if drawing is not None else None
        self._flat_gradient = torch.zeros_like(net.flat)
        self._ema = net.flat.clone()
        self._good = net.flat.clone()
        self._adam = Adam(net.flat, self._flat_gradient, self._ema)
        self._captured = Captured(self._ahead, self._batches, device) if grouped else None
        self._limit = limit(net, path, x0, x1)
        self._unread = self._taken = 0
        self.step = 0
        self.failed = False
        self.early = ""  # why it was ended before its last step
        self.history = History()
        self._set_up(training)
        self._training = training

    def _set_up(self, training: Training) -> None:
        """Memory for batches of this size and precision, none drawn yet; with too little of it nothing is changed."""
        batch, precision = training.batch, used(training.precision, self._net.flat.device.type)
        gradient = Gradient(self._net, batch, self._flat_gradient, mixed=precision == "mixed")
        if self._lots is not None:
            self._lots.leave()
        self._batches.keep()
        self._ahead.resize(batch)
        self._gradient = gradient
        self._unit = self._net.scale**2 / (batch * self._gradient.scale**2)  # of squared rests in the loss

    @torch.no_grad()
    def adopt(self, training: Training) -> None:
        """Go on with other numbers: weights, optimiser and average stay. Where they cannot be, the old ones do."""
        old = self._training
        if training == old:
            return
        redraw = any(getattr(training, name) != getattr(old, name) for name in REDRAWN)
        if redraw and self._unread:
            self._read()  # what was trained on the old numbers is told by them
        if redraw:
            self._set_up(training)
        if old.ema == 0.0 and not self.failed:
            self._ema.copy_(self._net.flat)  # it was not kept until now
        if self._captured is not None and (redraw or training.decay != old.decay):
            self._captured.forget()  # rates and the average's shares are read at each replay
        self._training, self.early = training, ""
        if self._unread and self.step >= training.steps:  # cut short: the last steps may have been bad ones
            self._read()

    @torch.no_grad()
    def advance(self, steps: int) -> None:
        """Train ``steps`` steps: fewer if the round ends or fails, or while new pairs are drawn. Reads the loss every
        ``READ_EVERY`` steps.

        Raises Stopped within a step that takes long, and the next call goes on with that step; Wrong where there are no
        new pairs to be had.
        """
        until = min(self.step + steps, self._training.steps)
        while self.step < until:
            if self.done or not self._supplied():
                return
            made = self._some(until - self.step)
            self.step += made
            self._unread += made
            if self.step % READ_EVERY == 0 or self.step == self._training.steps:
                self._read()

    @property
    def stride(self) -> int:
        """How many steps are best made at once: those of a captured group, where one comes next."""
        of, left = self._captured, self._training.steps - self.step
        return self._ahead.size if of is not None and of.next_is_group(self.step, left) else 1

    @property
    def grain(self) -> int:
        """How many steps are made at once at most."""
        return AHEAD if self._captured is not None else 1

    @property
    def losses(self) -> np.ndarray:
        """(k, 2): step, mean loss since the point before."""
        return self.history.points

    @torch.no_grad()
    def state(self) -> dict[str, np.ndarray]:
        """All that a new Trainee of the same net, pairs and numbers takes to go on as this one would (``resume``)."""
        random, rests, used, summed = self._ahead.state()
        found = {name: tensor.cpu().numpy().copy() for name, tensor in self._tensors().items()}
        found["random"], found["beside"] = random.numpy(), self._beside.get_state().numpy()
        found["rests"] = rests.cpu().numpy().copy()
        counts = [self.step, self._unread, used, summed, int(self.failed)]
        found |= {"counts": np.array(counts), "limit": np.array(self._limit)}
        if self._fresh:
            taken = self._taken if self._ahead.pending else self._lots.used
            found["lot"] = np.array([self._lots.number, taken if self._lots.size > 0 else -1])
        return found | {f"history {name}": value for name, value in self.history.state().items()}

    @torch.no_grad()
    def resume(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from such a state: the numbers to come are those that would have come."""
        for name, tensor in self._tensors().items():
            tensor.copy_(torch.from_numpy(np.asarray(state[name])))
        self._batches.random.set_state(torch.from_numpy(state["random"].copy()))
        self._beside.set_state(torch.from_numpy(state["beside"].copy()))
        self.step, self._unread, used, summed, failed = (int(n) for n in state["counts"])
        self.failed, self._limit = bool(failed), float(state["limit"])
        self.history = History.restored(
            {name.removeprefix("history "): value for name, value in state.items() if name.startswith("history ")}
        )
        if "lot" in state:
            self._lots.number, taken = (int(n) for n in state["lot"])
            if taken >= 0:
                self._restock(self._lots.again(self._lots.number, self._training.batch), taken)
        if used:
            self._take()
            self._ahead.resume(self._training, self.step, torch.from_numpy(state["rests"]), used, summed)

    def let_go(self) -> None:
        """Give back the memory of pairs and batches: no step is made any more."""
        self._captured = self._gradient = self._batches = self._ahead = None

    @property
    def empty(self) -> bool:
        return self._gradient is None

    def carried(self) -> Carried:
        """A copy of the weights and the optimiser as they are."""
        moments = {name: tensor.clone() for name, tensor in self._adam.tensors().items()}
        return Carried(self.field(), self._net.flat.clone(), moments)

    @torch.no_grad()
    def go_on_from(self, of: Carried) -> None:
        """Begin with this average and optimiser; the net was made of its weights (``Carried.onto``)."""
        self._ema.copy_(of.net.flat)
        self._good.copy_(of.net.flat)
        for name, tensor in self._adam.tensors().items() if of.moments else ():
            tensor.copy_(of.moments[name])

    def _tensors(self) -> dict[str, torch.Tensor]:
        """Everything that a step changes, by name."""
        net = {"flat": self._net.flat, "norm": self._net.norm}
        if self._net.fourier is not None:
            net["fourier"] = self._net.fourier
        own = net | {"average": self._ema, "good": self._good, "loss": self._ahead.loss}
        return own | self._adam.tensors()

    @property
    def net(self) -> Net:
        """With its newest weights, which change with the next step."""
        return self._net

    @property
    def steps(self) -> int:
        """After how many it is done."""
        return self._training.steps

    @property
    def done(self) -> bool:
        return self.failed or bool(self.early) or self.step >= self._training.steps

    @torch.no_grad()
    def finish_early(self, reason: str) -> None:
        """End the round here, as if no more steps had been asked for; ``reason`` is kept in ``early``. Other training
        numbers take it up again."""
        if self._unread:
            self._read()
        self.early = reason

    def field(self) -> Net:
        """The net with its averaged weights, a copy: what is shown, measured and kept."""
        return self._net.at(self._averaged().clone())

    def _averaged(self) -> torch.Tensor:
        return self._net.flat if self._training.ema == 0.0 and not self.failed else self._ema

    @property
    def _fresh(self) -> bool:
        """Whether each pair is new."""
        return self._lots is not None and self._training.pairs == "fresh"

    def _supplied(self) -> bool:
        """Whether there are pairs for the next step; where there are none, one slice of drawing them is done."""
        if not self._fresh or self._ahead.pending:
            return True
        if self._lots.left < self._training.batch * self._ahead.size:
            pairs = self._lots.work(self._training.batch)
            if pairs is None:
                return False
            self._restock(pairs, 0)
        self._take()
        return True

    def _restock(self, pairs: Pairs, taken: int) -> None:
        """Go on with a lot of which ``taken`` pairs are used up."""
        self._batches.restock(*(self._net.enter(x) for x in pairs), taken)
        self._lots.used = taken
        self._ahead.fit(self._training.batch)

    def _take(self) -> None:
        """Count the pairs of the draw that comes next: on a GPU it happens within the captured step."""
        if self._fresh:
            self._taken = self._lots.used
            self._lots.used += self._training.batch * self._ahead.size

    def _some(self, most: int) -> int:
        """Make a step, or a captured group of ``most`` or fewer; how many were made."""
        if self._captured is not None:
            return self._captured.make(self._work, self._training, self.step, most)
        self._work(rate(self._training, self.step), share(self._training, self.step))
        return 1

    def _work(self, rate: Number, share: Number) -> None:
        """One step."""
        if not self._ahead.pending:
            self._ahead.draw(self._training, self.step)
        rest, batch = self._ahead.next
        self._gradient.into(rest, batch.inputs, batch.wanted, batch.w)
        averaged = self._training.ema or self._captured is not None  # a graph always does, with a share that may be 1
        self._adam.step(rate, self._training.decay, share if averaged else None, self._gradient.parts)
        self._ahead.tick(self._unit)

    def _probed(self) -> torch.Tensor | float:
        """The share of the loss that is shown which training at its own times cannot tell (see ``Batches``)."""
        if self._training.times == "uniform" or self._at_start:
            return 0.0
        batch = self._batches.probe(self._training, self._beside)
        rest = torch.empty_like(batch.wanted)
        self._gradient.rests(rest, batch.inputs, batch.wanted)
        return (rest.square() * batch.shown).sum() * (self._unit * (self._training.batch / batch.inputs.shape[1]))

    def _read(self) -> None:
        self._ahead.sum(self._unit)
        loss = float(self._ahead.loss / self._unread + self._probed())
        self._ahead.loss.zero_()
        self._unread = 0
        if not np.isfinite(loss) or (loss > self._limit):
            self._ema.copy_(self._good)
            self.failed = True
            return
        self.history.add(self.step, loss)
        self._good.copy_(self._averaged())
