"""Lessons: files, claims, cues, and the command that verifies them. REWIRE_LESSONS=all trains
all that ship anew."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app import presets
from app.export.frozen import Frozen
from app.lessons import checking, command, preparing, reader, shipped, writing
from app.lessons.checking import checked
from app.lessons.claim import TRENDS, claim, of
from app.lessons.cue import CUES, Cue, cue
from app.scene.look import Look
from engine.evidence.estimate import Estimate
from engine.evidence.figures import Figures
from engine.lab import Lab
from engine.parts import Wrong
from engine.paths.straight import Straight
from engine.snapshot import RoundView

NAMES = [head.name for head in reader.heads()]
SMALL = """---
title: Small
about: a lesson of a test
---

# First

Text with $X_t$.

```toml
claims = ["crossings_1d_after == 0", "straightness > 1"]
[experiment]
dim = 1
rounds = 1
source = {kind = "gaussian"}
target = {kind = "two modes"}
coupling = {kind = "independent", pairs = 200}
velocity = {kind = "exact"}
measure = {samples = 64}
[look]
view = "plan"
t = 0.25
```

> What is said.

# Second

```toml
cue = ["next round", "loop"]
ask = {question = "How many?", choices = ["one", "two"], right = 2}
claims = ["straightness of round 2 < 0.01"]
[experiment.target]
separation = 3.0
```
"""


@pytest.mark.parametrize("name", NAMES)
def test_every_lesson_that_ships_can_be_shown(name) -> None:
    lesson = reader.shipped(name)
    assert lesson.title and lesson.about
    for step in lesson.steps:
        experiment, look = reader.scene(step, finished=True)
        assert step.heading and step.notes and (step.text or step.ask)
        assert experiment.rounds >= 1 and look.view
        assert len(re.sub(r"\$[^$]*\$", "", step.text)) < 300, f"{name}: {step.heading} has more than people read"


def test_the_course_goes_through_the_tutorial_in_its_order() -> None:
    course = [head.name for head in reader.heads() if head.course]
    assert course == sorted(course) and len(course) == 9
    assert sum(len(reader.shipped(name).steps) for name in course) >= 30


def test_a_step_goes_on_from_the_one_before() -> None:
    first, second = reader.parse(SMALL, "small").steps
    one, look = reader.scene(first)
    two, later = reader.scene(second)
    assert (one.target.separation, two.target.separation) != (
        3.0,
        one.target.separation,
    ) and two.target.separation == 3.0
    assert two.source == one.source and later == look and look.view == "plan" and look.t == 0.25
    assert reader.scene(second, finished=True)[0].rounds == 2
    assert first.notes == "What is said." and second.cues == (Cue("next round"), Cue("loop"))


#: What is spoilt, words of the line that must be named, words of the complaint.
BROKEN = {
    "no head": (lambda s: s.removeprefix("---\n"), "title", "begins with its title"),
    "no title": (lambda s: s.replace("title: Small\n", ""), "---", "no title"),
    "unknown head": (lambda s: s.replace("about:", "abuot:"), "abuot", "'abuot"),
    "endless head": (lambda s: "---\ntitle: a\n", "title", "in the middle of the head"),
    "text before": (lambda s: s.replace("# First", "First"), "First", "before the first step"),
    "no step": (lambda s: s.partition("# First")[0], "", "has no step"),
    "bad toml": (lambda s: s.replace("rounds = 1", "rounds = = 1"), "= = 1", "is not TOML"),
    "open block": (lambda s: s.partition("```\n\n> What")[0], "```toml", "does not end"),
    "two blocks": (lambda s: s + "\n```toml\n```\n", "```toml", "second block"),
    "unknown field": (lambda s: s.replace("[look]", "[lok]"), "[lok]", "did you mean 'look'"),
    "unknown knob": (lambda s: s.replace("pairs = 200", "pears = 200"), "pears", "did you mean pairs"),
    "bad kind": (lambda s: s.replace('"two modes"', '"two modez"'), "two modez", "did you mean 'two modes'"),
    "bad look": (lambda s: s.replace("t = 0.25", "t = 3.0"), "t = 3.0", "between 0 and 1"),
    "unknown look": (lambda s: s.replace("t = 0.25", "tt = 3.0"), "[look]", "is not known"),
    "bad view": (lambda s: s.replace('"plan"', '"plane"'), "plane", "is not known"),
    "bad cue": (lambda s: s.replace('"loop"', '"lop"'), "lop", "did you mean 'loop'"),
    "bad claim": (lambda s: s.replace("straightness >", "straitness >"), "straitness", "did you mean 'straightness'"),
    "no such round": (lambda s: s.replace('cue = ["next round", "loop"]\n', ""), "of round 2", "no round 2"),
    "no trend": (lambda s: s.replace("straightness > 1", "cost_p never rises"), "never rises", "one round alone"),
    "deep toml": (lambda s: s.replace("rounds = 1", f"rounds = {'[' * 3000}", 1), "", "more than 32 deep"),
    "long key": (lambda s: s.replace("rounds = 1", f"{'a.' * 50_000}b = 1", 1), "", "more than 8 parts"),
    "long number": (lambda s: s.replace("rounds = 1", f"rounds = {'9' * 5000}", 1), "", "4300 digits"),
    "long text": (lambda s: s.replace("# First", "# First\n" + "many words " * 500), "# First", "4,000 letters"),
    "bad ask": (lambda s: s.replace("right = 2", "right = 3"), "right = 3", "one of 2 choices"),
    "bad preset": (lambda s: s.replace("claims = [", 'preset = "two-mods"\nclaims = [', 1), "two-mods", "two-modes"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_lesson_says_where(what) -> None:
    spoil, line, words = BROKEN[what]
    text = spoil(SMALL)
    assert text != SMALL
    with pytest.raises(Wrong) as caught:
        reader.parse(text, "small")
    assert words in str(caught.value), caught.value
    if line:
        number = int(caught.value.where.removeprefix("small, line "))
        assert line in text.splitlines()[number - 1], caught.value


@pytest.mark.parametrize("form", CUES)
def test_every_cue_is_read_as_it_is_written(form) -> None:
    words = form.replace("NUMBER", "0.5" if form.startswith("play") else "800" if "step" in form else "0.01")
    assert str(cue(words)) == words


@pytest.mark.parametrize("words", ["play to 2", "train to step 1.5", "train to step 1e999", "", "train to", "play 0.5"])
def test_a_cue_that_cannot_be_is_refused(words) -> None:
    with pytest.raises(Wrong):
        cue(words)


def views(*rounds: dict) -> tuple[RoundView, ...]:
    made = [RoundView(0, Straight())]
    for k, figures in enumerate(rounds, 1):
        single = {name: e for name, e in figures.items() if isinstance(e, Estimate)}
        ladders = {name: e for name, e in figures.items() if not isinstance(e, Estimate)}
        made.append(RoundView(k, Straight(), str(k), figures=Figures(single, ladders), beside=Figures(single)))
    return tuple(made)


def about(value: float, error: float | None = 0.01) -> Estimate:
    return Estimate(value, error, 100)


@pytest.mark.parametrize(
    ("text", "values", "state"),
    [
        ("straightness < 1", (0.9,), "holds"),
        ("straightness < 1", (0.985,), "undecided"),
        ("straightness < 1", (1.015,), "undecided"),
        ("straightness < 1", (1.1,), "fails"),
        ("straightness > 1", (1.1,), "holds"),
        ("straightness > 1", (0.9,), "fails"),
        ("straightness >= 1", (float("nan"),), "fails"),
        ("straightness is 1", (1.02,), "holds"),
        ("straightness is 1", (1.05,), "fails"),
        ("straightness is 1 within 0.1", (1.12,), "holds"),
        ("straightness is 0.02", (0.01,), "undecided"),
        ("straightness is 1 within 0.1", (0.8,), "fails"),
        ("1 > straightness", (0.9,), "holds"),
        ("straightness < 0.5 * straightness of round 1", (1.0, 0.4), "holds"),
        ("straightness of round 2 < straightness of round 1", (0.4, 1.0), "fails"),
        ("straightness is straightness in closed form", (0.4,), "holds"),
        ("straightness of round 3 < 1", (0.4,), "missing"),
        ("loss < 1", (0.4,), "missing"),
        ("straightness never rises", (1.0, 0.5, 0.51), "holds"),
        ("straightness never rises", (1.0, 0.5, 0.6), "fails"),
        ("straightness never falls", (0.5, 0.6, 0.7), "holds"),
        ("straightness never falls", (0.5, 0.4), "fails"),
        ("straightness never rises", (1.0,), "missing"),
    ],
)
def test_a_claim_is_judged_with_its_uncertainty(text, values, state) -> None:
    verdict = claim(text).verdict(views(*({"straightness": about(value)} for value in values)))
    assert verdict.state == state, verdict
    assert state == "missing" or verdict.words


@pytest.mark.parametrize(
    ("relation", "value", "state"),
    [("==", 0.0, "holds"), ("<=", 0.0, "holds"), ("<", 0.0, "fails"), ("==", 1e-9, "fails"), (">=", 0.0, "holds")],
)
def test_a_figure_that_is_exact_may_equal_its_bound(relation, value, state) -> None:
    found = views({"crossings_1d_after": Estimate(value)})
    assert claim(f"crossings_1d_after {relation} 0").verdict(found).state == state


def test_a_ladder_is_judged_at_every_rung() -> None:
    good, bad = {1.0: about(1.0), 2.0: about(3.0)}, {1.0: about(0.9), 2.0: about(3.5)}
    assert claim("cost_p never rises").verdict(views({"cost_p": bad}, {"cost_p": good})).state == "fails"
    assert claim("cost_p at 2 never rises").verdict(views({"cost_p": bad}, {"cost_p": good})).state == "holds"
    assert claim("cost_p < 4").verdict(views({"cost_p": bad})).state == "holds"
    assert claim("cost_p < 3.2").verdict(views({"cost_p": bad})).state == "fails"
    assert (
        claim("cost_p < pair_cost_p of round 1").verdict(views({"cost_p": good, "pair_cost_p": bad})).state == "fails"
    )
    assert claim("cost_p at 3 < 1").verdict(views({"cost_p": good})).state == "missing"


@pytest.mark.parametrize(
    "text",
    [
        *("", "straightness", "straightness < ", "1 < 2", "loss at 3 < 1", "a b < 1", "straightness < 1 within 2"),
        *(f"straightness of round 1 {way}" for way in TRENDS),
    ],
)
def test_what_is_no_claim_is_refused(text) -> None:
    with pytest.raises(Wrong):
        claim(text)


def test_a_data_file_is_looked_for_beside_its_lesson(tmp_path, monkeypatch) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "cloud.csv").write_text("1\n2\n3\n")
    (tmp_path / "mine" / "a.md").write_text(
        SMALL.replace('target = {kind = "two modes"}', 'target = {kind = "file", path = "cloud.csv"}').partition(
            "# Second"
        )[0]
    )
    monkeypatch.chdir(tmp_path)
    experiment, _ = reader.scene(reader.read(tmp_path / "mine" / "a.md").steps[0])
    assert experiment.target.path == str(tmp_path / "mine" / "cloud.csv")


def test_training_to_a_gap_ends_there() -> None:
    net = 'velocity = {kind = "mlp", width = 32, depth = 2}\ntraining = {steps = 20000, batch = 128, rate = 0.005}'
    text = SMALL.replace('velocity = {kind = "exact"}', net).replace(
        "claims =", 'cue = "train to gap 1.5"\nclaims =', 1
    )
    step = reader.parse(text, "small").steps[0]
    experiment, _ = reader.scene(step)
    assert experiment.training.stop_gap == 1.5
    frozen = Frozen(experiment, device="cpu")
    frozen.known((), measured=False)
    (kept,) = frozen.lab.kept()
    assert kept.finished and 0 < kept.step < 20_000, "it stopped where the gap was small"


def test_claims_are_verified_and_a_false_one_fails(tmp_path, capsys) -> None:
    (tmp_path / "good.md").write_text(SMALL)
    assert command.lessons("check", (str(tmp_path / "good.md"),), "cpu") == 0
    told = capsys.readouterr().out
    assert "3 of 3 claims hold" in told and "crossings_1d_after == 0   0 == 0" in told
    (tmp_path / "false.md").write_text(SMALL.replace("straightness > 1", "straightness > 100"))
    assert command.lessons("check", (str(tmp_path / "false.md"),), "cpu") == 1
    assert re.search(r"1 fails +straightness > 100", capsys.readouterr().out)


def test_a_lesson_is_prepared_once(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(preparing, "place", lambda: tmp_path / "lessons")
    lesson = reader.parse(SMALL, "small")
    assert [preparing.found(step) for step in lesson.steps] == [None, None]
    assert list(preparing.prepare(lesson, "cpu")) == [(1, True), (2, True)]
    kept = [preparing.found(step) for step in lesson.steps]
    assert [len(rounds) for rounds in kept] == [1, 2] and all(one.finished for rounds in kept for one in rounds)
    assert list(preparing.prepare(lesson, "cpu")) == [(1, False), (2, False)]
    other = reader.parse(SMALL.replace("separation = 3.0", "separation = 3.5"), "small")
    assert [preparing.found(step) is None for step in other.steps] == [False, True]
    next((tmp_path / "lessons").glob("*.rewire")).write_bytes(b"damaged")
    assert None in [preparing.found(step) for step in lesson.steps]


def test_what_ships_is_prepared_from_todays_lessons() -> None:
    wanted = {preparing.name_of(step) for name in NAMES for step in reader.shipped(name).steps}
    there = list(Path(str(shipped._place())).iterdir())
    assert {path.name for path in there} == {f"{name}{shipped.SUFFIX}" for name in wanted}, (
        f"the lessons, or what an experiment is, have changed: run {shipped.COMMAND}"
    )
    assert sum(path.stat().st_size for path in there) < 3_000_000


def test_with_an_empty_cache_no_step_that_ships_is_trained(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(preparing, "place", lambda: tmp_path / "empty")
    lab = Lab("cpu")
    steps = {preparing.name_of(step): step for name in NAMES for step in reader.shipped(name).steps}
    for step in steps.values():
        experiment, _ = reader.scene(step, finished=True)
        assert preparing.ready(step)
        lab.restore(experiment, preparing.found(step))
        lab.advance(0.0, train=False)
        assert lab.phase in ("measuring", "done"), f"{step.heading} is {lab.phase}"
    assert list(preparing.prepare(reader.shipped(NAMES[3]), "cpu")) == [(k, False) for k in range(1, 5)]


def test_what_ships_is_what_was_trained(tmp_path) -> None:
    """To the last bit, though pairs that are drawn again, key frames and what stands there twice are left out."""
    net = 'velocity = {kind = "mlp", width = 8, depth = 1}\ntraining = {steps = 20}'
    lesson = reader.parse(SMALL.replace('velocity = {kind = "exact"}', net), "small")
    ((experiment, rounds),) = preparing.trained(lesson.steps[1:], "cpu", lambda: False)
    content = shipped.folded(experiment, rounds)
    back = shipped.unfolded(content, experiment)
    assert len(back) == 2 and shipped.folded(experiment, back) == content
    for old, new in zip(rounds, back, strict=True):
        for name in ("x0", "x1"):
            assert np.array_equal(getattr(old, name), getattr(new, name))
        assert old.net.keys() == new.net.keys()
        assert all(np.array_equal(old.net[name], new.net[name]) for name in old.net)
        assert old.figures == new.figures and old.losses.state().keys() == new.losses.state().keys()
    assert np.array_equal(back[0].z1, back[1].x1)
    assert len(content) < 0.5 * sum(held.x0.nbytes + held.x1.nbytes for held in rounds) + 20_000


SCENES = [preset.experiment() for preset in presets.presets()]


@pytest.mark.parametrize("k", range(len(SCENES)))
def test_a_step_written_from_the_window_comes_back_as_it_was(k) -> None:
    """After any other scene: the patch is found by difference."""
    one, two = SCENES[k - 1], SCENES[k]
    seen = Look(view="field", t=0.25, hidden=frozenset({"clouds"})), Look(view="plan", round=1)
    text, lesson = writing.begun("A title", ""), None
    for experiment, look in zip((one, two), seen, strict=True):
        words = writing.Words("Heading # of it", "Text with $x_t$.\n# no step\n```toml", "Notes\nin two lines", "play")
        text = writing.with_step(text, lesson, experiment, look, words)
        lesson = reader.parse(text, "mine")
        made, shown = reader.scene(lesson.steps[-1])
        assert made == experiment and shown == look
    assert [step.heading for step in lesson.steps] == ["Heading # of it"] * 2
    assert lesson.steps[0].notes == "Notes\nin two lines" and str(lesson.steps[1].cues[0]) == "play"


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", NAMES)
def test_the_claims_of_lessons_that_ship_hold(name) -> None:
    """In short: what they are about is measured anew of the rounds that ship."""
    found = list(checked(reader.shipped(name), "cpu", short=os.environ.get("REWIRE_LESSONS") != "all"))
    assert len(found) == sum(len(step.claims) for step in reader.shipped(name).steps)
    wrong = [(one.number, one.claim.text, one.verdict) for one in found if one.verdict.state != "holds"]
    assert not wrong


def test_the_short_form_measures_what_a_claim_is_about_and_finds_a_false_one(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(preparing, "place", lambda: tmp_path)
    lesson = reader.parse(SMALL.partition("# Second")[0], "small")
    list(preparing.prepare(lesson, "cpu"))
    (held,) = preparing.found(lesson.steps[0])
    experiment, _ = reader.scene(lesson.steps[0])
    less = checking.unmeasured(experiment, (held,), lesson.steps[0].claims)[0].figures
    gone = {name for name in (*held.figures.single, *held.figures.ladders) if not of(less, name)}
    assert gone == {"crossings_1d_after", "straightness"}
    lying = Figures({**held.figures.single, "straightness": about(0.5)}, held.figures.ladders)
    monkeypatch.setattr(checking, "found", lambda step: (replace(held, figures=lying),))
    assert [one.verdict.state for one in checked(lesson, "cpu", short=True)] == ["holds", "holds"], "measured anew"
    false = reader.parse(lesson.text.replace("straightness > 1", "straightness > 100"), "small")
    assert [one.verdict.state for one in checked(false, "cpu", short=True)] == ["holds", "fails"]
