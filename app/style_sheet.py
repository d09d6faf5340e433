"""The one style sheet of the window; ``@names`` are inks and sizes of the theme."""

SHEET = """
QMainWindow, QDialog { background: @panel; }
QMainWindow::separator { background: @window; width: 4px; height: 4px; }
QToolTip { background: @raised; color: @text; border: 1px solid @border; padding: 4px; }
QFrame[role="panel"], QScrollArea { background: @panel; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }
QFrame[role="card"] { background: @card; border: none; border-radius: 4px; }
QFrame[role="notice"] { background: @raised; border: 1px solid @control; border-radius: 6px; }
QDockWidget { color: @text; }
QDockWidget::title { background: @panel; padding: @third; }
QLabel { background: transparent; }
QLabel[role="title"] { color: @text; font-size: @title; font-weight: bold; }
QLabel[role="heading"] { color: @text; font-weight: bold; }
QLabel[role="muted"] { color: @muted; font-size: @small; }
QLabel[role="danger"] { color: @danger; }

QMenuBar { background: @panel; color: @text; }
QMenuBar::item { background: transparent; padding: 4px 8px; }
QMenuBar::item:selected { background: @raised; border-radius: 4px; }
QMenu { background: @card; color: @text; border: 1px solid @border; padding: 4px; }
QMenu::item { padding: 4px 24px 4px 16px; border-radius: 3px; }
QMenu::item:selected { background: @accent; color: @on_accent; }
QMenu::item:disabled { color: @control; }
QMenu::separator { background: @border; height: 1px; margin: 4px 8px; }
QStatusBar { background: @panel; color: @muted; }
QStatusBar::item { border: none; }
QToolBar { background: @panel; border: none; spacing: 4px; }

QPushButton {
    background: @raised; color: @text; border: 1px solid @border; border-radius: 5px; padding: @third @half;
}
QPushButton:hover { border-color: @control; }
QPushButton:pressed { background: @border; }
QPushButton:focus { border: 2px solid @accent; }
QPushButton:disabled { color: @control; background: @card; }
QPushButton:checked { background: @accent; color: @on_accent; border-color: @accent; }
QPushButton[role="primary"] {
    background: @primary; color: @on_primary; border: 2px solid @primary; font-weight: bold; padding: @half;
}
QPushButton[role="primary"]:hover { background: @primary_hover; border-color: @primary_hover; }
QPushButton[role="primary"]:focus { border-color: @text; }
QPushButton[role="primary"]:disabled { background: @raised; border-color: @raised; color: @control; }
QPushButton[role="outlined"] {
    background: transparent; color: @accent; border: 1px solid @accent; padding: @half;
}
QPushButton[role="outlined"]:hover { background: @raised; }
QPushButton[role="outlined"]:focus { border: 2px solid @accent; }
QPushButton[role="outlined"]:disabled { color: @control; border-color: @border; }
QPushButton[role="fold"] {
    color: @muted; background: transparent; border: none; padding: 0; text-align: left; font-size: @small;
}
QPushButton[role="fold"]:focus { color: @accent; }
QToolButton {
    background: transparent; color: @text; border: 1px solid transparent; border-radius: 5px;
    padding: 3px 6px;
}
QToolButton[role="offer"] { color: @accent; border: 1px solid @border; }
QToolButton[role="offer"]:hover { border-color: @accent; }
QToolButton::menu-indicator { image: none; width: 0; }
QToolButton:hover { background: @raised; }
QToolButton:checked { background: @accent; color: @on_accent; font-weight: bold; }
QToolButton:focus { border: 1px solid @accent; }
QToolButton:disabled { color: @control; }

QSlider:horizontal { min-height: @handle_full; }
QSlider::groove:horizontal { background: @border; height: 4px; border-radius: 2px; }
QSlider::sub-page:horizontal { background: @accent; height: 4px; border-radius: 2px; }
QSlider::handle:horizontal {
    background: @text; border: 2px solid @panel; width: @handle; height: @handle; margin: @handle_out 0;
    border-radius: @handle_round;
}
QSlider::handle:horizontal:focus { border-color: @accent; }
QSlider::sub-page:horizontal:disabled, QSlider::handle:horizontal:disabled { background: @control; }
QLineEdit, QPlainTextEdit, QTextBrowser {
    background: @window; color: @text; border: 1px solid @border; border-radius: 4px; padding: 2px 4px;
    selection-background-color: @accent; selection-color: @on_accent;
}
QLineEdit:focus, QPlainTextEdit:focus { border: 1px solid @accent; }
QLineEdit:disabled { color: @control; }
QAbstractItemView {
    background: @card; color: @text; selection-background-color: @accent; selection-color: @on_accent;
    border: 1px solid @border; outline: none;
}
QHeaderView::section { background: @panel; color: @muted; border: none; padding: 4px; }
QCheckBox::indicator:unchecked, QRadioButton::indicator:unchecked {
    background: @window; border: 1px solid @control;
}
QCheckBox::indicator, QRadioButton::indicator { width: @box; height: @box; }
QCheckBox::indicator:unchecked { border-radius: 2px; }
QRadioButton::indicator:unchecked { border-radius: @box_round; }
QCheckBox:focus, QRadioButton:focus { color: @accent; }
QProgressBar { background: @border; border: none; border-radius: 2px; max-height: 4px; }
QProgressBar::chunk { background: @accent; border-radius: 2px; }
QTabBar::tab { background: transparent; color: @muted; padding: @third @half; border-radius: 5px; }
QTabBar::tab:selected { background: @accent; color: @on_accent; font-weight: bold; }
QTabBar::tab:focus { border: 1px solid @accent; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle {
    background: @border; border-radius: 4px; margin: 1px; min-width: 24px; min-height: 24px;
}
QScrollBar::handle:hover { background: @control; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {
    background: none; border: none; width: 0; height: 0;
}
"""
