"""Training one net on one round's pairs: batches drawn on the device, no sync per step, averaged weights."""

from __future__ import annotations

import math

import numpy as np
import torch

from engine.net import Net, gradient_views
from engine.parts import Path
from engine.spec import Training

EVERY = 25  # steps between two readings of the loss: each reading is a device sync
DIVERGED = 100.0  # times the loss of the best constant velocity, or of the untrained net: no honest run gets there


class Trainee:
    """Adam on L(v), an exponential moving average of the weights, and the loss history.

    ``apart``: both ends of a pair are drawn separately (the independent coupling: n^2 pairs from n points each).
    The numbers depend on the seed and the order of steps alone, not on how the steps are sliced.
    """

    def __init__(
        self, net: Net, x0: np.ndarray, x1: np.ndarray, path: Path, training: Training, seed: int, apart: bool
    ) -> None:
        device = net.flat.device
        self._net, self._path, self._apart = net, path, apart
        self._x0, self._x1 = net.enter(x0), net.enter(x1)
        self._noisy = getattr(path, "noisy", False)
        self._random = torch.Generator(device=device).manual_seed(seed)
        self._grad = torch.zeros_like(net.flat)
        self._into = gradient_views(net, self._grad)
        self._ema = net.flat.clone()
        self._good = net.flat.clone()
        self._loss = torch.zeros((), device=device)
        self._graph: torch.cuda.CUDAGraph | None = None
        self._limit = DIVERGED * max(float((x1 - x0).var(0).sum()), self._untrained(x0[:512], x1[:512]))
        self._unread = 0
        self.step = 0
        self.failed = False
        self.losses: list[tuple[int, float]] = []
        self._adopt(training)

    def _adopt(self, training: Training) -> None:
        self._training = training
        on_gpu = self._net.flat.device.type == "cuda"
        rate = torch.tensor(training.rate, device=self._net.flat.device) if on_gpu else training.rate
        fused = self._net.flat.device.type in ("cuda", "cpu")
        old = getattr(self, "_adam", None)
        self._net.flat.grad = self._grad
        self._adam = torch.optim.Adam([self._net.flat], lr=rate, fused=fused, capturable=on_gpu)
        if old is not None:
            self._adam.state = old.state
        self._weight = torch.zeros((), device=self._net.flat.device)  # of the newest weights in the average

    def _untrained(self, x0: np.ndarray, x1: np.ndarray) -> float:
        """|dX - v|^2 of the net as it is, at t = 1/2; and what the path's noise alone adds to any net's, over t."""
        xt, dxt = self._path.at(self._net.enter(x0), self._net.enter(x1), 0.5)
        loss = float((dxt - self._net(xt, 0.5)).square().sum(1).mean())
        if self._noisy:
            _, slope = self._path.disturb(0.0, 0.0, np.linspace(0, 1, 1001), 1.0)
            loss += x0.shape[1] * float((slope**2).mean())
        return loss

    def adopt(self, training: Training) -> None:
        """Go on with other numbers: weights, optimiser and average stay."""
        if training != self._training:
            self._adopt(training)
            self._graph = None
            if self._unread and self.step >= training.steps:  # cut short: the last steps may have been bad ones
                self._read()

    def advance(self, steps: int) -> None:
        """Train ``steps`` steps (fewer if the round ends or fails). Reads the loss every ``EVERY`` steps."""
        for _ in range(min(steps, self._training.steps - self.step)):
            if self.failed:
                return
            self._one()
            self.step += 1
            self._unread += 1
            if self.step % EVERY == 0 or self.step == self._training.steps:
                self._read()

    @property
    def done(self) -> bool:
        return self.failed or self.step >= self._training.steps

    def release(self) -> None:
        """The end: pairs, optimiser and graph are no longer needed, and take memory; history and state stay."""
        self._x0 = self._x1 = self._adam = self._graph = self._net.flat.grad = None

    def field(self) -> Net:
        """The net with its averaged weights, a copy: what is shown, measured and kept."""
        return self._net.at(self._ema.clone())

    def _one(self) -> None:
        self._set_rate()
        decay = min(self._training.ema, (1 + self.step) / (10 + self.step))  # a short memory while the net is young
        self._weight.fill_(1.0 - decay)
        if self._net.flat.device.type != "cuda":
            self._work()
        elif self._graph is not None:
            self._graph.replay()
        elif self.step < 3:
            self._warm()
        else:
            self._capture()

    def _set_rate(self) -> None:
        """The learning rate of this step; on a GPU it is written into the tensor that the graph reads."""
        rate = self._training.rate
        if self._training.schedule == "cosine":
            rate *= 0.5 + 0.5 * math.cos(math.pi * self.step / self._training.steps)
        group = self._adam.param_groups[0]
        if torch.is_tensor(group["lr"]):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate

    def _work(self) -> None:
        """One step on the device, without a sync: this is what a CUDA graph captures."""
        n, batch, device = len(self._x0), self._training.batch, self._x0.device
        i = torch.randint(n, (batch,), generator=self._random, device=device)
        j = torch.randint(n, (batch,), generator=self._random, device=device) if self._apart else i
        t = torch.rand((batch, 1), generator=self._random, device=device)
        xt, dxt = self._path.at(self._x0[i], self._x1[j], t)
        if self._noisy:  # no draw otherwise: the numbers of all other paths stay what they are
            noise = torch.randn(xt.shape, generator=self._random, device=device, dtype=xt.dtype)
            xt, dxt = self._path.disturb(xt, dxt, t, noise)
        self._grad.zero_()
        self._loss.add_(self._net.gradient(xt, t, dxt, self._into))
        self._adam.step()
        with torch.no_grad():
            self._ema.lerp_(self._net.flat, self._weight)

    def _warm(self) -> None:
        """CUDA wants a few ordinary steps on a side stream before a capture; they are steps like all others."""
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            self._work()
        torch.cuda.current_stream().wait_stream(side)

    def _capture(self) -> None:
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(self._random)
        with torch.cuda.graph(graph):
            self._work()
        self._graph = graph
        graph.replay()  # a capture runs nothing: this is the step

    def _read(self) -> None:
        loss = self._loss.item() / self._unread
        self._loss.zero_()
        self._unread = 0
        if not np.isfinite(loss) or (loss > self._limit):
            self.failed = True
            self._ema.copy_(self._good)
            return
        self.losses.append((self.step, loss))
        self._good.copy_(self._ema)
