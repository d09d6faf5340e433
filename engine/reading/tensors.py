"""One tensor of a safetensors file, or of what torch.save wrote: weights alone, nothing is executed."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from engine.parts import Reader, Wrong
from engine.reading.choice import Choice
from engine.reading.contents import MAX_COLUMNS, Column, Contents, Found, of_array
from engine.reading.limits import fault
from engine.reading.npy import MAX_VALUES
from engine.reading.npz import NAMES
from engine.registry import part
from engine.wording import clean

LISTED = 50


@part
class Tensors(Reader, frozen=True, tag="tensors"):
    """A tensor (n, d)."""

    about = "The tensor that is named, or points, x or X, or else the first one with two axes. Objects are refused."
    names, suffixes = ("safetensors", "PyTorch"), (".safetensors", ".pt", ".pth")
    rank = 34

    def aside(self, path: str, start: bytes) -> bool:
        return True

    def contents(self, path: str, choice: Choice) -> Contents:
        safe = os.path.splitext(path)[1].lower() == ".safetensors"
        try:
            tensors = _safe(path) if safe else _torch(path)
        except (Wrong, MemoryError):
            raise
        except Exception:  # both raise nearly anything at damaged bytes
            right = "safetensors.torch.save_file" if safe else "torch.save of a tensor"
            kind = "safetensors file" if safe else "file of plain tensors (nothing else is ever loaded)"
            raise fault(path, f"is damaged, or no {kind}; {right} writes one") from None
        return _contents(path, tensors, choice.layout.array, self.names[0] if safe else self.names[1])


def _safe(path: str) -> dict[str, Any]:
    """Name -> a slice, whose shape is known before it is read."""
    from safetensors import safe_open

    opened = safe_open(path, framework="pt")
    return {name: opened.get_slice(name) for name in opened.keys()}  # noqa: SIM118 - it is no mapping


def _torch(path: str) -> dict[str, Any]:
    import torch

    found = torch.load(path, map_location="cpu", weights_only=True)
    if isinstance(found, torch.Tensor):
        return {"": found}
    if isinstance(found, (list, tuple)):
        found = {str(k): value for k, value in enumerate(found)}
    if not isinstance(found, dict):
        raise fault(path, "holds no tensor; torch.save one of shape (n, d)")
    return {str(name): value for name, value in found.items() if isinstance(value, torch.Tensor)}


def _shape(tensor: Any) -> tuple[int, ...]:
    return tuple(tensor.get_shape() if hasattr(tensor, "get_shape") else tensor.shape)


def _contents(path: str, tensors: dict[str, Any], wanted: str, form: str) -> Contents:
    shapes = {name: _shape(tensor) for name, tensor in tensors.items()}
    tables = [name for name, shape in shapes.items() if len(shape) == 2]
    lines = [name for name, shape in shapes.items() if len(shape) == 1 and shape[0] > 0]
    chosen = next((name for name in NAMES if name in shapes), (tables or lines or [None])[0])
    if wanted:
        if wanted not in shapes:
            listed = ", ".join(clean(name, 24) for name in list(shapes)[:8])
            raise Wrong("array", f"{wanted!r} is no tensor of the file, which has {listed}")
        chosen = wanted
    if chosen is None:
        raise fault(path, "holds no tensor of rows and columns; save one of shape (n, d)")
    shape = shapes[chosen]
    if len(shape) not in (1, 2) or not all(shape):
        raise fault(path, f"holds a tensor of the shape {clean(str(shape), 40)}; give rows and columns, (n, d)")
    if (len(shape) == 2 and shape[1] > MAX_COLUMNS) or np.prod(shape, dtype=float) > MAX_VALUES:
        most = f"{MAX_COLUMNS:,} columns and {MAX_VALUES:,} values at most"
        raise fault(path, f"has the shape {clean(str(shape), 40)}; {most}")
    x = _numbers(path, tensors[chosen]).reshape(shape[0], -1)
    arrays = tuple(f"{clean(name, 40)} {shape}" for name, shape in list(shapes.items())[:LISTED])
    found = Found(form, array=clean(chosen, 40), arrays=arrays if len(arrays) > 1 else ())
    columns = of_array(x, ("",) * x.shape[1], found).columns
    for name, other in shapes.items():
        if name != chosen and other in ((len(x),), (len(x), 1)):
            values = _numbers(path, tensors[name]).reshape(-1)
            columns += (Column(clean(name, 60), values, None, "", False, int((~np.isfinite(values)).sum()), True),)
    return Contents(columns, Found(form, array=found.array, arrays=found.arrays, rows=len(x)))


def _numbers(path: str, tensor: Any) -> np.ndarray:
    import torch

    whole = tensor[:] if hasattr(tensor, "get_shape") else tensor
    if whole.is_complex() or whole.is_sparse or whole.is_quantized:
        raise fault(path, "holds complex, sparse or quantised numbers; save plain real ones")
    return whole.detach().to(torch.float64).numpy()
