"""Tables as people have them: what is read, what is told, and what is refused rather than read wrongly."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.parts import Wrong
from engine.reading.choice import Choice, Layout
from engine.reading.clouds import chosen, cloud, contents_of, reading_of
from engine.reading.preview import preview

ROWS = np.array([[1.5, -2.0], [1234.5, 0.25], [-0.5, 3e-4], [2.0, 2.0]])


def written(folder: Path, content: str | bytes, name: str = "a.csv") -> str:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return str(folder / name)


@pytest.mark.parametrize(
    ("text", "decimal", "thousands"),
    [
        ("x;y\n1,5;-2\n1234,5;0,25\n-0,5;3e-4\n2;2\n", ",", ""),
        ("x;y\r\n1,5;-2\r\n1.234,5;0,25\r\n-0,5;3e-4\r\n2;2\r\n", ",", "."),
        ('x,y\n"1.5",-2\n"1,234.5",.25\n-.5,3e-4\n2,2\n', ".", ","),
        ('x,y\n"1,5","-2"\n"1234,5","0,25"\n"-0,5","3e-4"\n"2","2"\n', ",", ""),
        ("x;y\n1.5;−2\n1'234.5;0.25\n–0.5;3e-4\n2;2\n", ".", "'"),
        ("x;y\n1,5;-2\n1 234,5;0,25\n-0,5;3E-4\n2;2\n", ",", "space"),
        ("x\ty\n1.5\t-2\n1234.5\t+.25\n-0.5\t3D-4\n2\t2\n", ".", ""),
        ("x|y\n1.5|-2\n1234.5|0.25\n-0.5|3e-4\n2|2\n", ".", ""),
        (" x   y\n 1.5 -2\n1234.5\t 0.25\n -0.5   3e-4 \n2 2", ".", ""),
        ("x;y;;\n1.5;-2;;\n1234.5;0.25;;\n;;;\n-0.5;3e-4;;\n2;2;;\n;;;\n", ".", ""),
        ('"x","y"\n"1",1.5,-2\n"2",1234.5,0.25\n"3",-0.5,3e-4\n"4",2,2\n', ".", ""),
        (",0,1\n0,1.5,-2\n1,1234.5,0.25\n2,-0.5,3e-4\n3,2,2\n", ".", ""),
        ("0,1\n1.5,-2\n1234.5,0.25\n-0.5,3e-4\n2,2\n", ".", ""),
        ("A title, not a row\nx,y\nm,s\n1.5,-2\n1234.5,0.25\n-0.5,3e-4\n2,2\n", ".", ""),
        ("% from elsewhere\n// and there\n1.5,-2 # first\n\n1234.5,0.25\n-0.5,3e-4\n2,2\n", ".", ""),
    ],
)
def test_numbers_as_people_write_them(tmp_path: Path, text: str, decimal: str, thousands: str) -> None:
    path = written(tmp_path, text)
    assert np.array_equal(cloud(path, 2), ROWS)
    found = contents_of(path).found
    assert (found.decimal, found.thousands) == (decimal, thousands)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str, mark: str) -> None:
    if mark and encoding == "cp1252":
        pytest.skip("it has no mark")
    path = written(tmp_path, f"{mark}Größe,y\n1.5,-2\n1234.5,0.25\n-0.5,3e-4\n2,2\n".encode(encoding))
    assert np.array_equal(cloud(path, 2), ROWS) and contents_of(path).columns[0].name == "Größe"


def test_an_encoding_that_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "Ширина,y\n1,2\n".encode("cp1251"))
    assert contents_of(path, Layout(encoding="cp1251")).columns[0].name == "Ширина"
    with pytest.raises(Wrong, match="encoding: 'rot13' is not known; give one of utf-8, "):
        contents_of(path, Layout(encoding="rot13"))
    with pytest.raises(Wrong, match="row 1 is not UTF-8; choose another encoding"):
        contents_of(path, Layout(encoding="utf-8"))


PACKERS: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


@pytest.mark.parametrize("suffix", [*PACKERS, ".zip"])
def test_packed_tables(tmp_path: Path, suffix: str) -> None:
    text = b"x,y\n1.5,-2\n1234.5,0.25\n-0.5,3e-4\n2,2\n"
    if suffix == ".zip":
        with zipfile.ZipFile(tmp_path / "a.csv.zip", "w") as archive:
            archive.writestr("../../etc/a.csv", text)  # its name is nobody's path
            archive.writestr("__MACOSX/._a.csv", b"\0")
    else:
        (tmp_path / f"a.csv{suffix}").write_bytes(PACKERS[suffix](text))
    assert np.array_equal(cloud(str(tmp_path / f"a.csv{suffix}"), 2), ROWS)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"a.csv{suffix}"]
    whole = (tmp_path / f"a.csv{suffix}").read_bytes()
    with pytest.raises(Wrong, match=r"b\.csv.*: is damaged"):
        cloud(written(tmp_path, whole[: len(whole) // 2], f"b.csv{suffix}"), 2)


@pytest.mark.parametrize("suffix", [*PACKERS, ".zip"])
def test_bombs_are_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"bomb.csv{suffix}"
    if suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("bomb.csv", b"1" * 2**25)
    else:
        path.write_bytes(PACKERS[suffix](b"1" * 2**25))
    with pytest.raises(Wrong, match=r"unpacks to \d+ MiB out of [\d,]+ KiB and more, which no table does"):
        cloud(str(path), 2)


def test_an_archive_of_several_files_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("a.csv", "b.csv"):
            archive.writestr(name, "1,2\n")
    with pytest.raises(Wrong, match=r"holds 2 files \(a\.csv, b\.csv, …\); pack the one with the points alone"):
        cloud(str(tmp_path / "a.zip"), 2)


def test_missing_cells_are_dropped_and_told(tmp_path: Path) -> None:
    cells = ["", "NA", "n/a", "nan", "?", "-", "null", "inf", "-200", "-200.0"]
    text = "x, y\n" + "".join(f"{k}, {cell}\n" for k, cell in enumerate(cells)) + "1, 2\n3, 4\n"
    path = written(tmp_path, text)
    found = reading_of(path, 2)
    assert [(one.count, one.why) for one in found.dropped] == [(8, "without a finite value of every coordinate")]
    named = reading_of(path, 2, Choice(Layout(missing=("-200",))))
    assert named.points.tolist() == [[1, 2], [3, 4]] and named.dropped[0].count == 10


@pytest.mark.parametrize(
    ("text", "axes"),
    [
        ('"",a,b\n1,5,6\n2,7,8\n3,9,9\n', ("a", "b")),  # an index without a name
        ("t,b\n0,5\n1,7\n2,9\n", ("t", "b")),  # a coordinate that happens to count
        ("0 5 6\n1 7 8\n2 9 9\n", ("column 2", "column 3")),
        ("id,label,y,x,label2\n1,0,1,2,u\n2,1,2,3,u\n3,1,5,6,v\n4,0,2,2,v\n", None),
        ("Date;Time;a;b\n1/3;18.30;5;6\n1/3;19.00;7;8\n2/3;00.59;9;9\n", ("a", "b")),  # hours and minutes
        ("Date;Time;b\n1/3;18.30;5\n1/3;19.00;7\n2/3;00.59;9\n", ("Time", "b")),  # there is no other
        ("Date;Time;b\n1/3;18.60;5\n1/3;19.00;7\n2/3;00.59;9\n", ("Time", "b")),  # no minute 60
        ("label,x,y\n0,1,2\n1,2,3\n1,5,6\n", ("x", "y")),
        ("zip,a,b\n01234,1,2\n01234,2,3\n09999,5,6\n", ("a", "b")),  # no number begins with 0
    ],
)
def test_which_columns_are_coordinates(tmp_path: Path, text: str, axes: tuple[str, ...] | None) -> None:
    found = preview(written(tmp_path, text), 2)
    assert found.reading is not None
    if axes is None:
        assert sorted(found.reading.axes) == ["x", "y"]
    else:
        assert found.sure and found.reading.axes == axes


def test_an_index_is_a_coordinate_when_it_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, '"",a,b\n1,5,6\n2,7,8\n3,9,9\n')
    assert cloud(path, 2, Choice(columns=("1", "b"))).tolist() == [[1, 6], [2, 8], [3, 9]]


def test_classes_weights_and_duplicates(tmp_path: Path) -> None:
    path = written(tmp_path, "kind,x,y,w\nu,1,2,1\nv,3,4,3\nu,1,2,0\nw,5,6,1\n,7,8,2\n")
    found = reading_of(path, 2, Choice(columns=("x", "y"), classes="kind", weights="w"))
    assert found.classes == ("u", "v", "w") and found.labels.tolist() == [0, 1, 2]
    assert found.weights.tolist() == [0.2, 0.6, 0.2]
    assert {one.why: one.count for one in found.dropped} == {"without a class": 1, "of weight 0, or none": 1}
    only = reading_of(path, 2, Choice(columns=("x", "y"), classes="kind", only=("u", "w")))
    assert only.classes == ("u", "w") and only.labels.tolist() == [0, 0, 1] and only.duplicates == 1
    once = reading_of(path, 2, Choice(columns=("x", "y"), duplicates="drop"))
    assert len(once.points) == 4 and once.dropped[-1].count == 1


@pytest.mark.parametrize(
    ("choice", "where", "message"),
    [
        (Choice(columns=("x", "q")), "columns", "'q' is no column of the file, which has kind, x, y"),
        (Choice(columns=("x",)), "columns", "names 1 column, but the dimension is 2; name 2"),
        (Choice(columns=("x", "kind")), "columns", "kind is text (row 2, column 1: 'u' is not a number)"),
        (Choice(columns=("x", "x")), "columns", "names a column twice; give each once"),
        (Choice(classes="nope"), "classes", "'nope' is no column of the file, which has kind, x, y"),
        (Choice(classes="kind", only=("z",)), "only", "'z' is no class of kind, which has u, v"),
        (Choice(only=("u",)), "only", "names classes, but no column of classes is named; give classes too"),
        (Choice(columns=("x", "y"), weights="x"), "weights", "x holds negative numbers; weights are 0 or more"),
        (Choice(weights="kind"), "weights", "kind holds text; weights are numbers"),
        (Choice(Layout(decimal="!")), "decimal", "'!' is none; give . or ,"),
        (Choice(Layout(separator="x")), "separator", "'x' is none; give one of tab, ;, ,, |, space"),
        (Choice(unit=(1.0, 0.0)), "unit", "holds a number that is not above 0; give lengths"),
    ],
)
def test_choices_that_cannot_be(tmp_path: Path, choice: Choice, where: str, message: str) -> None:
    path = written(tmp_path, "kind,x,y\nu,-1,2\nv,3,4\nu,1,2\nv,2,2\n")
    with pytest.raises(Wrong) as caught:
        reading_of(path, 2, choice)
    assert (caught.value.where, caught.value.message) == (where, message)


def test_a_doubt_is_a_question_in_the_preview_and_refused_headless(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b,c\n1,2,3\n4,5,6\n")
    found = preview(path, 2)
    assert not found.sure and found.reading is not None and "name those that are meant" in found.doubts[0]
    with pytest.raises(Wrong, match=r"has 3 columns, but the dimension is 2; name those .*, or set the dimension to 3"):
        chosen(path, 2)
    assert preview(path, 2, Choice(columns=("a", "c"))).sure


def test_a_comma_of_either_meaning_is_asked_about(tmp_path: Path) -> None:
    path = written(tmp_path, "x;y\n1,234;5,678\n2,345;6,789\n")
    with pytest.raises(Wrong, match="1,234 may have a decimal comma or a thousands mark; say which"):
        chosen(path, 2)
    assert cloud(path, 2, Choice(Layout(decimal=",")))[0].tolist() == [1.234, 5.678]
    assert cloud(path, 2, Choice(Layout(decimal=".", thousands=",")))[0].tolist() == [1234, 5678]


def test_far_clouds_keep_every_distinct_value(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = np.array([665187.5, 5648349.9]) + np.round(17 * rng.random((5000, 2)), 6)
    np.savetxt(tmp_path / "map.csv", x, "%.6f", ",", header="x,y", comments="")
    found = reading_of(str(tmp_path / "map.csv"), 2)
    assert found.scaling.rule == "centre" and np.abs(found.points).max() < 10
    for k in range(2):
        assert len(np.unique(found.points[:, k].astype(np.float32))) == len(np.unique(x[:, k]))
    assert np.abs(found.scaling.back(found.points) - x).max() < 1e-8
    kept = found.scaling
    again = reading_of(str(tmp_path / "map.csv"), 2, Choice(origin=tuple(kept.origin), unit=(1.0,)))
    assert np.array_equal(again.points, found.points)


@pytest.mark.parametrize("rule", ["none", "centre", "unit std", "unit std each", "fit to box"])
def test_normalisation(tmp_path: Path, rule: str) -> None:
    x = np.random.default_rng(0).normal([5, -3], [2, 0.1], (400, 2))
    np.save(tmp_path / "a.npy", x)
    y = cloud(str(tmp_path / "a.npy"), 2, Choice(normalise=rule))
    mean, std = y.mean(0), y.std(0)
    if rule == "none":
        assert np.array_equal(x, y)
    elif rule == "fit to box":
        assert np.allclose([y[:, 0].min(), y[:, 0].max()], [-3, 3]) and np.allclose(y[:, 1].min(), -y[:, 1].max())
        assert np.allclose(std[0] / std[1], x[:, 0].std() / x[:, 1].std())
    else:
        assert np.allclose(mean, 0)
        want = {"centre": x.std(0), "unit std each": [1, 1]}.get(rule)
        assert np.allclose(std, want) if want is not None else np.isclose(np.mean(std**2), 1)


def test_a_number_that_stands_for_none_is_offered_as_missing(tmp_path: Path) -> None:
    path = written(tmp_path, "x,y\n-200,1\n3,2\n-200,5\n4,4\n2,9\n")
    told = "-200 stands 2 times in x, far from the rest; missing = -200 leaves it out"
    assert tuple(map(str, preview(path, 2).offers)) == (told,)
    assert preview(path, 2, Choice(Layout(missing=("-200",)))).offers == ()


def test_the_preview_shows_what_there_is(tmp_path: Path) -> None:
    found = preview(written(tmp_path, "kind,x,y\nu,-1,2\nv,3,4\nu,1,\nv,2,2\n"), 2)
    kind, x, y = found.columns
    assert (kind.sort, kind.role, kind.classes) == ("text", "", (("u", 2), ("v", 2)))
    assert (x.sort, x.role, x.low, x.high, sum(x.histogram)) == ("whole numbers", "x", -1, 3, 4)
    assert (y.role, y.missing) == ("y", 1) and found.found.encoding == "UTF-8" and found.found.separator == ","
    assert np.array_equal(found.reading.points, [[-1, 2], [3, 4], [2, 2]])


def test_the_line_of_the_names(tmp_path: Path) -> None:
    """As a spec says it, for text and workbook alike; a line that there is not is refused in a sentence."""
    path = tmp_path / "a.csv"
    path.write_text("one,two\nx,y\n1,2\n3,4\n")
    for header, names in (("1", ("one", "two")), ("2", ("x", "y")), ("", ("one", "two"))):
        found = reading_of(str(path), 2, Choice(Layout(header=header)))
        assert found.axes == names and found.points.tolist() == [[1, 2], [3, 4]]
    path.write_text("2019,2020\n1,2\n3,4\n")
    assert len(reading_of(str(path), 2, Choice(Layout(header="1"))).points) == 2
    assert len(reading_of(str(path), 2, Choice(Layout(header="none"))).points) == 3
    for wrong in ("9", "-1", "top", "12345"):
        with pytest.raises(Wrong, match="line of the names") as caught:
            reading_of(str(path), 2, Choice(Layout(header=wrong)))
        assert caught.value.where == "header"
