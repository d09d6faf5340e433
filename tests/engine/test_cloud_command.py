"""The command that says how a file is read, and the law that reads it the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import main
from engine import codec
from engine.parts import Wrong
from engine.reading.clouds import cloud
from engine.registry import kinds

TABLE = "kind;x;y;w\n" + "".join(f"{'uv'[k % 2]};{k},5;{-k};{k % 3}\n" for k in range(30))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "a.csv").write_text(TABLE)
    return tmp_path / "a.csv"


def test_it_says_what_the_preview_says(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = table.with_name("b.csv")
    assert (
        main.main(["cloud", str(table), "--columns", "x,y", "--classes", "kind", "--weights", "w", "--out", str(out)])
        == 0
    )
    said = capsys.readouterr().out
    for piece in (
        "separator semicolon, decimal comma",
        "dropped: 10 rows of weight 0",
        "20 points in 2-D: x, y",
        "u 10",
    ):
        assert piece in said, said
    assert out.read_text().splitlines()[:2] == ["x,y,class", "1.5,-1,v"]
    assert np.array_equal(cloud(str(out), 2), cloud(str(table), 2)[np.arange(30) % 3 > 0])


@pytest.mark.parametrize("suffix", [".npy", ".csv", ".ply"])
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_what_is_written_is_read_again(tmp_path: Path, suffix: str, dim: int) -> None:
    x = np.random.default_rng(0).standard_normal((50, dim)) + 50
    np.save(tmp_path / "a.npy", x)
    out = tmp_path / f"b{suffix}"
    assert (
        main.main(["cloud", str(tmp_path / "a.npy"), "--dim", str(dim), "--normalise", "none", "--out", str(out)]) == 0
    )
    assert np.array_equal(cloud(str(out), dim), x)


def test_a_law_of_a_spec_is_written_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.toml").write_text('dim = 3\nsource = {kind = "gaussian"}\ntarget = {kind = "torus"}\n')
    out = tmp_path / "b.ply"
    assert main.main(["cloud", str(tmp_path / "a.toml"), "--points", "100", "--out", str(out)]) == 0
    assert cloud(str(out), 3).shape == (100, 3) and "torus: 100 points drawn" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--columns", "x,q"], "columns: 'q' is no column of the file, which has kind, x, y, w"),
        (["--out", "a.xyz"], "out: a.xyz has no suffix of a cloud; give one of .csv, .npy, .ply"),
        (["--dim", "3", "--columns", "x,y"], "columns: names 2 columns, but the dimension is 3; name 3"),
    ],
)
def test_refusals(table: Path, given: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["cloud", str(table), *given]) == 2
    assert capsys.readouterr().err.strip().endswith(message)


def test_a_spec_with_the_choices_reads_the_same(table: Path) -> None:
    text = f"""dim = 2
    source = {{kind = "gaussian"}}
    [target]
    kind = "file"
    path = "{table}"
    columns = ["y", "x"]
    classes = "kind"
    only = ["u"]
    weights = "w"
    normalise = "centre"
    """
    law = codec.parse(text).target
    assert codec.parse(codec.to_toml(codec.parse(text))) == codec.parse(text)
    found = law.read(2)
    assert found.axes == ("y", "x") and found.classes == ("u",) and law.partition(2) == ("kind", 1)
    x, labels = law.classed(4000, 2, np.random.default_rng(0))
    assert not labels.any() and np.allclose(x.mean(0), 0, atol=0.5)
    assert law.points(2) is None  # weighted: not the uniform law
    with pytest.raises(Wrong, match="'q' is no column"):
        kinds("distributions")["file"](path=str(table), columns=("x", "q")).check(2)


def test_weights_and_classes_reach_the_law(table: Path) -> None:
    law = kinds("distributions")["file"](path=str(table), columns=("x", "y"), classes="kind", weights="w", jitter=0.1)
    mixture = law.mixture(2)
    assert np.isclose(mixture.weights.sum(), 1) and len(mixture.weights) == 20
    x, labels = law.classed(200, 2, np.random.default_rng(0))
    assert np.array_equal(law.labels(x, 2), labels) and set(labels) == {0, 1}
