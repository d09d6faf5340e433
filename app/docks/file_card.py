"""A card whose section may come from a file: chosen, dropped on it, or asked for by a kind that needs one."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Signal

from app.docks.card import SectionCard
from app.docks.columns_line import ColumnsLine
from engine.registry import kinds, knobs


class FileCard(SectionCard):
    """What it emits is for the window, which reads files where that holds nothing up. Until a good file has been
    read the section stays what it was."""

    load_requested = Signal()
    columns_requested = Signal()
    dropped = Signal(str)  # a file's path, chosen here
    reread = Signal(object, str)  # the part with a knob turned that may read its file in another way; the gesture

    def _offer_columns(self) -> None:
        self.columns = ColumnsLine(self)
        self.columns.asked.connect(self.columns_requested)

    def _arrange(self) -> None:
        self._offer_columns()
        super()._arrange()
        self.body.insertWidget(self.body.indexOf(self.form) + 1, self.columns)

    def refresh(self) -> None:
        super().refresh()
        self.columns.show_part(self.part)

    def _edit(self, part: msgspec.Struct, name: str) -> None:
        """A new file goes the way of a dropped one."""
        knob = next(knob for knob in knobs(type(part)) if knob.name == name)
        if knob.editor == "path":
            self.dropped.emit(getattr(part, name))
        elif part.files() and (isinstance(getattr(part, name), bool | str) or name in part.rereads):
            merge = f"{self.section}.{name}.{self.form.merge}" if self.form.merge else ""
            self.reread.emit(self.whole(part), merge)
        else:
            super()._edit(part, name)

    def _recast(self, index: int) -> None:
        """A kind that needs a file asks for one."""
        cls = kinds(self.family)[self.kind.itemText(index)]
        old = self.part
        if not isinstance(old, cls) and any(knob.editor == "path" for knob in knobs(cls)):
            self.kind.setCurrentText(old.kind)
            self.load_requested.emit()
        else:
            super()._recast(index)
