"""What stands around every override of a Qt virtual: no exception gets out of it into C++.

On Python 3.11 one that was raised by C code, an operator or numpy, ends the process with a segmentation fault there
(PySide6 6.9 to 6.12).
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from functools import wraps
from typing import Any


def guarded(override: Callable[..., Any]) -> Callable[..., Any]:
    """An override that hands what it raises to ``sys.excepthook``; a law in the tests finds one without.

    Qt then gets nothing from an event, False from a question, and what the class above says where a value is asked for.
    """
    answers = override.__annotations__.get("return")

    @wraps(override)
    def safe(self: Any, *given: Any) -> Any:
        try:
            return override(self, *given)
        except Exception as error:
            _hand_over(error)
        if answers in ("None", None):
            return None
        return False if answers == "bool" else _above(safe, self)(*given)

    safe.guarded = True
    return safe


def _above(safe: Callable[..., Any], self: Any) -> Callable[..., Any]:
    """The method that this one overrides."""
    owner = next(cls for cls in type(self).__mro__ if vars(cls).get(safe.__name__) is safe)
    return getattr(super(owner, self), safe.__name__)


def _hand_over(error: Exception) -> None:
    try:
        sys.excepthook(type(error), error, error.__traceback__)
    except Exception:  # a hook that fails has nobody above it
        traceback.print_exc()
