"""A presentation by python-pptx, with what it leaves out: Keynote takes a deck without it for damaged."""

from __future__ import annotations

from importlib.util import find_spec
from io import BytesIO
from typing import Any

HIGH = 7.5  # inches
WIDEST, NARROWEST = 16 / 9, 4 / 3
MARGIN, TITLE, GAP = 0.4, 0.75, 0.1  # inches
POINTS, TEXT = 28, 16  # of the title, and of what is written at the foot
LINE, LETTERS = 0.27, 8.0  # inches of a line of it, and letters of an inch in a wide face
TITLE_ONLY = 5  # the layout of python-pptx's own template


def lacking() -> str:
    """Why there can be no slides, in a sentence."""
    if find_spec("pptx") is None:
        return "Slides need the package python-pptx: python -m pip install python-pptx"
    return "" if find_spec("av") is not None else "Films on slides need the package av: python -m pip install av"


class Deck:
    """Slides of a ground and with titles of an ink, each ``#rrggbb``; ``aspect`` of the films on them."""

    def __init__(self, aspect: float, ground: str, ink: str) -> None:
        import pptx
        from pptx.util import Inches

        self._ground, self._ink = ground, ink
        self._wide = HIGH * min(WIDEST, max(NARROWEST, aspect))
        self._deck = pptx.Presentation()
        self._deck.slide_width, self._deck.slide_height = Inches(self._wide), Inches(HIGH)

    def film(
        self,
        title: str,
        content: bytes,
        poster: BytesIO,
        aspect: float,
        alt: str,
        notes: str,
        repeats: bool,
        text: str = "",
    ) -> None:
        """A slide with a film that plays by itself, and again where it ``repeats``; ``text`` stands below it."""
        slide = self._slide(title, notes, alt)
        place = self._place(aspect, self._write(slide, text))
        movie = slide.shapes.add_movie(BytesIO(content), *place, poster_frame_image=poster, mime_type="video/mp4")
        self._name(movie, title, alt)
        for node in slide._element.iter(_p("cMediaNode")):
            (time,) = node.iterchildren(_p("cTn"))
            for condition in time.iter(_p("cond")):
                condition.set("delay", "0")
            if repeats:
                time.set("repeatCount", "indefinite")

    def picture(self, title: str, content: BytesIO, aspect: float, alt: str, notes: str, text: str = "") -> None:
        slide = self._slide(title, notes, alt)
        place = self._place(aspect, self._write(slide, text))
        self._name(slide.shapes.add_picture(content, *place), title, alt)

    def content(self) -> bytes:
        """The file."""
        self._patch()
        made = BytesIO()
        self._deck.save(made)
        return made.getvalue()

    def _slide(self, title: str, notes: str, alt: str) -> Any:
        from pptx.dml.color import RGBColor
        from pptx.util import Inches, Pt

        slide = self._deck.slides.add_slide(self._deck.slide_layouts[TITLE_ONLY])
        slide.background.fill.solid()
        slide.background.fill.fore_color.rgb = RGBColor.from_string(self._ground[1:].upper())
        shape = slide.shapes.title
        shape.left, shape.top = Inches(MARGIN), Inches(MARGIN / 2)
        shape.width, shape.height = Inches(self._wide - 2 * MARGIN), Inches(TITLE)
        shape.text_frame.text = title
        font = shape.text_frame.paragraphs[0].runs[0].font
        font.size, font.bold = Pt(POINTS), True
        font.color.rgb = RGBColor.from_string(self._ink[1:].upper())
        slide.notes_slide.notes_text_frame.text = f"{notes}\n{alt}"
        return slide

    def _write(self, slide: Any, text: str) -> float:
        """Text at the foot, one paragraph for each line; the inches that it takes."""
        from pptx.dml.color import RGBColor
        from pptx.util import Inches, Pt

        lines = [line for line in text.splitlines() if line.strip()]
        if not lines:
            return 0.0
        wide = self._wide - 2 * MARGIN
        high = LINE * sum(max(1, -(-len(line) // round(LETTERS * wide))) for line in lines) + GAP
        box = slide.shapes.add_textbox(Inches(MARGIN), Inches(HIGH - high - MARGIN / 2), Inches(wide), Inches(high))
        frame = box.text_frame
        frame.word_wrap = True
        for k, line in enumerate(lines):
            paragraph = frame.paragraphs[0] if not k else frame.add_paragraph()
            run = paragraph.add_run()
            run.text = line
            run.font.size = Pt(TEXT)
            run.font.color.rgb = RGBColor.from_string(self._ink[1:].upper())
        return high

    def _place(self, aspect: float, foot: float = 0.0) -> tuple[int, int, int, int]:
        """Left, top, width and height of what stands between the title and the text at the ``foot``."""
        from pptx.util import Inches

        top = MARGIN / 2 + TITLE + GAP
        wide, high = self._wide - 2 * MARGIN, HIGH - top - MARGIN / 2 - foot
        wide, high = min(wide, high * aspect), min(high, wide / aspect)
        return tuple(Inches(x) for x in ((self._wide - wide) / 2, top, wide, high))

    @staticmethod
    def _name(shape: Any, title: str, alt: str) -> None:
        properties = shape._element.nvPicPr.cNvPr
        properties.set("name", title)
        properties.set("descr", alt)

    def _patch(self) -> None:
        """The list of notes masters, which is left out, and the kind of size, which is that of another."""
        from lxml import etree
        from pptx.opc.constants import RELATIONSHIP_TYPE as KINDS

        root, part = self._deck.element, self._deck.part
        size = root.find(_p("sldSz"))
        if "type" in size.attrib:
            del size.attrib["type"]
        if root.find(_p("notesMasterIdLst")) is None and len(self._deck.slides):
            held = etree.Element(_p("notesMasterIdLst"))
            entry = etree.SubElement(held, _p("notesMasterId"))
            entry.set(f"{{{SPACES['r']}}}id", part.relate_to(part.notes_master_part, KINDS.NOTES_MASTER))
            root.find(_p("sldMasterIdLst")).addnext(held)


SPACES = {
    "p": "http://schemas.openxmlformats.org/presentationml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
}


def _p(name: str) -> str:
    return f"{{{SPACES['p']}}}{name}"
