"""Training one net on one round's pairs: batches drawn on the device, no sync per step, averaged weights."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping

import numpy as np
import torch

from engine.learning.adam import Adam
from engine.learning.batches import Batch, Batches
from engine.learning.carried import Carried
from engine.learning.gradient import Gradient
from engine.learning.history import History
from engine.learning.lots import Drawing, Lots, Pairs
from engine.learning.mixed import used
from engine.learning.net import Net
from engine.parts import Path
from engine.spec import Training

log = logging.getLogger("rewire")

READ_EVERY = 25  # steps between two readings of the loss: each reading is a device sync
REDRAWN = ("batch", "times", "weighting", "pairs", "precision")  # numbers of which nothing may be drawn ahead
DIVERGED = 100.0  # times the loss of the best constant velocity, or of the untrained net: no honest run gets there


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
        self._random = torch.Generator(device=device).manual_seed(seed)
        self._beside = torch.Generator(device=device).manual_seed(seed + 2**62)  # of probes: no draw of training moves
        self._batches = Batches(net, net.enter(x0), net.enter(x1), path, apart, self._random, at_start)
        self._lots = Lots(drawing) if drawing is not None else None
        self._flat_gradient = torch.zeros_like(net.flat)
        self._adam = Adam(net.flat, self._flat_gradient)
        self._ema = net.flat.clone()
        self._good = net.flat.clone()
        self._weight: float | torch.Tensor = 1.0  # of the newest weights in the average
        self._loss = torch.zeros((), device=device)
        self._graph: torch.cuda.CUDAGraph | None = None
        self._captures = True  # until a capture has failed
        self._warmed = 0  # ordinary steps of this process: one that goes on from a state has made none
        unit = net.dim * float(net.scale) ** 2  # what rounding may cost, where the ends hardly vary
        self._limit = DIVERGED * max(float((x1 - x0).var(0).sum()), unit, self._untrained(x0[:512], x1[:512]))
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
        self._set_rests(self._batches.ahead(batch), batch)
        self._gradient = gradient
        self._unit = self._net.scale**2 / (batch * self._gradient.scale**2)  # of squared rests in the loss

    def _set_rests(self, ahead: int, batch: int) -> None:
        self._rests = self._net.flat.new_empty((ahead, self._net.dim, batch))
        self._slots = self._rests.unbind(0)
        self._drawn: list[Batch] = []
        self._drawn_from: torch.Tensor | None = None  # the generator before they were drawn
        self._used = self._summed = 0  # batches of those drawn: trained on; in the loss

    def _untrained(self, x0: np.ndarray, x1: np.ndarray) -> float:
        """|dX - v|^2 of the net as it is, at t = 1/2; and what the path's noise alone adds to any net's, over t."""
        xt, dxt = self._path.at(self._net.enter(x0), self._net.enter(x1), 0.5)
        loss = float((dxt - self._net(xt, 0.5)).square().sum(1).mean())
        if self._path.noisy:
            _, slope = self._path.disturb(0.0, 0.0, np.linspace(0, 1, 1001), 1.0)
            loss += x0.shape[1] * float(np.square(slope).mean())
        return loss

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
        if redraw or training.decay != old.decay or bool(training.ema) != bool(old.ema):
            self._graph = None  # these are captured with it; rates and weights of the average are read at each replay
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
        for _ in range(min(steps, self._training.steps - self.step)):
            if self.done or not self._supplied():
                return
            self._one()
            self.step += 1
            self._unread += 1
            if self.step % READ_EVERY == 0 or self.step == self._training.steps:
                self._read()

    @property
    def losses(self) -> np.ndarray:
        """(k, 2): step, mean loss since the point before."""
        return self.history.points

    @torch.no_grad()
    def state(self) -> dict[str, np.ndarray]:
        """All that a new Trainee of the same net, pairs and numbers takes to go on as this one would (``resume``)."""
        pending = self._used < len(self._drawn)
        found = {name: tensor.cpu().numpy().copy() for name, tensor in self._tensors().items()}
        found["random"] = (self._drawn_from if pending else self._random.get_state()).numpy()
        found["beside"] = self._beside.get_state().numpy()
        found["rests"] = self._rests[self._summed : self._used].cpu().numpy().copy()
        used, summed = (self._used, self._summed) if pending else (0, 0)
        counts = [self.step, self._unread, used, summed, int(self.failed)]
        found |= {"counts": np.array(counts), "limit": np.array(self._limit)}
        if self._fresh:
            in_use = self._lots.size > 0
            found["lot"] = np.array(
                [self._lots.number, (self._taken if pending else self._lots.used) if in_use else -1]
            )
        return found | {f"history {name}": value for name, value in self.history.state().items()}

    @torch.no_grad()
    def resume(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from such a state: the numbers to come are those that would have come."""
        for name, tensor in self._tensors().items():
            tensor.copy_(torch.from_numpy(np.asarray(state[name])))
        self._random.set_state(torch.from_numpy(state["random"].copy()))
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
            self._draw()
            self._used, self._summed = used, summed
            self._rests[summed:used] = torch.from_numpy(state["rests"])

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
        own = net | {"average": self._ema, "good": self._good, "loss": self._loss}
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
        if not self._fresh or self._used < len(self._drawn):
            return True
        if self._lots.left < self._training.batch * len(self._slots):
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
        ahead = self._batches.ahead(self._training.batch)
        if ahead != len(self._slots):
            self._set_rests(ahead, self._training.batch)

    def _take(self) -> None:
        """Count the pairs of the draw that comes next: on a GPU it happens within the captured step."""
        if self._fresh:
            self._taken = self._lots.used
            self._lots.used += self._training.batch * len(self._slots)

    def _one(self) -> None:
        decay = min(self._training.ema, (1 + self.step) / (10 + self.step))  # a short memory while the net is young
        self._adam.set_rate(self._rate())
        if self._net.flat.device.type != "cuda":
            self._weight = 1.0 - decay
            self._work()
            return
        if not torch.is_tensor(self._weight):
            self._weight = torch.zeros((), device=self._net.flat.device)
        self._weight.fill_(1.0 - decay)
        if self._graph is not None:
            self._graph.replay()
        elif self._warmed < 3 or not self._captures:
            self._warm()
        else:
            self._capture()

    def _rate(self) -> float:
        """The learning rate of this step."""
        falls = 0.5 + 0.5 * math.cos(math.pi * self.step / self._training.steps)
        return self._training.rate * (falls if self._training.schedule == "cosine" else 1.0)

    def _work(self) -> None:
        """One step on the device, without a sync: this is what a CUDA graph captures, one drawn batch included."""
        if self._used == len(self._drawn):
            self._draw()
        batch = self._drawn[self._used]
        self._gradient.into(self._slots[self._used], batch.inputs, batch.wanted, batch.w)
        self._adam.step(self._training.decay)
        if self._training.ema:
            self._ema.lerp_(self._net.flat, self._weight)
        self._used += 1
        if self._used == len(self._drawn):
            self._sum()

    def _draw(self) -> None:
        """The next batches, several steps ahead."""
        if self._graph is None and self._net.flat.device.type != "cuda":
            self._drawn_from = self._random.get_state()
        self._drawn, self._used, self._summed = self._batches.draw(self._training), 0, 0

    def _sum(self) -> None:
        """Adds to the loss what was not in it yet: at the end of what was drawn, and before a reading."""
        rests = self._rests[self._summed : self._used]
        if self._drawn[0].shown is not None:
            shown = torch.stack([batch.shown for batch in self._drawn[self._summed : self._used]])
            self._loss.add_((rests.square() * shown).sum() * self._unit)
        else:
            rests = rests.view(-1)
            self._loss.addcmul_(torch.dot(rests, rests), self._unit)
        self._summed = self._used

    def _warm(self) -> None:
        """CUDA wants a few ordinary steps on a side stream before a capture; they are steps like all others."""
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            self._work()
        torch.cuda.current_stream().wait_stream(side)
        self._warmed += 1

    def _capture(self) -> None:
        """The step as a graph; where a driver or another thread does not let it be one, steps go on one by one, to the
        same numbers."""
        before = self._drawn, self._used, self._summed
        try:
            graph = torch.cuda.CUDAGraph()
            graph.register_generator_state(self._random)
            with torch.cuda.graph(graph, capture_error_mode="thread_local"):
                self._work()
        except torch.cuda.OutOfMemoryError:
            raise
        except RuntimeError as error:
            log.warning("Training goes on without a CUDA graph, several times as slow: %s", error)
            self._captures = False
            self._drawn, self._used, self._summed = before
            self._work()
            return
        self._graph = graph
        graph.replay()  # a capture runs nothing: this is the step

    def _probed(self) -> torch.Tensor | float:
        """The share of the loss that is shown which training at its own times cannot tell (see ``Batches``)."""
        if self._training.times == "uniform" or self._at_start:
            return 0.0
        batch = self._batches.probe(self._training, self._beside)
        rest = torch.empty_like(batch.wanted)
        self._gradient.rests(rest, batch.inputs, batch.wanted)
        return (rest.square() * batch.shown).sum() * (self._unit * (self._training.batch / batch.inputs.shape[1]))

    def _read(self) -> None:
        if self._summed < self._used:
            self._sum()
        loss = float(self._loss / self._unread + self._probed())
        self._loss.zero_()
        self._unread = 0
        if not np.isfinite(loss) or (loss > self._limit):
            self._ema.copy_(self._good)
            self.failed = True
            return
        self.history.add(self.step, loss)
        self._good.copy_(self._averaged())
