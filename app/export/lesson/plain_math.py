"""Formulas as plain text, for slides whose text can be edited, and as MathML, for pages."""

from __future__ import annotations

import re
from unicodedata import normalize

from app.presenting.formulas import FORMULA

SIGNS = {
    "mathbb{E}": "E", "int": "∫", "sum": "Σ", "min": "min", "max": "max", "sup": "sup", "inf": "inf", "log": "log",
    "omega": "ω", "epsilon": "ε", "tau": "τ", "eta": "η", "rho": "ρ", "pi": "π", "theta": "θ", "sigma": "σ",
    "phi": "φ", "mu": "μ", "lambda": "λ", "alpha": "α", "beta": "β", "gamma": "γ", "nabla": "∇", "infty": "∞",
    "sim": "~", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "approx": "≈", "to": "→", "in": "∈",
    "cap": "∩", "cdot": "·", "ldots": "…", "times": "×", "mid": "|", "circ": "°", "iff": "⇔", "implies": "⇒",
}  # fmt: skip
DOTS = {"dot": "\u0307", "hat": "\u0302", "tilde": "\u0303", "bar": "\u0304", "ddot": "\u0308"}

ELEMENTS = (
    "math mrow mi mn mo mtext mspace mfrac msqrt mroot msup msub msubsup mover munder munderover mtable mtr mtd mstyle "
    "mpadded mphantom menclose"
)
ATTRIBUTES = (
    "display displaystyle scriptlevel mathvariant stretchy fence form separator symmetric largeop movablelimits accent "
    "accentunder minsize maxsize width height depth lspace rspace linethickness columnalign rowspacing notation"
)


def plain(text: str) -> str:
    """Words with their formulas as people type them; Markdown's marks are gone."""
    text = FORMULA.sub(lambda match: typed(match[1]), text)
    return re.sub(r"(?<!\w)\*{1,2}|\*{1,2}(?!\w)|`", "", text)


def typed(latex: str) -> str:
    r"""\frac{a}{b} as a/b, \dot X as Ẋ, names as signs; braces and what spaces only are gone."""
    latex = re.sub(r"\\(?:[,;:! ]|(?:left|right|displaystyle|quad)(?![a-z]))", " ", latex)
    latex = re.sub(r"\\(?:text|mathrm|mathtt|mathbf)\{([^{}]*)\}", r"\1", latex)
    for _ in range(4):
        latex = re.sub(r"([_^])\{([^{}]*)\}", lambda m: m[1] + (m[2] if len(m[2]) < 2 else f"({m[2]})"), latex)
        latex = re.sub(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}", _fraction, latex)
        latex = re.sub(r"\\[dt]?frac\s*(\w)\s*(\w)", r"\1/\2", latex)
    for name, mark in DOTS.items():
        latex = re.sub(rf"\\{name}\s*(?:\{{(\w)\}}|(\w))", lambda m, mark=mark: (m[1] or m[2]) + mark, latex)
    latex = latex.replace(r"\mathbb{E}", "E").replace(r"\|", "|").replace(r"\{", "{").replace(r"\}", "}")
    latex = re.sub(r"\\([A-Za-z]+)", lambda m: SIGNS.get(m[1], m[1]), latex)
    latex = re.sub(r"([_^])\{([^{}]*)\}", lambda m: m[1] + (m[2] if len(m[2]) < 2 else f"({m[2]})"), latex)
    return normalize("NFC", " ".join(latex.replace("{", "").replace("}", "").split()))


def _fraction(match: re.Match[str]) -> str:
    over, under = (part if re.fullmatch(r"\w+", part.strip()) else f"({part})" for part in match.groups())
    return f"{over}/{under}"


def mathml(latex: str) -> str:
    """For a browser; raises nothing: what it cannot set stands there as text. A lesson may be a stranger's, and
    latex2mathml lets elements and links of any kind through: what is not in ELEMENTS and ATTRIBUTES is not."""
    from html import escape
    from xml.etree import ElementTree

    from latex2mathml.converter import convert

    try:
        made = ElementTree.fromstring(convert(latex))
        for element in made.iter():
            element.tag = element.tag.rpartition("}")[2]
            if element.tag not in ELEMENTS.split():
                raise ValueError(element.tag)
            for name in {*element.attrib}.difference(ATTRIBUTES.split()):
                del element.attrib[name]
        return ElementTree.tostring(made, encoding="unicode")
    except Exception:
        return f"<code>{escape(latex)}</code>"
