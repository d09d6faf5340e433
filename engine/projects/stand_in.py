"""What stands in for a data file that is lost: the pairs of the first round, which were drawn from it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from engine.codec import ENDS
from engine.gate import MAX_BYTES
from engine.projects.arrays import npy, points
from engine.projects.data_files import Unpacking
from engine.projects.migrations import Members
from engine.writing import made, write_atomically


def stood_in(raw: Any, members: Members, data: Unpacking, cache: Path, lost: list[str]) -> Any:
    """The plain experiment with a file of those points, where a file that it names is nowhere; itself where there are
    no pairs either. Raises Wrong where the file cannot be written."""
    if not isinstance(raw, dict):
        return raw
    for end in ENDS:
        name = next((path for path in _paths(raw.get(end)) if data.nowhere(path)), "")
        pairs = _pairs(members) if name else None
        if pairs is not None:
            rows = np.hstack(pairs) if end == "coupling" else np.unique(pairs[end == "target"], axis=0)
            content = b"".join(npy(rows).buffers)
            folder = made(cache / hashlib.sha256(content).hexdigest()[:32])
            place = folder / f"{Path(data.name(name)).stem} from the pairs.npy"
            write_atomically(place, content)
            count = {"pairs": raw[end]["pairs"]} if "pairs" in raw[end] else {}
            raw = raw | {end: {"kind": "file", "path": str(place)} | count}
            lost.append(f"the data file {data.name(name)}, for which points of the pairs stand in")
    return raw


def _paths(value: Any) -> list[str]:
    """Those of an end, however deep."""
    if not isinstance(value, dict):
        return []
    own = [value["path"]] if isinstance(value.get("path"), str) else []
    return own + [path for inner in value.values() for path in _paths(inner)]


def _pairs(members: Members) -> tuple[np.ndarray, np.ndarray] | None:
    """x0 and x1 (n, d) of the first round."""
    for name, member in members.items():
        if name.endswith("/round.json") and len(member) <= MAX_BYTES:
            try:
                told = json.loads(bytes(member))
                if told["lineage"] == []:
                    x0, x1 = points(members[told["x0"]]), points(members[told["x1"]])
                    return (x0, x1) if x0.shape == x1.shape else None
            except (ValueError, KeyError, TypeError, RecursionError):
                continue
    return None
