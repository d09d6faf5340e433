"""From the formats of earlier versions to that of this one.

``tests/projects`` keeps a project of each format; whoever changes what is written adds a step here and one there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

FORMAT = 1
Members = dict[str, memoryview]
Manifest = dict[str, Any]

#: From this format to the next one.
STEPS: dict[int, Callable[[Manifest, Members], tuple[Manifest, Members]]] = {}


def migrated(manifest: Manifest, members: Members) -> tuple[Manifest, Members]:
    """The members as this version writes them."""
    for number in range(int(manifest.get("format", FORMAT)), FORMAT):
        manifest, members = STEPS[number](manifest, members)
    return manifest, members
