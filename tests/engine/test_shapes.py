"""Drawn shapes, fractals, lattices and knots: what is known of each, exactly."""

from __future__ import annotations

import numpy as np
import pytest

from engine.distributions.dinosaur import OUTLINE, Dinosaur
from engine.distributions.fern import MATRICES, SHARES, SHIFTS, drawn
from engine.distributions.figure_eight_knot import FigureEightKnot
from engine.distributions.heart import Heart
from engine.distributions.lattice import Lattice
from engine.distributions.lissajous import Lissajous
from engine.distributions.rings import Rings
from engine.distributions.sierpinski import Sierpinski, corners_of
from engine.distributions.smiley import Smiley
from engine.distributions.star import Star
from engine.distributions.two_spirals import TwoSpirals
from engine.laws.strokes import Strokes, inside, smooth
from engine.parts import Wrong

N = 100_000


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def polygon(corners: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Area, mean and second moments (2, 2) of the uniform law in a closed polygon, by Green's formulas."""
    (x, y), (u, v) = corners[:-1].T, corners[1:].T
    cross = x * v - u * y
    area = cross.sum() / 2
    mean = np.array([((x + u) * cross).sum(), ((y + v) * cross).sum()]) / (6 * area)
    xx = ((x * x + x * u + u * u) * cross).sum() / (12 * area)
    yy = ((y * y + y * v + v * v) * cross).sum() / (12 * area)
    xy = ((x * v + 2 * x * y + 2 * u * v + u * y) * cross).sum() / (24 * area)
    return area, mean, np.array([[xx, xy], [xy, yy]])


def same_moments(x: np.ndarray, mean: np.ndarray, second: np.ndarray) -> None:
    """Within five standard errors."""
    for found, wanted in ((x, mean), *((x[:, [k]] * x, second[k]) for k in range(x.shape[1]))):
        assert (np.abs(found.mean(0) - wanted) <= 5 * found.std(0) / len(x) ** 0.5 + 1e-12).all()


# --- lines and insides ---


@pytest.mark.parametrize(
    "law", [Star(noise=0.0), Star(tips=2, inner=1.0, noise=0.0), Star(tips=7, inner=0.7, noise=0.0)]
)
def test_a_filled_star_is_uniform(law: Star) -> None:
    x, tip = law.classed(N, 2, rng())
    corners = law.outline()
    same_moments(x, *polygon(corners)[1:])
    assert np.allclose(np.bincount(tip) / N, 1 / law.tips, atol=0.01)
    assert (np.linalg.norm(x - corners[2 * tip], axis=1) < np.linalg.norm(x + corners[2 * tip], axis=1)).all()


def test_an_outlined_star_is_on_its_line() -> None:
    x = Star(radius=2.0, tips=4, inner=1.0, fill="outline", noise=0.0).sample(N, 2, rng())  # a regular octagon
    a = np.pi / 8 + np.pi / 4 * np.arange(8)
    apothem = 2 * np.cos(np.pi / 8)
    assert np.allclose((x @ np.array([np.cos(a), np.sin(a)])).max(1), apothem)
    same_moments(x, np.zeros(2), np.eye(2) * (apothem**2 + (2 * np.sin(np.pi / 8)) ** 2 / 3) / 2)


def test_a_heart_is_as_wide_as_asked_and_uniform() -> None:
    x = Heart(width=4.0, noise=0.0).sample(N, 2, rng())
    assert np.abs(x[:, 0]).max() == pytest.approx(2.0, abs=0.01)
    a = np.linspace(0, 2 * np.pi, 200_001)[::-1]
    y = 13 * np.cos(a) - 5 * np.cos(2 * a) - 2 * np.cos(3 * a) - np.cos(4 * a)
    area, mean, second = polygon(np.column_stack([16 * np.sin(a) ** 3, y]) / 8)
    assert area == pytest.approx(180 * np.pi / 64, rel=1e-6)  # the curve's own, in closed form
    same_moments(x, mean, second)


def test_insides_are_seen_whole_from_their_centre() -> None:
    """A fan of triangles is the inside only where all turn the same way."""
    from engine.distributions.heart import CENTRE, _outline

    for line, centre in ((_outline(), CENTRE), (Star(inner=0.01).outline(), np.zeros(2))):
        u, v = (line - centre)[:-1], (line - centre)[1:]
        cross = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
        assert (cross > -1e-9).all() or (cross < 1e-9).all()


def test_lines_are_uniform_by_length() -> None:
    long, short = np.array([[0.0, 0.0], [0.0, 0.0], [3.0, 0.0]]), np.array([[0.0, 1.0], [0.0, 2.0]])  # one empty piece
    x, line = Strokes((long, short)).drawn(N, rng())
    assert line.mean() == pytest.approx(0.25, abs=0.01) and Strokes((long, short)).length == 4.0
    assert np.histogram(x[line == 0, 0], 10, (0, 3))[0].std() < 0.02 * N / 10
    assert inside(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]), np.zeros(2), 5, rng())[0].shape == (5, 2)


def test_a_smiley_has_its_lines() -> None:
    x, line = Smiley(radius=2.0, noise=0.0).classed(20_000, 2, rng())
    assert np.allclose(np.linalg.norm(x[line == 0], axis=1), 2.0, atol=1e-4)
    assert (x[line == 1, 0] < 0).all() and (x[line == 2, 0] > 0).all() and (x[np.isin(line, (1, 2)), 1] > 0).all()
    mouth = x[line == 3]
    assert np.allclose(np.linalg.norm(mouth, axis=1), 1.2, atol=1e-4) and (mouth[:, 1] < 0).all()
    assert (line == 3).sum() / (line == 0).sum() == pytest.approx(0.6 * 130 / 360, rel=0.06)


def test_a_dinosaur_is_one_closed_line_through_its_places() -> None:
    line, places = smooth(OUTLINE), np.array(OUTLINE)
    assert np.array_equal(line[0], line[-1])
    away = np.linalg.norm(line[:, None] - places, axis=2)
    assert away.min(0).max() < 1e-9  # through every one of them
    step = np.diff(line, axis=0)
    turn = np.abs((np.diff(np.arctan2(step[:, 1], step[:, 0])) + np.pi) % (2 * np.pi) - np.pi)
    assert turn.max() < 0.7  # smooth: the tail's tip is the sharpest
    x = Dinosaur(width=4.0, noise=0.0).sample(20_000, 2, rng())
    assert np.ptp(x[:, 0]) == pytest.approx(4.0, abs=0.02) and abs(x[:, 0].max() + x[:, 0].min()) < 0.02


# --- fractals ---


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("ratio", [1 / 3, 0.5, 0.7])
def test_sierpinski_has_its_covariance(dim: int, ratio: float) -> None:
    """That of the corners times (1 - r)/(1 + r); the corners of a regular simplex have R²/d."""
    x = Sierpinski(radius=2.0, ratio=ratio).sample(N, dim, rng())
    same_moments(x, np.zeros(dim), np.eye(dim) * 4 / dim * (1 - ratio) / (1 + ratio))


def test_sierpinski_is_self_similar_and_empty_in_the_middle() -> None:
    """Every point lies in the part it says, at every depth; taken back it is the law again."""
    x, part = Sierpinski(radius=1.0).classed(20_000, 2, rng())
    corners = corners_of(2)
    for _ in range(30):
        inner = 2 * x - corners[part]
        assert (inner @ -corners.T <= 0.5 + 1e-4).all()  # within the triangle: 30 times doubled, so are the last bits
        x = inner
        part = (x @ corners.T).argmax(1)
    cantor = Sierpinski(radius=1.0, ratio=1 / 3).sample(20_000, 1, rng())[:, 0]
    digits = np.floor((cantor + 1) / 2 * 3**8).astype(int)
    assert all((digits // 3**k % 3 != 1).all() for k in range(1, 8))


def test_corners_are_those_of_a_regular_simplex() -> None:
    for dim in (1, 2, 3):
        corners = corners_of(dim)
        assert corners.shape == (dim + 1, dim) and np.allclose(corners.sum(0), 0)
        assert np.allclose(corners @ corners.T, np.eye(dim + 1) * (1 + 1 / dim) - 1 / dim)


def test_a_fern_is_the_invariant_law_of_its_maps() -> None:
    """Mean and second moments solve m = Σ p (A m + b) and M = Σ p (A M Aᵀ + A m bᵀ + b mᵀ Aᵀ + b bᵀ)."""
    x, last = drawn(400_000, rng())
    mean = np.linalg.solve(np.eye(2) - np.einsum("k,kij->ij", SHARES, MATRICES), SHARES @ SHIFTS)
    cross = np.einsum("k,kij,j,kl->il", SHARES, MATRICES, mean, SHIFTS)
    known = cross + cross.T + np.einsum("k,ki,kj->ij", SHARES, SHIFTS, SHIFTS)
    both = np.einsum("k,kij,klm->iljm", SHARES, MATRICES, MATRICES).reshape(4, 4)
    second = np.linalg.solve(np.eye(4) - both, known.ravel()).reshape(2, 2)
    same_moments(x, mean, second)
    assert np.allclose(np.bincount(last, minlength=4) / len(x), SHARES, atol=0.003)


def test_a_fern_is_what_the_long_game_leaves() -> None:
    """The game as it is played: 150 moves from anywhere; the same share below each of 49 heights and widths."""
    play, x = rng(1), np.zeros((40_000, 2))
    for _ in range(150):
        which = play.choice(4, len(x), p=SHARES)
        x = np.einsum("nij,nj->ni", MATRICES[which], x) + SHIFTS[which]
    ours = drawn(40_000, rng(2))[0]
    for k in range(2):
        places = np.quantile(x[:, k], np.linspace(0.02, 0.98, 49))[:, None]
        apart = (ours[:, k] < places).mean(1) - (x[:, k] < places).mean(1)
        assert np.abs(apart).max() < 2 * (2 / len(x)) ** 0.5  # Kolmogorov-Smirnov, at 1e-3


# --- lattices, spirals, rings ---


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize(("pattern", "neighbours"), [("square", (2, 4, 6)), ("hexagonal", (2, 6, 12))])
def test_a_lattice_has_its_neighbours(pattern: str, neighbours: tuple[int, ...], dim: int) -> None:
    sites = Lattice(spacing=2.0, count=5, std=0.0, pattern=pattern).points(dim)
    assert len(sites) == 5**dim and np.allclose(sites.mean(0), 0)
    away = np.linalg.norm(sites[:, None] - sites, axis=2) + 9 * np.eye(len(sites))
    assert away.min() == pytest.approx(2.0)
    assert np.isclose(away, 2.0).sum(1).max() == neighbours[dim - 1]  # of those inside
    assert Lattice(count=10).mixture(dim).weights.shape == (10**dim,) and Lattice().points(dim) is None


def test_two_spirals_of_ffjord() -> None:
    """±((-a cos a, a sin a) + U(0, 1/2)²)/3 + N(0, 0.1²), a = 3π √u: moments by quadrature."""
    x, arm = TwoSpirals().classed(N, 2, rng())
    u = (np.arange(400_000) + 0.5) / 400_000
    a = 3 * np.pi * np.sqrt(u)
    line = np.column_stack([-a * np.cos(a), a * np.sin(a)])
    mean = line.mean(0)
    second = (line.T @ line / len(u) + (mean[:, None] + mean) / 4 + np.full((2, 2), 1 / 16) + np.eye(2) / 48) / 9
    same_moments(x, np.zeros(2), second + 0.01 * np.eye(2))
    same_moments((x * (1 - 2 * arm)[:, None]), (mean + 0.25) / 3, second + 0.01 * np.eye(2))


def test_rings_may_have_equal_shares() -> None:
    """FFJORD's rings: a quarter of the points on each, whatever its length."""
    ring = Rings(radius=3.0, count=4, shares="equal", noise=0.08).classed(N, 2, rng())[1]
    assert np.allclose(np.bincount(ring) / N, 0.25, atol=0.01)


# --- knots ---


def determinant(curve: np.ndarray) -> int:
    """|det| of a closed polygon (k, 3): of its diagram's coloring matrix; 1 unknotted, 5 figure eight."""
    tilt = np.linalg.qr(rng(5).standard_normal((3, 3)))[0]
    p = curve[:-1] @ tilt
    step = np.roll(p, -1, 0) - p
    k = len(p)
    i, j = np.triu_indices(k, 2)
    keep = ~((i == 0) & (j == k - 1))
    i, j = i[keep], j[keep]
    cross = step[i, 0] * step[j, 1] - step[i, 1] * step[j, 0]
    gap = p[j] - p[i]
    cross = np.where(cross == 0, 1e-300, cross)
    s = (gap[:, 0] * step[j, 1] - gap[:, 1] * step[j, 0]) / cross
    t = (gap[:, 0] * step[i, 1] - gap[:, 1] * step[i, 0]) / cross
    meet = (s > 0) & (s < 1) & (t > 0) & (t < 1)
    i, j, s, t = i[meet], j[meet], s[meet], t[meet]
    over = p[i, 2] + s * step[i, 2] > p[j, 2] + t * step[j, 2]
    low, high = np.where(over, j + t, i + s), np.where(over, i + s, j + t)
    if not len(low):
        return 1
    under = np.sort(low)  # arcs go from one passage below to the next
    arc = lambda at: np.searchsorted(under, at, side="right") % len(under)  # noqa: E731
    matrix = np.zeros((len(under), len(under)))
    for row, (below, above) in enumerate(zip(low, high, strict=True)):
        place = int(np.searchsorted(under, below))
        matrix[row, arc(above)] += 2
        matrix[row, place] -= 1
        matrix[row, (place + 1) % len(under)] -= 1
    return round(abs(np.linalg.det(matrix[1:, 1:])))


S = np.linspace(0.0, 1.0, 601)


@pytest.mark.parametrize(
    ("curve", "wanted"),
    [
        (FigureEightKnot().curve(S), 5),
        (Lissajous().curve(S), 7),  # 5_2
        (Lissajous(frequencies=(3, 2, 5), phases=(1.5, 0.2, 0.0)).curve(S), 9),  # 6_1
        (Lissajous(frequencies=(3, 5, 7), phases=(0.7, 1.0, 0.0)).curve(S), 9),  # square: 3 · 3
        (Lissajous(frequencies=(1, 1, 1), phases=(0.0, 1.0, 2.0)).curve(S), 1),
    ],
)
def test_knots_are_the_knots_they_say(curve: np.ndarray, wanted: int) -> None:
    assert np.allclose(curve[0], curve[-1])
    assert determinant(curve) == wanted


def test_lissajous_needs_three_of_each() -> None:
    with pytest.raises(Wrong, match="frequencies: has 2 numbers; give 3, one per axis of space"):
        Lissajous(frequencies=(1, 2)).check(2)
