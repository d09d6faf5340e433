"""What is computed once for a snapshot and a look, though it is asked at every beat."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any
from weakref import WeakKeyDictionary

from engine.snapshot import Snapshot

KEPT = 64  # values of one snapshot: looks change often, and a snapshot lives for seconds

_known: WeakKeyDictionary[Snapshot, dict[Hashable, Any]] = WeakKeyDictionary()


def once(function: Callable[..., Any]) -> Callable[..., Any]:
    """A pure function of a Snapshot (first) and hashable values; its last values are kept as long as the Snapshot."""

    @wraps(function)
    def remembered(snapshot: Snapshot, *rest: Hashable) -> Any:
        values = _known.setdefault(snapshot, {})
        key = (function, *rest)
        if key not in values:
            for old in list(values)[: max(0, len(values) - KEPT + 1)]:
                values.pop(old, None)  # another thread, which exports, may have done it
            values[key] = function(snapshot, *rest)
        return values[key]

    return remembered
