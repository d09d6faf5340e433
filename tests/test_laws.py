"""The house's laws: who may import whom, read from the source, and what a fresh process really loads."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.registry import FAMILIES

ROOT = Path(__file__).parent.parent

QT = {"PySide6", "shiboken6", "PyQt5", "PyQt6", "qtpy", "superqt"}
PLOTS = {"pyqtgraph", "vispy"}
TORCH = {"torch", "torchdiffeq"}
BRINGS_TORCH = {*TORCH, "ot", "safetensors.torch"}  # POT imports torch to offer it as a backend

FACTS = {
    f"engine.{name}"
    for name in (
        "spec",
        "tree",
        "registry",
        "plugins",
        "parts",
        "laws.mixture",
        "laws.placement",
        "laws.stroke",
        "reading.faces",
        "fields.field",
        "evidence.estimate",
        "evidence.figures",
        "motion.stopping",
        "probe",
        "snapshot",
        "mailbox",
        "codec",
        "gate",
        "wording",
        "writing",
    )
}
NOT_SHARED = {f"engine.{name}" for name in ("mailbox", "codec", "gate", "writing")}
SHARED = FACTS - NOT_SHARED | {"engine.evidence.metric", "engine.probes"}
DRAWN = {"engine.laws.outlines", "engine.laws.scatter"}  # how points of a stroke come about: the tools show them


@dataclass(frozen=True)
class Import:
    """One imported module or name: ``from engine import spec`` gives ``engine.spec``."""

    file: str  # relative to the root, with slashes
    line: int
    module: str
    lazy: bool  # inside a function: runs when it is called, not when the module is loaded

    def inside(self, packages: set[str]) -> bool:
        return any(self.module == name or self.module.startswith(f"{name}.") for name in packages)

    def standard(self) -> bool:
        return self.module.partition(".")[0] in sys.stdlib_module_names


def imports(path: Path, typed: bool = False) -> Iterator[Import]:
    """Every import that can run; ``typed``: also those under ``if TYPE_CHECKING:``, which cannot."""
    file = path.relative_to(ROOT).as_posix()

    def visit(node: ast.AST, lazy: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(file, node.lineno, alias.name, lazy)
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            if node.level:
                origin = ".".join([*path.relative_to(ROOT).parts[: -node.level], *filter(None, [origin])])
            for alias in node.names:
                yield Import(file, node.lineno, f"{origin}.{alias.name}", lazy)
        elif not typed and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for child in node.orelse:
                yield from visit(child, lazy)
        else:
            lazy = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            for child in ast.iter_child_nodes(node):
                yield from visit(child, lazy)

    yield from visit(ast.parse(path.read_text(encoding="utf-8"), file), False)


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@dataclass(frozen=True)
class Law:
    name: str
    files: Callable[[], list[Path]]
    forbids: Callable[[Import], bool]


LAWS = [
    Law(
        "the facts know numpy, msgspec, tomli_w and each other",
        lambda: [ROOT / f"{name.replace('.', '/')}.py" for name in sorted(FACTS)],
        lambda i: not (i.standard() or i.inside({"numpy", "msgspec", "tomli_w", *FACTS})),
    ),
    Law(
        "the engine knows no window",
        lambda: sources("engine"),
        lambda i: i.inside({*QT, *PLOTS, "app"}),
    ),
    Law(
        "parts load without torch, so that forms can list them at once",
        lambda: sources(*(package.replace(".", "/") for package in FAMILIES.values())),
        lambda i: not i.lazy and i.inside(BRINGS_TORCH),
    ),
    Law(
        "the scene knows numpy and the engine's facts, no Qt",
        lambda: sources("app/scene", "app/views"),
        lambda i: not (i.standard() or i.inside({"numpy", "msgspec", "app.scene", "app.views", *SHARED})),
    ),
    Law(
        "drawing tools are values: they know the scene, how numbers are written and other dimensions, no Qt",
        lambda: sources("app/tools", "app/sketch"),
        lambda i: (
            not (
                i.standard()
                or i.inside(
                    {"numpy", "msgspec", "app.scene", "app.tools", "app.sketch", "app.dimension"}
                    | {"app.forms.typed_values", *SHARED, *DRAWN}
                )
            )
        ),
    ),
    Law(
        "films are pure functions: they know the scene and the views, no Qt",
        lambda: [ROOT / "app/export/film.py", *sources("app/export/films")],
        lambda i: (
            not (
                i.standard()
                or i.inside(
                    {"numpy", "msgspec", "app.scene", "app.views", "app.export.film", "app.export.films", *SHARED}
                )
            )
        ),
    ),
    Law(
        "formats of films know frames as arrays: no Qt, no scene",
        lambda: [ROOT / "app/export/encoder.py", ROOT / "app/export/video.py", *sources("app/export/encoders")],
        lambda i: i.inside({*QT, "app.scene", "app.views"}),
    ),
    Law(
        "Triton is known to its kernels alone, and these are asked for when one is launched",
        lambda: sources("engine", "app"),
        lambda i: (
            (i.inside({"triton"}) and not i.file.startswith("engine/learning/kernels/"))
            or (not i.lazy and i.inside({f"engine.learning.kernels.{name}" for name in ("adam", "gather", "mlp")}))
        ),
    ),
    Law(
        "the window never knows torch",
        lambda: sources("app"),
        lambda i: i.inside(TORCH),
    ),
    Law(
        "pyqtgraph is known to the plane alone",
        lambda: sources("app"),
        lambda i: i.inside({"pyqtgraph"}) and i.file != "app/canvas/glass.py",
    ),
    Law(
        "vispy is known to the pictures in depth alone",
        lambda: sources("app"),
        lambda i: i.inside({"vispy"}) and i.file != "app/canvas/depth.py",
    ),
    Law(
        "main loads neither window nor torch before it knows what is asked",
        lambda: [ROOT / "main.py"],
        lambda i: not i.lazy and i.inside({*QT, *PLOTS, *BRINGS_TORCH}),
    ),
]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name.replace(" ", "-"))
def test_law(law: Law) -> None:
    files = law.files()
    assert files, "the law holds for no file: has a folder been renamed?"
    broken = [f"{i.file}:{i.line} imports {i.module}" for path in files for i in imports(path) if law.forbids(i)]
    assert not broken, f"{law.name}:\n" + "\n".join(broken)


def test_packages_hold_a_docstring_and_nothing_else() -> None:
    """Re-exports were the only source of import cycles in a trial of this layout. The engine's names for notebooks are
    a table that is looked up when a name is asked for: it imports nothing of ours."""
    packages = [path for path in sources("engine", "app", "resources") if path.name == "__init__.py"]
    assert packages
    for path in packages:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        rest = tree.body[1:] if ast.get_docstring(tree) else tree.body
        if path == ROOT / "engine/__init__.py":
            assert not [i for i in imports(path) if not i.standard()]
            continue
        assert not rest, f"{path.relative_to(ROOT)}:{rest[0].lineno}"


def circles(arrows: dict[str, set[str]]) -> list[list[str]]:
    """The groups of files that reach each other (Tarjan's strongly connected components of more than one file)."""
    order, low, stack, found = {}, {}, [], []

    def visit(file: str) -> None:
        order[file] = low[file] = len(order)
        stack.append(file)
        for other in sorted(arrows[file]):
            if other not in order:
                visit(other)
            if other in stack:
                low[file] = min(low[file], low[other])
        if low[file] == order[file]:
            at = stack.index(file)
            found.append(sorted(stack[at:]))
            del stack[at:]

    for file in sorted(arrows):
        if file not in order:
            visit(file)
    return [group for group in found if len(group) > 1]


def file_arrows() -> dict[str, set[str]]:
    """Which file imports which, by its names, inside functions and for a type checker alone included."""
    files = [*sources("app", "engine", "resources"), ROOT / "main.py"]
    named = {path.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."): path for path in files}
    arrows = {}
    for path in files:
        me = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        wanted = set()
        for one in imports(path, typed=True):
            known = one.module if one.module in named else one.module.rpartition(".")[0]
            if known in named and known != me:
                wanted.add(known)
        arrows[me] = wanted
    return arrows


def test_no_circle_of_files() -> None:
    """A circle is one file in several pieces: none of them can be understood, tested or moved alone."""
    arrows = file_arrows()
    assert sum(map(len, arrows.values())) > 400, "imports are not found any more"
    assert circles(arrows) == []
    # the finder itself: one circle of three, one of two, and what only points at them
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a", "e"}, "e": {"d"}, "f": {"a"}}) == [
        ["a", "b", "c"],
        ["d", "e"],
    ]


NOT_VIRTUAL = {"show", "render"}  # methods of Qt that our classes may hide: only Python calls them


def overrides(source: str, qt: dict[str, set[str]]) -> Iterator[tuple[int, str, bool]]:
    """Every override of a method of Qt: line, ``Class.method``, and whether it is guarded.

    ``qt``: the names that classes have from libraries, by class; those of the source that inherit from one join it.
    """
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ClassDef):
            continue
        bases = [ast.unparse(base).rpartition(".")[2] for base in node.bases]
        names = set().union(*(qt.get(base, set()) for base in bases))
        if names:
            qt[node.name] = names
        for item in node.body:
            if isinstance(item, ast.FunctionDef) and item.name in names:
                by = {ast.unparse(decorator) for decorator in item.decorator_list}
                yield item.lineno, f"{node.name}.{item.name}", "guarded" in by


def test_every_override_of_qt_is_guarded() -> None:
    """On Python 3.11 an exception of C code that leaves one kills the process: see app/guard.py."""
    import pyqtgraph
    from PySide6 import QtCore, QtGui, QtWidgets

    qt: dict[str, set[str]] = {}
    for module in (pyqtgraph, QtCore, QtGui, QtWidgets):
        classes = {name: cls for name, cls in vars(module).items() if isinstance(cls, type)}
        qt |= {name: set(dir(cls)) - set(dir(object)) - NOT_VIRTUAL for name, cls in classes.items()}
    pure = tuple(ROOT / folder for folder in ("app/scene", "app/views", "app/tools"))
    files = [path for path in sources("app") if not any(path.is_relative_to(folder) for folder in pure)]
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    for _ in range(4):  # a class may inherit from one of a file that comes later
        found = [(path, *one) for path, text in texts.items() for one in overrides(text, qt)]
    assert len(found) > 60, "overrides are not found any more"
    bare = [f"{path.relative_to(ROOT)}:{line} {name}" for path, line, name, guarded in found if not guarded]
    assert not bare, "an override of a Qt virtual without @guarded:\n" + "\n".join(bare)
    # the finder itself: classes of ours over Qt's, inside a function too
    source = (
        "def f():\n  class A(QtWidgets.QWidget):\n    def paintEvent(self, e): 1\n    def mine(self): 1\n"
        "  class B(A):\n    @guarded\n    def sizeHint(self): 1\n"
    )
    assert list(overrides(source, qt)) == [(3, "A.paintEvent", False), (7, "B.sizeHint", True)]


GUESSES = {"QLabel", "QMessageBox", "QErrorMessage", "QToolTip", "QWhatsThis"}  # what looks like HTML is HTML to them
TIPS = {"setToolTip", "setTabToolTip", "setWhatsThis", "showText"}


def rich(source: str) -> Iterator[tuple[int, str]]:
    """Every place where a text might be taken for HTML: line, and what stands there."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name | ast.Attribute | ast.alias):
            name = getattr(node, "id", "") or getattr(node, "attr", "") or getattr(node, "name", "")
            if name in GUESSES or name in ("RichText", "AutoText", "MarkdownText"):
                yield node.lineno, name
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            tip = node.func.attr in TIPS or any("ToolTipRole" in ast.unparse(given) for given in node.args)
            if tip and not any(ast.unparse(given).startswith("plain(") for given in node.args):
                yield node.lineno, ast.unparse(node)


def test_text_is_shown_as_it_is() -> None:
    """A key ``<img src=/dev/stdin>`` of a spec was read by a label, and a file's name could draw a picture."""
    found = [
        f"{path.relative_to(ROOT)}:{line} {what}"
        for path in sources("app")
        if path != ROOT / "app/plain_text.py"
        for line, what in rich(path.read_text(encoding="utf-8"))
    ]
    assert not found, "use Label, Box, explain or plain of app/plain_text.py:\n" + "\n".join(found)
    source = "QLabel(x)\na.setToolTip(x)\na.setToolTip(plain(x))\nb.setItemData(0, x, Qt.ToolTipRole)\nQtWidgets.QLabel"
    assert {line for line, _ in rich(source)} == {1, 2, 4, 5}


def test_reading_of_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader itself: aliases, relative imports, nesting, and what only a type checker sees."""
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    (tmp_path / "engine" / "paths").mkdir(parents=True)
    source = tmp_path / "engine" / "paths" / "odd.py"
    source.write_text(
        "import torch.nn as nn\n"
        "from engine import spec\n"
        "from ..lab import Lab\n"
        "from . import straight\n"
        "if TYPE_CHECKING:\n    import ot\n"
        "class A:\n    import vispy\n    def f(self):\n        from PySide6.QtCore import QTimer\n",
        encoding="utf-8",
    )
    assert [(i.line, i.module, i.lazy) for i in imports(source)] == [
        (1, "torch.nn", False),
        (2, "engine.spec", False),
        (3, "engine.lab.Lab", False),
        (4, "engine.paths.straight", False),
        (8, "vispy", False),
        (10, "PySide6.QtCore.QTimer", True),
    ]


@pytest.mark.parametrize(
    ("doing", "never"),
    [
        ("import engine.lab", {*QT, *PLOTS, "app"}),
        ("import engine.registry as r; [r.kinds(family) for family in r.FAMILIES]", {*QT, *PLOTS, *TORCH, "app"}),
        ("import engine.codec", {*QT, *PLOTS, *TORCH, "app"}),
        ("import engine.projects.reader, engine.projects.writer", {*QT, *PLOTS, *TORCH, "app"}),
        ("import app.application", TORCH),
        ("import main", {*QT, *TORCH}),
    ],
)
def test_fresh_process_loads(doing: str, never: set[str]) -> None:
    """What the source cannot show: imports of imports."""
    code = f"{doing}; import sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert not never & set(done.stdout.split())


@pytest.mark.parametrize("constant", [None, True], ids=str)
def test_binding_keeps_references_to_constants(constant: object) -> None:
    """PySide6 6.12.0 on Python 3.11 loses one reference to None or True on nearly every void call and every emit,
    until the interpreter aborts. From Python 3.12 on both are immortal and nothing can be lost.
    """
    from PySide6.QtCore import QObject, QTimer, Signal

    class Sender(QObject):
        sent = Signal(bool)

    sender, timer = Sender(), QTimer()
    before = sys.getrefcount(constant)
    for _ in range(200):
        timer.setInterval(20)
        timer.setSingleShot(True)
        sender.setObjectName("sender")
        sender.sent.emit(True)
    assert sys.getrefcount(constant) >= before - 20  # 800 calls lose hundreds; the slack is for other threads


NUMBERS = {"app/scene/numbers.py", "app/canvas/ticks.py", "app/forms/typed_values.py"}


def powers(source: str) -> Iterator[tuple[int, str]]:
    """Every f-string that may write a number as 5.7e-05: line, and the piece."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            spec = "".join(str(part.value) for part in node.format_spec.values if isinstance(part, ast.Constant))
            if spec[-1:] in tuple("eEgGn"):
                yield node.lineno, ast.unparse(node)


def test_the_window_writes_numbers_in_one_way() -> None:
    """5.72e-05 stood in a card beside 5.7·10⁻⁵ in the table."""
    found = [
        f"{path.relative_to(ROOT)}:{line} {what}"
        for path in sources("app")
        if path.relative_to(ROOT).as_posix() not in NUMBERS
        for line, what in powers(path.read_text(encoding="utf-8"))
    ]
    assert not found, "use number, short or figure of app/scene/numbers.py:\n" + "\n".join(found)
    assert [what for _, what in powers('f"{x:.3g} {y} {z:.2f} {w:{n}.1e}"')] == ["{x:.3g}", "{w:{n}.1e}"]


def test_the_engine_asks_for_properties_and_not_for_kinds() -> None:
    """What a field, an operation or a solver is like is said by itself (``rough``, ``one_step``, ``heavy``): a kind
    that is compared with, or a class that is asked for, leaves the next part of that sort out."""
    from engine.fields.field import Field
    from engine.registry import FAMILIES, kinds

    names = {kind for family in tuple(FAMILIES) if family not in ("distributions", "readers") for kind in kinds(family)}
    fields, todo = set(), [Field]
    while todo:
        todo += todo.pop().__subclasses__()
        fields |= {cls.__name__ for cls in todo}
    fields -= {"Net", "Transformed"}  # what can be written to a file; a field in other clothes
    found = []
    for path in sources("engine"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare) and all(isinstance(way, ast.Eq | ast.NotEq) for way in node.ops):
                sides = (node.left, *node.comparators)
                if any(isinstance(side, ast.Attribute) and side.attr == "kind" for side in sides) and any(
                    isinstance(side, ast.Constant) and side.value in names for side in sides
                ):
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}")
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance":
                asked = {word.id for word in ast.walk(node.args[1]) if isinstance(word, ast.Name)}
                if asked & fields:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}")
    assert not found, "let the part or the field say it:\n" + "\n".join(found)
