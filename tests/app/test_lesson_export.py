"""A lesson as slides, handout, page and film: each opened again; the same lesson gives the same pictures."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import av
import msgspec
import numpy as np
import pptx
import pypdfium2
import pytest

from app import theme as themes
from app.canvas.beside import BESIDE
from app.export.lesson import writing
from app.export.lesson.plain_math import mathml, plain, typed
from app.export.lesson.taught import FILMS, STAGE, WIDE, Taught, taught
from app.export.painting import Frames
from app.export.qt import ready
from app.export.reel import memory_of
from app.lessons import reader
from app.lessons.cue import CUES
from app.presenting.formulas import FORMULA, document
from app.theme import load
from engine.codec import parse
from engine.parts import Wrong
from tests.app.test_lessons import NAMES, SMALL

ROOT = Path(__file__).parent.parent.parent
#: The second step has the first of its charts beside the stage.
LESSON = SMALL.replace('ask = {question = "How many?", choices = ["one", "two"], right = 2}\n', "").replace(
    "separation = 3.0", 'separation = 3.0\n[look]\ncharts = ["straightness", "loss"]'
)
CHART = "How bent the paths are"


@pytest.fixture(scope="module")
def steps(qapp) -> list[Taught]:
    return list(taught(reader.parse(LESSON, "small"), "projector", "cpu"))


def test_each_step_is_measured_and_has_its_picture(steps) -> None:
    assert [one.moves for one in steps] == [False, True]
    assert all(verdict.state == "holds" for one in steps for _, verdict in one.verdicts)
    assert len(steps[1].snapshot.rounds) == 3, "with the round that its cue asks for"
    one, other = (memory_of(step.picture()) for step in steps)
    assert one.shape == (720, 1280, 4) and (one != other).any()


def test_the_same_lesson_gives_the_same_pictures(steps) -> None:
    again = list(taught(reader.parse(LESSON, "small"), "projector", "cpu"))
    for one, other in zip(steps, again, strict=True):
        assert np.array_equal(memory_of(one.picture()), memory_of(other.picture()))


def test_a_steps_chart_stands_beside_its_stage_in_every_frame(steps) -> None:
    plain, charted = steps
    assert (plain.step.chart, charted.step.chart) == ("", "straightness")
    frames = [memory_of(charted.picture(k))[:STAGE].copy() for k in (0, charted.order.n // 2)]
    edge = round((1 - BESIDE) * WIDE)
    assert np.array_equal(*(frame[:, edge:] for frame in frames)), "it stands still"
    assert not np.array_equal(*(frame[:, :edge] for frame in frames)), "beside a film"
    ground = frames[0][STAGE // 2, -3]
    inked = (np.abs(frames[0][:, edge:, :3].astype(int) - ground[:3]).max(-1) > 60).mean(0)
    assert (inked > 0).mean() > 0.5 and inked.mean() > 0.01, "title, axes and curve"
    without = Frames(msgspec.structs.replace(charted.order.page, charts=False))
    bare = memory_of(without.image(charted.snapshot, charted.order.look))
    assert (bare[:, edge:] != frames[0][:, edge:]).any(-1).mean() > 0.05, "else the stage is there"


def test_slides(steps, tmp_path) -> None:
    writing.write(reader.parse(LESSON, "small"), steps, tmp_path / "a.pptx", lambda words, share: None)
    deck = pptx.Presentation(tmp_path / "a.pptx")
    assert [slide.shapes.title.text_frame.text for slide in deck.slides] == ["First", "Second"]
    words = [shape.text_frame.text for shape in deck.slides[0].shapes if shape.has_text_frame]
    assert any("Text with X_t." in text and "✓ crossings in Z == 0" in text for text in words), "text as text"
    notes = deck.slides[0].notes_slide.notes_text_frame.text
    said, _, spec = notes.partition("\n\n")
    assert said == "What is said." and parse(spec.rpartition("\n")[0]) == steps[0].snapshot.spec, "it reproduces it"
    with zipfile.ZipFile(tmp_path / "a.pptx") as file:
        films = [name for name in file.namelist() if name.endswith(".mp4")]
        assert len(films) == 1 and count(file.read(films[0])) == steps[1].order.n
        told = [CHART in file.read(f"ppt/slides/slide{number}.xml").decode() for number in (1, 2)]
    assert told == [False, True], "who does not see the chart hears of it"


def test_a_handout(steps, tmp_path) -> None:
    writing.write(reader.parse(LESSON, "small"), steps, tmp_path / "a.pdf", lambda words, share: None)
    content = (tmp_path / "a.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    with pypdfium2.PdfDocument(content) as made:
        told = [CHART in page.get_textpage().get_text_bounded() for page in made]
    assert told == [False, True], "a page for each step, with its chart"


def test_one_page(steps, tmp_path) -> None:
    writing.write(reader.parse(LESSON, "small"), steps, tmp_path / "a.html", lambda words, share: None)
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    assert page.open == [] and "<math" in text and 'class="holds"' in text
    assert not re.search(r'(src|href)="(?!data:)', text), "it needs no other file"
    film = re.search(r'src="data:video/mp4;base64,([^"]+)"', text)
    assert count(base64.b64decode(film[1])) == steps[1].order.n


def test_a_film(steps, tmp_path) -> None:
    writing.write(reader.parse(LESSON, "small"), steps, tmp_path / "a.mp4", lambda words, share: None)
    expected = round(writing.REST * writing.RATE) + steps[1].order.n
    assert count((tmp_path / "a.mp4").read_bytes()) == expected


@pytest.mark.parametrize("name", ["a.docx", "a", "a.png"])
def test_what_no_lesson_can_become_is_refused(tmp_path, name) -> None:
    with pytest.raises(Wrong, match="pptx"):
        writing.check(tmp_path / name)


def test_the_command_says_what_is_missing() -> None:
    line = [sys.executable, "main.py", "lessons", "export", "06"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "name a file" in done.stderr and "Traceback" not in done.stderr


def test_every_cue_that_moves_is_a_film() -> None:
    still = {"train", "train to step", "train to gap", "next round", "wipe"}
    assert {form.partition(" NUMBER")[0] for form in CUES} == {*FILMS, *still}


@pytest.mark.parametrize(
    ("latex", "words"),
    [
        (r"\dot X_t = \dfrac{x^{\text{data}} - X_t}{1 - t}", "Ẋ_t = (x^(data) - X_t)/(1 - t)"),
        (r"\mathbb{E}\|\dot X_t - v(X_t, t)\|^2", "E|Ẋ_t - v(X_t, t)|^2"),
        (r"\hat Z_{t+\epsilon}", "Ẑ_(t+ε)"),
        (r"\tfrac12\|y\|^2", "1/2|y|^2"),
        (r"\sum_i \omega_t^{(i)}(x)", "Σ_i ω_t^((i))(x)"),
        (r"Z \sim P_0", "Z ~ P_0"),
    ],
)
def test_formulas_as_people_type_them(latex, words) -> None:
    assert typed(latex) == words and plain(f"**a** ${latex}$") == f"a {words}"


def test_no_line_begins_with_what_ends_a_formula() -> None:
    """Qt breaks lines after any picture."""
    ready()
    for width in range(200, 500, 4):
        made = document(r"Here for $|\cdot|^p$, $p = 1 \ldots 8$.", themes.font(load(), 1.6), "#000000", width)
        assert made.size().height() > 0, "laid out"
        lines, text = made.begin().layout(), made.begin().text()
        starts = [text[lines.lineAt(k).textStart()] for k in range(lines.lineCount())]
        assert starts and not {",", "."}.intersection(starts)


@pytest.mark.parametrize("text", (r"$\bad{$, y", r"$x \$, y", r"$x \\$. y", "$x % c$, y", "$x^2$, y", "$x$ y"))
def test_what_ends_a_formula_changes_nothing_in_it(text) -> None:
    """It is a picture or stays as it was typed, as without; and the mark is not lost."""
    ready()
    inside, mark = re.search(r"\$(.*)\$(.)", text).groups()
    font = themes.font(load())
    made, alone = (document(words, font, "#000000", 400) for words in (text, f"${inside}$"))
    pictures = [each.toPlainText().count("\N{OBJECT REPLACEMENT CHARACTER}") for each in (made, alone)]
    assert pictures[0] == pictures[1]
    closes = pictures[0] and text == "$x^2$, y"  # it is in the picture
    assert (mark.strip() in made.toPlainText()) is not closes


@pytest.mark.parametrize("name", NAMES)
def test_no_formula_that_ships_keeps_its_backslashes(name) -> None:
    for step in reader.shipped(name).steps:
        for match in FORMULA.finditer(step.text):
            assert "\\" not in typed(match[1]) and "frac" not in typed(match[1]), match[1]
            assert mathml(match[1]).startswith("<math"), match[1]


def count(content: bytes) -> int:
    with av.open(BytesIO(content)) as film:
        return sum(1 for _ in film.decode(video=0))


class Page(HTMLParser):
    """Knows which tags are open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize(
    "latex",
    [r"\text{<script>alert(1)</script>}", r"\href{javascript:alert(1)}{x}", r"\style{background:url(http://x)}{x}",
     r"\class{\"><script>}{x}", r"\text{<img src=x onerror=alert(1)>}"],
)  # fmt: skip
def test_a_strangers_formula_does_nothing_on_a_page(latex) -> None:
    made = mathml(latex)
    assert made.startswith(("<math", "<code")) and not re.search(r"<(script|img)|(href|style|class)=", made)
