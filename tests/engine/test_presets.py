"""The presets that ship."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import resources
from engine import codec
from engine.spec import Experiment

FOLDER = Path(resources.__file__).parent / "presets"
REQUIRED = {
    "two-modes",
    "gaussian-to-gaussian",
    "eight-gaussians",
    "moons-from-eight-gaussians",
    "letters",
    "checkerboard",
    "one-point",
    "mixtures-1d",
    "oblique-gaussians",
    "refresh-and-distil",
}


def read(name: str) -> Experiment:
    return codec.read(FOLDER / f"{name}.toml")


def test_all_are_there() -> None:
    assert {file.stem for file in FOLDER.glob("*.toml")} >= REQUIRED


@pytest.mark.parametrize("name", sorted(file.stem for file in FOLDER.glob("*.toml")))
def test_reads_and_samples(name: str) -> None:
    experiment = read(name)
    for end in (experiment.source, experiment.target):
        x = end.sample(200, experiment.dim, np.random.default_rng(experiment.seed))
        assert x.shape == (200, experiment.dim) and np.isfinite(x).all()


@pytest.mark.parametrize("name", sorted(file.stem for file in FOLDER.glob("*.toml")))
def test_first_line_is_title_and_sentence(name: str) -> None:
    first = (FOLDER / f"{name}.toml").read_text("utf-8").splitlines()[0]
    title, _, sentence = first.removeprefix("# ").partition(": ")
    assert first.startswith("# ") and 0 < len(title) <= 30 and sentence.endswith(".")


def test_scenes_for_exact_checks() -> None:
    two = read("two-modes")
    assert (two.dim, two.source.at, two.target.at, two.source.separation, two.source.std) == (2, 0.0, 15.0, 15.0, 0.5)
    gaussians = read("gaussian-to-gaussian")
    for end in (gaussians.source, gaussians.target):
        mixture = end.mixture(gaussians.dim)
        assert mixture.means.tolist() == [[0.0, 0.0]] and mixture.stds.tolist() == [[1.0, 1.0]]
    assert gaussians.rounds == 2
