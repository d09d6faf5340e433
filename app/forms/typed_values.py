"""Knob values as people type and read them: numbers, lists of numbers, lists of points."""

from __future__ import annotations

import math
import re
from typing import Any

from app.scene.numbers import RAISED

GAP = "\N{NARROW NO-BREAK SPACE}"  # between thousands: a line never breaks inside a number
LETTERS = "".join(map(chr, RAISED.values()))
LOWERED = {raised: chr(plain) for plain, raised in RAISED.items()}


class Unreadable(ValueError):
    """Text that is not what the field holds; the message is one sentence."""


def write_number(x: float) -> str:
    """The shortest text that reads back as ``x``, thousands of whole numbers set apart: 50 000, 0.001, 1·10⁻⁵."""
    if isinstance(x, bool) or not math.isfinite(x):
        return str(x)
    if x == int(x) and abs(x) < 1e15:
        whole = int(x)
        return f"{whole:,}".replace(",", GAP) if abs(whole) >= 10_000 else str(whole)
    short = f"{x:g}"
    mantissa, e, power = (short if float(short) == x else repr(x)).partition("e")
    return f"{mantissa}·10{str(int(power)).translate(RAISED)}" if e else mantissa


def write(value: Any) -> str:
    """Text of any knob value: ``1``, ``1, 2`` or ``(1, 2); (3, 4)``."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple | list):
        if value and isinstance(value[0], tuple | list):
            return "; ".join(f"({write(row)})" for row in value)
        return ", ".join(write_number(x) for x in value)
    return "" if value is None else write_number(value)


def read_number(text: str, whole: bool = False) -> int | float:
    """The number in ``text``, thousands may be set apart. Raises Unreadable."""
    plain = text.strip().replace("−", "-")
    if power := re.fullmatch(rf"(.+)·10([{LETTERS}]+)", plain):  # as it is written here; 1e-5 is read, too
        plain = f"{power[1]}e{power[2].translate(LOWERED)}"
    if re.fullmatch(r"[-+]?\d{1,3}(\s\d{3})+", plain):  # thousands set apart; \s covers GAP
        plain = re.sub(r"\s", "", plain)
    if not plain:
        raise Unreadable("A number is missing.")
    try:
        number = float(plain)
    except ValueError:
        hint = " (decimals take a point)" if re.fullmatch(r"[-+]?\d+,\d+", plain) else ""
        raise Unreadable(f"“{text.strip()}” is not a number{hint}.") from None
    if not math.isfinite(number):
        raise Unreadable(f"“{text.strip()}” is not a finite number.")
    if not whole:
        return number
    if number != int(number):
        raise Unreadable(f"{write_number(number)} is not a whole number.")
    return int(number)


def read_vector(text: str, scalar: bool = True, whole: bool = False) -> Any:
    """``1, 2`` as a tuple; a single number stays a number where ``scalar``. Raises Unreadable."""
    if text.count("(") != text.count(")"):
        raise Unreadable(f"“{text.strip()}” has a bracket without its partner.")
    inner = text.strip().removeprefix("(").removesuffix(")").strip().rstrip(",")
    pieces = inner.split(",") if "," in inner or ";" not in inner else inner.split(";")
    values = tuple(read_number(piece, whole) for piece in pieces)
    return values[0] if scalar and len(values) == 1 and "," not in text else values


def read_rows(text: str) -> tuple[tuple[float, ...], ...]:
    """``(1, 2); (3, 4)`` as a tuple of points of equal length; brackets may be left out. Raises Unreadable."""
    pieces = [piece for piece in re.split(r"[;\n]|(?<=\))\s*,?\s*(?=\()", text) if piece.strip()]
    rows = tuple(tuple(map(float, read_vector(piece, scalar=False))) for piece in pieces)
    if not rows:
        raise Unreadable("At least one point is needed, such as (0, 1).")
    odd = next((k for k, row in enumerate(rows) if len(row) != len(rows[0])), None)
    if odd is not None:
        raise Unreadable(f"Point {odd + 1} has {len(rows[odd])} coordinates, the first one has {len(rows[0])}.")
    return rows


def nice(x: float, digits: int = 2) -> float:
    """``x`` rounded to so many significant digits."""
    if x == 0 or not math.isfinite(x):
        return x
    return round(x, digits - 1 - math.floor(math.log10(abs(x))))
