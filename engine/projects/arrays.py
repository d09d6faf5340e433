"""Arrays as members of a project: NPY for one, safetensors for many. Both are read without code or pickle.

What a header declares is compared with the bytes that are there before anything is made of it.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Mapping

import numpy as np

from engine.projects.archive import Member

_NPY = re.compile(rb"\{'descr': '<f8', 'fortran_order': False, 'shape': \((\d{1,9}), (\d)\), \} *\n")
_TYPES = {"<f8": "F64", "<f4": "F32", "<i8": "I64", "<i4": "I32", "|u1": "U8", "|b1": "BOOL"}
_MAGIC = b"\x93NUMPY\x01\x00"


def npy(array: np.ndarray) -> Member:
    """Points (n, d) float64."""
    array, head = np.ascontiguousarray(array, "<f8"), io.BytesIO()
    np.lib.format.write_array_header_1_0(head, np.lib.format.header_data_from_array_1_0(array))
    return Member(head.getvalue(), _bytes(array))


def points(member: memoryview) -> np.ndarray:
    """The points (n, d) of such bytes. Raises ValueError for any others, and for numbers not finite."""
    size = int.from_bytes(member[8:10], "little")
    head = _NPY.fullmatch(member[10 : 10 + size])
    if bytes(member[:8]) != _MAGIC or head is None:
        raise ValueError("it is no array of points")
    shape = int(head[1]), int(head[2])
    if len(member) - 10 - size != 8 * math.prod(shape) or not (shape[0] and 1 <= shape[1] <= 3):
        raise ValueError("its size is another one than it says")
    found = np.frombuffer(member, "<f8", offset=10 + size).reshape(shape).copy()
    if not np.isfinite(found).all():
        raise ValueError("it has numbers that are not finite")
    return found


def tensors(arrays: Mapping[str, np.ndarray]) -> Member:
    """Arrays by name, as ``safetensors.numpy.save`` would, without its copies."""
    header, buffers, at = {}, [], 0
    for name, array in arrays.items():
        array = np.asarray(array, order="C")
        header[name] = {"dtype": _TYPES[array.dtype.str], "shape": array.shape, "data_offsets": (at, at + array.nbytes)}
        buffers.append(_bytes(array))
        at += array.nbytes
    told = json.dumps(header).encode()
    told += b" " * (-len(told) % 8)
    return Member(len(told).to_bytes(8, "little"), told, *buffers)


def _bytes(array: np.ndarray) -> memoryview:
    return memoryview(array.reshape(-1).view(np.uint8))


def read_tensors(member: memoryview) -> dict[str, np.ndarray]:
    """The arrays of such bytes. Raises ValueError for any others."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return load(bytes(member))
    except (SafetensorError, KeyError, TypeError, MemoryError) as error:
        raise ValueError("it holds no arrays") from error
