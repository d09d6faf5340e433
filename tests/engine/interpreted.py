"""Triton's kernels in its interpreter, on the processor: each case against what torch's calls give.

A process of its own, with TRITON_INTERPRET=1 from its start (tests/engine/test_kernels.py); a line of JSON for each
case: its name, what is wrong, if anything is, and seconds.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pytest
import torch

from engine.couplings.independent import Independent
from engine.distributions.gaussian import Gaussian
from engine.learning.adam import Adam
from engine.learning.batches import Batches
from engine.learning.gradient import Gradient
from engine.learning.kernels import adam, gather, mlp, switch
from engine.learning.net import Net, build
from engine.learning.trainee import Trainee
from engine.parts import Path, Problem
from engine.paths.spherical import Spherical
from engine.paths.straight import Straight
from engine.paths.typed import Typed
from engine.paths.variance_preserving import VariancePreserving
from engine.spec import Training
from engine.velocities.mlp import MLP
from tests.engine.played import play

PATHS = (Straight(), Spherical(), Typed("t^2", "1-t"), Typed(), VariancePreserving())
NEAR = 3e-6  # of the largest number of a tensor


def net(dim: int, part: MLP, n: int = 90) -> tuple[Net, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(dim)
    x0, x1 = rng.normal(0.5, 1.5, (n, dim)), rng.normal(-2.0, 0.5, (n, dim))
    problem = Problem(dim, 1, Gaussian(), Gaussian(), Independent(), Straight(), x0, x1)
    return build(part, problem, 0, "cpu"), x0, x1


def close(what: str, ours: torch.Tensor, theirs: torch.Tensor, near: float = NEAR) -> None:
    assert ours.shape == theirs.shape, (what, ours.shape, theirs.shape)
    away, most = float((ours - theirs).abs().max()), float(theirs.abs().max())
    assert away <= near * most, f"{what} is {away:.2g} away from one of {most:.2g}"


def without(work: Callable[[], object]) -> object:
    """By torch's calls."""
    switch._off = True
    try:
        return work()
    finally:
        switch._off = False


# --- the pass through the net ---


def passed(dim: int, part: MLP, rows: int, weighted: bool) -> None:
    """The gradient and the rests, of columns in the middle of a larger draw."""
    v, *_ = net(dim, part)
    random = torch.Generator().manual_seed(rows)
    inputs = torch.randn((len(v.matrices[0]), 3 * rows), generator=random)
    inputs[-1] = 1.0
    wanted, w = torch.randn((dim, 3 * rows), generator=random), torch.rand((1, rows), generator=random) + 0.1
    some = inputs[:, rows : 2 * rows], wanted[:, rows : 2 * rows], w if weighted else None
    flat = torch.zeros_like(v.flat)
    assert mlp.Fused.fits(v, rows)
    ours, rest = mlp.Fused(v, rows, 2 / rows), torch.full((dim, rows), torch.nan)
    ours.parts.fill_(torch.nan)
    ours.into(rest, *some)
    theirs = torch.empty_like(rest)
    without(lambda: Gradient(v, rows, flat).into(theirs, *some))
    close("the rests", rest, theirs)
    for k, (a, b) in enumerate(zip(v_like(v, ours.parts.sum(0)), v_like(v, flat), strict=True)):
        close(f"the gradient of layer {k}", a, b)


def v_like(v: Net, flat: torch.Tensor) -> list[torch.Tensor]:
    return v.at(flat).matrices


def autograd() -> None:
    """Once against the definition, in float64."""
    v, *_ = net(2, MLP(width=24, depth=3))
    rows, scale = 37, 2 / 37
    random = torch.Generator().manual_seed(1)
    x, t = torch.randn((rows, 2), generator=random), torch.rand((rows, 1), generator=random)
    inputs, wanted = v.inputs(x, t), torch.randn((2, rows), generator=random)
    w = torch.rand((1, rows), generator=random)
    ours, rest = mlp.Fused(v, rows, scale), torch.empty((2, rows))
    ours.into(rest, inputs, wanted, w)
    flat = v.flat.double().requires_grad_()
    h = inputs.double().T
    matrices = v.at(flat).matrices
    a = h @ matrices[0]
    for m in matrices[1:]:
        a = torch.nn.functional.silu(a) @ m[:-1] + m[-1]
    (((a.T - wanted.double()).square() * w.double()).sum() / rows).backward()
    close("the gradient", ours.parts.sum(0).double(), flat.grad)


def lost() -> None:
    """A number that is none reaches every rest of its row and the gradient."""
    for kind in mlp.ACTIVATIONS:
        v, *_ = net(2, MLP(width=16, depth=2, activation=kind))
        inputs = torch.ones(len(v.matrices[0]), 20)
        inputs[0, 3] = torch.nan
        ours, rest = mlp.Fused(v, 20, 0.1), torch.empty((2, 20))
        ours.into(rest, inputs, torch.ones(2, 20), None)
        assert torch.isnan(rest[:, 3]).all() and torch.isfinite(rest[:, 4:]).all(), kind
        assert torch.isnan(ours.parts.sum(0)).any(), kind


# --- the optimiser ---


def optimised(lanes: int, decay: float) -> None:
    """Ten steps with rates and shares of their own: none, some, all."""
    random, n = torch.Generator().manual_seed(lanes), 300
    start = torch.randn(n, generator=random)
    found = []
    for fused in (True, False):
        random.manual_seed(lanes)
        flat, average, grad = start.clone(), start.clone(), torch.zeros(n)
        of = Adam(flat, grad, average)
        for k in range(10):
            parts = torch.randn((lanes, n), generator=random) * torch.logspace(-6, 1, n)
            rate, share = torch.tensor(0.03 / (k + 1)), torch.tensor((0.0, 1.0, 0.3, 0.9, 0.001)[k % 5])
            step = lambda of=of, rate=rate, share=share, parts=parts: of.step(rate, decay, share, parts)  # noqa: E731
            step() if fused else without(step)
            assert not switch._off and of._checked == fused
        found.append((flat, average, *of.tensors().values()))
    for name, a, b in zip(("weights", "average", "m", "v", "count"), *found, strict=True):
        close(name, a, b, 1e-5)


# --- pairs, path and normalisation ---


def gathered(path: Path, dim: int, apart: bool, part: MLP, new: bool) -> None:
    """A whole draw, and a short one before it, from the same generator."""
    v, x0, x1 = net(dim, part)
    found = []
    for fused in (True, False):
        made = Batches(v, v.enter(x0), v.enter(x1), path, apart, torch.Generator().manual_seed(3))
        if new:
            made.restock(v.enter(x1[:80]), v.enter(x0[:80]), 5)
        draws = lambda made=made: [  # noqa: E731
            [(batch.inputs.clone(), batch.wanted.clone()) for batch in made.draw(Training(batch=7), steps)]
            for steps in (min(2, made.ahead(7)), made.ahead(7))
        ]
        found.append(draws() if fused else without(draws))
        assert made._checked == fused and not switch._off
    for ours, theirs in zip(itertools.chain(*found[0]), itertools.chain(*found[1]), strict=True):
        close("the inputs", ours[0], theirs[0], 1e-5)
        close("the targets", ours[1], theirs[1])


# --- all of it ---


def trained(training: Training, path: Path) -> None:
    """Weights and losses, and the same bits however it is sliced."""
    counts = dict.fromkeys((adam, gather, mlp.Fused), 0)

    def counted(module: object, name: str) -> None:
        function = getattr(module, name)

        def call(*rest: object) -> None:
            counts[module] += 1
            function(*rest)

        setattr(module, name, call)
        undo.append(lambda: setattr(module, name, function))

    undo: list[Callable[[], None]] = []
    counted(adam, "launch"), counted(gather, "launch"), counted(mlp.Fused, "into")

    def run(slices: int) -> Trainee:
        v, x0, x1 = net(2, MLP(width=16, depth=2))
        of = Trainee(v, x0, x1, path, training, 5, True)
        while not of.done:
            of.advance(slices)
        return of

    try:
        ours, cut, theirs = run(50), run(3), without(lambda: run(50))
    finally:
        for back in undo:
            back()
    assert counts[adam] == counts[mlp.Fused] == 2 * training.steps and counts[gather] == 2, counts
    assert torch.equal(ours.field().flat, cut.field().flat) and (ours.losses == cut.losses).all()
    close("the weights", ours.field().flat, theirs.field().flat, 1e-4)
    assert np.allclose(ours.losses, theirs.losses, rtol=1e-4)


def grouped() -> None:
    """The same bits in groups of 25 and step by step."""
    with pytest.MonkeyPatch.context() as patch:
        graph = play(patch)
        found = []
        for slices in (60, 7):
            v, x0, x1 = net(1, MLP(width=16, depth=1))
            of = Trainee(v, x0, x1, Straight(), Training(steps=50, batch=16), 5, False)
            while not of.done:
                of.advance(slices)
            found.append(of.field().flat)
        assert sum(made.replays for made in graph.made) == 1 and of._gradient.parts is not None
        assert torch.equal(*found)


def cases() -> Iterator[tuple[str, Callable[[], None]]]:
    shapes = [
        (width, depth, 1 + (k + depth) % 3) for k, width in enumerate((16, 24, 64, 128)) for depth in (1, 2, 3, 4)
    ]
    for k, (width, depth, dim) in enumerate(shapes):
        rows, weighted = (37, 16, 1, 50)[k % 4], k % 2 == 0
        name = f"pass {depth}x{width} in {dim}d, {rows} rows{', weighted' * weighted}"
        yield name, partial(passed, dim, MLP(width=width, depth=depth), rows, weighted)
    for kind in mlp.ACTIVATIONS:
        part = MLP(width=20, depth=2, activation=kind, time_features=3, fourier=4)
        yield f"pass of {kind}, features", partial(passed, 2, part, 37, True)
    yield "pass against autograd", autograd
    yield "pass of what is no number", lost
    for lanes, decay in ((1, 0.0), (1, 0.3), (5, 0.1), (16, 0.0), (37, 0.3)):
        yield f"optimiser of {lanes} parts, decay {decay}", partial(optimised, lanes, decay)
    features = MLP(width=8, depth=1, time_features=3, fourier=5)
    for k, (path, dim) in enumerate(itertools.product(PATHS, (1, 2, 3))):
        apart, part, new = k % 2 == 0, features if k % 3 == 0 else MLP(width=8, depth=1), k % 4 == 3
        name = f"draw along {path!r} in {dim}d{', apart' * apart}{', features' * (k % 3 == 0)}{', new' * new}"
        yield name, partial(gathered, path, dim, apart, part, new)
    steps = {"steps": 7, "batch": 33}
    yield "training", partial(trained, Training(**steps), Straight())
    others = Training(**steps, times="u-shaped", weighting="late", ema=0.0, decay=0.1, schedule="cosine")
    yield "training in groups", grouped
    yield "training with other numbers", partial(trained, others, Spherical())


def main() -> None:
    from engine.learning import device

    torch.set_num_threads(1)
    switch.usable = lambda kind: not switch._off
    device.graphs = lambda kind: True
    for name, case in cases():
        begun = time.perf_counter()
        try:
            with torch.no_grad() if name != "pass against autograd" else torch.enable_grad():
                case()
            wrong = ""
        except Exception:
            wrong = traceback.format_exc()
        print(json.dumps([name, wrong, time.perf_counter() - begun]), flush=True)


if __name__ == "__main__":
    sys.exit(main())
