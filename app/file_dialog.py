"""The one file dialog: it stops nothing, and opens where a file of the same sort was chosen last."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog, QFileDialog, QMenu, QWidget

from app import settings

SOON = 50  # ms


def ask(
    parent: QWidget,
    title: str,
    what: str,
    names: str,
    then: Callable[[str], object],
    save: str = "",
    folder: str = "",
    folders: bool = False,
) -> None:
    """Ask for a file and go on with its path. ``what``: its sort, whose last folder is remembered. ``names``: such as
    ``Points (*.csv *.npy)``. ``save``: the name to begin with, where one is to be written. ``folder``: begin here.
    ``folders``: a folder is asked for."""
    dialog = QFileDialog(parent, title, folder or settings.folder(what))
    if names:
        dialog.setNameFilters(names.split(";;"))
    if folders:
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    elif save:
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(Path(save).suffix[1:])
        dialog.selectFile(save)
    else:
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)

    def chosen(path: str) -> None:
        settings.chosen(what, path)
        then(path)

    dialog.fileSelected.connect(chosen)
    dialog.finished.connect(lambda: _retire(dialog))
    dialog.open()


def _retire(dialog: QFileDialog) -> None:
    """Delete the dialog when nothing that it asks is open any more: Qt keeps those boxes and menus on the stack of an
    event loop within it, and would free them there."""
    within = [*dialog.findChildren(QDialog), *dialog.findChildren(QMenu)]
    for box in within:
        box.close()
    if within:
        QTimer.singleShot(SOON, dialog, lambda: _retire(dialog))
    else:
        dialog.deleteLater()
