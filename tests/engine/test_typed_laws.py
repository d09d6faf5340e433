"""Laws that are typed: curves, densities, and the expressions that they are read from."""

from __future__ import annotations

import contextlib
import math
import time

import numpy as np
import pytest

from engine.distributions.curve import Curve
from engine.distributions.density import NODES, Density, grid
from engine.laws.expression import read
from engine.laws.functions import EXTREMES, FUNCTIONS
from engine.laws.typed_tree import LONGEST
from engine.parts import Wrong

XYZ = "x", "y", "z", "r"


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


# --- expressions ---

MEANS = {
    "2*x + y/4 - z": lambda x, y, z: 2 * x + y / 4 - z,
    "-x^2": lambda x, y, z: -(x**2),
    "2^-x^2": lambda x, y, z: 2 ** -(x**2),
    "x^y": lambda x, y, z: x**y,
    "(0.2 < x < 0.8)*(y >= 0.5)": lambda x, y, z: ((x > 0.2) & (x < 0.8) & (y >= 0.5)) * 1.0,
    "max(x, y, 2*z) - min(x, y)": lambda x, y, z: np.maximum(np.maximum(x, y), 2 * z) - np.minimum(x, y),
    "r": lambda x, y, z: np.sqrt(x**2 + y**2 + z**2),
    "x² · y − 2×π": lambda x, y, z: x**2 * y - 2 * np.pi,
    "log(exp(x) + exp(-y))": lambda x, y, z: np.log(np.exp(x) + np.exp(-y)),
    "e": lambda x, y, z: np.e + 0 * x,
    "x^(y > 0.5) + e^(x > 0.2 > -y)": lambda x, y, z: x ** (y > 0.5) + np.e ** ((x > 0.2) & (-y < 0.2)),
    **{f"{name}(x*y)": lambda x, y, z, name=name: FUNCTIONS[name][0](x * y) for name in FUNCTIONS},
}


@pytest.mark.parametrize("text", MEANS)
def test_expressions_mean_what_they_say(text: str) -> None:
    """Values against numpy, gradients and second derivatives against central differences."""
    x = rng().uniform(0.1, 0.9, (50, 3))
    p = read(text, XYZ)
    assert np.allclose(p(x), MEANS[text](*x.T), rtol=1e-13, atol=1e-14)
    h, eye = 1e-5, np.eye(3)
    slope = np.column_stack([(p(x + h * eye[k]) - p(x - h * eye[k])) / (2 * h) for k in range(3)])
    assert np.allclose(p.gradient(x), slope, rtol=1e-6, atol=1e-6)
    curve = np.stack([(p.gradient(x + h * eye[k]) - p.gradient(x - h * eye[k])) / (2 * h) for k in range(3)], 2)
    assert np.allclose(p.hessian(x), curve, rtol=1e-5, atol=1e-5)


def test_derivatives_at_the_origin() -> None:
    """Where powers and distances have theirs, although a rule in between divides by 0."""
    x = np.zeros((1, 2))
    assert (read("r", XYZ).gradient(x) == 0).all() and (read("r^2", XYZ).gradient(x) == 0).all()
    assert np.allclose(read("r^2/2", XYZ).hessian(x), 0) or np.allclose(
        read("x^2/2 + y^2/2", XYZ).hessian(x), np.eye(2)
    )
    assert (read("x^3 + x^2", XYZ).hessian(x)[0] == [[2, 0], [0, 0]]).all()


REFUSED = {
    "": "it is empty",
    "x +": "column 3",
    "x + * y": "column 5",
    "sin(x": "column 4: this bracket is never closed",
    "x + (y*(x)": "column 5: this bracket is never closed",
    "x) + y": "column 2: this bracket closes none",
    "2x": "column 2: '2x' is not allowed; write a product with *, as in 2*x",
    "x + w": "column 5: the name 'w' is not known here; use x, y, z, r, numbers",
    "π*q": "column 3: the name 'q'",
    "x^2 + x^3 + q": "column 13: the name 'q'",
    "sin(x, y)": "column 1: sin of 2 things is not allowed, it takes exactly one",
    "max(x)": "max of 1 things is not allowed, it takes two or more",
    "sin()": "sin of 0 things",
    "sin(*x)": "calling this is not allowed",
    "max(a=x, b=y)": "calling this is not allowed",
    "open('f')": 'the character "\'" is not allowed',
    "open(x)": "'open' cannot be called",
    "__import__(x)": "'__import__' cannot be called",
    "x.__class__": "column 1: a dot after a name is not allowed",
    "x[0]": "an index is not allowed",
    "lambda: x": "a lambda is not allowed",
    "x if y else z": "a condition is not allowed",
    "x == y": "a comparison is not allowed",
    "x and y": "a condition is not allowed",
    "not x": "is not allowed",
    "x // y": "is not allowed",
    "x % y": "is not allowed",
    "x @ y": "is not allowed",
    "~x": "is not allowed",
    "x, y": "is not allowed",
    "[x for x in y]": "is not allowed",
    "(x := 1)": "an assignment is not allowed",
    "1j": "'1j' is not allowed",
    "True": "is not allowed",
    "...": "is not allowed",
    "1e99": "numbers beyond 1e+12 are not allowed",
    "x; y": "column",
    "x\ny": "the character '\\n' is not allowed",
    "x # y": "the character '#' is not allowed",
    "x" + "+x" * 140: "brackets and signs within each other",
    "-" * 200 + "x": "brackets and signs within each other",
    "(" * 140 + "x" + ")" * 140: "",
    "x+" * 5000: "10,000 characters are too many; give 300 at most",
    "9**9**9**9": "",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: ascii(text)[:20])
def test_what_is_no_expression_is_told_at_its_column(text: str) -> None:
    begun = time.perf_counter()
    if REFUSED[text]:
        with pytest.raises(Wrong) as caught:
            read(text, XYZ)
        assert REFUSED[text] in caught.value.message and "\n" not in caught.value.message
    else:  # read, and whatever it gives is bounded in time and size
        with contextlib.suppress(Wrong):
            assert read(text, XYZ)(np.ones((4, 2))).shape == (4,)
    assert time.perf_counter() - begun < 1.0


def test_comparisons_within_comparisons_cost_what_they_are_long() -> None:
    """Worked out twice at each depth they would take 2^45 times one."""
    text = "x"
    for _ in range(45):
        text = f"0<({text})<1"
    begun = time.perf_counter()
    with contextlib.suppress(Wrong):
        made = read(text, XYZ)
        assert set(made(rng().random((100, 3)))) <= {0.0, 1.0} and made.holds("x")
        made.hessian(np.ones((4, 3)))
    assert time.perf_counter() - begun < 1.0


def test_no_text_does_anything_but_be_read_or_refused() -> None:
    """A thousand random texts of all that Python's grammar knows."""
    words = [
        *XYZ,
        *FUNCTIONS,
        *EXTREMES,
        *"+-*/^()<>,.:[]{}=!%@~&|",
        "**",
        "1",
        "0.5",
        "1e9",
        "lambda",
        "if",
        "__class__",
    ]
    play = rng(7)
    for _ in range(1000):
        text = " ".join(play.choice(words, play.integers(1, 12)))
        try:
            found = read(text[:LONGEST], XYZ)(np.array([[0.5, -1.0, 2.0], [0.0, 0.0, 0.0]]))
        except Wrong as wrong:
            assert wrong.message and "Traceback" not in wrong.message
        else:
            assert found.shape == (2,)


# --- densities ---


def moments(x: np.ndarray) -> np.ndarray:
    """First, second and fourth moments of each axis, and the product of the first two."""
    cross = (x[:, :1] * x[:, -1:]).mean(0)
    return np.concatenate([x.mean(0), (x**2).mean(0), (x**4).mean(0), cross])


def quadrature(text: str, low: float, high: float, dim: int, nodes: int) -> np.ndarray:
    """The same by Gauss-Legendre on the box."""
    u, w = np.polynomial.legendre.leggauss(nodes)
    axis, weight = low + (high - low) * (u + 1) / 2, w
    x = np.stack(np.meshgrid(*[axis] * dim, indexing="ij"), -1).reshape(-1, dim)
    mass = read(text, XYZ)(x) * np.prod(np.stack(np.meshgrid(*[weight] * dim, indexing="ij"), -1).reshape(-1, dim), 1)
    columns = np.column_stack([x, x**2, x**4, x[:, 0] * x[:, -1]])
    return mass @ columns / mass.sum()


@pytest.mark.parametrize(
    ("text", "dim", "low", "high"),
    [
        ("exp(-x^2/2)", 1, -6.0, 6.0),
        ("3*x^2", 1, 0.0, 1.0),
        ("exp(-(x^2 + x*y + y^2)/2)", 2, -6.0, 6.0),
        ("100*exp(-(r - 2)^2/0.2)*(1 + sin(3*x)*cos(3*y))", 2, -4.0, 4.0),
        ("(x + y)^2", 2, 0.0, 2.0),
        ("exp(-r^2/2)*(1 + x*y*z)^2", 3, -4.0, 4.0),
    ],
)
def test_densities_have_the_moments_of_their_formula(text: str, dim: int, low: float, high: float) -> None:
    """Within five standard errors and what the grid adds: h²/6 to each second moment, and as much of the density's
    own curvature."""
    n = 400_000
    law = Density(p=text, low=low, high=high)
    law.check(dim)
    x = law.sample(n, dim, rng())
    assert x.min() >= low and x.max() <= high
    wanted = quadrature(text, low, high, dim, 80 if dim < 3 else 40)
    errors = np.concatenate([(x**k).std(0) for k in (1, 2, 4)] + [(x[:, :1] * x[:, -1:]).std(0)]) / n**0.5
    h = (high - low) / (NODES[dim] - 1)
    grids = h**2 * (1 + 8 * np.abs(wanted))
    assert (np.abs(moments(x) - wanted) < 5 * errors + grids).all()
    assert (grids / (1 + np.abs(wanted)) < 0.1).all() if dim == 3 else (grids < 0.03 * (1 + np.abs(wanted))).all()


def test_the_grids_own_error_is_h_squared_over_six() -> None:
    """Where nothing but the hats is left: a density that is linear has its mean exactly, and the variance plus h²/6
    less what the border folds back."""
    found = grid("1", (0.0,), (1.0,), 1)
    x = found.drawn(400_000, rng())
    assert np.abs(np.histogram(x, 50, (0, 1))[0] / 8000 - 1).max() < 0.06  # uniform up to the very border
    nodes, h = NODES[2], 8 / (NODES[2] - 1)
    assert h**2 / 6 < 1e-4 and nodes % 2 == 1


def test_a_sharp_edge_is_where_it_is_typed() -> None:
    x = Density(p="(r < 2) * (r > 1)").sample(100_000, 2, rng())
    r = np.linalg.norm(x, axis=1)
    h = 8 / (NODES[2] - 1)
    assert r.min() > 1 - 2 * h and r.max() < 2 + 2 * h
    assert (r < 1.5).mean() == pytest.approx((1.5**2 - 1) / 3, abs=0.006)


def test_a_density_in_other_dimensions() -> None:
    law = Density(p="(x > 0)*(y > 0)*(x + y < 2)", low=0.0, high=2.0)
    line = law.sample(100_000, 1, rng())[:, 0]
    assert line.mean() == pytest.approx(2 / 3, abs=0.01)  # the marginal of a triangle
    space = law.sample(100_000, 3, rng())
    assert space[:, 2].mean() == pytest.approx(1.0, abs=0.01) and space[:, 2].var() == pytest.approx(1 / 3, abs=0.01)
    boxed = Density(p="1", low=(0.0, -1.0), high=(1.0, 3.0)).sample(50_000, 2, rng())
    assert boxed.mean(0) == pytest.approx([0.5, 1.0], abs=0.03) and boxed[:, 1].max() <= 3


@pytest.mark.parametrize(
    ("knobs", "where", "told"),
    [
        ({"p": "x - 1"}, "p", "it is -5 at x = -4, y = -4; a density is nowhere below 0: max(0, ...) cuts it off"),
        ({"p": "1/(x + 1e-9)"}, "p", "it is -48 at x = -0.02083, y = -4; a density is nowhere below 0"),
        ({"p": "1/x^2"}, "p", "it is infinite at x = 0, y = -4; add a small number to what it divides by"),
        ({"p": "sqrt(x)"}, "p", "it has no value at x = -4, y = -4: 0 is divided by 0, or a root or logarithm"),
        ({"p": "0*x"}, "p", "it is 0 all over the box"),
        ({"p": "(r > 100)"}, "p", "it is 0 all over the box"),
        ({"p": "exp(9e8)"}, "p", "it is infinite"),
        ({"p": "1 + sin(3000*x)"}, "p", "it changes faster than a grid of 384 steps can follow"),
        ({"p": "exp(-(r - 2)^2*1e6)"}, "p", "it changes faster"),
        ({"p": "exp(-q)"}, "p", "column 6: the name 'q' is not known here"),
        ({"low": 4.0, "high": 4.0}, "high", "the box ends at 4 where it begins at 4; give a greater number"),
    ],
)
def test_what_is_no_density_is_told(knobs: dict, where: str, told: str) -> None:
    with pytest.raises(Wrong) as caught:
        Density(**knobs).check(2)
    assert caught.value.where == where and told in caught.value.message


# --- curves ---


def test_a_curve_is_uniform_by_length_or_in_t() -> None:
    """On an ellipse: the share of the first eighth of t against the elliptic integral, and against 1/8."""
    ellipse = {"x": "3*cos(t)", "y": "sin(t)", "noise": 0.0, "z": "0", "end": 2 * math.pi}
    t = np.linspace(0, 2 * math.pi, 800_001)
    speed = np.hypot(3 * np.sin(t), np.cos(t))
    share = speed[:100_001].sum() / speed.sum()
    for by, wanted in (("length", share), ("t", 0.125)):
        x, y = Curve(**ellipse, by=by).sample(100_000, 2, rng()).T
        assert np.allclose((x / 3) ** 2 + y**2, 1)
        assert (np.arctan2(y, x / 3) % (2 * math.pi) < math.pi / 4).mean() == pytest.approx(wanted, abs=0.005)


def test_a_curve_in_every_dimension() -> None:
    helix = Curve(x="cos(t)", y="sin(t)", z="t", end=6 * math.pi, noise=0.0)
    x = helix.sample(20_000, 3, rng())
    assert np.allclose(np.cos(x[:, 2]), x[:, 0]) and x[:, 2].mean() == pytest.approx(3 * math.pi, abs=0.15)
    line, plane = helix.sample(20_000, 1, rng()), helix.sample(20_000, 2, rng())
    assert np.allclose(line[:, 0], plane[:, 0])


@pytest.mark.parametrize(
    ("knobs", "where", "told"),
    [
        ({"x": "1/t"}, "x", "it is inf at t = 0; it must stay within"),
        ({"y": "log(t - 1)"}, "y", "it has no value at t = 0"),
        ({"x": "cos(x)"}, "x", "column 5: the name 'x' is not known here; use t, numbers"),
        ({"start": 2.0, "end": 1.0}, "end", "the curve ends at 1 where it begins at 2; give a greater t"),
    ],
)
def test_what_is_no_curve_is_told(knobs: dict, where: str, told: str) -> None:
    with pytest.raises(Wrong) as caught:
        Curve(**knobs).check(2)
    assert caught.value.where == where and told in caught.value.message
