"""The commands without a window: what they print."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
import tyro
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from engine.codec import read
from engine.parts import Estimate
from engine.registry import FAMILIES, Knob, kinds, knobs
from engine.spec import Experiment, Measure, Training


def run(
    spec: tyro.conf.Positional[Path],
    out: Path,
    seed: int | None = None,
    device: Literal["auto", "cuda", "mps", "cpu"] = "auto",
) -> int:
    """Train all rounds of a spec, print their figures and write them to a folder.

    Args:
        spec: The experiment, a TOML or JSON file.
        out: Folder for metrics.json, experiment.toml and rounds/.
        seed: Replaces the seed of the spec.
        device: Where to compute.
    """
    experiment = read(spec)
    if seed is not None:
        experiment = msgspec.structs.replace(experiment, seed=seed).check()
    from engine.device import choose, describe  # torch, only now that the spec is known to be good
    from engine.run import run as run_experiment

    console = Console(stderr=True)
    device = choose(device)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(f"on the {describe(device)}", total=1.0)

        def show(lab: Any) -> None:
            words = {"pairing": "simulating pairs", "measuring": f"measuring {lab.doing}"}.get(lab.phase, lab.phase)
            words = f"round {max(1, len(lab.rounds()))} of {experiment.rounds}: {words}"
            if bar.tasks[0].description != words and lab.phase != "measuring":
                bar.reset(task, description=words)
            bar.update(task, completed=lab.done, description=words)

        rounds = run_experiment(experiment, out, device, show)
    Console().print(table(rounds))
    for held in rounds:
        if held.warning:
            console.print(Text(held.warning))
    return 1 if any(held.warning for held in rounds) else 0


def table(rounds: list[Any]) -> Table:
    """The figures by round, with standard errors where they are known."""
    grid = Table(box=None, pad_edge=False, header_style="bold")
    grid.add_column("")
    for held in rounds:
        grid.add_column(f"round {held.number}", justify="right")
    for kind, metric in kinds("metrics").items():
        if not metric.ladder:
            grid.add_row(f"{metric.label}  {metric.symbol}", *(shown(held.metrics[kind]) for held in rounds))
    for kind, metric in kinds("metrics").items():
        for n in metric.ladder:
            grid.add_row(f"{kind.replace('_', ' ')}, N = {n}", *(shown(held.ladder[n]) for held in rounds))
    return grid


def shown(e: Estimate) -> str:
    """A figure to four digits, with its standard error to two."""
    value = f"{e.value:.4g}" if abs(e.value) >= 1e-12 else "0"
    return f"{value} ± {e.error:.2g}" if e.error else value


def parts() -> int:
    """List every part with its knobs, ranges and defaults."""
    console = Console(soft_wrap=True, highlight=False, markup=False)
    for name, section in (("experiment", Experiment), ("training", Training), ("measure", Measure)):
        console.print(f"\n{name}", style="bold")
        _list(console, [k for k in knobs(section) if k.name not in SECTIONS])
    for family in FAMILIES:
        console.print(f"\n{family}", style="bold")
        for kind, cls in kinds(family).items():
            console.print(f"  {kind}  -  {cls.about or getattr(cls, 'formula', '')}")
            _list(console, knobs(cls))
    return 0


SECTIONS = frozenset({"source", "target", "coupling", "path", "velocity", "training", "solver", "measure"})


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
    return {int: "whole number", float: "number", str: "text", bool: "true or false"}.get(hint, str(hint))


def _range(k: Knob) -> str:
    if k.low is None and k.high is None:
        return ""
    low = "" if k.low is None else f"{'above' if k.open_low else 'from'} {_plain(k.low)}"
    return f", {low} to {_plain(k.high)}" if k.high is not None else f", {low}"


def _plain(x: float) -> str:
    return f"{x:,.0f}" if x == int(x) else f"{x:g}"


def command_line(arguments: list[str]) -> int:
    """Run ``run`` or ``parts``. Raises Wrong."""
    return tyro.extras.subcommand_cli_from_dict({"run": run, "parts": parts}, prog="rewire", args=arguments)
