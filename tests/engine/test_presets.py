"""The presets that ship."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

import resources
from engine import codec
from engine.lab import Lab
from engine.learning.net import Net
from engine.spec import Experiment, Measure

FOLDER = Path(resources.__file__).parent / "presets"
NAMES = sorted(str(file.relative_to(FOLDER).with_suffix("")) for file in FOLDER.rglob("*.toml"))
PUBLISHED = [name for name in NAMES if name.startswith("published")]
TABLES = [name for name in PUBLISHED if name.split("/")[1].startswith(("c2ot", "icfm", "otcfm"))]  # with figures
#: Scenes of space; together they have every law that was made for it.
SPACE = (
    "gaussian-to-torus",
    "helix-to-sphere",
    "knot-to-circle",
    "letters-in-space",
    "linked-rings",
    "modes-in-space",
    "octahedron-to-sphere",
    "roll-to-curve",
)
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
    *SPACE,
    "brenier-corners",
    "brenier-gaussians",
    "dinosaur",
    "fern",
    "two-knots",
    "typed-density",
    *(f"published/torchcfm-{kind}-8gaussians-moons" for kind in ("icfm", "otcfm")),
    "published/liu-three-modes",
    *(f"published/ffjord-{law}" for law in ("2spirals", "rings")),
    *(f"published/c2ot-{kind}" for kind in ("fm", "ot")),
    *(
        f"published/{kind}-{ends}"
        for kind in ("icfm", "otcfm")
        for ends in ("gaussian-8gaussians", "moons-8gaussians", "gaussian-moons", "gaussian-scurve")
    ),
}


def read(name: str) -> Experiment:
    return codec.read(FOLDER / f"{name}.toml")


def test_all_are_there() -> None:
    assert set(NAMES) >= REQUIRED


@pytest.mark.parametrize("name", NAMES)
def test_reads_and_samples(name: str) -> None:
    experiment = read(name)
    for end in (experiment.source, experiment.target):
        x = end.sample(200, experiment.dim, np.random.default_rng(experiment.seed))
        assert x.shape == (200, experiment.dim) and np.isfinite(x).all()


@pytest.mark.parametrize("name", NAMES)
def test_first_line_is_title_and_sentence(name: str) -> None:
    first = (FOLDER / f"{name}.toml").read_text("utf-8").splitlines()[0]
    title, _, sentence = first.removeprefix("# ").partition(": ")
    assert first.startswith("# ") and 0 < len(title) <= 30 and sentence.endswith(".")


def test_space_has_a_scene_of_every_law_made_for_it() -> None:
    scenes = [read(name) for name in SPACE]
    assert all(scene.dim == 3 for scene in scenes)
    laws = {law.kind for scene in scenes for law in (scene.source, scene.target)}
    solid = {"helix", "knot", "linked rings", "solid faces", "swiss roll", "S-curve", "torus", "ring", "text"}
    assert laws >= {"gaussian", "mixture", *solid}


def test_scenes_for_exact_checks() -> None:
    two = read("two-modes")
    assert (two.dim, two.source.at, two.target.at, two.source.separation, two.source.std) == (2, 0.0, 15.0, 15.0, 0.5)
    gaussians = read("gaussian-to-gaussian")
    for end in (gaussians.source, gaussians.target):
        mixture = end.mixture(gaussians.dim)
        assert mixture.means.tolist() == [[0.0, 0.0]] and mixture.stds.tolist() == [[1.0, 1.0]]
    assert gaussians.rounds == 2


# --- published protocols ---


@pytest.mark.parametrize("name", TABLES)
def test_published_runs_in_short_form(name: str) -> None:
    """Few steps and particles: new pairs at each step, the net's shape, every figure that applies."""
    asked = read(name)
    coupling = msgspec.structs.replace(asked.coupling, pairs=1024)
    training = msgspec.structs.replace(asked.training, steps=30)
    lab = Lab("cpu", matched=64)
    lab.adopt(msgspec.structs.replace(asked, coupling=coupling, training=training, measure=Measure(samples=64)))
    while lab.advance(1.0):
        pass
    (held,) = lab.rounds()
    assert lab.phase == "done" and not held.failed and not held.own.figures.failed, held.own.figures.failed
    assert held.learning.trainee.step == 30 and isinstance(held.v, Net)
    assert held.v(held.v.enter(held.problem.x0[:5]), 0.5).shape == (5, 2)
    hidden = [len(b) for _, b in held.v.layers[:-1]]
    assert hidden == ([128, 512, 128, 512, 128, 512, 128] if "c2ot" in name else [64, 64, 64])
    assert asked.training.pairs == "fresh" and asked.training.ema == 0.0 and asked.rounds == 1


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_says_the_papers_figures(name: str) -> None:
    comments = [line for line in (FOLDER / f"{name}.toml").read_text("utf-8").splitlines() if line.startswith("#")]
    assert any("arXiv" in line for line in comments) and any("github.com/" in line for line in comments)
    told = any("It tells no figures" in line for line in comments)
    assert told != any("+-" in line for line in comments if "+-5" not in line) and told == (name not in TABLES)


def moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return x.mean(0), np.cov(x.T)


def circle(radius: float, std: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of modes on a circle."""
    return np.zeros(2), (radius**2 / 2 + std**2) * np.eye(2)


def half_circles(scale: float, shift: np.ndarray, offset: float, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Of (cos a, sin a) and (1 - cos a, 1/2 - sin a) in equal parts, with one uniform offset on both axes."""
    mean, m = np.array([0.5, 0.25]), 2 / np.pi  # m = E sin
    mixed = (1 / 2 - m) / 2
    second = np.array([[(1 / 2 + 3 / 2) / 2, mixed], [mixed, (1 / 2 + 1 / 4 - m + 1 / 2) / 2]])
    cov = second - np.outer(mean, mean) + offset**2 / 12
    return scale * (mean + offset / 2) + shift, scale**2 * cov + noise**2 * np.eye(2)


def standardised_moons() -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's with noise 0.1, minus the mean of all numbers, times 7 over their deviation."""
    mean, cov = half_circles(1.0, np.zeros(2), 0.0, 0.1)
    middle = mean.mean()
    spread = np.sqrt((cov.trace() + (mean**2).sum()) / 2 - middle**2)
    return (mean - middle) * 7 / spread, cov * 49 / spread**2


def s_curve() -> tuple[np.ndarray, np.ndarray]:
    """1.5 times (sin t, sign t (cos t - 1)), t uniform on (-3π/2, 3π/2), with noise 0.05."""
    t = np.linspace(-1.5 * np.pi, 1.5 * np.pi, 2_000_001)
    x = np.column_stack([np.sin(t), np.sign(t) * (np.cos(t) - 1)])
    return 1.5 * x.mean(0), 2.25 * (np.cov(x.T) + 0.05**2 * np.eye(2))


def triangle(turned: float) -> tuple[np.ndarray, np.ndarray]:
    """Equal parts of N(m, 0.3 I) at D (+-sqrt(3)/2, 1/2) and D (0, -sqrt(3)/2), D = 10, the second axis turned."""
    means = np.array([[75**0.5, turned * 5], [-(75**0.5), turned * 5], [0, -turned * 75**0.5]])
    return means.mean(0), np.cov(means.T, ddof=0) + 0.3 * np.eye(2)


def spirals() -> tuple[np.ndarray, np.ndarray]:
    """+-((-a cos a, a sin a) + U(0, 1/2)^2)/3 + N(0, 0.1^2 I), a = 3 pi sqrt(u)."""
    a = 3 * np.pi * np.sqrt((np.arange(1_000_000) + 0.5) / 1_000_000)
    line = np.column_stack([-a * np.cos(a), a * np.sin(a)])
    mean = line.mean(0)
    second = line.T @ line / len(a) + (mean[:, None] + mean) / 4 + 1 / 16 + np.eye(2) / 48
    return np.zeros(2), second / 9 + 0.01 * np.eye(2)


NORMAL = np.zeros(2), np.eye(2)
TORCHDYN = half_circles(3.0, -1.0, 0.2, 0.0)
ENDS = {
    "c2ot": (circle(5.0, 0.1**0.25), TORCHDYN),
    "gaussian-8gaussians": (NORMAL, circle(5.0, 1.0)),
    "moons-8gaussians": (standardised_moons(), circle(12.0, 1.5)),
    "gaussian-moons": (NORMAL, half_circles(2.0, np.array([-1.0, 0.0]), 0.0, 0.1)),
    "gaussian-scurve": (NORMAL, s_curve()),
    "8gaussians-moons": (circle(5.0, 0.1**0.25), TORCHDYN),
    "liu-three": (triangle(1.0), triangle(-1.0)),
    "ffjord-2spirals": (NORMAL, spirals()),
    "ffjord-rings": (NORMAL, (np.zeros(2), (np.mean(np.array([3, 2.25, 1.5, 0.75]) ** 2) / 2 + 0.08**2) * np.eye(2))),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_laws_are_the_papers(name: str) -> None:
    """Mean and covariance, from the definitions in the papers' code."""
    asked = read(name)
    (wanted,) = (ends for key, ends in ENDS.items() if key in name)
    for k, law in enumerate((asked.source, asked.target)):
        mean, cov = moments(law.sample(200_000, 2, np.random.default_rng(k)))
        scale = np.sqrt(wanted[k][1].trace())
        assert np.allclose(mean, wanted[k][0], atol=0.01 * scale)
        assert np.allclose(cov, wanted[k][1], atol=0.012 * scale**2)
