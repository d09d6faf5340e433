"""A claim: figures, a relation and a bound, and whether what was measured bears it out.

straightness < 0.02
cost_p never rises                      over the rounds of the trunk, for every p
crossings_1d_after == 0
euler_error at 1 of round 2 < 0.1 * euler_error at 1 of round 1
loss is crossing within 0.05            equal up to that and the uncertainty
straightness is straightness in closed form within 0.02
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from app.scene.numbers import figure, short
from engine.evidence.estimate import Estimate
from engine.evidence.figures import Figures
from engine.parts import Wrong
from engine.registry import kinds, nearest
from engine.snapshot import RoundView
from engine.wording import clean

SURE = 2.0  # standard errors between a figure and its bound
ALIKE = 3.0  # and between two that are to be the same
VAGUE = 0.5  # of a figure: what is less certain than this is like anything
TRENDS = {"never rises": 1.0, "never falls": -1.0}
RELATIONS = ("<", "<=", ">", ">=", "==", "is")
_NUMBER = r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?"
_TERM = re.compile(
    rf"(?:(?P<factor>{_NUMBER}) \* )?(?P<name>[a-z_][a-z_0-9]*)(?: at (?P<rung>{_NUMBER}))?"
    r"(?: of round (?P<of>[\w.]+))?(?P<closed> in closed form)?"
)
_CLAIM = re.compile(r"(.+?) (<=|>=|==|<|>|is) (.+?)(?: within (" + _NUMBER + r"))?")

State = Literal["holds", "fails", "undecided", "missing"]
ORDER: tuple[State, ...] = ("fails", "missing", "undecided", "holds")  # of several the first one counts


@dataclass(frozen=True)
class Verdict:
    """``words`` are the figures beside each other; ``missing``: not measured yet, or not at all."""

    state: State
    words: str


@dataclass(frozen=True)
class Term:
    """A number, or a figure times a factor. ``round`` empty: of the last round."""

    value: float = math.nan
    name: str = ""
    rung: float | None = None
    round: str = ""
    closed: bool = False  # that of the reference beside
    factor: float = 1.0

    def estimates(self, rounds: Mapping[str, RoundView], last: str) -> dict[float | None, Estimate]:
        """By rung; none where it is not measured."""
        if not self.name:
            return {None: Estimate(self.value)}
        view = rounds.get(self.round or last)
        return {} if view is None else self._scaled(of(view.beside if self.closed else view.figures, self.name))

    def _scaled(self, found: Mapping[float | None, Estimate]) -> dict[float | None, Estimate]:
        if self.rung is not None:
            found = {None: found[self.rung]} if self.rung in found else {}
        if self.factor == 1.0:
            return dict(found)
        return {
            rung: Estimate(self.factor * e.value, e.error and abs(self.factor) * e.error, e.n)
            for rung, e in found.items()
        }


@dataclass(frozen=True)
class Claim:
    """``relation`` is one of RELATIONS, with ``other`` and of "is" also ``within``; or one of TRENDS."""

    text: str
    one: Term
    relation: str
    other: Term = Term()
    within: float = 0.0

    @property
    def names(self) -> frozenset[str]:
        """The figures that it is about."""
        return frozenset({self.one.name, self.other.name} - {""})

    def check(self, rounds: Collection[str]) -> None:
        """Raise Wrong where it could never be measured of these rounds."""
        for term in (self.one, self.other):
            if term.round and term.round not in rounds:
                there = ", ".join(rounds)
                raise Wrong("claim", f"{clean(self.text, 80)!r}: there is no round {term.round}; the step has {there}")
        if self.relation in TRENDS and sum("." not in name for name in rounds) < 2:
            raise Wrong("claim", f"{clean(self.text, 80)!r}: the step has one round alone; write rounds = 2, say")

    @property
    def shown(self) -> str:
        """The claim with figures as the window calls them."""
        metrics = kinds("metrics")
        return re.sub(r"[a-z_][a-z_0-9]*", lambda m: metrics[m[0]].label if m[0] in metrics else m[0], self.text)

    def verdict(self, views: tuple[RoundView, ...]) -> Verdict:
        """Of the rounds of a snapshot as they are measured now."""
        rounds = {view.name: view for view in views if view.number}
        trunk = [name for name in rounds if "." not in name]
        if not trunk:
            return Verdict("missing", "")
        if self.relation in TRENDS:
            return self._trend([rounds[name] for name in trunk])
        ones, others = (term.estimates(rounds, trunk[-1]) for term in (self.one, self.other))
        if not ones or not others:
            return Verdict("missing", self._why(rounds, trunk[-1]))
        if len(ones) == 1 or len(others) == 1:  # one against all rungs of the other
            only = next(iter(ones if len(ones) == 1 else others))
            pairs = [(ones.get(rung, ones.get(only)), others.get(rung, others.get(only))) for rung in {*ones, *others}]
            pairs = [pair for pair in pairs if None not in pair]
        else:
            pairs = [(ones[rung], others[rung]) for rung in ones if rung in others]
        return _worst([self._compared(a, b) for a, b in pairs]) if pairs else Verdict("missing", "")

    def _compared(self, a: Estimate, b: Estimate) -> Verdict:
        error = math.hypot(a.error or 0.0, b.error or 0.0)
        gap, words = b.value - a.value, f"{figure(a)} {self.relation} {figure(b)}"
        if not math.isfinite(gap):
            return Verdict("fails", words)
        if self.relation in ("is", "=="):
            alike = abs(gap) <= self.within + ALIKE * error
            if alike and ALIKE * error > max(self.within, VAGUE * max(abs(a.value), abs(b.value))):
                return Verdict("undecided", words.replace(" is ", " ≈ "))
            tail = f" within {short(self.within)}" if self.within else ""
            return Verdict("holds" if alike else "fails", words.replace(" is ", " ≈ ") + tail)
        if self.relation in (">", ">="):
            gap = -gap
        strict = self.relation in ("<", ">")
        if gap > SURE * error or (not strict and gap >= 0 and not error):
            return Verdict("holds", words)
        return Verdict("fails" if gap < -SURE * error or not error else "undecided", words)

    def _trend(self, views: list[RoundView]) -> Verdict:
        if len(views) < 2:
            return Verdict("missing", "")
        sign, found = TRENDS[self.relation], []
        values = [
            self.one._scaled(of(view.beside if self.one.closed else view.figures, self.one.name)) for view in views
        ]
        if not all(values):
            return Verdict("missing", "")
        for rung in values[0]:
            row = [by.get(rung) for by in values]
            if None in row:
                continue
            worse = any(
                sign * (b.value - a.value) > SURE * math.hypot(a.error or 0.0, b.error or 0.0) or b.value != b.value
                for a, b in pairwise(row)
            )
            found.append(Verdict("fails" if worse else "holds", " → ".join(figure(e) for e in row)))
        return _worst(found) if found else Verdict("missing", "")

    def _why(self, rounds: Mapping[str, RoundView], last: str) -> str:
        for term in (self.one, self.other):
            view = rounds.get(term.round or last)
            if view is not None and term.name in view.figures.failed:
                return view.figures.failed[term.name]
        return ""


def claim(text: str) -> Claim:
    """Raises Wrong."""
    words = " ".join(text.split())
    for trend in TRENDS:
        if words.endswith(f" {trend}"):
            one = _term(words.removesuffix(f" {trend}"))
            if not one.name or one.round:
                raise Wrong("claim", f"{clean(words, 80)!r}: over the rounds goes a figure, such as cost_p never rises")
            return Claim(words, one, trend)
    match = _CLAIM.fullmatch(words)
    if match is None:
        known = ", ".join((*RELATIONS, *TRENDS))
        raise Wrong("claim", f"{clean(words, 80)!r} is not a figure, a relation and a bound; relations are {known}")
    one, relation, other, within = match.groups()
    found = Claim(words, _term(one), relation, _term(other), float(within or 0.0))
    if within and relation != "is":
        raise Wrong("claim", f"{clean(words, 80)!r}: within goes with is")
    if not found.names:
        raise Wrong("claim", f"{clean(words, 80)!r} names no figure")
    return found


def of(figures: Figures, name: str) -> dict[float | None, Estimate]:
    """A figure by its rungs, or under None where it has no ladder."""
    return {None: figures.single[name]} if name in figures.single else dict(figures.ladders.get(name, {}))


def _term(text: str) -> Term:
    if re.fullmatch(_NUMBER, text):
        return Term(float(text))
    match = _TERM.fullmatch(text)
    if match is None:
        raise Wrong("claim", f"{clean(text, 60)!r} is neither a number nor a figure, such as cost_p at 2 of round 1")
    metrics = kinds("metrics")
    name = match["name"]
    if name not in metrics:
        near = nearest(name, tuple(metrics))
        raise Wrong(
            "claim", f"{clean(name, 60)!r} is no figure; " + (f"did you mean {near!r}?" if near else "see parts")
        )
    if match["rung"] and not metrics[name].ladder:
        raise Wrong("claim", f"{name} has no ladder, and nothing at {match['rung']}")
    rung = float(match["rung"]) if match["rung"] else None
    return Term(
        name=name,
        rung=rung,
        round=match["of"] or "",
        closed=bool(match["closed"]),
        factor=float(match["factor"] or 1.0),
    )


def _worst(found: list[Verdict]) -> Verdict:
    return min(found, key=lambda verdict: ORDER.index(verdict.state))
