"""Words from elsewhere, made fit to be read: a file may hold anything, and a terminal obeys what it is sent."""

from __future__ import annotations


def clean(text: str, most: int = 600) -> str:
    """One line of bounded length, of what can be seen: no escape sequence and no change of direction is left.

    What cannot be seen leaves a blank.
    """
    seen = "".join(c if c.isprintable() else " " for c in text[: most + 1])
    return seen if len(seen) <= most else f"{seen[: most - 1]}…"


def short(name: str, most: int = 60) -> str:
    """A name by its start and its end: that of a file tells there what it is."""
    half = most // 2
    return clean(name if len(name) <= most else f"{name[: most - half - 1]}…{name[-half:]}")
