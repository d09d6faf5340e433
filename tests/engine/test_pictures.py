"""Pictures as densities: every format the same, upright, empty where transparent; hostile ones refused in time."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from engine.parts import Wrong
from engine.reading import apart, pictures
from engine.reading.image_density import Ink, density_of
from engine.registry import kinds

RNG = np.random.default_rng


def corner(mode: str = "RGB") -> Pillow.Image:
    """30 x 20, white, with a black rectangle at the upper left: x -0.75 to -0.25, y 0.25 to 0.5."""
    image = Pillow.new("L", (30, 20), 255)
    image.paste(0, (0, 0, 10, 5))
    return image.convert(mode)


def where(path: Path, ink: Ink = Ink()) -> list[float]:  # noqa: B008
    x = density_of(str(path), ink).scatter(4000, RNG(0))
    return [*x.min(0).round(2), *x.max(0).round(2)]


CORNER = pytest.approx([-0.75, 0.25, -0.25, 0.5], abs=0.011)
SPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
SVG = f'<svg {SPACES} width="%s" height="%s">%s</svg>'
WRITTEN = {
    "a.png": lambda path: corner().save(path),
    "grey.png": lambda path: corner("L").save(path),
    "palette.png": lambda path: corner("RGB").quantize(4).save(path),
    "one.png": lambda path: corner("1").save(path),
    "grey16.png": lambda path: Pillow.fromarray(np.asarray(corner("L")).astype(np.uint16) * 257).save(path),
    "a.jpg": lambda path: corner().save(path, quality=100, subsampling=0),
    "cmyk.jpg": lambda path: corner("CMYK").save(path, quality=100, subsampling=0),
    "a.webp": lambda path: corner().save(path, lossless=True),
    "a.gif": lambda path: corner("P").save(path, save_all=True, append_images=[Pillow.new("P", (30, 20), 0)]),
    "a.bmp": lambda path: corner().save(path),
    "a.tif": lambda path: corner().save(path, compression="tiff_lzw"),
    "grey16.tif": lambda path: Pillow.fromarray(np.asarray(corner("L")).astype(np.uint16) * 257).save(path),
    "float.tif": lambda path: Pillow.fromarray(np.asarray(corner("L")).astype(np.float32) / 255).save(path),
    "a.svg": lambda path: path.write_text(SVG % (30, 20, '<rect width="10" height="5"/>')),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_every_format(tmp_path: Path, name: str) -> None:
    WRITTEN[name](tmp_path / name)
    ink = Ink(threshold=0.5)  # of a JPEG's ringing
    assert where(tmp_path / name, ink) == CORNER
    assert len(density_of(str(tmp_path / name), ink).which) in (50, 50 * 50**2)


@pytest.mark.parametrize("turn", range(1, 9))
def test_upright_whatever_the_camera_says(tmp_path: Path, turn: int) -> None:
    """Each of the eight ways that Exif knows, undone by the picture turned the other way."""
    undo = {
        2: Pillow.Transpose.FLIP_LEFT_RIGHT,
        3: Pillow.Transpose.ROTATE_180,
        4: Pillow.Transpose.FLIP_TOP_BOTTOM,
        5: Pillow.Transpose.TRANSPOSE,
        6: Pillow.Transpose.ROTATE_90,
        7: Pillow.Transpose.TRANSVERSE,
        8: Pillow.Transpose.ROTATE_270,
    }
    exif = Pillow.Exif()
    exif[0x0112] = turn
    image = corner().transpose(undo[turn]) if turn in undo else corner()
    image.save(tmp_path / "a.png", exif=exif)
    assert where(tmp_path / "a.png") == CORNER


def test_nothing_lies_where_it_is_transparent(tmp_path: Path) -> None:
    rng = RNG(1)
    rgba = rng.integers(0, 256, (300, 200, 4)).astype(np.uint8)
    rgba[..., 3] *= rng.random((300, 200)) < 0.3
    Pillow.fromarray(rgba).save(tmp_path / "a.png")
    for ink in (Ink(), Ink(invert=True), Ink("opacity"), Ink("red"), Ink(gamma=0.2), Ink(threshold=0.1)):
        found = density_of(str(tmp_path / "a.png"), ink)
        assert (rgba[..., 3].ravel()[found.which] > 0).all()
    holes = density_of(str(tmp_path / "a.png"), Ink("opacity", invert=True))
    assert (rgba[..., 3].ravel()[holes.which] < 255).all()


def test_palettes_are_colours_and_not_numbers(tmp_path: Path) -> None:
    image = Pillow.new("P", (30, 20), 0)
    image.putpalette([255, 255, 255, 0, 0, 0, 250, 250, 250])
    image.paste(1, (0, 0, 10, 5))
    image.paste(2, (20, 0, 30, 20))
    image.save(tmp_path / "a.png")
    x = density_of(str(tmp_path / "a.png")).scatter(4000, RNG(0))
    assert (x[:, 0] < 0).mean() == pytest.approx(50 / (50 + 200 * 5 / 255), abs=0.02)
    assert where(tmp_path / "a.png", Ink(threshold=0.5)) == CORNER


@pytest.mark.parametrize(
    ("ink", "share"),
    [
        (Ink(), 1 / 4),  # darkness 1/4 and 3/4
        (Ink(invert=True), 3 / 4),
        (Ink(gamma=2.0), 1 / 10),
        (Ink(threshold=0.2), 1 / 2),
        (Ink(threshold=0.5), 0),
    ],
)
def test_what_is_dense(tmp_path: Path, ink: Ink, share: float) -> None:
    image = np.full((10, 20), 64, np.uint8)
    image[:, :10] = 191
    Pillow.fromarray(image).save(tmp_path / "a.png")
    x = density_of(str(tmp_path / "a.png"), ink).scatter(20_000, RNG(0))
    assert (x[:, 0] < 0).mean() == pytest.approx(share, abs=0.012)


def test_colours_are_classes(tmp_path: Path) -> None:
    image = Pillow.new("RGBA", (30, 20))
    image.paste((200, 0, 0), (0, 0, 10, 20))
    image.paste((0, 0, 200), (20, 0, 30, 20))
    image.save(tmp_path / "a.png")
    law = kinds("distributions")["image"](path=str(tmp_path / "a.png"), colours=4)
    x, labels = law.classed(1000, 2, RNG(0))
    assert law.partition(2) == ("colour", 2) and len(np.unique(labels)) == 2
    assert len(set(labels[x[:, 0] < 0])) == 1 and len(set(labels[x[:, 0] > 0])) == 1
    assert set(density_of(str(tmp_path / "a.png"), Ink(colours=4)).colours) == {"#c80000", "#0000c8"}


RING = '<path d="M5 5h20v10h-20z" stroke="#000" stroke-width="0.1" fill="none"/><circle cx="15" cy="10" r="2" %s/>'


@pytest.mark.parametrize(
    ("hole", "shapes", "at_middle", "within"),
    [
        ('fill="none" stroke="#000" stroke-width=".1"', "as found", False, True),  # lines alone: filled, but its hole
        ('fill="none" stroke="#000" stroke-width=".1"', "as drawn", False, False),
        ("", "as found", True, False),  # something is filled: as it is drawn
        ("", "filled", False, True),
    ],
)
def test_outlines_and_what_is_within(tmp_path: Path, hole: str, shapes: str, at_middle: bool, within: bool) -> None:
    (tmp_path / "a.svg").write_text(SVG % (30, 20, RING % hole))
    x = density_of(str(tmp_path / "a.svg"), Ink(shapes=shapes)).scatter(4000, RNG(0))
    assert (np.linalg.norm(x, axis=1) < 0.08).any() == at_middle or shapes == "filled"
    assert ((np.abs(x[:, 0]) > 0.2) & (np.abs(x[:, 0]) < 0.45) & (np.abs(x[:, 1]) < 0.2)).any() == within


def test_edges(tmp_path: Path) -> None:
    corner().save(tmp_path / "a.png")
    x = density_of(str(tmp_path / "a.png"), Ink(shapes="outlined")).scatter(4000, RNG(0))
    assert not ((x[:, 0] > -0.65) & (x[:, 0] < -0.35) & (x[:, 1] > 0.35) & (x[:, 1] < 0.4)).any()


def test_a_viewbox_keeps_the_aspect(tmp_path: Path) -> None:
    text = f'<svg {SPACES} viewBox="0 0 20 40" width="10cm" height="20cm"><rect width="20" height="40"/></svg>'
    (tmp_path / "a.svg").write_text(text)
    assert where(tmp_path / "a.svg") == pytest.approx([-0.25, -0.5, 0.25, 0.5], abs=0.01)


USES = "".join(f'<g id="g{k}">' + f'<use xlink:href="#g{k - 1}"/>' * 10 + "</g>" for k in range(1, 12))
ENTITIES = "".join(f'<!ENTITY e{k} "{f"&e{k - 1};" * 10}">' for k in range(1, 12))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SVG % (30, 20, '<image width="9" height="9" href="/etc/shadow.png"/>'), "refers to another file; embed its"),
        (SVG % (30, 20, '<image xlink:href="file:///etc/passwd"/>'), "refers to another file; embed its pictures"),
        (SVG % (30, 20, '<use xlink:href="../other.svg#a"/>'), "refers to another file; embed its pictures"),
        (SVG % (30, 20, f'<rect id="g0" width="1" height="1"/>{USES}<use href="#g11"/>'), ""),
        (f'<!DOCTYPE svg [<!ENTITY e0 "<rect/>">{ENTITIES}]>' + SVG % (30, 20, "&e11;"), ""),
        (SVG % ("1e9", 1, '<rect width="9" height="9"/>'), "is 100 times as long as wide, or more; crop it"),
        (f'<svg {SPACES} viewBox="0 0 1 1e12"><rect width="9" height="9"/></svg>', "is 100 times as long as wide"),
        (SVG % (30, 20, ""), "is empty: every pixel is white or transparent"),
        ("<svg", "is no SVG that can be drawn: "),
        ("x,y\n1,2\n", "is no SVG: it has no element svg"),
    ],
)
def test_hostile_drawings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str) -> None:
    """They are drawn apart, in bounded time and memory; nothing else is opened."""
    monkeypatch.setattr(apart, "BUDGET", 3.0)
    (tmp_path / "a.svg").write_text(text)
    start = time.perf_counter()
    with pytest.raises(Wrong) as caught:
        density_of(str(tmp_path / "a.svg"))
    assert caught.value.where == "path" and caught.value.message.startswith(f"a.svg: {said}")
    assert time.perf_counter() - start < 6


def test_a_packed_drawing_is_bounded(tmp_path: Path) -> None:
    import gzip

    (tmp_path / "a.svgz").write_bytes(gzip.compress((SVG % (30, 20, '<rect width="10" height="5"/>')).encode()))
    assert where(tmp_path / "a.svgz") == CORNER
    (tmp_path / "b.svgz").write_bytes(gzip.compress(b" " * 2**26))
    with pytest.raises(Wrong, match="unpacks to"):
        density_of(str(tmp_path / "b.svgz"))


def test_the_suffix_does_not_decide_which_decoder(tmp_path: Path) -> None:
    corner().save(tmp_path / "a.webp", lossless=True)
    (tmp_path / "a.webp").rename(tmp_path / "a.png")
    assert where(tmp_path / "a.png") == CORNER
    assert pictures.is_picture(str(tmp_path / "a.png")) and not pictures.is_picture(str(tmp_path / "a.csv"))
