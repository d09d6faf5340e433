"""Each format by values: what other programs wrote, read as it is; and what must not be read."""

from __future__ import annotations

import pickle
import struct
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from engine.parts import Reader, Wrong
from engine.reading import clouds, mesh
from engine.reading.choice import Choice, Layout
from engine.reading.clouds import cloud, contents_of, reading_of
from engine.registry import kinds
from tests.engine import files
from tests.engine.files import CUBE, ROWS

ASIDE = [cls for cls in kinds("readers").values() if cls.aside is not Reader.aside]


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, which saves the start of another; tests/engine/test_apart.py reads them apart."""
    for cls in ASIDE:
        monkeypatch.setattr(cls, "aside", Reader.aside)
    clouds._kept.clear()


def made(folder: Path, kind: str, name: str) -> str:
    files.CLOUDS[kind][name](folder / name)
    return str(folder / name)


def refused(path: Path, content: bytes, layout: Layout = Layout()) -> str:  # noqa: B008
    path.write_bytes(content)
    with pytest.raises(Wrong) as caught:
        contents_of(str(path), layout)
    return caught.value.message.removeprefix(f"{path.name}: ")


@pytest.mark.parametrize("name", ["a.parquet", "a.feather"])
def test_parquet_and_feather(tmp_path: Path, name: str) -> None:
    path = made(tmp_path, "arrow", name)
    found = reading_of(path, 2, Choice(classes="name"))
    assert np.array_equal(found.points, ROWS) and found.axes == ("x", "y") and found.classes == ("u", "v")
    whole = Path(path).read_bytes()
    for bad in (whole[:-9], whole[:-200] + bytes(150) + whole[-50:], b"x,y\n1,2\n"):
        assert "; " in refused(tmp_path / name, bad)


def test_missing_values_of_an_arrow_table(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    table = pa.table(
        {
            "x": pa.array([1, None, 3], pa.int16()),
            "y": [True, False, True],
            "when": pa.array([1, 2, 3], pa.timestamp("s")),
        }
    )
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    found = reading_of(str(tmp_path / "a.parquet"), 2)
    assert found.points.tolist() == [[1, 1], [3, 1]] and found.dropped[0].count == 1


@pytest.mark.parametrize("name", ["a.safetensors", "a.pt"])
def test_tensors(tmp_path: Path, name: str) -> None:
    path = made(tmp_path, "tensors", name)
    assert np.array_equal(cloud(path, 2), ROWS)
    found = contents_of(path)
    assert found.found.array == "points" and len(found.found.arrays) == 3
    assert reading_of(path, 2, Choice(classes="label")).labels.tolist() == list(range(40))
    assert cloud(path, 1, Choice(Layout(array="weight"))).shape == (3, 1)
    with pytest.raises(Wrong, match="array: 'q' is no tensor of the file, which has "):
        contents_of(path, Layout(array="q"))


class Evil:
    def __reduce__(self) -> tuple:
        return open, ("pwned", "w")


def test_nothing_in_a_file_is_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.chdir(tmp_path)
    torch.save({"points": Evil()}, tmp_path / "a.pt")
    np.save(tmp_path / "a.npy", np.array([Evil()], object), allow_pickle=True)
    np.savez(tmp_path / "a.npz", points=np.array([Evil()], object))
    (tmp_path / "b.pt").write_bytes(pickle.dumps(Evil()))
    for name in ("a.pt", "b.pt", "a.npy", "a.npz"):
        with pytest.raises(Wrong):
            contents_of(str(tmp_path / name))
    said = refused(tmp_path / "a.pt", (tmp_path / "a.pt").read_bytes())
    assert said.startswith("is damaged, or no file of plain tensors (nothing else is ever loaded)")
    assert not (tmp_path / "pwned").exists()


def test_workbooks(tmp_path: Path) -> None:
    path = made(tmp_path, "workbook", "a.xlsx")
    found = reading_of(path, 2, Choice(classes="kind"))
    assert np.array_equal(found.points, ROWS) and found.classes == ("v", "u")
    assert contents_of(path).found.arrays == ("notes", "data") and contents_of(path).found.array == "data"
    with pytest.raises(Wrong, match="array: 'q' is no sheet, of notes, data"):
        contents_of(path, Layout(array="q"))
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(300 * 2**20))
    assert refused(tmp_path / "b.xlsx", (tmp_path / "b.xlsx").read_bytes()) == "unpacks to 300 MiB; 256 MiB at most"


# --- meshes ---


@pytest.mark.parametrize("name", ["a.ply", "b.ply"])
def test_clouds_of_vertices(tmp_path: Path, name: str) -> None:
    path = made(tmp_path, "mesh", name)
    assert np.array_equal(cloud(path, 3), np.column_stack([ROWS, ROWS[:, 0]]))
    assert np.array_equal(cloud(path, 2), ROWS)
    assert contents_of(path).columns[3].name == "quality" and (contents_of(path).columns[3].values == 0.5).all()
    with pytest.raises(Wrong, match=r"surface: .* has no faces with an area; take its vertices"):
        contents_of(path, Layout(surface="surface"))


@pytest.mark.parametrize("name", ["a.obj", "a.stl", "b.stl", "a.off"])
def test_a_cube_by_area(tmp_path: Path, name: str) -> None:
    path = made(tmp_path, "mesh", name)
    x = cloud(path, 3, Choice(Layout(samples=6000)))
    assert x.shape == (6000, 3) and "faces of area 6 " in contents_of(path, Layout(samples=6000)).found.notes[0]
    on = np.isclose(x, 0) | np.isclose(x, 1)
    assert on.any(axis=1).all() and np.allclose(on.sum(0), 2000, atol=200)
    again = cloud(path, 3, Choice(Layout(samples=6000)))
    clouds._kept.clear()
    assert np.array_equal(again, x) and np.array_equal(cloud(path, 3, Choice(Layout(samples=6000))), x)
    corners = cloud(path, 3, Choice(Layout(surface="vertices")))
    assert sorted(map(tuple, corners.tolist())) == sorted(map(tuple, CUBE.tolist()))


def test_samples_are_by_area_and_not_by_face(tmp_path: Path) -> None:
    """A tetrahedron cut off a large triangle: its many small faces get few points."""
    small = "".join(f"v {0.01 * k} 0 0\nv {0.01 * k} 0.01 0\n" for k in range(50))
    faces = "".join(f"f {k} {k + 1} {k + 2}\n" for k in range(1, 99))
    (tmp_path / "a.obj").write_text(f"{small}v 10 0 0\nv 20 0 0\nv 10 10 0\n{faces}f 101 102 103\n")
    x = cloud(str(tmp_path / "a.obj"), 3, Choice(Layout(samples=5000)))
    assert (x[:, 0] < 1).mean() < 0.002
    assert np.allclose(x[x[:, 0] > 1].mean(0), [40 / 3, 10 / 3, 0], atol=0.2)


def test_a_scene_with_transforms(tmp_path: Path) -> None:
    path = made(tmp_path, "mesh", "a.glb")
    x = cloud(path, 3, Choice(Layout(samples=5000)))
    assert (x[:, 0] > 4).mean() == pytest.approx(24 / 30, abs=0.03) and x[:, 0].max() == pytest.approx(7, abs=0.01)
    assert "area 30 " in contents_of(path, Layout(samples=5000)).found.notes[0]


def scene(**more: object) -> bytes:
    tree, data = files.cubes([files.PLACE])
    return files.glb(tree | more, data)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (scene(accessors=[{"count": 10**12}]), "promises more than 20,000,000 values"),
        (scene(nodes=[{"children": [1]}, {"children": [0], "mesh": 0}]), "has nodes that stand below each other"),
        (scene(nodes=[{"children": [1, 1]}, {"mesh": 0}]), "has nodes that stand below each other"),
        (scene(nodes=[{"mesh": 0}] * 30_000), "has more than 20,000 nodes"),
        (scene(buffers=[{"byteLength": 10, "uri": "../../etc/passwd"}]), "refers to another file"),
        (scene(buffers=[{"byteLength": 10, "uri": "http://127.0.0.1/x"}]), "refers to another file"),
        (b"glTF" + bytes(40), "is damaged: its first chunk has 0 bytes"),
        (b"glTF" + struct.pack("<II", 2, 10**9) + struct.pack("<I", 10**9) + b"JSON{}", "is damaged: its first chunk "),
        (b"no", "is no GLB"),
    ],
)
def test_scenes_that_take_more_than_they_hold(tmp_path: Path, content: bytes, said: str) -> None:
    assert refused(tmp_path / "a.glb", content).startswith(said)


PLY = b"ply\nformat %s 1.0\nelement vertex %s\nproperty float x\nproperty float y\nproperty float z\nend_header\n"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.ply", PLY % (b"ascii", b"999999999"), "is damaged: its header promises 999,999,999 of 'vertex' in 1"),
        ("a.ply", PLY % (b"ascii", b"-3") + b"1 2 3\n", "its header promises '-3' of 'vertex'; give a count"),
        (
            "a.ply",
            PLY % (b"binary_little_endian", b"3") + bytes(10),
            "is damaged, or no PLY: it does not hold the 3 v",
        ),
        ("a.ply", b"ply\n", "is no PLY: its header does not end within 64 KiB"),
        ("a.ply", PLY % (b"ascii", b"0"), "holds no vertices"),
        ("a.stl", b"x" * 80 + b"\xff\xff\xff\xff" + bytes(50), "is damaged, or no STL: 4,294,967,295 faces do not fit"),
        ("a.stl", b"", "is damaged, or no STL: 0 faces do not fit into 0 bytes"),
        ("a.off", b"no", "is no OFF: it does not begin with OFF"),
        ("a.off", b"OFF\n3 1 0\n0 0 0\n", "is damaged, or no OFF"),
        (
            "a.ply",
            PLY % (b"ascii", b"3") + b"1 2 3\n4 5 6\n",
            "is damaged: it ends after 2 of 3 vertices",
        ),
        ("a.stl", b"solid a\nfacet normal 0 0 1\nouter loop\n", "is damaged: it does not end with endsolid"),
        ("a.off", b"OFF 99999999999 1 0\n0 0 0\n", "is damaged: its second word is no count of vertices"),
        ("a.obj", b"nothing here\n", "holds no vertices; give OBJ with points or faces"),
        ("a.las", b"LASF" + bytes(100), "is damaged, or no LAS or LAZ: its header"),
    ],
)
def test_damaged_meshes(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    start = time.process_time()
    assert refused(tmp_path / name, content).startswith(said)
    assert time.process_time() - start < 5


@pytest.mark.parametrize("name", ["a.las", "a.laz"])
def test_scans(tmp_path: Path, name: str) -> None:
    found = reading_of(made(tmp_path, "las", name), 3, Choice(classes="classification"))
    want = np.column_stack([5.6e6 + ROWS[:, 0], 6e5 + ROWS[:, 1], ROWS[:, 0]])
    assert np.abs(found.scaling.back(found.points) - want).max() < 1e-4 and found.scaling.rule == "centre"
    assert found.classes == ("0", "1", "2")


def test_points_of_a_text_by_its_name(tmp_path: Path) -> None:
    x = np.column_stack([665187.5 + ROWS[:, 0], 5648349.9 + ROWS[:, 1], ROWS[:, 0], np.full(40, 117)])
    np.savetxt(tmp_path / "a.xyz", x, "%.6f")
    found = reading_of(str(tmp_path / "a.xyz"), 3)
    assert np.allclose(found.scaling.back(found.points), x[:, :3], atol=1e-6)


def test_records_and_labels_beside(tmp_path: Path) -> None:
    records = np.zeros(40, [("x", "<f4"), ("y", ">f8"), ("name", "U3"), ("label", "i2")])
    records["x"], records["y"], records["name"], records["label"] = *ROWS.T, np.arange(40) % 2, np.arange(40) % 3
    np.save(tmp_path / "a.npy", records)
    found = reading_of(str(tmp_path / "a.npy"), 2, Choice(classes="label"))
    assert np.allclose(found.points, ROWS, atol=1e-6) and found.classes == ("0", "1", "2")
    np.savez(
        tmp_path / "a.npz", X=ROWS, y=np.arange(40) % 3, names=np.array(["u", "v"] * 20), meta="m", X_test=ROWS[:5]
    )
    path = str(tmp_path / "a.npz")
    assert np.array_equal(cloud(path, 2), ROWS) and contents_of(path).found.array == "X"
    assert reading_of(path, 2, Choice(classes="names")).classes == ("u", "v")
    assert np.array_equal(cloud(path, 2, Choice(Layout(array="X_test"))), ROWS[:5])


def test_every_missing_extra_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for module, kind, name in (("laspy", "las", "a.las"), ("python_calamine", "workbook", "a.xlsx")):
        path = made(tmp_path, kind, name)
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(Wrong, match=r"needs [\w-]+; pip install 'rewire\[files\]', or "):
            contents_of(path)


@pytest.mark.parametrize("line", ["\n", "\r\n"])
@pytest.mark.parametrize("more", [(), ("red",), ("nx", "intensity")])
def test_points_of_a_ply_in_text_are_what_trimesh_finds(line: str, more: tuple[str, ...]) -> None:
    """The short way gives what the long one gives, and steps aside where the file does not add up."""
    rng = np.random.default_rng(3)
    table = np.round(rng.standard_normal((50, 3 + len(more))), 4)
    head = ["ply", "format ascii 1.0", "comment by hand", "element vertex 50"]
    head += [f"property float {name}" for name in ("x", "y", "z", *more)] + ["end_header"]
    rows = [" ".join(map(str, row)) for row in table.tolist()]

    def made(lines: list[str]) -> bytes:
        return line.join([*head, *lines, ""]).encode()

    ((points,), other), ((wanted,), beside) = mesh._typed_points(made(rows)), mesh._pieces("p", made(rows), "PLY")
    assert np.allclose(points.vertices, wanted.vertices, atol=1e-6) and np.array_equal(points.vertices, table[:, :3])
    assert (other is None) == (beside is None) and (other is None or np.allclose(other[1], beside[1], atol=1e-6))
    assert other is None or other[0] == beside[0]
    for broken in (rows[:-1], [*rows, rows[0]], [*rows[:-1], rows[-1] + "x"], [rows[0] + " " + rows[1], *rows[2:]]):
        assert mesh._typed_points(made(broken)) is None
    faces = line.join([*head[:-1], "element face 0", "property list uchar int vertex_indices", head[-1], *rows, ""])
    assert mesh._typed_points(faces.encode()) is None
