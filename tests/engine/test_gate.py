"""The gate for specs and sweeps: what strangers may write is refused in a short sentence, at once, in little memory."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import main
from engine import codec, gate
from engine.distributions.drawn import MAX_DOTS, Drawn
from engine.parts import Wrong
from engine.spec import Experiment
from engine.sweeps import plan

READERS = {"spec": codec.read, "sweep": plan.read}
ROOT = Path(__file__).parent.parent.parent
ENDS = 'source = {kind = "gaussian"}\ntarget = {kind = "two moons"}\n'
SECONDS, MIB = 4.0, 150  # of the processor; above what the program has anyway


@contextlib.contextmanager
def at_once() -> Iterator[None]:
    start = time.process_time()
    yield
    took = time.process_time() - start
    assert took < SECONDS, f"{took:.1f} s"


def refused(read: Callable[[Path], object], path: Path) -> str:
    with pytest.raises(Wrong) as caught:
        read(path)
    said = str(caught.value)
    assert said.isprintable() and len(said) < 850, said
    return said


@pytest.fixture(params=READERS)
def read(request: pytest.FixtureRequest) -> Callable[[Path], object]:
    return READERS[request.param]


# --- what is no file ---


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.toml")
    return folder / "pipe.toml"


def _link(folder: Path) -> Path:
    (folder / "zero.toml").symlink_to("/dev/zero")
    return folder / "zero.toml"


NO_FILES = {
    "a pipe": (_pipe, "pipe.toml: cannot be read (it is a device or a pipe)"),
    "a device": (lambda folder: Path("/dev/zero"), "zero: cannot be read (it is a device or a pipe)"),
    "a link to a device": (_link, "zero.toml: cannot be read (it is a device or a pipe)"),
    "a folder": (lambda folder: folder, "cannot be read (it is a folder)"),
    "nothing": (lambda folder: folder / "none.toml", "none.toml: cannot be read (No such file or directory)"),
    "no name": (lambda folder: Path("a\0b"), "a b: cannot be read (embedded null byte)"),
}


@pytest.mark.skipif(os.name == "nt", reason="no such files there")
@pytest.mark.parametrize("made", NO_FILES)
def test_only_files_are_read(tmp_path: Path, read: Callable[[Path], object], made: str) -> None:
    """None of the others is even opened: who opens a pipe waits for a writer."""
    make, sentence = NO_FILES[made]
    said: list[str] = []
    reading = threading.Thread(target=lambda: said.append(refused(read, make(tmp_path))), daemon=True)
    reading.start()
    reading.join(5)
    assert said and said[0].endswith(sentence)


@pytest.mark.skipif(os.name == "nt", reason="no pipes there")
def test_a_pipe_that_takes_the_place_of_a_file_is_not_waited_for(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "spec.toml"
    path.write_text(ENDS)
    before = os.stat(path)
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(gate.os, "stat", lambda _: before)
    with pytest.raises(OSError, match="device or a pipe"):
        gate.opened(path)


@pytest.mark.parametrize("suffix", [".toml", ".json"])
def test_a_large_file_is_not_read(tmp_path: Path, read: Callable[[Path], object], suffix: str) -> None:
    path = tmp_path / f"huge{suffix}"
    with path.open("wb") as file:
        file.truncate(10 * 2**30)  # sparse
    with at_once():
        assert f"huge{suffix}: is larger than 5 MiB; a " in refused(read, path)


# --- what costs more than it looks ---

FULL = gate.MAX_BYTES - 1000
DEEP = "has tables or lists more than 32 deep inside each other"
COSTLY = {
    "a dotted key of 20 kB": (".".join("a" * 10_000) + " = 1", "has a key of more than 8 parts"),
    "a dotted key of 100 kB": (".".join("a" * 50_000) + " = 1", "has a key of more than 8 parts"),
    "a dotted header": ("[" + " . ".join("a" * 50_000) + "]", "has a key of more than 8 parts"),
    "quoted dotted keys": (".".join(['"a=b"'] * 20_000) + " = 1", "has a key of more than 8 parts"),
    "behind a string of many quotes": (
        'x = {a = """b"""", ' + ".".join("a" * 20_000) + " = 1}",
        "has a key of more than 8 parts",
    ),
    "nested lists": ("x = " + "[" * 100_000, DEEP),
    "nested tables": ("x = " + "{a = " * 33 + "1" + "}" * 33, DEEP),
    "many headers": ("".join(f"[a{i}]\n" for i in range(400_000)), "has more than 20,000 fields"),
    "many names": ("".join(f"a{i} = 1\n" for i in range(400_000)), "has more than 20,000 fields"),
    "many tables in a list": ("x = [" + "{a=1}," * 150_000 + "]", "has more than 20,000 fields"),
    "the most dotted names": (
        "".join(f"{'.'.join([f'a{i}'] * 8)} = 1\n" for i in range(19_000)),
        "is not a known field",
    ),
    "a hexadecimal number": ("seed = 0x" + "f" * 5000, "seed: is a whole number of 6,021 digits; 19 are the most"),
    "a binary number": ("[training]\nsteps = 0b" + "1" * 70, "training.steps: is a whole number of 22 digits"),
    "a decimal number": ("seed = " + "9" * 5000, "is not valid TOML (Exceeds the limit"),
    "a number in a list": ("x = [[1, 0x" + "f" * 5000 + "]]", "x[0][1]: is a whole number of 6,021 digits"),
    "an open string of backslashes": ('x = "' + '\\"' * (FULL // 2), "is not valid TOML"),
    "open strings": ('"""' + "'" * FULL, "is not valid TOML"),
    "quotes": ('"' * FULL, "is not valid TOML"),
    "dots": ("a" + "." * FULL, "has a key of more than 8 parts"),
    "numbers": ("x = [" + "1," * (FULL // 2) + "]", "has more than 400,000 numbers and lists"),
    "the most numbers": ("x = [" + "1," * 399_000 + "]", "x: is not a known field"),
    "the most lists": ("x = [" + "[]," * 199_000 + "]", "x: is not a known field"),
    "the most tables": ("x = [" + "{a = 1}," * 19_000 + "]", "x: is not a known field"),
    "comments": ("#\n" * (FULL // 2) + ENDS + "x = 1", "x: is not a known field"),
}


@pytest.mark.parametrize("what", COSTLY)
def test_cost_is_bounded_before_it_is_parsed(tmp_path: Path, what: str) -> None:
    text, sentence = COSTLY[what]
    path = tmp_path / "spec.toml"
    path.write_text(text)
    with at_once():
        assert sentence in refused(codec.read, path)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is told in other units there")
def test_memory_is_bounded() -> None:
    """The most that a process needs for any of them, beyond what it has when it has read a good one."""
    code = f"""
        import json, resource, sys
        from engine import codec
        from engine.parts import Wrong
        used = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        codec.parse({ENDS!r})
        before = used()
        for text in json.load(sys.stdin):
            try:
                codec.parse(text)
            except Wrong:
                pass
        print(used() - before)
    """
    texts = json.dumps([text for text, _ in COSTLY.values() if len(text) < 3_000_000])
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], input=texts, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert float(ran.stdout) - len(texts) / 2**20 * 2 < MIB


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[" * 100_000, DEEP),
        ("[" * 40 + "]" * 40, DEEP),
        ('{"a": ' * 40 + "1" + "}" * 40, DEEP),
        ('{"seed": 123456789012345678901234567890}', "seed: "),
        ('{"seed": ' + "9" * 5000 + "}", "spec.json: is not valid JSON"),
        ("[" + "[]," * 199_000 + "[]]", "a list is not a table"),
        ("[" + "[]," * (FULL // 3) + "[]]", "has more than 400,000 numbers and lists"),
        ("[" + "{}," * (FULL // 3) + "{}]", "has more than 400,000 numbers and lists"),
    ],
)
def test_json_too(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "spec.json"
    path.write_text(text)
    with at_once():
        assert sentence in refused(codec.read, path)


def test_a_sweep_passes_the_same_gate(tmp_path: Path) -> None:
    path = tmp_path / "sweep.toml"
    path.write_text("seeds = 0x" + "f" * 5000 + "\n[experiment]\n" + ENDS)
    assert refused(plan.read, path) == "seeds: is a whole number of 6,021 digits; 19 are the most"
    path.write_text(".".join("a" * 10_000) + " = 1")
    assert refused(plan.read, path) == "sweep.toml: has a key of more than 8 parts"


@pytest.mark.parametrize("form", ["toml", "json"])
def test_the_largest_experiment_that_can_be_drawn_comes_in(tmp_path: Path, form: str) -> None:
    dots = tuple(map(tuple, (-8 * np.random.default_rng(0).random((MAX_DOTS, 3))).tolist()))
    largest = Experiment(dim=3, source=Drawn(dots=dots), target=Drawn(dots=dots[::-1]))
    codec.write(largest, tmp_path / f"full.{form}")
    assert codec.read(tmp_path / f"full.{form}") == largest


def test_what_looks_long_and_is_not(tmp_path: Path) -> None:
    """Dots and brackets in strings, comments and numbers are no structure."""
    text = f"""
# {"[" * 50} a.b.c.d.e.f.g.h.i.j = {"[" * 50}
dim = 1
source = {{kind = "text", text = "{"[" * 35}"}}  # {"{" * 50}
target = {{kind = 'text', text = '''{"." * 30}'''}}
seed = 0x7fff_ffff
"""
    path = tmp_path / "spec.toml"
    path.write_text(text)
    assert codec.read(path).seed == 0x7FFF_FFFF


# --- what is quoted ---

HOSTILE = {
    "large number": "seed = 1" + "0" * 400 + "\n" + ENDS,
    "large float": f'source = {{kind = "gaussian", std = 1{"0" * 400}}}\ntarget = {{kind = "gaussian"}}',
    "line break in a name": ENDS + '"a\\nb" = 1',
    "line break in a kind": 'source = {kind = "a\\nb"}\ntarget = {kind = "gaussian"}',
    "dots in a name": ENDS + '"a.b" = 1',
    "quotes in a name": ENDS + '"a - at `$b`" = 1',
    "empty name": ENDS + '"" = 1',
    "long name": ENDS + "x" * 100_000 + " = 1",
    "long kind": f'source = {{kind = "{"x" * 100_000}"}}\ntarget = {{kind = "gaussian"}}',
    "long word": f'seed = "{"x" * 100_000}"\n' + ENDS,
    "escape sequences in a name": ENDS + '"\\u001b]0;gone\\u0007\\u202egnp.exe" = 1',
    "escape sequences in a value": 'source = {kind = "\\u001b[31mred\\u009b2J"}\ntarget = {kind = "gaussian"}',
    "escape sequences in a path": 'target = {kind = "gaussian"}\nsource = {kind = "file", path = "\\u001b]0;\\u0007"}',
    "escape sequences in a plug-in": ENDS + 'plugins = ["\\u001b[2J"]',
    "escape sequences in TOML": ENDS + "\u001b[2J = 1",
    "a line that turns round": ENDS + '"a\\u2028b\\u2067c" = 1',
    "many means": 'source = {kind = "mixture", means = [' + "[0.0]," * 5000 + ']}\ntarget = {kind = "gaussian"}',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_one_short_line(text: str) -> None:
    with pytest.raises(Wrong) as caught:
        codec.parse(text)
    assert str(caught.value).isprintable() and len(str(caught.value)) < 600


def _spec(text: str) -> Callable[[Path], list[str]]:
    def made(folder: Path) -> list[str]:
        (folder / "spec.toml").write_text(text, encoding="utf-8")
        return ["run", str(folder / "spec.toml"), "--out", str(folder / "out")]

    return made


def _sweep(text: str) -> Callable[[Path], list[str]]:
    def made(folder: Path) -> list[str]:
        (folder / "sweep.toml").write_text(text, encoding="utf-8")
        return ["sweep", str(folder / "sweep.toml"), "--out", str(folder / "out")]

    return made


OBEYED = "\\u001b]0;gone\\u0007\\u001b[31m\\u202e\\u009b2J"
TYPED = {name: _spec(text) for name, text in HOSTILE.items()} | {
    "the name of a spec": lambda folder: ["run", str(folder / "\x1b[2J\u202e.toml"), "--out", str(folder)],
    "the name of a folder": lambda folder: [str(folder / "\x1b[2J\u202e")],
    "a key of a sweep": _sweep(f'"{OBEYED}" = 1'),
    "a field of a sweep": _sweep(f'[experiment]\n{ENDS}[sweep]\n"source.{OBEYED}" = [1]'),
    "a mode of a sweep": _sweep(f'mode = "{OBEYED}"\n[experiment]\n{ENDS}'),
    "a value of a sweep": _sweep(f'[experiment]\n{ENDS}[sweep]\ntarget = ["{OBEYED}"]'),
    "a spec that a sweep names": _sweep(f'spec = "{OBEYED}.toml"'),
}


@pytest.mark.parametrize("what", TYPED)
def test_the_terminal_is_sent_nothing_that_it_obeys(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    assert main.main(TYPED[what](tmp_path)) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.removesuffix("\n").isprintable() and len(told.err) < 900
