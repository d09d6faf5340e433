"""The weights of the net on show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from engine.fields.field import Field
from engine.motion.stopping import Stop, never
from engine.parts import Velocity
from engine.probe import Probe, Subject
from engine.registry import part


@dataclass(frozen=True, eq=False)
class NetWeights:
    """The averaged weights of a net, by layer, and what else it takes to make it again: float32."""

    architecture: Velocity
    tensors: Mapping[str, np.ndarray]


def weights_of(v: Field | None) -> NetWeights | None:
    """Of a field that is a net; None of any other."""
    if not hasattr(v, "tensors"):
        return None
    return NetWeights(v.part, {name: tensor.numpy().copy() for name, tensor in v.tensors().items()})


@part
class Weights(Probe, frozen=True, tag="weights"):
    """The averaged weights of the net, for files."""

    about = "The averaged weights of the net on show."

    def applies(self, subject: Subject) -> bool:
        return hasattr(subject.v, "tensors")

    def answer(self, subject: Subject, stop: Stop = never) -> Iterator[NetWeights]:
        yield weights_of(subject.v)
