"""A net as a file for other programs: safetensors hold its weights, ONNX the whole velocity."""

from __future__ import annotations

import json
import math

import msgspec
import numpy as np

from engine.parts import Wrong
from engine.probes.weights import NetWeights

OPSET, IR = 17, 8  # of 2022: what runs anywhere
ZOOM = 3.0  # as in engine/learning/net.py, which needs torch; a test compares the numbers
ABOUT = "mean x0, mean x1, input scale, output scale"


def as_safetensors(of: NetWeights) -> bytes:
    """The same bytes as in the folder of a run."""
    from safetensors.numpy import save

    about = {"velocity": msgspec.to_builtins(of.architecture), "norm": ABOUT}
    return save({name: np.ascontiguousarray(t) for name, t in of.tensors.items()}, {"about": json.dumps(about)})


def as_onnx(of: NetWeights) -> bytes:
    """``v`` (n, d) of ``x`` (n, d) and ``t`` (n, 1), float32, for any n. Raises Wrong where the library is missing."""
    try:
        from onnx import TensorProto, checker, helper, numpy_helper
    except ImportError:
        raise Wrong("ONNX", "needs a library that is not there: pip install rewire[onnx]") from None
    made = _Graph(helper, numpy_helper)
    made.velocity(of)
    dim = len(of.tensors["norm"]) // 2 - 1
    values = {
        name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width])
        for name, width in (("x", dim), ("t", 1), ("v", dim))
    }
    graph = helper.make_graph(made.nodes, "velocity", [values["x"], values["t"]], [values["v"]], made.constants)
    model = helper.make_model(graph, producer_name="Rewire", opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = IR
    model.doc_string = "v(x, t) of a rectified flow: dZ/dt = v(Z, t) takes Z_0 to Z_1"
    checker.check_model(model)
    return model.SerializeToString()


class _Graph:
    """Nodes one after the other; each method gives the name of what it makes."""

    def __init__(self, helper: object, numpy_helper: object) -> None:
        self._helper, self._numpy = helper, numpy_helper
        self.nodes: list = []
        self.constants: list = []

    def velocity(self, of: NetWeights) -> None:
        """As ``Net._forward`` computes it."""
        part, tensors = of.architecture, of.tensors
        norm = np.asarray(tensors["norm"], np.float32)
        dim = len(norm) // 2 - 1
        start, drift, into, out = norm[:dim], norm[dim : 2 * dim] - norm[:dim], norm[2 * dim], norm[2 * dim + 1]
        centre = self("Add", self.number(start), self("Mul", "t", self.number(drift)))
        u = self("Div", self("Sub", "x", centre), self.number(into))
        seen = [u, self("Sub", self("Mul", "t", self.number(2.0)), self.number(1.0))]
        if part.time_features:
            waves = np.pi * np.arange(1, part.time_features + 1, dtype=np.float32)[None]
            seen += self._waves(self("MatMul", "t", self.number(waves)))
        if "fourier" in tensors:
            waves = np.asarray(tensors["fourier"], np.float32) * np.float32(2 * math.pi / ZOOM)
            seen += self._waves(self("MatMul", u, self.number(waves.T)))
        a, before = self._layer(self("Concat", *seen, axis=1), tensors, 0), ""
        for k in range(1, part.hidden + 1):
            b = self._layer(self._act(a, part.activation) if part.acts(k - 1) else a, tensors, k)
            if part.closes(k):
                b = self("Add", b, before)
            before, a = a, b
        scaled = self("Mul", a, self.number(out))
        self.nodes.append(self._helper.make_node("Add", [scaled, self.number(drift)], ["v"]))

    def __call__(self, op: str, *inputs: str, **words: object) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(self._helper.make_node(op, list(inputs), [name], **words))
        return name

    def number(self, value: object) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(self._numpy.from_array(np.asarray(value, np.float32), name))
        return name

    def _layer(self, a: str, tensors: dict, k: int) -> str:
        weight, bias = (np.ascontiguousarray(tensors[f"layer{k}.{name}"], np.float32) for name in ("weight", "bias"))
        return self("Gemm", a, self.number(weight), self.number(bias), transB=1)

    def _waves(self, angle: str) -> list[str]:
        return [self("Sin", angle), self("Cos", angle)]

    def _act(self, a: str, kind: str) -> str:
        if kind == "silu":
            return self("Mul", a, self("Sigmoid", a))
        if kind == "gelu":
            share = self("Add", self("Erf", self("Mul", a, self.number(math.sqrt(0.5)))), self.number(1.0))
            return self("Mul", self("Mul", a, self.number(0.5)), share)
        return self({"tanh": "Tanh", "relu": "Relu", "selu": "Selu"}[kind], a)
