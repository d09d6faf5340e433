"""What a part is: a frozen value with knobs and one method; one family per role.

The knob annotations are the only declaration: forms, files, the command line, equality and the
contract tests are all derived from them. Shapes: points ``(n, d)`` float64, trajectories ``(m, n, d)``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import numpy as np

from engine.fields.field import Array, Field
from engine.laws.mixture import Mixture
from engine.laws.placement import Placement, axes
from engine.wording import clean

MAX_POINTS = 1_000_000


class Wrong(ValueError):
    """A value that cannot be used: where it stands, what is wrong with it and what would be right, in one sentence.

    What it quotes may be a stranger's: no character is left that a terminal would obey, and no length without bound.
    """

    def __init__(self, where: str, message: str) -> None:
        self.where = where = clean(where, 200)
        self.message = message = clean(message)
        super().__init__(f"{where}: {message}" if where else message)

    def within(self, prefix: str) -> Wrong:
        """The same complaint seen from one level further out."""
        return Wrong(f"{prefix}.{self.where}" if self.where else prefix, self.message)


def reason(error: Exception) -> str:
    """What an error that nobody expected says of itself, short enough for the end of a sentence."""
    if type(error).__name__ == "OutOfMemoryError":  # torch's, which is not known here, in five sentences
        wanted = re.search(r"allocate ([\d.]+ \w+)", str(error))
        return "the GPU is out of memory" + (f" ({wanted[1]} more)" if wanted else "")
    return f"{type(error).__name__}: {' '.join(str(error).split())[:160] or 'no reason given'}"


def knob(
    title: str,
    low: float | None = None,
    high: float | None = None,
    *,
    above: float | None = None,
    unit: str = "",
    tip: str = "",
    log: bool = False,
    step: float | None = None,
    editor: str = "",
    family: str = "",
) -> msgspec.Meta:
    """Annotation of a knob: label, closed range (or open from ``above``), unit, tooltip with its formula.

    The range holds for every number inside the knob, lists included. ``log`` asks for a logarithmic slider,
    ``editor`` names a special editor (``path``, ``points``, ``arrows``, ``letters``, ``buttons``, ``formula``;
    ``reading``: a dialog, not the form). ``family`` says
    that the value is a part: such a field is ``Any`` to msgspec, because the kinds of a family are known at run time.
    """
    return msgspec.Meta(
        title=title,
        description=tip,
        extra={
            "low": low if above is None else above,
            "high": high,
            "open_low": above is not None,
            "unit": unit,
            "log": log,
            "step": step,
            "editor": editor,
            "family": family,
        },
    )


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """A frozen value with knobs. ``kind`` is its name in files, menus and on the command line."""

    family: ClassVar[str] = ""  # the folder that it belongs to; the first class below Part says it
    about: ClassVar[str] = ""  # one sentence for people, with the exact definition where there are several in use
    offered: ClassVar[bool] = True  # among the kinds that a person picks from
    rereads: ClassVar[tuple[str, ...]] = ()  # knobs that are numbers, and read its file in another way

    @property
    def kind(self) -> str:
        return self.__struct_config__.tag

    def turned(self, name: str, value: Any) -> Part:
        """Itself with one knob turned; knobs that must go with it may follow."""
        return msgspec.structs.replace(self, **{name: value})

    def resized(self, dim: int) -> Part:
        """Itself for another dimension: knobs that are no coordinates, but whose number goes with it."""
        return self

    def check(self, dim: int) -> None:
        """Raise Wrong if the knobs do not fit each other or the dimension; ``where`` is the knob's name."""

    def elsewhere(self, move: Callable[[str], str]) -> Part:
        """Itself with the path of its file, if it has one, moved."""
        path = getattr(self, "path", "")
        return msgspec.structs.replace(self, path=move(path)) if path and isinstance(path, str) else self


class Distribution(Part):
    """A source or target."""

    family = "distributions"

    lengths: ClassVar[tuple[str, ...]] = ()  # all knobs that are lengths, where the law scales with them about 0
    keeps: ClassVar[bool] = False  # it has coordinates of its own: those that d has not are kept, missing ones are 0
    shifts: ClassVar[str] = ""  # the knob that shifts the law: a number for all axes, or one per axis

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        """``n`` independent points, ``(n, dim)`` float64."""
        raise NotImplementedError

    def mixture(self, dim: int) -> Mixture | None:
        """The same law as a Gaussian mixture, where it is one: this is what opens the closed forms."""
        return None

    def points(self, dim: int) -> np.ndarray | None:
        """The support ``(m, dim)``, where the law is the uniform one on finitely many points."""
        return None

    def labels(self, x: np.ndarray, dim: int) -> np.ndarray | None:
        """The class of each point ``(n, dim)``, whole numbers ``(n,)`` from 0; None for a law without classes.

        Unless a law knows better: the component of its mixture with the nearest mean.
        """
        mixture = self.mixture(dim)
        if mixture is None:
            return None
        label, least = np.zeros(len(x), int), np.full(len(x), np.inf)
        for k, mean in enumerate(mixture.means):
            away = ((x - mean) ** 2).sum(1)
            label[away < least] = k
            np.minimum(least, away, out=least)
        return label

    def partition(self, dim: int) -> tuple[str, int]:
        """What one of its classes is called, and how many there are: ``("mode", 8)``; 0 of a law without classes."""
        mixture = self.mixture(dim)
        return ("mode", len(mixture.weights)) if mixture is not None else ("", 0)

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray | None]:
        """``sample`` with the class (n,) that each point was drawn from, below the count that ``partition`` tells.

        A law that knows it while it draws overrides this; the others look at the points.
        """
        x = self.sample(n, dim, rng)
        return x, self.labels(x, dim)

    def files(self) -> tuple[str, ...]:
        """Paths that the law is read from."""
        return ()

    def middle(self, dim: int) -> np.ndarray:
        """The place (d,) that a hand scales and turns it about: its mean where that is known, else its origin."""
        mixture, points = self.mixture(dim), self.points(dim)
        if mixture is not None:
            return mixture.weights @ mixture.means
        if points is not None:
            return points.mean(0)
        return np.full(dim, getattr(self, self.shifts) if self.shifts else 0.0, float)

    def moved(self, by: Placement, dim: int) -> Distribution | None:
        """The law of moved points, where other knobs of its own say it exactly; None where they do not."""
        if by.turned or not by.even or (by.scale != 1.0 and not self.lengths) or (by.shifted and not self.shifts):
            return None
        knobs = {name: _scaled(getattr(self, name), by.scale) for name in self.lengths}
        if self.shifts:
            knobs[self.shifts] = axes(by.scale * np.full(dim, getattr(self, self.shifts), float) + by.shift)
        return msgspec.structs.replace(self, **knobs)


Pairs = Annotated[int, knob("pairs", 2, 1_000_000, log=True, tip="Pairs (X0, X1) that a round is trained on.")]


class Coupling(Part):
    """How source points are paired with target points. Every one has the knob ``pairs: Pairs``."""

    family = "couplings"

    independent: ClassVar[bool] = False  # the joint law is the product: closed forms hold
    costly: ClassVar[bool] = False  # takes seconds: the first picture does not wait for it
    replaces: ClassVar[tuple[str, ...]] = ()  # of "source" and "target": ends that it makes itself, whatever was chosen

    def ends(self, source: Distribution, target: Distribution) -> tuple[Distribution, Distribution]:
        """The laws of the two ends of a pair: those that were chosen, except for the ends that it replaces."""
        return source, target

    def pair(self, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Both clouds ``(n, d)``, reordered so that row i is pair i. Keeps both multisets of points.

        The pairs come in random order where the clouds do. Raises Wrong, naming the whole field.
        """
        raise NotImplementedError

    def join(
        self, source: Distribution, target: Distribution, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """The same for clouds drawn from these laws: for a coupling that must ask a law about its points, such as for
        their classes, which clouds alone cannot tell. All others need ``pair`` only."""
        return self.pair(x0, x1, rng)

    def steps(
        self, source: Distribution, target: Distribution, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator
    ) -> Iterator[float | tuple[np.ndarray, np.ndarray]]:
        """``join`` in slices that may be given up: the share done after each one, both clouds at the end."""
        yield self.join(source, target, x0, x1, rng)

    def draw(
        self, source: Distribution, target: Distribution, dim: int, seed: int
    ) -> Iterator[float | tuple[np.ndarray, np.ndarray]]:
        """``pairs`` pairs of the laws that were chosen, in slices like those of ``steps``. Raises Wrong where a law,
        which may be anybody's, gives no points."""
        laws, clouds = self.ends(source, target), []
        for k, law in enumerate(laws):
            x = np.asarray(cloud(law, self.pairs, dim, np.random.default_rng([seed, k])), dtype=np.float64)
            if x.shape != (self.pairs, dim) or not np.isfinite(x).all():
                told = f"has the shape {x.shape}" if x.shape != (self.pairs, dim) else "has numbers that are not finite"
                raise Wrong(("source", "target")[k], f"what {law.kind} gives {told}; give finite ({self.pairs}, {dim})")
            clouds.append(x)
        yield from self.steps(*laws, *clouds, np.random.default_rng([seed, 2]))

    def fresh(
        self, source: Distribution, target: Distribution, n: int, dim: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """``n`` pairs of new points of the laws of its ends, paired as those of the first round are."""
        clouds = [law.sample(n, dim, rng) for law in (source, target)]
        return self.join(source, target, *clouds, rng)

    def optimal(self, dim: int) -> Any:
        """The convex potential (engine/laws/potential.py) whose gradient is the optimal map between its ends, where
        the coupling knows it."""
        return None

    @property
    def by_map(self) -> bool:
        """Whether its pairs are (x0, grad phi(x0)) of that potential."""
        return False

    def rest(self, source: Distribution, target: Distribution, dim: int) -> str:
        """What happens to points of these laws without a partner by its rule, in a sentence; empty where all have."""
        return ""

    def note(self, source: Distribution, target: Distribution, dim: int) -> str:
        """What it comes to for these ends, beyond ``about``, in a few words; empty where there is nothing to say."""
        return ""

    def files(self) -> tuple[str, ...]:
        """Paths that the pairs are read from."""
        return ()


def _scaled(value: float | tuple[float, ...], by: float) -> float | tuple[float, ...]:
    return tuple(by * x for x in value) if isinstance(value, tuple) else by * value


def cloud(law: Distribution, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
    """``n`` points (n, dim) that stand for the law in the pairs of a first round, in random order.

    Of finitely many points each comes equally often, and no one twice before all have come once: with replacement
    some would be missing from the pairs, others doubled. Of any other law they are independent.
    """
    points = law.points(dim)
    if points is None:
        return law.sample(n, dim, rng)
    whole, rest = divmod(n, len(points))
    rows = np.concatenate([np.tile(np.arange(len(points)), whole), rng.permutation(len(points))[:rest]])
    return points[rng.permutation(rows)]


class Path(Part):
    """The interpolation between the two ends of a pair."""

    family = "paths"

    straight: ClassVar[bool] = False
    noisy: ClassVar[bool] = False  # True: ``at`` is the mean over a noise that ``disturb`` adds

    @property
    def blur(self) -> float:
        """Standard deviation of the noise at both ends: X_0 and X_1 are the pair's points plus that."""
        return 0.0

    def at(self, x0: Array, x1: Array, t: Any) -> tuple[Array, Array]:
        """``(X_t, dX_t/dt)``, each ``(n, d)``; t a number or ``(n, 1)``. X_0 = x0, X_1 = x1, but for ``blur``."""
        raise NotImplementedError

    def disturb(self, xt: Array, dxt: Array, t: Any, noise: Array) -> tuple[Array, Array]:
        """Both of a noisy path, from those of ``at`` and standard normal ``noise`` (n, d) that the caller draws."""
        return xt, dxt


@dataclass(frozen=True, eq=False)
class Problem:
    """What a velocity model is asked to fit: one round's pairs ``(n, d)`` and where they come from."""

    dim: int
    round: int  # 1 is the first rectification
    source: Distribution
    target: Distribution
    coupling: Coupling
    path: Path
    x0: np.ndarray
    x1: np.ndarray
    lineage: tuple[Operation, ...] = ()  # what led from the first round to this one: round - 1 of them

    @property
    def reflowed(self) -> bool:
        """Whether nothing but reflow lies between the first coupling and these pairs."""
        return all(operation.reflows for operation in self.lineage)

    @property
    def one_step(self) -> bool:
        """Whether v is asked for at t = 0 alone, and Z1 = Z0 + v(Z0, 0)."""
        return bool(self.lineage) and self.lineage[-1].one_step


@dataclass(frozen=True, eq=False)
class Finished:
    """What an operation continues: a round's flow Z0 -> Z1, the first coupling's points, all (n, d), and the source."""

    z0: np.ndarray
    z1: np.ndarray
    x0: np.ndarray
    x1: np.ndarray
    source: Distribution


class Operation(Part):
    """How a finished round is continued: the pairs that the next one is trained on."""

    family = "operations"

    word: ClassVar[str] = ""  # a branch that begins with it is called so, unless it is named
    reflows: ClassVar[bool] = False  # the pairs are (Z0, Z1) as they are: closed forms may go on
    one_step: ClassVar[bool] = False  # the next velocity is fitted at t = 0 alone, and one Euler step is its map

    def continued(self, finished: Finished, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """The next round's pairs, both (n, d)."""
        raise NotImplementedError

    def steps(self, finished: Finished, rng: np.random.Generator) -> Iterator[float | tuple[np.ndarray, np.ndarray]]:
        """``continued`` in slices that may be given up: the share done after each one, the pairs at the end."""
        yield self.continued(finished, rng)


class Velocity(Part):
    """The model of the velocity field."""

    family = "velocities"

    learns: ClassVar[bool] = False  # True: the Lab trains what ``build`` returns
    true: ClassVar[bool] = False  # True: what it returns is v* itself, where it is a closed form

    def build(self, problem: Problem, seed: int, device: str) -> Field:
        """A field v(x, t). Raises Wrong where this model has no answer for the problem."""
        raise NotImplementedError

    def steps(self, problem: Problem, seed: int, device: str) -> Iterator[float | Field]:
        """``build`` in slices that may be given up: the share done after each one, the field at the end."""
        yield self.build(problem, seed, device)


class Reader(Part):
    """How points are read from the files of one format."""

    family = "readers"

    names: ClassVar[tuple[str, ...]] = ()  # of the format, as people write it: CSV, TSV
    suffixes: ClassVar[tuple[str, ...]] = ()  # of its files, small, with the dot
    magic: ClassVar[tuple[bytes, ...]] = ()  # first bytes, where they tell the format

    def read(self, path: str, dim: int | None) -> np.ndarray:
        """The points (n, d) of a file that is no longer than may be read; ``dim`` is the d that is wanted, or None.

        Files are nobody's to trust: judge what is long before reading it. Raises Wrong (see reading/limits.fault).
        """
        raise NotImplementedError

    def contents(self, path: str, choice: Any) -> Any:
        """The columns of a file, by a ``Choice``, as ``Contents`` (engine/reading); a reader that gives them needs no
        ``read``. Raises Wrong."""
        return None

    def aside(self, path: str, start: bytes) -> bool:
        """Whether a file that begins so is read in a process of its own, however small: it may cost more than it
        weighs, or break its library."""
        return False


class Solver(Part):
    """A numerical method for dZ/dt = v(Z, t). All are ``Stepping`` (engine/motion/stepping.py) and have ``step``."""

    family = "solvers"

    order: ClassVar[int] = 0  # of convergence; 0: adaptive
    evaluations: ClassVar[int] = 1  # of v per step
    heavy: ClassVar[bool] = False  # it imports torch: the first picture does not wait for it

    steps: Annotated[int, knob("steps N", 1, 4096, log=True, tip="Number of steps from t = 0 to t = 1.")] = 32
    grid: Annotated[
        str,
        knob(
            "grid",
            tip="Where the steps are: uniform, cosine, a formula g in t for the times g(k/N), such as t^2, "
            "or the times between 0 and 1 themselves, such as 0.1, 0.5, 0.9.",
        ),
    ] = "uniform"
    direction: Annotated[
        Literal["forward", "backward"],
        knob("direction", tip="forward: from source points at t = 0; backward: from target points at t = 1."),
    ] = "forward"

    @property
    def backward(self) -> bool:
        return self.direction == "backward"

    @property
    def plain(self) -> bool:
        """Forward in equal steps: what figures by number of steps are about."""
        return self.grid == "uniform" and not self.backward

    def step(self, v: Field, x: Array, t: float, h: float) -> Array:
        """Z_{t+h} from Z_t = x, ``(n, d)``; h < 0 goes backward."""
        raise NotImplementedError

    def march(self, v: Field, x: Array, path: Path | None = None) -> Iterator[tuple[float, Array]]:
        """(t, Z_t) at every node of the grid: from t = 0, or backward from t = 1 with x the states there. A generator,
        so that the caller may stop at any step. Raises Wrong where v has no way back.

        ``path`` is the interpolation that v belongs to, for the solvers that follow its lines.
        """
        raise NotImplementedError
