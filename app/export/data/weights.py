from __future__ import annotations

from collections.abc import Iterable

from app.export.datum import Datum, Matter
from engine.parts import Wrong
from engine.probe import Probe
from engine.probes.weights import Weights as Asked
from engine.registry import part
from engine.weights import as_onnx, as_safetensors


@part
class Weights(Datum, frozen=True, tag="weights"):
    """The averaged weights of the net on show; as ONNX the whole velocity v(x, t)."""

    title = "Weights"
    hint = "of the net on show: safetensors, or ONNX, the whole velocity v(x, t) for other programs"
    suffixes = (".safetensors", ".onnx")
    name = "weights"
    rank = 40

    def needs(self, matter: Matter) -> Iterable[Probe]:
        return (Asked(),)

    def content(self, matter: Matter, suffix: str) -> bytes:
        found = matter.view.found(Asked())
        if found is None:
            raise Wrong("", f"{matter.where} has no net: {matter.view.velocity or 'nothing'} gives its velocity")
        return (as_onnx if suffix == ".onnx" else as_safetensors)(found)
