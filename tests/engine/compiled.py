"""Triton's kernels as machine code of two kinds of GPU, which takes none: a line of JSON for each, its name, kilobytes
of shared memory and seconds; all of them with REWIRE_KERNELS=all. A process of its own: test_kernels.py."""

from __future__ import annotations

import json
import math
import os
import time
import warnings

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from engine.learning.kernels import adam, gather, mlp

FLOATS = "*fp32"
PASS = {"rows": "i32", "inputs_stride": "i32", "wanted_stride": "i32", "size": "i32", "scale": "fp32"}
ADAM = {"size": "i32", "lanes": "i32", "decay": "fp32"}
GATHER = {"i": "*i64", "j": "*i64", "n": "i32", "pairs": "i32", "stride": "i32"}


def compiled(name: str, kernel: object, types: dict[str, str], fixed: dict[str, object], warps: int, kind: int) -> None:
    begun = time.perf_counter()
    signature = {p.name: types.get(p.name, "constexpr" if p.name in fixed else FLOATS) for p in kernel.params}
    source = ASTSource(kernel, signature=signature, constexprs=fixed)
    made = triton.compile(source, target=GPUTarget("cuda", kind, 32), options={"num_warps": warps, "num_stages": 1})
    assert made.asm["cubin"]
    kilobytes = made.metadata.shared / 1024
    print(json.dumps([f"{name} for {kind}", kilobytes, time.perf_counter() - begun]), flush=True)


def passed(width: int, depth: int, kind: int, act: str = "silu") -> None:
    fixed = {"FAN": 4, "WIDTH": width, "DIM": 2, "HIDDEN": depth, "KIND": act, "WEIGHTED": True, "OUT": 16}
    fixed |= {"IN": mlp.power(4), "WIDE": mlp.power(width), "ROWS": mlp.ROWS, "PRECISION": mlp.PRECISION}
    compiled(f"pass {depth}x{width} {act}", mlp._pass, PASS, fixed, mlp.warps(width, 4), kind)


def main() -> None:
    logs = {"LOG_B1": math.log2(0.9), "LOG_B2": math.log2(0.999), "B1": 0.9, "B2": 0.999, "EPS": 1e-8}
    draw = {"DIM": 2, "TIMES": 3, "WAVES": 4, "STRAIGHT": False, "BLOCK": gather.BLOCK}
    every = os.environ.get("REWIRE_KERNELS") == "all"
    for kind, width, depth in ((80, 128, 3), (90, 64, 2)) if every else ((80, 16, 1),):
        passed(width, depth, kind)
        compiled("optimiser", adam._adam, ADAM, {**logs, "LANES": 16, "TURNS": 4, "BLOCK": adam.BLOCK}, 4, kind)
        compiled("draw", gather._gather, GATHER, draw, 4, kind)
    for act in mlp.ACTIVATIONS[1:] if every else ():
        passed(16, 1, 80, act)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
