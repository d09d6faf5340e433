"""A round that was kept, as the bytes of a file: plain arrays and JSON. Nothing in it is code, and nothing is run."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from engine.evidence.estimate import Estimate
from engine.evidence.figures import Figures
from engine.learning.history import History
from engine.parts import Wrong
from engine.registry import union
from engine.rounds.kept import Kept
from engine.spec import Training

ONE = ("x0", "x1", "z1")  # arrays of the round itself
GROUPS = ("net", "state", "losses", "frames")  # and those that are there by the dozen
PLAIN = ("finished", "step", "early", "diverged", "warning", "samples", "sharp", "warm")
TOLD = "told"


def packed(of: Kept) -> bytes:
    """An uncompressed NPZ: what it holds is no larger than it is."""
    arrays = {name: array for name in ONE if (array := getattr(of, name)) is not None}
    for group in GROUPS:
        arrays |= {f"{group}/{name}": array for name, array in grouped(of, group).items()}
    arrays[TOLD] = np.frombuffer(json.dumps(told(of)).encode(), np.uint8)
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def unpacked(content: bytes) -> Kept:
    """The round in such bytes. Raises Wrong for any others."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
                raise ValueError("it is compressed")
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        words = json.loads(arrays.pop(TOLD).tobytes())
        groups = {group: _group(arrays, f"{group}/") for group in GROUPS}
        return made(words, {name: arrays.get(name) for name in ONE}, groups)
    except Exception as error:  # whatever lies there instead of what was written
        raise Wrong("", f"is not a round that was kept ({type(error).__name__})") from None


def grouped(of: Kept, group: str) -> Mapping[str, np.ndarray]:
    """The arrays of one of ``GROUPS``."""
    return of.losses.state() if group == "losses" else getattr(of, group)


def told(of: Kept) -> dict[str, Any]:
    """All of a round but its arrays, as JSON can have it."""
    return {
        **{name: getattr(of, name) for name in PLAIN},
        "lineage": msgspec.to_builtins(of.lineage),
        "training": msgspec.to_builtins(of.training),
        "figures": _listed(of.figures),
        "beside": _listed(of.beside),
        "reference": msgspec.to_builtins(of.reference) if of.reference is not None else None,
    }


def made(
    words: Mapping[str, Any], ones: Mapping[str, np.ndarray | None], groups: Mapping[str, Mapping[str, np.ndarray]]
) -> Kept:
    """The round again. Raises whatever it may for values that no round was told by."""
    return Kept(
        lineage=tuple(msgspec.convert(operation, union("operations")) for operation in words["lineage"]),
        training=msgspec.convert(words["training"], Training),
        **ones,
        **{name: words[name] for name in PLAIN},
        net=groups["net"],
        state=groups["state"],
        frames=groups["frames"],
        losses=History.restored(groups["losses"]),
        figures=_figures(words["figures"]),
        beside=_figures(words["beside"]),
        reference=msgspec.convert(words["reference"], union("velocities")) if words["reference"] else None,
    )


def _group(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _listed(figures: Figures) -> dict[str, Any]:
    """In their order, with all digits."""
    rungs = [(kind, x, e) for kind, ladder in figures.ladders.items() for x, e in ladder.items()]
    return {
        "single": [[kind, *_numbers(e)] for kind, e in figures.single.items()],
        "ladders": [[kind, float(x), *_numbers(e)] for kind, x, e in rungs],
        "failed": dict(figures.failed),
    }


def _numbers(e: Estimate) -> tuple[float, float | None, int]:
    return float(e.value), None if e.error is None else float(e.error), int(e.n)


def _figures(listed: Mapping[str, Any]) -> Figures:
    ladders: dict[str, dict[float, Estimate]] = {}
    for kind, x, *numbers in listed["ladders"]:
        ladders.setdefault(kind, {})[float(x)] = _estimate(*numbers)
    single = {kind: _estimate(*numbers) for kind, *numbers in listed["single"]}
    return Figures(single, ladders, {str(key): str(told) for key, told in listed["failed"].items()})


def _estimate(value: float, error: float | None, n: int) -> Estimate:
    return Estimate(float(value), None if error is None else float(error), int(n))
