"""The families of parts that the window adds to those of the engine: views, layers, charts, drawing tools, films and
their formats.

Importing this file makes them known, to menus as to ``main parts``. It needs neither Qt nor torch.
"""

from __future__ import annotations

from app.export.encoder import Encoder
from app.export.film import Film
from app.scene.chart import Chart
from app.scene.layer import Layer
from app.scene.view import View
from app.tools.tool import Tool

BASES = (View, Layer, Chart, Tool, Film, Encoder)
