"""Numbers as people read them."""

from __future__ import annotations

import math

from engine.evidence.estimate import Estimate

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
ROUNDING = 1e-12  # what is smaller is float64's rounding, no figure
THIN = "\u2009"  # thin space: 1 874


def count(n: int) -> str:
    """12 874, with thin spaces."""
    return f"{n:,}".replace(",", THIN)


def number(x: float, digits: int = 3) -> str:
    """To ``digits`` significant digits; powers of ten outside 0.001 .. 99,999."""
    if not math.isfinite(x):
        return "not finite"
    if abs(x) < ROUNDING:
        return "0"
    size = math.floor(math.log10(abs(float(f"{x:.{digits - 1}e}"))))
    if -4 < size < 5:
        return f"{x:,.{max(0, digits - 1 - size)}f}".replace(",", THIN).replace("-", "−")
    mantissa, power = f"{x:.{max(0, digits - 2)}e}".split("e")
    return f"{mantissa}·10{str(int(power)).translate(RAISED)}".replace("-", "−", 1)


def short(x: float) -> str:
    """A place on an axis or a number that somebody chose, without more digits than it has: 8, 0.25, 5·10⁻⁵."""
    if math.isfinite(x) and x == round(x) and abs(x) < 1e15:
        return count(round(x)).replace("-", "−")
    words = number(x, 4)
    mantissa, dot, power = words.partition("·")
    return (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + dot + power


def place(x: float, step: float) -> str:
    """A coordinate with the decimals that a step of this size shows; far out too, where the step is small."""
    far = abs(x) >= 1e6 and (abs(x) >= 1e15 or step > 1e-4 * abs(x))
    if not math.isfinite(x) or not 0 < step < math.inf or far or step < 1e-6:
        return number(x, 4)
    return f"{x + 0.0:,.{max(0, -math.floor(math.log10(step)))}f}".replace(",", THIN).replace("-", "−")


def figure(estimate: Estimate) -> str:
    """``13.7 ± 0.1``: as many decimals as the standard error allows; the value alone where none is known."""
    value, error = estimate.value, estimate.error
    if not error or not math.isfinite(error) or not math.isfinite(value):
        return number(value)
    size = math.floor(math.log10(error))
    # An error that rounds up to the next decade (0.096 -> 0.10) would show two digits.
    size = math.floor(math.log10(round(error, -size)))
    if size < -4 or abs(value) >= 1e5:
        return f"{number(value)} ± {number(error, 1)}"
    places = max(0, -size)
    return f"{value:,.{places}f} ± {error:,.{places}f}".replace(",", THIN).replace("-", "−")


def basis(estimate: Estimate) -> str:
    """What the figure rests on: ``exact`` or ``n = 4 096``."""
    return "exact" if estimate.exact else f"n = {count(estimate.n)}"
