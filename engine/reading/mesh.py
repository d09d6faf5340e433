"""Meshes and point clouds: PLY, OBJ, STL, GLB, OFF. trimesh reads; what it is given is bounded first."""

from __future__ import annotations

import io
import os
import re
import struct
import warnings
from typing import Any

import msgspec
import numpy as np

from engine.parts import Reader, Wrong
from engine.reading import compressed
from engine.reading.choice import Choice
from engine.reading.contents import Contents, Found, of_array
from engine.reading.limits import fault
from engine.reading.surface import Mesh, joined, on_faces, vertices
from engine.registry import part
from engine.wording import clean

MAX_CORNERS = 20_000_000  # of all pieces where they stand
MAX_HEADER = 65_536
MAX_NODES = 20_000
MAX_SAMPLES = 1_000_000
KINDS = {".ply": "PLY", ".obj": "OBJ", ".stl": "STL", ".glb": "GLB", ".off": "OFF"}
_ELEMENT = re.compile(rb"^element[ \t]+(\S{1,40})[ \t]+(\S{1,40})[ \t]*\r?$", re.MULTILINE)


@part
class Meshes(Reader, frozen=True, tag="mesh"):
    """Corners, or places on the faces."""

    about = "Corners of a mesh, or places on its faces by area, with a fixed seed; a cloud without faces as it is."
    names, suffixes, magic = tuple(KINDS.values()), tuple(KINDS), (b"ply\n", b"ply\r", b"glTF")
    rank = 40

    def aside(self, path: str, start: bytes) -> bool:
        return True  # trimesh takes a second to import, and what a file makes it do is not bounded

    def contents(self, path: str, choice: Choice) -> Contents:
        raw = compressed.content(path)
        kind = _kind(path, raw)
        promised = CHECKS[kind](path, raw) if kind in CHECKS else ""
        layout = choice.layout
        try:
            pieces, more = (_typed_points(raw) if kind == "PLY" else None) or _pieces(path, raw, kind)
        except (Wrong, MemoryError):
            raise
        except Exception:  # trimesh raises nearly anything at damaged bytes, in words about its own insides
            told = f": it does not hold the {promised} that its header promises" if promised else ""
            raise fault(path, f"is damaged, or no {kind}{told}; export it again") from None
        corners = sum(len(piece.vertices) for piece in pieces)
        if kind in ("PLY", "OFF") and corners < int(promised.split()[0].replace(",", "")):
            raise fault(path, f"is damaged: it ends after {corners:,} of {promised}; export it again")
        if not corners:
            raise fault(path, f"holds no vertices; give {kind} with points or faces")
        if corners > MAX_CORNERS:
            raise fault(path, f"holds {corners:,} vertices; {MAX_CORNERS:,} at most")
        return _contents(path, kind, joined(pieces), more, layout.surface, min(layout.samples, MAX_SAMPLES))


def _kind(path: str, raw: bytes) -> str:
    by_name = KINDS.get(os.path.splitext(path)[1].lower())
    return by_name or ("GLB" if raw.startswith(b"glTF") else "PLY")


def _contents(path: str, kind: str, mesh: Mesh, more: Any, surface: str, samples: int) -> Contents:
    area = mesh.area
    if surface == "surface" and not area > 0:
        raise Wrong("surface", f"{fault(path, 'has no faces with an area').message}; take its vertices")
    if surface == "vertices" or not area > 0:
        x = vertices(mesh)
        notes = () if not area > 0 else (f"its {len(x):,} vertices are taken, not its surface",)
        names, columns = ("x", "y", "z"), x
        if more is not None and len(more[1]) == len(x):
            names, columns = (*names, *more[0]), np.column_stack([x, more[1]])
    else:
        columns, names = on_faces(mesh, samples, np.random.default_rng(0)), ("x", "y", "z")
        faces = f"{len(mesh.faces):,} faces of area {area:.6g}"
        notes = (f"{samples:,} places on its {faces} are taken, by area, with a fixed seed",)
    found = Found(kind, named=True, rows=len(columns), notes=notes, upright=3, surface=area > 0)
    return of_array(columns, names, found)


def _pieces(path: str, raw: bytes, kind: str) -> tuple[list[Mesh], Any]:
    """Vertices and faces of every piece where it stands, and the names and values of other properties of vertices."""
    import logging

    import trimesh

    logging.getLogger("trimesh").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = trimesh.load(io.BytesIO(raw), file_type=kind.lower(), process=False, skip_materials=True)
        if isinstance(found, trimesh.Scene):
            return _placed(path, found), None
    faces = getattr(found, "faces", None)
    faces = np.zeros((0, 3), int) if faces is None else np.asarray(faces, int)
    return [Mesh(np.asarray(found.vertices, float), faces)], _properties(found)


def _typed_points(raw: bytes) -> tuple[list[Mesh], Any] | None:
    """A PLY of numbers in text that has vertices alone, as ``_pieces`` gives it, in a tenth of the time; None for any
    other, and for what does not add up, so that it is told in one place."""
    head, _, body = raw.partition(b"end_header")
    lines = [line.split() for line in head.splitlines()]
    names = [line[-1].decode("latin1") for line in lines if line[:1] == [b"property"]]
    elements = [line for line in lines if line[:1] == [b"element"]]
    listed = any(b"list" in line for line in lines if line[:1] == [b"property"])
    text = any(line[:2] == [b"format", b"ascii"] for line in lines)
    if not text or listed or len(elements) != 1 or elements[0][1] != b"vertex" or names[:3] != ["x", "y", "z"]:
        return None
    if len(set(names)) < len(names):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            values = np.fromstring(body, sep=" ")
        except (DeprecationWarning, ValueError):  # not all of it is numbers
            return None
    rows = int(elements[0][2])
    if len(values) != rows * len(names) or body.strip().count(b"\n") + 1 != rows:
        return None
    table = values.reshape(-1, len(names))
    more = [k for k, name in enumerate(names) if name not in ("x", "y", "z", "nx", "ny", "nz")]
    other = (tuple(clean(names[k], 40) for k in more), table[:, more]) if more else None
    return [Mesh(table[:, :3], np.zeros((0, 3), int))], other


def _placed(path: str, scene: Any) -> list[Mesh]:
    """The pieces of a scene, each as often as it stands there. Raises Wrong for too many."""
    pieces, corners = [], 0
    for node in scene.graph.nodes_geometry:
        transform, name = scene.graph[node]
        piece = scene.geometry[name]
        if not hasattr(piece, "vertices"):
            continue
        x = np.asarray(piece.vertices, float)
        corners += len(x)
        if corners > MAX_CORNERS:
            raise fault(path, f"holds more than {MAX_CORNERS:,} vertices; give a simpler scene")
        faces = getattr(piece, "faces", None)
        faces = np.zeros((0, 3), int) if faces is None else np.asarray(faces, int)
        with np.errstate(all="ignore"):
            pieces.append(Mesh(x @ transform[:3, :3].T + transform[:3, 3], faces))
    return pieces


def _properties(found: Any) -> tuple[tuple[str, ...], np.ndarray] | None:
    """What a PLY says of its vertices beside their place: scalars, by name."""
    raw = (found.metadata or {}).get("_ply_raw", {}).get("vertex", {}).get("data")
    if raw is None:
        return None
    names = raw.dtype.names if isinstance(raw, np.ndarray) else tuple(raw)
    columns = {}
    for name in names or ():
        values = np.asarray(raw[name]).squeeze()
        if name not in ("x", "y", "z", "nx", "ny", "nz") and values.dtype.kind in "iuf" and values.ndim == 1:
            columns[clean(name, 40)] = values.astype(float)
    if not columns or len({len(values) for values in columns.values()}) > 1:
        return None
    return tuple(columns), np.column_stack(list(columns.values()))


def _check_ply(path: str, raw: bytes) -> str:
    head, end, _ = raw[:MAX_HEADER].partition(b"end_header")
    if not raw.startswith(b"ply") or not end:
        raise fault(path, f"is no PLY: its header does not end within {MAX_HEADER // 1024} KiB; export it again")
    promised = []
    for name, count in _ELEMENT.findall(head):
        shown = clean(name.decode("latin1"), 20)
        if not count.isdigit() or len(count) > 12:
            raise fault(path, f"its header promises {clean(count.decode('latin1'), 20)!r} of {shown!r}; give a count")
        if int(count) > len(raw):
            raise fault(path, f"is damaged: its header promises {int(count):,} of {shown!r} in {len(raw):,} bytes")
        promised.append(f"{int(count):,} {shown}")
    if not promised or b"element vertex" not in head:
        raise fault(path, "promises no vertices; give PLY with points or faces")
    return next(one for one in promised if one.endswith(" vertex")).replace("vertex", "vertices")


def _check_stl(path: str, raw: bytes) -> str:
    if raw[:5].lower() == b"solid" and b"facet" in raw[:2000].lower():
        if b"endsolid" not in raw[-2000:].lower():
            raise fault(path, "is damaged: it does not end with endsolid; export it again")
        return ""
    count = struct.unpack("<I", raw[80:84])[0] if len(raw) >= 84 else 0
    if len(raw) < 84 or 84 + 50 * count > len(raw):
        raise fault(path, f"is damaged, or no STL: {count:,} faces do not fit into {len(raw):,} bytes; export it again")
    return f"{count:,} faces"


def _check_off(path: str, raw: bytes) -> str:
    lines = (line.partition(b"#")[0].split() for line in raw[:MAX_HEADER].split(b"\n"))
    words = [word for line in lines for word in line][:2]
    if not words or not words[0].upper().endswith(b"OFF"):
        raise fault(path, "is no OFF: it does not begin with OFF; export it again")
    if len(words) < 2 or not words[1].isdigit() or len(words[1]) > 12 or int(words[1]) > len(raw):
        raise fault(path, "is damaged: its second word is no count of vertices that it can hold; export it again")
    return f"{int(words[1]):,} vertices"


def _check_glb(path: str, raw: bytes) -> str:
    """Raise Wrong for a scene that takes more than it holds: values out of nothing, nodes without end, other files."""
    if len(raw) < 20 or raw[:4] != b"glTF":
        raise fault(path, "is no GLB: it does not begin with glTF; export it again")
    size = struct.unpack("<I", raw[12:16])[0]
    if raw[16:20] != b"JSON" or 20 + size > len(raw):
        raise fault(path, f"is damaged: its first chunk has {size:,} bytes and the file {len(raw):,}; export it again")
    try:
        tree = msgspec.json.decode(raw[20 : 20 + size])
        counts = [accessor["count"] for accessor in tree.get("accessors", ())]
        nodes, buffers = tree.get("nodes", []), tree.get("buffers", [])
        below = [child for node in nodes for child in node.get("children", ())]
        good = all(isinstance(count, int) and count >= 0 for count in counts)
    except Exception:
        raise fault(path, "is damaged: its first chunk is no glTF; export it again") from None
    if not good or sum(counts) > MAX_CORNERS:
        raise fault(path, f"promises more than {MAX_CORNERS:,} values; export it again")
    if len(nodes) > MAX_NODES or len(below) > MAX_NODES:
        raise fault(path, f"has more than {MAX_NODES:,} nodes; give a simpler scene")
    if len(set(map(str, below))) < len(below) or _circle(nodes):
        raise fault(path, "has nodes that stand below each other; export it again")
    if any("uri" in buffer for buffer in buffers):
        raise fault(path, "refers to another file; export it as one binary GLB")
    return f"{sum(counts):,} values"


def _circle(nodes: list[dict]) -> bool:
    """Whether some node stands below itself. Each has one parent at most."""
    parent = {child: k for k, node in enumerate(nodes) for child in node.get("children", ())}
    for start in range(len(nodes)):
        at, steps = start, 0
        while at in parent and steps <= 200:
            at, steps = parent[at], steps + 1
        if steps > 200:
            return True
    return False


CHECKS = {"PLY": _check_ply, "STL": _check_stl, "OFF": _check_off, "GLB": _check_glb}
