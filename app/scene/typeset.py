"""A formula as people type it, ``S = ∫ E|(Z1 − Z0) − v(Z_t, t)|² dt``, set:
variables slanted, indices low, powers high.

The result is HTML of ``i``, ``sub`` and ``sup`` alone: every letter of the text itself is escaped.
"""

from __future__ import annotations

import re
from html import escape

_UPRIGHT = "E"  # an expectation is no variable
_TOKEN = re.compile(
    r"""(?<![^\W\d_])(?P<d>d(?=[^\W\d_](?![^\W\d_])))?      # dt, dX: the d stands upright
    (?P<name>[^\W\d_]|Ẑ)(?![^\W\d_])
    (?P<digits>\d+)?(?P<primes>'+)?
    (?:_(?P<sub>\{[^{}]*\}|\w+))?(?P<star>\*)?(?:\^(?P<sup>\{[^{}]*\}|\w+))?
    |(?P<word>sup|max|min)_(?P<under>\w+)""",
    re.VERBOSE,
)


def typeset(formula: str) -> str:
    """As HTML."""
    made, at = [], 0
    for token in _TOKEN.finditer(formula):
        made.append(_between(formula[at : token.start()]))
        made.append(_set(token))
        at = token.end()
    return "".join((*made, _between(formula[at:])))


def _set(token: re.Match[str]) -> str:
    if token["word"]:
        return f"{token['word']}<sub>{_inner(token['under'])}</sub>"
    name = token["name"]
    made = escape(name) if name == _UPRIGHT else f"<i>{escape(name)}</i>"
    low = "".join(filter(None, (token["digits"], token["sub"])))
    high = ("*" if token["star"] else "") + (token["sup"] or "")
    made += (token["primes"] or "").replace("''", "″").replace("'", "′")
    made += f"<sub>{_inner(low)}</sub>" if low else ""
    made += f"<sup>{_inner(high)}</sup>" if high else ""
    return ("d" if token["d"] else "") + made


def _inner(text: str) -> str:
    text = text.strip("{}")
    return f"<i>{escape(text)}</i>" if len(text) == 1 and text.isalpha() else escape(text)


def _between(text: str) -> str:
    """Escaped, with the minus that is one: between spaces, or before what it takes off."""
    return escape(re.sub(r"(?<![^\W\d_])-(?=[\s\w(|]|$)", "−", text))
