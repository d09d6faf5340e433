"""Triton's kernels: their numbers, in its interpreter, and what becomes of a training where they fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest
import torch

from engine.learning import captured, device
from engine.learning.kernels import switch
from engine.learning.trainee import Trainee
from engine.spec import Training
from engine.velocities.mlp import MLP
from tests.engine.test_trainee import CUDA, SMALL, gaussians, to_the_end, trainee, weights

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def interpreted() -> dict[str, str]:
    """What is wrong with each case of tests/engine/interpreted.py, if anything is."""
    if find_spec("triton") is None:
        pytest.skip("needs triton, which is there for Linux alone")
    surroundings = {**os.environ, "TRITON_INTERPRET": "1", "PYTHONPATH": str(ROOT)}
    return {name: wrong for name, wrong, _ in told("interpreted.py", surroundings)}


def told(script: str, surroundings: dict[str, str]) -> list[list]:
    """What a script of this folder prints."""
    call = [sys.executable, str(ROOT / "tests/engine" / script)]
    done = subprocess.run(call, cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr[-2000:]
    return list(map(json.loads, done.stdout.splitlines()))


@pytest.mark.parametrize(("kind", "count"), [("pass", 23), ("optimiser", 5), ("draw", 15), ("training", 3)])
def test_the_numbers_are_those_of_torch(kind: str, count: int, interpreted: dict[str, str]) -> None:
    """Widths 16 to 128, depths 1 to 4, one to three dimensions, with and without weights, rows that fill no block, each
    affine path, ends apart or together; the whole of a training, which is the same in any slices."""
    found = {name: wrong for name, wrong in interpreted.items() if name.startswith(kind)}
    assert len(found) == count
    bad = {name: wrong for name, wrong in found.items() if wrong}
    assert not bad, "\n".join(f"{name}: {wrong}" for name, wrong in bad.items())


def test_they_compile_without_a_gpu(tmp_path: Path) -> None:
    """To machine code, within the shared memory of every GPU from compute capability 8.0 on; the smallest ones, unless
    REWIRE_KERNELS=all asks for each size and activation."""
    if find_spec("triton") is None:
        pytest.skip("needs triton, which is there for Linux alone")
    found = told("compiled.py", {**os.environ, "PYTHONPATH": str(ROOT), "TRITON_CACHE_DIR": str(tmp_path)})
    count = 10 if os.environ.get("REWIRE_KERNELS") == "all" else 3
    assert len(found) == count and all(kilobytes < 99 for _, kilobytes, _ in found), found


class Stand(ModuleType):
    """Stands for a module of kernels: ``how`` they go wrong."""

    def __init__(self, which: str, how: str) -> None:
        super().__init__("stand")
        self.calls = 0
        self.written = {"adam": (0, 2, 3, 4), "gather": (-2, -1), "mlp": (0,)}[which]
        stand = self

        def launch(*rest: object) -> None:
            stand.calls += 1
            if how == "fails":
                raise RuntimeError("Failed to find C compiler. Please specify via CC environment variable.")
            if how == "memory":
                raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
            for k in stand.written:
                rest[k].add_(0.25)

        class Fused:
            fits = staticmethod(lambda net, rows: True)
            near = 1e-3

            def __init__(self, net: object, rows: int, scale: float) -> None:
                self.parts = torch.zeros(3, net.flat.numel())

            def into(self, rest: torch.Tensor, *others: object) -> None:
                self.parts.fill_(1.0)
                launch(rest)

        self.launch, self.Fused = launch, Fused


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> dict[str, Stand]:
    """Kernels that are there, and go wrong."""
    monkeypatch.setattr(switch, "_off", False)
    monkeypatch.setattr(switch, "usable", lambda kind: not switch._off)
    monkeypatch.setattr(device, "graphs", lambda kind: True)
    monkeypatch.setattr(captured.Captured, "next_is_group", lambda self, step, most: False)
    return {}


@pytest.mark.parametrize("how", ["fails", "gives other numbers"])
@pytest.mark.parametrize("which", ["adam", "gather", "mlp"])
def test_a_kernel_that_goes_wrong_is_left_out(
    which: str, how: str, stand: dict[str, Stand], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One sentence, once; and the numbers are those of a training without, to the last bit."""
    training = Training(steps=30, batch=32, times="u-shaped", weighting="late", decay=0.1)
    monkeypatch.setattr(switch, "_off", True)
    plain = to_the_end(trainee(training))
    monkeypatch.setattr(switch, "_off", False)
    used = put(which, how, monkeypatch)
    ours = to_the_end(trainee(training))
    assert weights(ours) == weights(plain) and (ours.losses == plain.losses).all()
    assert used.calls == 1 and switch._off
    (said,) = [record.getMessage() for record in caplog.records]
    assert "without Triton's kernels" in said and ("C compiler" if how == "fails" else "differs by") in said
    to_the_end(trainee(training))
    assert used.calls == 1 and len(caplog.records) == 1


def put(which: str, how: str, monkeypatch: pytest.MonkeyPatch) -> Stand:
    """One goes wrong; of the others nothing is used."""
    import engine.learning.kernels as package

    used = Stand(which, how)
    monkeypatch.setitem(sys.modules, f"engine.learning.kernels.{which}", used)
    monkeypatch.setattr(package, which, used, raising=False)
    if which != "adam":
        monkeypatch.setattr("engine.learning.adam.Adam._launched", lambda *rest: False)
    if which != "gather":
        monkeypatch.setattr("engine.learning.batches.Batches._launched", lambda *rest: False)
    if which != "mlp":
        monkeypatch.setattr("engine.learning.gradient.Gradient._fuse", lambda *rest: None)
    return used


def test_want_of_memory_is_no_reason_to_leave_kernels_out(
    stand: dict[str, Stand], monkeypatch: pytest.MonkeyPatch
) -> None:
    put("adam", "memory", monkeypatch)
    with pytest.raises(torch.cuda.OutOfMemoryError):
        trainee(SMALL).advance(1)
    assert not switch._off


def test_kernels_are_for_an_nvidia_gpu_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not switch.usable("cpu") and not switch.usable("mps")
    found = []
    for cuda, capability, package in (
        ("12.8", (8, 0), "x"),
        ("12.8", (7, 5), "x"),
        (None, (9, 0), "x"),
        ("13", (9, 0), None),
    ):
        switch._there.cache_clear()
        monkeypatch.setattr(torch.version, "cuda", cuda)
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda c=capability: c)
        monkeypatch.setattr(switch, "find_spec", lambda name, p=package: p)
        found.append(switch.usable("cuda"))
    switch._there.cache_clear()
    assert found == [True, False, False, False]


@CUDA
def test_kernels_on_the_gpu() -> None:
    """They compile, agree with torch's calls, and a training with them ends where one without does."""

    def run() -> Trainee:
        training = Training(steps=200, batch=200, rate=1e-3, weighting="late")
        return to_the_end(trainee(training, gaussians(5000), part=MLP(width=128, depth=3), device="cuda"))

    ours = run()
    assert not switch._off and ours._gradient._fused is not None and ours._adam._checked and ours._batches._checked
    switch._off = True
    try:
        plain = run()
    finally:
        switch._off = False
    assert torch.allclose(ours.field().flat, plain.field().flat, atol=1e-3)
    assert ours.losses[-1, 1] == pytest.approx(plain.losses[-1, 1], rel=1e-3)
