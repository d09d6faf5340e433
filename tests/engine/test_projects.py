"""Projects: what is saved comes back to the last bit, and what is damaged takes nothing else with it."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import stat
import struct
import time
import zipfile
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import pytest
import safetensors.numpy

import main
from engine import codec
from engine.evidence.figures import Figures
from engine.headless import as_json, run
from engine.lab import Lab
from engine.parts import Wrong
from engine.projects import data_files, reader
from engine.projects.archive import Member, found, pieces
from engine.projects.migrations import FORMAT
from engine.projects.project import Project, Steps
from engine.projects.reader import read
from engine.projects.writer import members_of, write
from engine.registry import kinds
from engine.report import snapshot
from engine.spec import Experiment
from tests.engine.test_checkpoint import plain
from tests.engine.test_kept import TRAININGS, all_of
from tests.engine.test_lab import all_figures, few_figures, finished, lab, outcome, until  # noqa: F401

KEPT = Path(__file__).parent.parent / "projects"
LOOK = {"view": "field", "t": 0.3}


def same(one: Project, other: Project) -> None:
    """Whether two projects hold the same."""
    assert one.experiment == other.experiment and one.steps == other.steps
    assert (one.look, one.running, one.thumbnail) == (other.look, other.running, other.thumbnail)
    assert len(one.rounds) == len(other.rounds)
    for held, back in zip(one.rounds, other.rounds, strict=True):
        for field in dataclasses.fields(held):
            assert plain(getattr(back, field.name)) == plain(getattr(held, field.name)), field.name


def half_way(experiment: Experiment, steps: int = 26, rounds: int = 2) -> Lab:
    of = lab(experiment)

    def there() -> bool:
        last = of.rounds()[-1] if len(of.rounds()) >= rounds else None
        return last is not None and (last.learning.v is not None or last.learning.trainee.step >= steps)

    until(of, there)
    return of


@pytest.mark.parametrize("name", TRAININGS)
def test_saved_opened_and_gone_on_with_is_never_having_stopped(name: str, tmp_path: Path) -> None:
    """Of every sort of training, in the middle of the second round."""
    of = half_way(TRAININGS[name])
    before = TRAININGS[name], msgspec.structs.replace(TRAININGS[name], seed=8)
    steps = Steps((*reversed(before),), ("other seed",), 1)
    project = Project(TRAININGS[name], of.kept(), LOOK, steps, b"\x89PNG", running=False)
    assert write(project, tmp_path / "a.rewire") == ""
    back = read(tmp_path / "a.rewire")
    same(project, back)
    assert not back.lost and dict(back.look) == LOOK and not back.running
    other = Lab("cpu", matched=64)
    assert other.restore(back.experiment, back.rounds, damaged=True) == ()
    assert all_of(finished(other)) == all_of(finished(of))


@pytest.mark.usefixtures("all_figures")
def test_the_metrics_of_a_tree_in_mid_round_are_the_same_bytes(tmp_path: Path) -> None:
    """Every figure of a net in training with branches: as metrics.json, which is what people compare."""
    experiment = TRAININGS["branches"]
    whole = finished(lab(experiment))
    of = half_way(experiment, 23, 3)
    write(Project(experiment, of.kept()), tmp_path / "a.rewire")
    back, other = read(tmp_path / "a.rewire"), Lab("cpu", matched=64)
    other.restore(back.experiment, back.rounds)
    made = {"program": "the same"}
    assert as_json(experiment, finished(other).tree(), made) == as_json(experiment, whole.tree(), made)


def test_the_round_that_was_begun_last_stays_the_newest(tmp_path: Path) -> None:
    """A branch of the first round, begun when the trunk was longer: it is what a Look follows."""
    experiment = msgspec.structs.replace(TRAININGS["plain"], rounds=3)
    of = finished(lab(experiment))
    of.adopt(msgspec.structs.replace(experiment, branches=TRAININGS["branches"].branches[:1]))
    finished(of)
    assert of.newest_name() == "soft.1"
    write(Project(of.experiment, of.kept()), tmp_path / "a.rewire")
    back, other = read(tmp_path / "a.rewire"), Lab("cpu", matched=64)
    other.restore(back.experiment, back.rounds)
    assert other.newest_name() == "soft.1" and len(back.rounds) == 4


def test_the_same_project_is_the_same_bytes_and_a_zip_that_numpy_reads(tmp_path: Path) -> None:
    of = half_way(TRAININGS["branches"])
    project = Project(of.experiment, of.kept(), LOOK)
    for name in ("a.rewire", "b.rewire"):
        write(project, tmp_path / name)
    assert (tmp_path / "a.rewire").read_bytes() == (tmp_path / "b.rewire").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.rewire") as archive, np.load(tmp_path / "a.rewire") as arrays:
        assert archive.testzip() is None and not any(e.flag_bits for e in archive.infolist())
        assert np.array_equal(arrays["rounds/1/x0"], of.run.x0)
        names = archive.namelist()
    assert "rounds/1/net.safetensors" in names
    net = safetensors.numpy.load(found((tmp_path / "a.rewire").read_bytes())["rounds/1/net.safetensors"].tobytes())
    assert {name: array.tobytes() for name, array in net.items()} == {
        name: array.tobytes() for name, array in of.kept()[0].net.items()
    }
    assert "rounds/2/x0.npy" not in names, "the pairs of a reflow are those of the flow before it"


def test_the_version_before_stays_beside_it_and_the_mode_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.rewire"
    for seed in (1, 2, 3):
        write(Project(msgspec.structs.replace(TRAININGS["plain"], seed=seed)), path)
        path.chmod(0o640)
    assert read(path).experiment.seed == 3 and read(tmp_path / "a.rewire.bak").experiment.seed == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.rewire", "a.rewire.bak"]


def test_no_second_name_where_there_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FAT knows no hard links: a copy is kept."""
    monkeypatch.setattr(os, "link", lambda *rest: (_ for _ in ()).throw(OSError("not supported")))
    test_the_version_before_stays_beside_it_and_the_mode_is_kept(tmp_path)


def test_of_many_long_steps_the_nearest_are_kept(tmp_path: Path) -> None:
    """Drawings of 20,000 dots, each another one: no file is too large to be read again, and none takes long."""
    dots = tuple(map(tuple, np.random.default_rng(0).standard_normal((20_000, 2)).round(3).tolist()))
    drawn = kinds("distributions")["drawn"]
    first = TRAININGS["plain"]
    many = [msgspec.structs.replace(first, target=drawn(dots=dots[k:])) for k in range(40)]
    many += [msgspec.structs.replace(many[-1], seed=k) for k in range(10)]
    steps = Steps(tuple(many), tuple(map(str, range(len(many) - 1))), 30)
    begun = time.monotonic()
    write(Project(many[30], steps=steps), tmp_path / "a.rewire")
    back = read(tmp_path / "a.rewire")
    assert time.monotonic() - begun < 10.0 and not back.lost and back.experiment == many[30]
    at, kept = back.steps.at, back.steps.experiments
    assert 3 < len(kept) < 40 and at >= 2 and kept == tuple(many[30 - at : 30 - at + len(kept)])
    assert back.steps.texts == steps.texts[30 - at : 30 - at + len(kept) - 1]
    write(Project(many[49], steps=Steps(tuple(many), steps.texts, 49)), tmp_path / "a.rewire")
    assert read(tmp_path / "a.rewire").steps.at > 10, "what is the same is there once"


# data files


@pytest.fixture
def with_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A project, and the data file that it names."""
    monkeypatch.setattr(reader, "cache", lambda: tmp_path / "cache")
    (tmp_path / "far").mkdir()
    data = tmp_path / "far" / "my points.csv"
    np.savetxt(data, np.random.default_rng(0).standard_normal((30, 2)), delimiter=",")
    experiment = codec.build(
        {"source": {"kind": "gaussian"}, "target": {"kind": "file", "path": str(data)}, "rounds": 1}
    )
    steps = Steps((msgspec.structs.replace(experiment, seed=9), experiment), ("seed",), 1)
    assert write(Project(experiment, steps=steps), tmp_path / "a.rewire") == ""
    return tmp_path / "a.rewire", data


def test_a_data_file_is_the_original_while_that_is_the_same(with_data: tuple[Path, Path]) -> None:
    project, data = with_data
    assert read(project).experiment.target.path == str(data) and not (project.parent / "cache").exists()


@pytest.mark.parametrize("how", ["gone", "changed", "moved away with the project"])
def test_a_data_file_comes_from_the_project_else(with_data: tuple[Path, Path], how: str) -> None:
    project, data = with_data
    rows = np.loadtxt(data, delimiter=",")
    if how == "changed":
        data.write_text("1,2\n")
    else:
        data.unlink()
    if how.startswith("moved"):
        (project.parent / "else").mkdir()
        project = project.rename(project.parent / "else" / "b.rewire")
    back = read(project)
    place = Path(back.experiment.target.path)
    assert place.name == "my points.csv" and place.is_relative_to(project.parents[how.startswith("moved")] / "cache")
    assert np.array_equal(back.experiment.target.points(2), rows) and not back.lost
    assert back.steps.experiments[0].target.path == str(place)
    again = project.with_name("again.rewire")  # and goes on to the next file
    assert write(back, again) == "" and shutil.rmtree(place.parent) is None
    assert np.array_equal(read(again).experiment.target.points(2), rows)


def test_a_data_file_that_is_nowhere_is_said(with_data: tuple[Path, Path], tmp_path: Path) -> None:
    """Points of the pairs stand in for it, where there are pairs: the rounds are there, and can be saved."""
    project, data = with_data
    experiment = msgspec.structs.replace(read(project).experiment, velocity=TRAININGS["plain"].velocity)
    of = lab(experiment)
    until(of, lambda: len(of.rounds()) > 0)
    data.unlink()
    for rounds in ((), of.kept()):
        told = write(Project(experiment, rounds), tmp_path / "b.rewire")
        assert told == "my points.csv is gone and not in the project; its pairs and rounds are."
    back = read(tmp_path / "b.rewire")
    assert back.lost == ("the data file my points.csv, for which points of the pairs stand in",)
    assert len(back.rounds) == 1 and len(back.experiment.target.points(2)) == 30
    assert write(back, tmp_path / "c.rewire") == "" and not read(tmp_path / "c.rewire").lost
    write(Project(experiment), tmp_path / "b.rewire")
    with pytest.raises(Wrong, match=r"b.rewire: .*my points.csv"):
        read(tmp_path / "b.rewire")


def test_old_copies_go(tmp_path: Path) -> None:
    for name, age in (("old", 61), ("new", 59)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.csv").write_text("1\n")
        then = os.stat(tmp_path / name).st_mtime - age * 86_400
        os.utime(tmp_path / name, (then, then))
    data_files.clear(tmp_path.iterdir())
    assert [p.name for p in tmp_path.iterdir()] == ["new"]


# damage


@cache
def _tree() -> tuple[Project, bytes]:
    of = half_way(TRAININGS["branches"], 23, 4)
    project = Project(of.experiment, of.kept(), LOOK, thumbnail=b"\x89PNG")
    members, _ = members_of(project, Path("/"))
    return project, b"".join(pieces(members))


def archived(members: dict[str, bytes]) -> bytes:
    return b"".join(pieces({name: Member(member) for name, member in members.items()}))


@pytest.fixture
def tree() -> tuple[Project, bytes]:
    return _tree()


def opened(content: bytes, folder: Path) -> Project:
    (folder / "a.rewire").write_bytes(content)
    return read(folder / "a.rewire")


def test_each_member_can_be_lost_alone(tree: tuple[Project, bytes], tmp_path: Path) -> None:
    """A flipped bit in it: it is named, all else is as it was, and what is missing is made again to the same bytes."""
    project, content = tree
    whole = outcomes(project)
    for name, member in found(content).items():
        at = content.index(bytes(member))
        bad = bytearray(content)
        bad[at + len(member) // 2] ^= 0x10
        back = opened(bytes(bad), tmp_path)
        assert back.experiment == project.experiment, name
        if name == "thumbnail.png":
            assert not back.thumbnail and not back.lost
            continue
        if name.endswith("z1.npy") and not any(r.x1 is r.z1 for r in project.rounds):
            continue
        assert back.lost, name
        if name.startswith("rounds/"):
            assert any(word in back.lost[0] for word in ("round ", "rectified", "soft", "student")), back.lost
            assert len(back.rounds) >= len(project.rounds) - 3
        else:
            assert len(back.rounds) == len(project.rounds), name
        assert outcomes(back) == whole, name


def outcomes(project: Project) -> list[tuple]:
    """Of all rounds; not where the flow takes pairs that nobody asks for any more."""
    of = restored(project)
    while of.advance(0.02):
        assert len(snapshot(of).rounds) <= len(of.rounds()) + 1, "a picture at any moment"
    return [(*found[:3], *found[4:]) for found in map(outcome, of.rounds())]


def restored(project: Project) -> Lab:
    made = Lab("cpu", matched=64)
    assert made.restore(project.experiment, project.rounds, damaged=True) == ()
    return made


def test_a_file_that_was_cut_off_keeps_what_is_before(tree: tuple[Project, bytes], tmp_path: Path) -> None:
    project, content = tree
    rounds = []
    for share in (0.999, 0.9, 0.7, 0.5, 0.3):
        back = opened(content[: int(share * len(content))], tmp_path)
        assert back.experiment == project.experiment
        rounds.append(len(back.rounds))
        assert finished(restored(back)).phase == "done"
    assert rounds == sorted(rounds, reverse=True) and rounds[0] == 4 and rounds[-1] < 4
    with pytest.raises(Wrong):
        opened(content[:300], tmp_path)


def test_a_newer_version_says_so(tree: tuple[Project, bytes], tmp_path: Path) -> None:
    members = {name: bytes(member) for name, member in found(tree[1]).items()}
    told = json.loads(members["project.json"]) | {"format": FORMAT + 1, "versions": {"rewire": "9.0"}}
    members["project.json"] = json.dumps(told).encode()
    with pytest.raises(Wrong, match=r"a.rewire: was saved by Rewire 9.0, .* update it"):
        opened(archived(members), tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no project"),
        (b"hello", "is no project"),
        (b"PK\x03\x04", "is no project"),
        (b"PK\x03\x04" * 5000, "is no project"),
    ],
)
def test_what_is_no_project_is_one_sentence(content: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(Wrong, match=words):
        opened(content, tmp_path)


def test_a_compressed_one_says_so(tree: tuple[Project, bytes], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.rewire", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in found(tree[1]).items():
            archive.writestr(name, bytes(member))
    with pytest.raises(Wrong, match="packed again by another program"):
        read(tmp_path / "a.rewire")


def test_names_lead_nowhere(tree: tuple[Project, bytes], tmp_path: Path) -> None:
    """What would be written above, or far away, is no member; nor is what says it is larger than the file."""
    with zipfile.ZipFile(tmp_path / "bad.rewire", "w") as archive:
        for name in ("../evil.json", "/etc/evil.json", "rounds/../../evil.npy", "data/..", "a" * 3000, "data\\x.csv"):
            archive.writestr(name, b"x")
    assert found((tmp_path / "bad.rewire").read_bytes()) == {}
    huge = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 0, 0, 2**32 - 1, 2**32 - 1, 10, 0) + b"look.json"
    assert found(huge + b"xx") == {}


def test_a_data_file_has_a_harmless_name(with_data: tuple[Path, Path], tmp_path: Path) -> None:
    project, data = with_data
    members = {name: bytes(member) for name, member in found(project.read_bytes()).items()}
    told = json.loads(members["project.json"])
    data.unlink()
    for name in ("../../../evil.csv", "/etc/passwd", "..", ".bashrc", "a\x00b.csv", "x" * 500, "\u202ecsv.exe", ""):
        told["files"]["data/1.csv"] |= {"name": name, "path": "/etc/passwd"}
        members["project.json"] = json.dumps(told).encode()
        place = Path(opened(archived(members), tmp_path).experiment.target.path)
        assert place.parent.parent == tmp_path / "cache" and "/" not in place.name


# runs


def test_the_folder_of_a_run_opens_with_its_rounds(tmp_path: Path) -> None:
    """All is there: weights, pairs, losses, figures; nothing is trained or measured again."""
    tree = run(TRAININGS["branches"], tmp_path / "out", "cpu")
    back = read(tmp_path / "out")
    assert not back.lost and [held.lineage for held in back.rounds] == [node.lineage for node, _ in tree]
    other = Lab("cpu", last_pairs=True)
    assert other.restore(back.experiment, back.rounds, damaged=True) == ()
    other.advance(0.0)
    assert other.phase == "done"
    for (_, one), (_, two) in zip(tree, other.tree(), strict=True):
        assert told(one.own.figures) == told(two.own.figures) and one.z1.tobytes() == two.z1.tobytes()
        assert one.v.flat.numpy().tobytes() == two.v.flat.numpy().tobytes()
        assert one.learning.losses.tobytes() == two.learning.losses.tobytes()


def told(figures: Figures) -> dict:
    """What metrics.json tells of each round: of the sample sizes only the first round's."""
    return {kind: (e.value, e.error) for kind, e in figures.single.items()} | dict(figures.ladders)


def test_a_run_whose_files_are_damaged_names_them(tmp_path: Path) -> None:
    run(TRAININGS["branches"], tmp_path / "out", "cpu")
    (tmp_path / "out" / "rounds" / "2.safetensors").write_bytes(b"x" * 100)
    (tmp_path / "out" / "metrics.json").write_text("[]")
    back = read(tmp_path / "out")
    assert back.lost == ("2-rectified",) and len(back.rounds) == 3
    (tmp_path / "out" / "pairs.npz").unlink()
    assert read(tmp_path / "out").rounds == () and read(tmp_path / "out").lost == (
        "the pairs, and with them the rounds",
    )
    with pytest.raises(Wrong, match=r"without experiment\.toml"):
        read(tmp_path)


def test_a_run_writes_a_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    codec.write(TRAININGS["plain"], tmp_path / "a.toml")
    command = ["run", str(tmp_path / "a.toml"), "--out", str(tmp_path / "out"), "--device", "cpu", "--project"]
    for bad, words in (
        (tmp_path / "a.zip", "end it in .rewire"),
        (tmp_path / "none" / "a.rewire", "cannot be written"),
    ):
        assert main.main([*command, str(bad)]) == 2 and words in capsys.readouterr().err
        assert not (tmp_path / "out").exists(), "before anything is trained"
    assert main.main([*command, str(tmp_path / "a.rewire")]) == 0
    back = read(tmp_path / "a.rewire")
    assert back.experiment == TRAININGS["plain"] and all(held.finished and held.frames for held in back.rounds)
    assert main.main(["run", str(tmp_path / "a.rewire"), "--out", str(tmp_path / "again"), "--device", "cpu"]) == 0
    one, two = ((tmp_path / of / "metrics.json").read_bytes() for of in ("out", "again"))
    assert one == two, "a project is a spec, too"


def test_specs_still_open(tmp_path: Path) -> None:
    for name in ("a.toml", "a.json"):
        codec.write(TRAININGS["plain"], tmp_path / name)
        same(read(tmp_path / name), Project(TRAININGS["plain"]))


# formats


@pytest.mark.parametrize("number", range(1, FORMAT + 1))
def test_projects_of_every_format_open(number: int) -> None:
    """A project of each version is kept: what it held when it was written is what it holds now."""
    back = read(KEPT / f"format-{number}.rewire")
    assert not back.lost and back.experiment.nodes() and len(back.rounds) == len(back.experiment.nodes())
    assert back.look and back.thumbnail.startswith(b"\x89PNG") and len(back.steps.experiments) == 2
    assert back.experiment.target.points(2).shape == (30, 2), "its data file is in it"
    made = Lab("cpu", matched=64)
    assert made.restore(back.experiment, back.rounds, damaged=True) == ()
    assert sum(held.finished for held in back.rounds) == 2
    while made.advance(5.0) and len([r for r in made.rounds() if r.v is not None]) < 3:
        pass
    assert all(held.v is not None for held in made.rounds())
    assert set(kinds("metrics")) >= set(back.rounds[0].figures.single)


# disks


def test_a_full_disk_leaves_the_old_file(tree: tuple[Project, bytes], tmp_path: Path) -> None:
    """A small file system in memory, where the system lets us have one."""
    place = tmp_path / "disk"
    place.mkdir()
    small = 3 * len(tree[1]) // 2
    if os.system(f"mount -t tmpfs -o size={small} none {place} 2>/dev/null"):
        pytest.skip("no file system can be mounted here")
    try:
        write(tree[0], place / "a.rewire")
        before = (place / "a.rewire").read_bytes()
        other = msgspec.structs.replace(tree[0].experiment, seed=1)
        with pytest.raises(Wrong, match=r"^a.rewire: cannot be written \(No space left on device\)$"):
            write(dataclasses.replace(tree[0], experiment=other), place / "a.rewire")
        assert (place / "a.rewire").read_bytes() == before and os.listdir(place) == ["a.rewire"]
        os.system(f"mount -o remount,ro {place}")
        with pytest.raises(Wrong, match=r"^a.rewire: cannot be written \(Read-only file system\)$"):
            write(tree[0], place / "a.rewire")
        assert (place / "a.rewire").read_bytes() == before
    finally:
        os.system(f"umount {place}")
