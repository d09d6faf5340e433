"""The commands without a window: what they print."""

from __future__ import annotations

import os
import sys
import time
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
import tyro
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from engine import plugins
from engine.interruption import Interruption
from engine.matching.uninterruptible import leave
from engine.motion.stopping import Stop
from engine.parts import Part, Wrong
from engine.printed import means, table
from engine.projects.reader import read
from engine.projects.writer import fit_for_a_project
from engine.registry import FAMILIES, Knob, complaints, kinds, knobs, nearest, origin
from engine.spec import Experiment, Measure, Training
from engine.tree import Branch, title
from engine.wording import clean

#: Draws the rounds of a run's folder: the engine knows no window, and is given it.
_draw: Callable[[Path, str, Stop], object] | None = None


def run(
    spec: tyro.conf.Positional[Path],
    out: Path,
    seed: int | None = None,
    device: Literal["auto", "cuda", "mps", "cpu"] = "auto",
    last_pairs: bool = True,
    project: Path | None = None,
    pictures: bool = False,
    threads: int | None = None,
) -> int:
    """Train all rounds of a spec, print their figures and write them to a folder.

    The same command again goes on where it was stopped, to the same bytes.

    Args:
        spec: The experiment, a TOML or JSON file; of a project what was asked, to be trained anew.
        out: Folder for metrics.json, experiment.toml, pairs.npz and rounds/.
        seed: Replaces the seed of the spec.
        device: Where to compute.
        last_pairs: Simulate also where the flows of those rounds that nobody continues take their pairs, z0 and z1 of
            their NAME.npz; of a million pairs that takes minutes.
        project: Write a project too, a .rewire file that the window opens with all rounds.
        pictures: Write a picture of each round too, pictures/NAME.png.
        threads: Processor cores that train, all physical ones unless given; the numbers are the same for any.
    """
    if threads is not None and threads < 1:
        raise Wrong("threads", f"{threads} is below 1")
    experiment = read(spec).experiment
    if project is not None:
        fit_for_a_project(project)
    if seed is not None:
        experiment = msgspec.structs.replace(experiment, seed=seed).check()
    from engine.headless import run as run_experiment
    from engine.headless import said
    from engine.learning.device import choose, describe  # torch, only now that the spec is known to be good

    console = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    device, count = choose(device), len(experiment.nodes())
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    where = ""
    with Interruption() as asked:
        try:
            with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
                task, lines = bar.add_task(f"on the {describe(device)}", total=1.0), Lines(console)

                def show(lab: Any) -> None:
                    nonlocal where
                    at = min(max(1, len(lab.tree())), count)
                    if not where and lab.tree():
                        console.print(f"Goes on with round {at} of {count}, which was not finished.")
                    where = f"round {at} of {count}"
                    words = {"pairing": "simulating pairs", "measuring": f"measuring {lab.doing}"}
                    words = f"{where}: {words.get(lab.phase, lab.phase)}"
                    if bar.tasks[0].description != words and lab.phase != "measuring":
                        bar.reset(task, description=words)
                    bar.update(task, completed=lab.done, description=words)
                    lines.now_and_then(f"{words}, {lab.done:.0%}")

                tree = run_experiment(
                    experiment, out, device, show, asked, last_pairs, project=project, threads=threads
                )
            if pictures and _draw is not None:
                _draw(out, device, asked)
        except KeyboardInterrupt:
            console.print(f"Stopped in {where or 'the beginning'}; the same command goes on from there.")
            return leave(128 + asked.number)
    paper = Console()
    if not paper.is_terminal:  # a file or a pipe has all the room that the table wants
        paper.width = 10_000
    paper.print(table(tree))
    for node, held in tree:
        for sentence in (held.learning.warning, *held.own.figures.failed.values()):
            if sentence:
                console.print(clean(f"{title(node.name)}: {sentence}"))
        if words := said(node, held, tree):
            console.print(clean(f"{title(node.name)}: {words}"))
    return 1 if any(held.learning.warning or held.own.figures.failed for _, held in tree) else 0


SHOWN = ("straightness", "transport_cost", "fit_gap", "fit_w2")


def sweep(
    spec: tyro.conf.Positional[Path],
    out: Path,
    jobs: int = 1,
    cluster: Literal["slurm", "local", "debug"] | None = None,
    device: Literal["auto", "cuda", "mps", "cpu"] = "auto",
    metrics: tuple[str, ...] = SHOWN,
    against: str = "",
    minutes: int = 60,
    partition: str = "",
) -> int:
    """Run a spec for lists of values and seeds, and write their figures as tables and pictures.

    The same command again goes on where it was stopped: a finished run is not repeated, a failed one is tried anew.

    Args:
        spec: The sweep, a TOML or JSON file: a spec, and lists of values for any of its fields.
        out: Folder for results, rounds (CSV and Parquet), summary.csv, pictures and runs/.
        jobs: Runs at once, each in a process of its own; they share the physical cores out.
        cluster: Submit to Slurm; local and debug are submitit's stand-ins for it on this machine.
        device: Where each run computes.
        metrics: Figures to print and to draw against the swept field; a ladder's as euler_error_4.
        against: The swept field that the pictures show across; the first one of numbers unless given.
        minutes: Time limit of a job on the cluster.
        partition: Slurm's partition.
    """
    from engine.sweeps.chart import check_field, clear, draw
    from engine.sweeps.plan import read as read_plan
    from engine.sweeps.results import figure_names
    from engine.sweeps.sweep import sweep as run_sweep

    for name in metrics:
        if name not in figure_names(metrics):
            near = nearest(name, figure_names())
            raise Wrong("metrics", f"{name!r} is not known; " + (f"did you mean {near!r}?" if near else "see parts"))
    for option, number in (("jobs", jobs), ("minutes", minutes)):
        if number < 1:
            raise Wrong(option, f"{number} is below 1")
    if cluster != "slurm" and jobs > (most := PER_PROCESSOR * (os.cpu_count() or 1)):
        raise Wrong("jobs", f"{jobs} is above {most}, {PER_PROCESSOR} for each processor of this machine")
    console = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    count, total = 0, 0
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    try:
        lasting = {"transient": True, "speed_estimate_period": 24 * 3600, "disable": not console.is_terminal}
        with Progress(*columns, console=console, **lasting) as bar:
            told, task = Lines(console), bar.add_task("reading the plan", total=None)
            plan = read_plan(spec, lambda known, all: bar.update(task, completed=known, total=all))
            total = len(plan.trials)
            check_field(plan.fields, against)
            bar.reset(task, total=total, description=f"0 of {total} runs")

            def show(known: int, total: int, trial: Any, outcome: Any) -> None:
                nonlocal count
                count = known
                told.say(known, total)
                bar.update(task, completed=known, description=f"{known} of {total} runs")
                if outcome.error:
                    console.print(clean(f"{trial.name}: {outcome.error}"))
                if known == total:
                    bar.update(task, description="writing tables and pictures")

            results = run_sweep(plan, out, jobs, cluster, device, minutes, partition, show)
            clear(out, {name for name in metrics if draw(results, name, out, against)})
    except KeyboardInterrupt:
        of = f" after {count} of {total} runs" if total else ""
        console.print(f"Stopped{of}; the same command goes on from there.")
        return 130
    paper = Console()
    room = paper.width if paper.is_terminal else None
    paper.width = room or 10_000  # a file or a pipe has all the room that the table wants
    for grid in means(results, metrics, room):
        paper.print(grid)
    return 1 if results.failed else 0


PER_PROCESSOR = 4  # most runs at once


class Lines:
    """Progress for a log, where no bar can be drawn: a line at most every ``PAUSE`` seconds, and the last one."""

    PAUSE = 10.0

    def __init__(self, console: Console) -> None:
        self._console, self._start = console, time.monotonic()
        self._last, self._known, self._told = self._start, None, 0

    def now_and_then(self, words: str) -> None:
        """These words, if the last ones are old."""
        now = time.monotonic()
        if not self._console.is_terminal and now - self._last >= self.PAUSE:
            self._last = now
            self._console.print(clean(words))

    def say(self, known: int, total: int) -> None:
        """So many of all are known."""
        now = time.monotonic()
        if self._known is None:
            self._known = known - 1  # those that were there before took no time
        if self._console.is_terminal or known == self._told or (known < total and now - self._last < self.PAUSE):
            return
        self._last, self._told = now, known
        left = (now - self._start) / max(1, known - self._known) * (total - known)
        self._console.print(f"{known} of {total} runs" + (f", about {left:.0f} s left" if known < total else ""))


def parts() -> int:
    """List every part with its knobs, ranges and defaults."""
    console = Console(soft_wrap=True, highlight=False, markup=False)
    for name, section in (
        ("experiment", Experiment),
        ("training", Training),
        ("measure", Measure),
        ("branches", Branch),
    ):
        console.print(f"\n{name}", style="bold")
        _list(console, [k for k in knobs(section) if k.name not in SECTIONS])
    for family in FAMILIES:
        console.print(f"\n{family}", style="bold")
        for kind, cls in kinds(family).items():
            plugin = origin(cls)
            brought = f"   (from the plug-in {plugin.name}, {plugin.place})" if plugin else ""
            words = ", ".join((*getattr(cls, "suffixes", ()), _about(cls)))
            console.print(f"  {kind}  -  {words}{brought}")
            _list(console, knobs(cls))
    console.print(f"\nParts of your own are files in {plugins.folder()}, or named by {plugins.VARIABLE}.")
    return 0


def _about(cls: type[Part]) -> str:
    """What a part is, in a sentence: its own words, its formula, or the first line of its docstring."""
    return cls.about or getattr(cls, "formula", "") or (cls.__doc__ or "").partition("\n")[0]


_PARTS = ("source", "target", "coupling", "path", "velocity", "solver", "reference", "operation")
SECTIONS = frozenset((*_PARTS, "training", "measure", "branches"))  # listed by themselves


def _list(console: Console, listed: Any) -> None:
    for k in listed:
        console.print(f"      {k.name} = {_default(k)}   {_kind(k.type)}{_range(k)}   {k.tip}")


def _default(k: Knob) -> str:
    text = msgspec.json.encode(k.default).decode() if k.default is not None else "(must be given)"
    return text if len(text) <= 60 else text[:57] + "..."


def _kind(hint: Any) -> str:
    if get_origin(hint) in (Union, types.UnionType):
        return " or ".join(_kind(option) for option in get_args(hint))
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(get_args(hint))
    if get_origin(hint) is tuple:
        inner = _kind(get_args(hint)[0])
        return f"list of {inner.replace('list', 'lists', 1) if inner.startswith('list') else inner + 's'}"
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return "table"
    told = {int: "whole number", float: "number", str: "text", bool: "true or false", Any: "a part"}
    return told.get(hint, str(hint))


def _range(k: Knob) -> str:
    if k.low is None and k.high is None:
        return ""
    low = "" if k.low is None else f"{'above' if k.open_low else 'from'} {_plain(k.low)}"
    return f", {low} to {_plain(k.high)}" if k.high is not None else f", {low}"


def _plain(x: float) -> str:
    return f"{x:,.0f}" if x == int(x) else f"{x:g}"


def command_line(
    arguments: list[str],
    more: Mapping[str, Callable[..., int]] = MappingProxyType({}),
    draw: Callable[[Path, str, Stop], object] | None = None,
) -> int:
    """Run ``run``, ``sweep``, ``parts`` or one of ``more``, by name; ``draw`` is for ``run --pictures``. Raises
    Wrong."""
    global _draw
    _draw = draw
    for sentence in complaints():
        print(clean(sentence), file=sys.stderr)
    commands = {"run": run, "sweep": sweep, "parts": parts, **more}
    return tyro.extras.subcommand_cli_from_dict(commands, prog="rewire", args=arguments)
