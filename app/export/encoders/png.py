"""A folder of PNG files, and how Beamer shows them."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from app.export.encoder import Encoder, Footage
from app.export.encoders.gif import picture
from engine.registry import part

SNIPPET = r"""% In the preamble: \usepackage{{animate}}; plays in Acrobat, Okular and pdfpc.
\begin{{frame}}
  \animategraphics[{options}width=\linewidth]{{{rate}}}{{{folder}/frame-}}{{{first}}}{{{last}}}
\end{{frame}}
"""


@part
class Png(Encoder, frozen=True, tag="png"):
    """One file for each frame, and ``beamer.tex``: the lines that play them on a slide of LaTeX."""

    title = "PNG sequence"
    hint = "A folder of frames with the lines that play them in Beamer; can be transparent."
    rank = 60
    suffixes = (".png", "")
    shines = folder = True

    def write(self, path: Path, footage: Footage) -> None:
        path.mkdir()
        digits = max(4, len(str(footage.n - 1)))
        size = footage.width, footage.height
        for k, frame in enumerate(footage.frames):
            made = Image.frombuffer("RGBA", size, frame, "raw", "BGRA", 0, 1) if footage.shines else picture(frame)
            made.save(path / f"frame-{k:0{digits}}.png", compress_level=3)
        first, last = (f"{k:0{digits}}" for k in (0, footage.n - 1))
        options = "autoplay,loop," if footage.repeats else "autoplay,"
        told = {"options": options, "rate": footage.rate, "folder": footage.name, "first": first, "last": last}
        (path / "beamer.tex").write_text(SNIPPET.format(**told), encoding="utf-8")
