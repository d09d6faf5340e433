"""A graph that is played: it makes its steps at each replay, and undoes what they did while they were captured."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
import torch

from engine.learning import captured, device


class Played:
    """Stands for torch.cuda.CUDAGraph."""

    made: list[Played]
    steps: object
    streams: list[object]  # that were gone back to
    refuses: BaseException | None = None  # what its next capture raises

    def __init__(self) -> None:
        self.made.append(self)
        self.replays = 0
        self.group = self.steps

    def register_generator_state(self, random: torch.Generator) -> None:
        self.random = random

    def replay(self) -> None:
        """Without Python: what it counts is as before."""
        self.replays += 1
        ahead = self.group.func.__self__._ahead
        before = ahead._drawn, ahead.used, ahead.summed
        self.group()
        ahead._drawn, ahead.used, ahead.summed = before


@contextlib.contextmanager
def capture(graph: Played, capture_error_mode: str) -> Iterator[None]:
    assert capture_error_mode == "thread_local", "other threads of the window go on"
    of = graph.group.args[0].__self__
    tensors = [*of._tensors().values(), of._ahead._rests, of._batches._next]
    before, state = [a.clone() for a in tensors], graph.random.get_state()
    if Played.refuses is not None:
        of._ahead.draw(of._training, 1)  # some way into it
        raise Played.refuses
    yield
    for a, b in zip(tensors, before, strict=True):
        a.copy_(b)
    graph.random.set_state(state)


def play(monkeypatch: pytest.MonkeyPatch) -> type[Played]:
    """From now on training is as on a GPU, on the processor."""
    capture_it = captured.Captured._capture

    def known(self: captured.Captured, group: object) -> bool:
        Played.steps = group
        return capture_it(self, group)

    Played.made, Played.streams, Played.refuses = [], [], None
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: "of the thread")
    monkeypatch.setattr(torch.cuda, "set_stream", Played.streams.append)
    monkeypatch.setattr(device, "graphs", lambda kind: True)
    monkeypatch.setattr(captured.Captured, "_capture", known)
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Played)
    monkeypatch.setattr(torch.cuda, "graph", capture)
    return Played
