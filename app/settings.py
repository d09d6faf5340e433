"""What is remembered from one start to the next. The file is anybody's: a value that cannot be is as if it were not
there."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from app import theme

TEXT_SCALES = (0.8, 0.9, 1.0, 1.15, 1.3, 1.5)
LONGEST = 4096  # letters of a path
RECENT = 10  # documents that are remembered


def _file() -> QSettings:
    return QSettings("rewire", "rewire")


def look() -> tuple[str, float]:
    """The theme and the text's scale as they were left."""
    kept = _file()
    name, scale = kept.value("theme"), str(kept.value("text_scale"))
    size = next((size for size in TEXT_SCALES if str(size) == scale), 1.0)
    return name if name in theme.NAMES else theme.NAMES[0], size


def geometry() -> QByteArray | None:
    """The window's place as ``saveGeometry`` gave it."""
    place = _file().value("geometry")
    return place if isinstance(place, QByteArray) and not place.isEmpty() else None


def keep(name: str, text_scale: float, place: QByteArray) -> None:
    """Remember theme, scale and place."""
    kept = _file()
    kept.setValue("theme", name)
    kept.setValue("text_scale", text_scale)
    kept.setValue("geometry", place)


def folder(what: str) -> str:
    """The folder in which something of this sort ("spec", "data", "picture") was chosen last; empty for none."""
    path = _file().value(f"folder/{what}")
    good = isinstance(path, str) and len(path) <= LONGEST and path.isprintable() and Path(path).is_absolute()
    return path if good else ""


def chosen(what: str, path: str) -> None:
    """Remember the folder of a file that was chosen."""
    _file().setValue(f"folder/{what}", str(Path(path).absolute().parent))


def recent() -> list[str]:
    """The documents that were opened or saved last, the newest first."""
    found = _file().value("recent")
    paths = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    good = (x for x in paths if isinstance(x, str) and 0 < len(x) <= LONGEST and x.isprintable())
    return [path for path in dict.fromkeys(good) if Path(path).is_absolute()][:RECENT]


def used(path: str) -> None:
    """Remember a document."""
    _file().setValue("recent", [path, *(other for other in recent() if other != path)][:RECENT])


def forget_recent() -> None:
    _file().remove("recent")


def lesson() -> tuple[str, int]:
    """The lesson that was open at the end, and its step from 0; empty for none."""
    name, at = _file().value("lesson"), str(_file().value("lesson_step"))
    good = isinstance(name, str) and len(name) <= LONGEST and name.isprintable() and at.isdecimal() and len(at) < 4
    return (name, int(at)) if good else ("", 0)


def keep_lesson(name: str, at: int) -> None:
    _file().setValue("lesson", name)
    _file().setValue("lesson_step", at)


def toured() -> bool:
    """Whether the tour was offered; it is from now on."""
    was = str(_file().value("toured")) == "yes"
    _file().setValue("toured", "yes")
    return was


def hinted() -> frozenset[str]:
    """Names of the hints that were given, or were not needed."""
    found = _file().value("hinted")
    names = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    return frozenset(name for name in names[:100] if isinstance(name, str) and name.isidentifier())


def keep_hinted(name: str) -> None:
    _file().setValue("hinted", sorted({*hinted(), name}))
