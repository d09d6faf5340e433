"""Data files that nobody vouches for: what is read, and the one sentence that refuses each bad one."""

from __future__ import annotations

import io
import os
import struct
import time
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import main
from engine.parts import Reader, Wrong
from engine.reading import clouds
from engine.reading.clouds import cloud, contents_of, reading_of
from engine.reading.image_density import Ink, density_of
from engine.reading.limits import check_columns, formats
from engine.reading.pictures import FORMATS
from engine.registry import kinds, part

ROWS = np.array([[1.0, 2.0], [-3.5, 4e-3], [0.0, 1e6]])


def refused(path: Path, dim: int | None = None) -> str:
    """The sentence, after the file's name."""
    with pytest.raises(Wrong) as caught:
        cloud(str(path), dim)
    assert caught.value.where == "path"
    name, _, message = caught.value.message.partition(": ")
    assert name == path.name and str(path.parent) not in message
    assert "\n" not in message
    return message


def written(folder: Path, content: str | bytes, name: str = "cloud.csv") -> Path:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


# --- text that is read ---


@pytest.mark.parametrize(
    "text",
    [
        "1,2\n-3.5,4e-3\n0,1e6\n",
        "1,2\r\n-3.5,4e-3\r\n0,1e6",
        "1,2\r-3.5,4e-3\r0,1e6",
        "x,y\n1,2\n-3.5,4e-3\n0,1e6\n",
        '"x, in mm","y"\n"1","2"\n-3.5,4e-3\n0,1e6\n',
        "# made by hand\n\nx , y\n1 , 2  # first\n\n-3.5, 4e-3\n0, 1e6\n\n\n",
        "\ufeff1;2\n-3.5;4e-3\n0;1e6\n",
        "x\ty\n1\t2\n-3.5\t4e-3\n0\t1e6\n",
        "  1 2\n -3.5   4e-3\n 0 1e6 \n",
        "sep=;\nx;y\n1;2\n-3.5;4e-3\n0;1e6\n",
        '"1" , 2\n-3.5,"4e-3"\n0,1e6\n',
    ],
)
def test_reads_text(tmp_path: Path, text: str) -> None:
    points = cloud(str(written(tmp_path, text)), 2)
    assert points.dtype == np.float64 and np.array_equal(points, ROWS)


@pytest.mark.parametrize(
    ("text", "shape"), [("1,2", (1, 2)), ("1", (1, 1)), ("x\n1\n2\n3\n", (3, 1)), ("1,2,3\n", (1, 3))]
)
def test_reads_small_files(tmp_path: Path, text: str, shape: tuple[int, int]) -> None:
    assert cloud(str(written(tmp_path, text)), shape[1]).shape == shape


def test_a_cloud_is_remembered_until_the_file_changes(tmp_path: Path) -> None:
    path = written(tmp_path, "1,2\n")
    assert cloud(str(path)) is cloud(str(path)) and not cloud(str(path)).flags.writeable
    written(tmp_path, "1,2\n3,4\n")
    assert len(cloud(str(path))) == 2


def test_what_is_remembered_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clouds, "MOST", 1000)
    for k in range(9):
        np.save(tmp_path / f"{k}.npy", np.ones((100, 2)))
        cloud(str(tmp_path / f"{k}.npy"), 2)
    assert len(clouds._kept) == 2


# --- text that is refused ---


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty; give one point per row"),
        ("\n\n# nothing\n", "is empty; give one point per row"),
        ("1,2\n" * 6 + "1,abc\n", "row 7, column 2: 'abc' is not a number"),
        ("x,y\n1,2\nabc,2\n", "row 3, column 1: 'abc' is not a number"),
        ("1,abc\n", "row 1, column 2: 'abc' is not a number"),
        ("1,2\n1_0,2\n", "row 2, column 1: '1_0' is not a number"),
        ("1,2\n\n3\n4,5\n", "row 3 has 1 column, but the rows before it have 2"),
        ("1 2\n3 4 5\n", "row 2 has 3 columns, but the rows before it have 2"),
        ("nan,2\n3,\n", "leaves no points: 2 rows without a finite value of every coordinate"),
        ('1,2\n1,2\n"1\n1,2\n', "row 3 opens a quotation mark and does not close it"),
        ("1\n2\n", "has 1 column, but the dimension is 2; give exactly 2, or set the dimension to 1"),
        (
            "1,2,3\n",
            "has 3 columns, but the dimension is 2; name those that are meant (columns) of column 1, column 2, "
            "column 3, or set the dimension to 3",
        ),
        (
            "a,b,c,d\n1,2,3,4\n",
            "has 4 columns, but the dimension is 2; name those that are meant (columns) of a, b, c, d",
        ),
        ("1,2\n" + "3" * 70_000 + ",4\n", "row 2 is longer than 65,536 characters; give one point per row"),
    ],
)
def test_refuses_text(tmp_path: Path, text: str, message: str) -> None:
    assert refused(written(tmp_path, text), 2) == message


def test_refuses_what_has_no_dimension(tmp_path: Path) -> None:
    message = "has 4 columns, but points have 1 to 3 coordinates; name those that are meant (columns) of "
    assert refused(written(tmp_path, "1,2,3,4\n")) == f"{message}column 1, column 2, column 3, column 4"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"1,2\n\x00\x01\x02", "row 2 holds a NUL byte; give "),
        (zlib.compress(bytes(1000)), "row 1 holds the byte 0x18; give "),
    ],
)
def test_refuses_binary(tmp_path: Path, content: bytes, reason: str) -> None:
    assert refused(written(tmp_path, content), 2) == f"is not a text file: {reason}{formats()}"


def test_of_millions_of_rows_one_million_is_taken(tmp_path: Path) -> None:
    path = str(written(tmp_path, "".join(f"{k},2\n" for k in range(1_500_000))))
    start = time.process_time()
    x = reading_of(path, 2)
    assert len(x.points) == 1_000_000 and len(np.unique(x.points[:, 0])) == 1_000_000
    assert contents_of(path).found.notes == ("1,000,000 of 1,500,000 rows are taken, at random with a fixed seed",)
    assert time.process_time() - start < 3


def test_reads_a_million_rows(tmp_path: Path) -> None:
    assert cloud(str(written(tmp_path, b"x,y\n" + b"1.0,2.0\n" * 1_000_000 + b"\n\n")), 2).shape == (1_000_000, 2)


# --- what is no file ---


def test_refuses_what_cannot_be_opened(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.csv") == "does not exist; choose another file"
    assert refused(tmp_path) == "is a folder; choose a file"
    with pytest.raises(Wrong, match="cannot be read"):
        cloud(str(tmp_path / ("x" * 5000)))
    with pytest.raises(Wrong, match="cannot be read"):
        cloud("a\0b")
    with pytest.raises(Wrong, match="no file is chosen"):
        cloud("")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_refuses_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert refused(tmp_path / "pipe.csv") == "is a device or pipe; choose a file"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="may read everything")
def test_refuses_what_may_not_be_read(tmp_path: Path) -> None:
    path = written(tmp_path, "1,2\n")
    path.chmod(0)
    assert refused(path) == "cannot be read: Permission denied"


def test_refuses_huge_files(tmp_path: Path) -> None:
    path = written(tmp_path, "1,2\n")
    os.truncate(path, 600 * 2**20)  # sparse
    assert refused(path) == "has 600 MiB; 512 MiB at most"


# --- numpy's formats ---


@pytest.mark.parametrize("dtype", ["<f8", ">f8", "f2", "f4", "i4", "u8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_reads_npy(tmp_path: Path, dtype: str, order: str) -> None:
    points = np.array([[1, 2], [3, 4], [5, 6]], dtype, order=order)
    np.save(tmp_path / "cloud.npy", points)
    read = cloud(str(tmp_path / "cloud.npy"), 2)
    assert read.dtype == np.float64 and np.array_equal(read, points)


def test_reads_npy_with_one_axis(tmp_path: Path) -> None:
    np.save(tmp_path / "line.npy", np.arange(5.0))
    assert cloud(str(tmp_path / "line.npy"), 1).shape == (5, 1)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((3, 2), complex), "holds complex numbers; save an array of real numbers"),
        (np.array([["a", "b"]]), "holds text; save an array of real numbers"),
        (np.array([[1, None]]), "holds Python objects, which are never loaded; save an array of numbers"),
        (np.zeros((2, 3, 4)), "has the shape (2, 3, 4); give rows and columns, (n, d)"),
        (np.float64(1), "has the shape (); give rows and columns, (n, d)"),
        (np.zeros((0, 2)), "holds no points; give one point per row"),
        (np.zeros((5, 1)), "has 1 column, but the dimension is 2; give exactly 2, or set the dimension to 1"),
        (np.zeros((5, 3)), "has 3 columns, but the dimension is 2; give exactly 2, or set the dimension to 3"),
        (np.zeros((2, 3000)), "has 3,000 columns; 1,000 at most; it seems to lie on its side, so save its transpose"),
        (np.array([[1, np.nan], [np.nan, 1]]), "leaves no points: 2 rows without a finite value of every coordinate"),
    ],
)
def test_refuses_arrays(tmp_path: Path, array: np.ndarray, message: str) -> None:
    np.save(tmp_path / "cloud.npy", array)
    assert refused(tmp_path / "cloud.npy", 2) == message
    np.savez_compressed(tmp_path / "cloud.npz", points=array)
    assert refused(tmp_path / "cloud.npz", 2) == message


def npy(shape: str, data: bytes = b"", dtype: str = "<f8") -> bytes:
    """An NPY file with any header."""
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


@pytest.mark.parametrize(
    ("content", "start"),
    [
        (b"", "is not an NPY array: "),
        (b"1,2\n3,4\n5,6\n", "is not an NPY array: "),
        (b"\x93NUMPY\x01\x00", "is not an NPY array: "),
        (b"\x93NUMPY\x09\x00" + bytes(50), "is not an NPY array: "),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + bytes(50), "is not an NPY array: its header is too long"),
        (npy("(3, 2"), "is not an NPY array: "),
        (npy("(3, 'x')"), "is not an NPY array: "),
        (npy("(-3, 2)"), "is not an NPY array: its header gives the shape '(-3, 2)', not counts of rows and columns"),
        (npy("(True, 2)"), "is not an NPY array: its header gives the shape '(True, 2)', not counts "),
        (npy("(2**62, 2)"), "is not an NPY array: its header gives the shape '(2**62, 2)', not counts "),
        (npy("(3, 2)", dtype="f3"), "holds numbers of the type 'f3'; save them as float64"),
        (npy("(3, 2)", dtype="i4,f4"), "holds records; save an array of real numbers"),
        (npy("(1000000000000, 2)"), "holds 2,000,000,000,000 values; 50,000,000 at most"),
        (npy("(3, 2)", bytes(40)), "is damaged: "),
    ],
)
def test_refuses_damaged_arrays(tmp_path: Path, content: bytes, start: str) -> None:
    assert refused(written(tmp_path, content, "cloud.npy"), 2).startswith(start)
    with zipfile.ZipFile(tmp_path / "cloud.npz", "w") as archive:
        archive.writestr("points.npy", content)
    assert refused(tmp_path / "cloud.npz", 2).startswith(start)


def test_npz_prefers_names_then_the_first_table(tmp_path: Path) -> None:
    path = str(tmp_path / "cloud.npz")
    np.savez(path, labels=np.arange(3), other=np.zeros((3, 2)), x=ROWS)
    assert np.array_equal(cloud(path), ROWS)
    np.savez(path, labels=np.arange(3), cube=np.zeros((2, 2, 2)), first=ROWS[:2], second=ROWS)
    assert np.array_equal(cloud(path), ROWS[:2])
    np.savez(path, labels=np.arange(3))
    assert refused(tmp_path / "cloud.npz") == "holds no array of rows and columns; save one under the name 'points'"


def test_refuses_what_is_no_archive(tmp_path: Path) -> None:
    start = "is damaged, or no NPZ archive; numpy.savez writes one"
    assert refused(written(tmp_path, "1,2\n", "cloud.npz")).startswith(start)
    good = io.BytesIO()
    np.savez_compressed(good, points=np.random.default_rng(0).standard_normal((500, 2)))
    broken = bytearray(good.getvalue())
    broken[4000:4100] = bytes(100)
    assert refused(written(tmp_path, bytes(broken), "cloud.npz")).startswith(start)


def test_a_zip_bomb_is_judged_by_its_header(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("points.npy", npy("(200000000, 1)", bytes(10**7)))
    assert refused(tmp_path / "bomb.npz", 1) == "holds 200,000,000 values; 50,000,000 at most"


def test_damaged_bytes_raise_nothing_else(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.savez_compressed(tmp_path / "a.npz", points=ROWS)
    np.save(tmp_path / "a.npy", ROWS)
    Image.linear_gradient("L").resize((16, 16)).save(tmp_path / "a.png")
    Image.linear_gradient("L").resize((16, 16)).save(tmp_path / "a.jpg")
    (tmp_path / "a.csv").write_text("x,y\n1,2\n3,4\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of numpy and Pillow, which read on
        for good in sorted(tmp_path.glob("a.*")):
            content = good.read_bytes()
            read = density_of if good.suffix in (".png", ".jpg") else cloud
            for i in range(100):
                bad = bytearray(content)
                for _ in range(rng.integers(1, 4)):
                    bad[rng.integers(len(bad))] = rng.integers(256)
                bad = bad[: rng.integers(len(bad))] if i % 4 == 0 else bad
                try:
                    read(str(written(tmp_path, bytes(bad), f"bad{i}{good.suffix}")))
                except Wrong as wrong:
                    assert wrong.where == "path" and "\n" not in str(wrong)


# --- images ---


def complaint(path: Path, invert: bool = False) -> str:
    with pytest.raises(Wrong) as caught:
        density_of(str(path), Ink(invert=invert))
    return caught.value.message


def test_refuses_huge_images_before_decoding(tmp_path: Path) -> None:
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + header
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    data += struct.pack(">I", 2) + b"IDATxx" + bytes(4)
    path = written(tmp_path, data, "huge.png")
    start = time.perf_counter()
    assert complaint(path) == "huge.png: has 30,000 x 30,000 pixels; 16 megapixels at most"
    assert time.perf_counter() - start < 1


def test_refuses_empty_images(tmp_path: Path) -> None:
    Image.new("RGB", (9, 9), "white").save(tmp_path / "white.png")
    Image.new("RGB", (9, 9), "black").save(tmp_path / "black.png")
    Image.new("RGBA", (9, 9), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    sentence = "is empty: every pixel is white or transparent; switch invert on or choose another image"
    assert complaint(tmp_path / "white.png") == f"white.png: {sentence}"
    assert complaint(tmp_path / "clear.png") == f"clear.png: {sentence}"
    assert "black or transparent" in complaint(tmp_path / "black.png", invert=True)
    assert "black or transparent" in complaint(tmp_path / "clear.png", invert=True)


def test_refuses_what_is_no_image(tmp_path: Path) -> None:
    assert complaint(written(tmp_path, "1,2\n", "a.png")) == f"a.png: is not an image that can be read; give {FORMATS}"
    assert complaint(tmp_path / "none.png") == "none.png: does not exist; choose another file"
    assert complaint(tmp_path) == f"{tmp_path.name}: is a folder; choose a file"
    Image.linear_gradient("L").save(tmp_path / "half.png")
    content = (tmp_path / "half.png").read_bytes()
    assert "half.png: is damaged" in complaint(written(tmp_path, content[: len(content) // 2], "half.png"))
    Image.new("L", (201, 2)).save(tmp_path / "strip.png")
    assert (
        complaint(tmp_path / "strip.png")
        == "strip.png: has 201 x 2 pixels; one side may be 100 times the other at most"
    )


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_reads_every_kind_of_png(tmp_path: Path, mode: str) -> None:
    grey = np.zeros((4, 8), np.uint8)
    grey[:, 4:] = 255
    image = Image.fromarray(grey.astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(grey).convert(mode)
    image.save(tmp_path / "half.png")
    x = density_of(str(tmp_path / "half.png")).scatter(100, np.random.default_rng(0))
    assert x.min() >= -1 and x[:, 0].max() <= 0


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_reads_every_kind_of_jpeg(tmp_path: Path, mode: str) -> None:
    Image.linear_gradient("L").convert("RGB").convert(mode).save(tmp_path / "grey.jpg")
    x = density_of(str(tmp_path / "grey.jpg")).scatter(1000, np.random.default_rng(0))
    assert x[:, 1].mean() == pytest.approx(1 / 6, abs=0.03)


def test_large_images_are_shrunk(tmp_path: Path) -> None:
    Image.linear_gradient("L").resize((3000, 3000)).save(tmp_path / "large.png")
    ink = density_of(str(tmp_path / "large.png"))
    assert len(ink.corners) <= 2048**2
    assert np.abs(ink.scatter(1000, np.random.default_rng(0))).max() <= 0.5


# --- readers ---


@pytest.fixture
def toy(parts_as_they_were: None) -> type[Reader]:
    """All that a new format takes; the file holds what it is read as."""

    @part
    class Toy(Reader, frozen=True, tag="toy"):
        about = "Python's idea of a list."
        names, suffixes, magic = ("Toy", "TOY2"), (".toy", ".toy2"), (b"toy!",)

        def read(self, path: str, dim: int | None) -> np.ndarray:
            with open(path, encoding="utf-8") as file:
                return eval(file.read().removeprefix("toy!"))

    return Toy


def test_a_new_format_is_one_class(tmp_path: Path, toy: type[Reader], capsys: pytest.CaptureFixture[str]) -> None:
    assert np.array_equal(cloud(str(written(tmp_path, "[[1, 2], [3, 4.5]]", "a.toy")), 2), [[1, 2], [3, 4.5]])
    assert cloud(str(written(tmp_path, "[[1]]", "B.TOY2"))).dtype == np.float64
    assert cloud(str(written(tmp_path, "toy![[7, 8]]", "none")), 2).tolist() == [[7, 8]]  # by its first bytes
    message = refused(written(tmp_path, b"1,2\n\x00", "a.csv"))
    assert message.endswith(", Toy or TOY2")
    pairs = kinds("couplings")["file"](path=str(written(tmp_path, "[[1, 2, 3, 4]]", "pairs.toy")))
    assert pairs.pair(np.zeros((1, 2)), np.zeros((1, 2)), np.random.default_rng(0))[1].tolist() == [[3, 4]]
    assert main.main(["parts"]) == 0
    listed = capsys.readouterr().out
    assert "  toy  -  .toy, .toy2, Python's idea of a list." in listed and "  table  -  .csv, .tsv, .txt, " in listed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2]", "was read as an array of shape (2,); a reader gives (n, d), n from 1 to 1,000,000"),
        ("np.zeros((0, 2))", "was read as an array of shape (0, 2); a reader gives (n, d), n from 1 to 1,000,000"),
        (
            "np.zeros((1_000_001, 2), 'i1')",
            "was read as an array of shape (1000001, 2); a reader gives (n, d), n from ",
        ),
        ("[[1, 2], [3]]", "cannot be read as Toy or TOY2: setting an array element with a sequence"),
        ("[['a', 'b']]", "cannot be read as Toy or TOY2: could not convert string to float: 'a'"),
        ("[[1, 2, 3]]", "has 3 columns, but the dimension is 2; give exactly 2, or set the dimension to 3"),
        ("[[1, 2], [3, float('nan')]]", "row 2, column 2: nan is not a finite number"),
        ("[[1, 2], [3, 2e6]]", "row 2, column 2: 2e+06 is beyond 1e6; rescale the data"),
        ("1 / 0", "cannot be read as Toy or TOY2: division by zero"),
        ("open(path + '.idx')", "cannot be read: No such file or directory"),
        ("check_columns(path, 9, dim)", "has 9 columns, but the dimension is 2; give exactly 2"),
    ],
)
def test_what_a_reader_gives_is_checked(tmp_path: Path, toy: type[Reader], text: str, message: str) -> None:
    """Anybody may have written it."""
    assert check_columns is not None
    assert refused(written(tmp_path, text, "a.toy"), 2).startswith(message)


def test_the_limits_come_before_any_reader(tmp_path: Path, toy: type[Reader]) -> None:
    path = written(tmp_path, "1 / 0", "a.toy")
    os.truncate(path, 600 * 2**20)  # sparse
    assert refused(path) == "has 600 MiB; 512 MiB at most"
    (tmp_path / "folder.toy").mkdir()
    assert refused(tmp_path / "folder.toy") == "is a folder; choose a file"


def test_a_format_of_the_house_stays_what_it_is(tmp_path: Path, parts_as_they_were: None) -> None:
    @part
    class Other(Reader, frozen=True, tag="other"):
        names, suffixes = ("Other",), (".csv",)

    assert cloud(str(written(tmp_path, "1,2\n", "a.csv")), 2).tolist() == [[1, 2]]
