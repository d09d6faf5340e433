"""What metrics.json says of where its figures come from."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from pathlib import Path

import numpy as np
import torch

import engine
from engine.codec import parse
from engine.cores import given
from engine.headless import run
from engine.provenance import VERSION, data, fingerprint, made_by
from tests.engine.test_run import TINY, files

ROOT = Path(__file__).parent.parent.parent


def test_one_version_everywhere() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    cited = re.search(r"^version: (.*)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    assert cited and cited[1] == version == VERSION == engine.__version__


def test_figures_say_what_made_them(tmp_path: Path) -> None:
    content = b"0,1\n1,0\n2,2\n3,1\n"
    (tmp_path / "points.csv").write_bytes(content)
    text = TINY.replace('{kind = "ring"}', f'{{kind = "file", path = "{tmp_path / "points.csv"}"}}')
    run(parse(text), tmp_path / "out", "cpu")
    made = json.loads((tmp_path / "out" / "metrics.json").read_text())["made_by"]
    assert set(made) == {"program", "python", "torch", "numpy", "device", "threads", "precision", "data"}
    assert (made["program"], made["torch"], made["numpy"]) == (f"rewire {VERSION}", torch.__version__, np.__version__)
    assert (made["device"], made["threads"]) == ("CPU", given())
    assert made["data"] == {"target.path": hashlib.sha256(content).hexdigest()}
    assert str(tmp_path) not in (tmp_path / "out" / "metrics.json").read_text()
    # the same data under another folder: the same bytes; other data under the same name: said
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "points.csv").write_bytes(content)
    run(parse(text.replace("points.csv", "far/points.csv")), tmp_path / "again", "cpu")
    assert files(tmp_path / "again") == files(tmp_path / "out")
    (tmp_path / "points.csv").write_bytes(content.replace(b"3,1", b"3,2"))
    run(parse(text), tmp_path / "other", "cpu")
    assert json.loads((tmp_path / "other" / "metrics.json").read_text())["made_by"]["data"] != made["data"]


def test_data_files_are_known_by_their_content(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("0,1\n1,0\n2,2\n")
    asked = parse(TINY.replace('{kind = "ring"}', f'{{kind = "file", path = "{path}"}}'))
    first = fingerprint(asked)
    assert data(asked)["target.path"][0] == "points.csv" and made_by(asked, "cpu")["data"].keys() == {"target.path"}
    path.write_text("0,1\n1,0\n2,3\n")
    assert fingerprint(asked) != first
    path.unlink()
    assert data(asked)["target.path"] == ("points.csv", "")
