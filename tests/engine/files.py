"""Good files of every format that is read, to be read as they are, and to be damaged."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from engine.parts import Reader
from engine.reading.clouds import cloud
from engine.reading.image_density import density_of
from engine.reading.pictures import APART
from engine.registry import kinds

ROWS = np.random.default_rng(0).standard_normal((40, 2)).round(4)


def _table(path: Path) -> None:
    rows = "\n".join(f"{x},{y}" for x, y in ROWS)
    path.write_text(f'x,"y"  # by hand\n{rows}\n', encoding="utf-8")


def _tabs(path: Path) -> None:
    path.write_text("\n".join(f"{x}\t{y:e}" for x, y in ROWS), encoding="utf-8")


def _picture(path: Path) -> Image.Image:
    return Image.linear_gradient("L").resize((24, 16))


def _ply(binary: bool) -> Callable[[Path], None]:
    x = np.column_stack([ROWS, ROWS[:, 0]])

    def write(path: Path) -> None:
        form = "binary_big_endian" if binary else "ascii"
        head = "".join(
            f"property {'float' if name == 'quality' else 'double'} {name}\n" for name in (*"xyz", "quality")
        )
        head = f"ply\nformat {form} 1.0\ncomment of ours\nelement vertex {len(x)}\n{head}end_header\n"
        if binary:
            data = np.zeros(len(x), [("x", ">f8"), ("y", ">f8"), ("z", ">f8"), ("quality", ">f4")])
            data["quality"] = 0.5
            for name, values in zip("xyz", x.T, strict=True):
                data[name] = values
            path.write_bytes(head.encode() + data.tobytes())
        else:
            path.write_text(head + "".join(f"{a} {b} {c} 0.5\n" for a, b, c in x))

    return write


CUBE = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
QUADS = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
TRIANGLES = np.array([three for q in QUADS for three in ((q[0], q[1], q[2]), (q[0], q[2], q[3]))])


def _obj(path: Path) -> None:
    corners = "".join(f"v {x} {y} {z}\n" for x, y, z in CUBE)
    faces = "".join(f"f {' '.join(str(k + 1) for k in quad)}\n" for quad in QUADS)
    path.write_text(f"# a cube\nmtllib ../../../etc/passwd\no cube\n{corners}{faces}")


def _off(path: Path) -> None:
    corners = "".join(f"{x} {y} {z}\n" for x, y, z in CUBE)
    faces = "".join(f"4 {' '.join(map(str, quad))} 255 0 0\n" for quad in QUADS)
    path.write_text(f"OFF\n# a cube\n8 6 0\n{corners}{faces}")


def _stl(path: Path) -> None:
    records = np.zeros(len(TRIANGLES), [("n", "<f4", 3), ("v", "<f4", (3, 3)), ("a", "<u2")])
    records["v"] = CUBE[TRIANGLES]
    path.write_bytes(b"a cube".ljust(80) + len(records).to_bytes(4, "little") + records.tobytes())


def _stl_text(path: Path) -> None:
    faces = "".join(
        "facet normal 0 0 0\n outer loop\n"
        + "".join(f"  vertex {x} {y} {z}\n" for x, y, z in CUBE[triangle])
        + " endloop\nendfacet\n"
        for triangle in TRIANGLES
    )
    path.write_text(f"solid cube\n{faces}endsolid cube\n")


def glb(tree: dict, data: bytes) -> bytes:
    """A GLB of this description and these bytes."""
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    data += bytes(-len(data) % 4)
    chunks = struct.pack("<I", len(text)) + b"JSON" + text + struct.pack("<I", len(data)) + b"BIN\0" + data
    return b"glTF" + struct.pack("<II", 2, 12 + len(chunks)) + chunks


def cubes(matrices: list[list[float]]) -> tuple[dict, bytes]:
    """A scene with the cube at each of these places."""
    corners, indices = CUBE.astype("<f4").tobytes(), TRIANGLES.astype("<u2").tobytes()
    return {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": list(range(len(matrices)))}],
        "nodes": [{"mesh": 0, "matrix": matrix} for matrix in matrices],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 1]},
            {"bufferView": 1, "componentType": 5123, "count": 36, "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": len(corners)},
            {"buffer": 0, "byteOffset": len(corners), "byteLength": len(indices)},
        ],
        "buffers": [{"byteLength": len(corners) + len(indices)}],
    }, corners + indices


PLACE = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
SHIFTED = [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 5, 0, 0, 1]  # twice as large, at 5


def _arrow(path: Path) -> None:
    import pyarrow as pa
    import pyarrow.feather
    import pyarrow.parquet

    table = pa.table({"name": pa.array(["u", "v"] * 20).dictionary_encode(), "x": ROWS[:, 0], "y": ROWS[:, 1]})
    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(table, path, compression="zstd")
    else:
        pyarrow.feather.write_feather(table, path, compression="lz4")


def _tensor(path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    x = {"weight": torch.zeros(3, dtype=torch.bfloat16), "points": torch.tensor(ROWS), "label": torch.arange(40)}
    save_file(x, path) if path.suffix == ".safetensors" else torch.save(x, path)


def _workbook(path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "notes"
    sheet = book.create_sheet("data")
    for row in (["kind", "x", "y"], *(["u" if k % 2 else "v", *row] for k, row in enumerate(ROWS.tolist()))):
        sheet.append(row)
    book.save(path)


def _las(path: Path) -> None:
    import laspy

    header = laspy.LasHeader(point_format=3, version="1.2")
    header.offsets, header.scales = [5.6e6, 6e5, 0], [1e-4] * 3
    scan = laspy.LasData(header)
    scan.x, scan.y, scan.z = 5.6e6 + ROWS[:, 0], 6e5 + ROWS[:, 1], ROWS[:, 0]
    scan.classification = np.arange(40) % 3
    scan.write(path)


DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 20">
<defs><linearGradient id="g"><stop offset="0"/></linearGradient></defs>
<g transform="rotate(9)"><path d="M1 1 C 5 9, 9 5, 20 10 z" fill="url(#g)"/></g><circle cx="9" cy="9" r="3"/></svg>"""

#: Reader -> name of a file -> what writes it.
CLOUDS: dict[str, dict[str, Callable[[Path], None]]] = {
    "table": {"a.csv": _table, "b.tsv": _tabs},
    "npy": {
        "a.npy": lambda path: np.save(path, ROWS),
        "b.npy": lambda path: np.save(path, ROWS.astype(">f4", order="F")),
    },
    "npz": {
        "a.npz": lambda path: np.savez(path, labels=np.arange(3), points=ROWS),
        "b.npz": lambda path: np.savez_compressed(path, other=ROWS),
    },
    "arrow": {"a.parquet": _arrow, "a.feather": _arrow},
    "tensors": {"a.safetensors": _tensor, "a.pt": _tensor},
    "workbook": {"a.xlsx": _workbook},
    "mesh": {
        "a.ply": _ply(False),
        "b.ply": _ply(True),
        "a.obj": _obj,
        "a.stl": _stl,
        "b.stl": _stl_text,
        "a.off": _off,
        "a.glb": lambda path: path.write_bytes(glb(*cubes([PLACE, SHIFTED]))),
    },
    "las": {"a.las": _las, "a.laz": _las},
}
PICTURES: dict[str, Callable[[Path], None]] = {
    "a.png": lambda path: _picture(path).save(path),
    "b.png": lambda path: _picture(path).convert("P").save(path, transparency=3),
    "a.jpg": lambda path: _picture(path).save(path),
    "b.jpg": lambda path: _picture(path).convert("RGB").save(path, progressive=True, exif=b"Exif\0\0II*\0"),
    "a.webp": lambda path: _picture(path).convert("RGB").save(path),
    "a.gif": lambda path: _picture(path).convert("P").save(path),
    "a.bmp": lambda path: _picture(path).save(path),
    "a.tif": lambda path: _picture(path).save(path, compression="tiff_lzw"),
    "a.svg": lambda path: path.write_text(DRAWING),
}


#: Readers whose files are always read in a process of its own.
HEAVY = {kind for kind, cls in kinds("readers").items() if cls.aside is not Reader.aside and kind != "table"}


def written(folder: Path, heavy: bool = True) -> dict[Path, Callable[[str], object]]:
    """A file of every registered reader (the heavy ones too) and of every sort of picture, with what reads it."""
    for kind in kinds("readers"):
        assert CLOUDS.get(kind), f"say here how a good file for the reader {kind!r} is made"
    found: dict[Path, Callable[[str], object]] = {}
    clouds = [makers for kind, makers in CLOUDS.items() if heavy or kind not in HEAVY]
    drawn = {name: make for name, make in PICTURES.items() if heavy or not name.endswith(APART)}
    for makers, read in (*((makers, cloud) for makers in clouds), (drawn, density_of)):
        for name, make in makers.items():
            make(folder / name)
            found[folder / name] = read
    return found
