"""Rectified flow without a window, as the program runs it and as a library:

    import engine

    asked = engine.experiment("gaussian", {"kind": "gaussian", "mean": 3.0})
    result = engine.run(asked)
    result.rounds["1"].figures["straightness"]

engine/library.py tells the rest. The import itself loads nothing: each name brings what it needs, and torch comes with
the first run.
"""

_NAMES = {
    "engine.library": ("__version__", "experiment", "plugin", "run"),
    "engine.result": ("Result",),
    "engine.codec": ("read", "write"),
    "engine.spec": ("Experiment",),
    "engine.registry": ("kinds", "part"),
    "engine.parts": (
        *("Coupling", "Distribution", "Finished", "Operation", "Pairs", "Path", "Problem", "Reader", "Solver"),
        *("Velocity", "Wrong", "knob"),
    ),
    "engine.evidence.metric": ("Metric",),
    "engine.evidence.estimate": ("Estimate",),
    "engine.fields.field": ("Field",),
    "engine.laws.mixture": ("Mixture",),
    "engine.motion.stepping": ("Stepping",),
}
_WHERE = {name: module for module, names in _NAMES.items() for name in names}
__all__ = list(_WHERE)


def __getattr__(name: str) -> object:
    """A name of the library, from the file that has it."""
    if name not in _WHERE:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_WHERE})
