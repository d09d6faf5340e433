"""Where figures come from: the program, what it computes with, the spec and its data, by their content."""

from __future__ import annotations

import hashlib
import json
import platform
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.codec import plain
from engine.parts import Part
from engine.reading.faces import named, parted
from engine.registry import knobs, origin
from engine.spec import Experiment


def _version() -> str:
    """That of the checkout, if this is one: an older one may be installed beside it."""
    try:
        with (Path(__file__).parent.parent / "pyproject.toml").open("rb") as file:
            project = tomllib.load(file)["project"]
        if project["name"] == "rewire":
            return str(project["version"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("rewire")
    except PackageNotFoundError:
        return "0"


VERSION = _version()


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Of the program and of what its numbers depend on; imports none of it."""
    from importlib.metadata import PackageNotFoundError, version

    known = {"rewire": VERSION, "python": platform.python_version()}
    for package in ("torch", "numpy"):
        try:
            known[package] = version(package)
        except PackageNotFoundError:
            continue
    return known


def made_by(experiment: Experiment, device: str, threads: int = 1) -> dict[str, Any]:
    """What two runs of one spec have in common if they give the same bytes. Times, folders and names are not in it.
    ``threads``: how many trained, which changes no figure."""
    import numpy
    import torch

    from engine.learning.device import describe
    from engine.learning.mixed import used

    return {
        "program": f"rewire {VERSION}",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": numpy.__version__,
        "device": describe(device),
        "threads": threads,
        "precision": used(experiment.training.precision, device),
        "data": {where: digest for where, (_, digest) in data(experiment).items()},
    }


def data(experiment: Experiment) -> dict[str, tuple[str, str]]:
    """Field (``target.path``) -> name and SHA-256 of the data file that stands there; no digest of one that is gone."""
    found = {}
    for where, part in experiment.parts():
        for knob in knobs(type(part)) if isinstance(part, Part) else ():
            if knob.editor in ("path", "font") and getattr(part, knob.name):
                path, face = parted(getattr(part, knob.name))
                found[f"{where}.{knob.name}"] = (named(Path(path).name, face), _digest(Path(path)))
    return found


def _digest(file: Path) -> str:
    try:
        state = file.stat()
        return _hashed(file, (state.st_mtime_ns, state.st_size, state.st_ino)) if file.is_file() else ""
    except OSError:
        return ""


@lru_cache(maxsize=64)  # a sweep asks for each of its runs
def _hashed(file: Path, state: tuple[int, int, int]) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def fingerprint(experiment: Experiment) -> str:
    """SHA-256 of the complete spec; data files count by name and content, not by where they lie, and so do plug-ins."""
    asked = plain(experiment)
    if brought := {plugin.name: plugin for _, part in experiment.parts() if (plugin := origin(type(part)))}:
        asked["plugins"] = {name: plugin.digest() for name, plugin in brought.items()}
    for where, (name, digest) in data(experiment).items():
        section, _, knob = where.rpartition(".")
        if section in asked:
            asked[section][knob] = [name, digest]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
