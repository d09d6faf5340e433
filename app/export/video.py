"""Video by PyAV: one stream of constant rate, with its colours said."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import numpy as np

from app.export.encoder import Footage

BT709 = 1  # of primaries, transfer and matrix alike
LIMITED = 1  # the range of its levels
AHEAD = 2  # frames that are converted while another is encoded
Given, Made = TypeVar("Given"), TypeVar("Made")


def write(path: Path, footage: Footage, container: str, codec: str, pixels: str, **options: str) -> None:
    """All frames, in this codec and layout of pixels. ``options``: those of the codec; of the container, the one that
    is named ``movflags`` or ``plays``."""
    import av
    from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

    outer = {name: options.pop(name) for name in ("movflags", "plays") if name in options}
    coloured = pixels.startswith("yuv")
    with av.open(str(path), "w", format=container, container_options=outer) as file:
        stream = file.add_stream(codec, rate=footage.rate, options=options)
        stream.width, stream.height, stream.pix_fmt = footage.width, footage.height, pixels
        stream.time_base = stream.codec_context.time_base = Fraction(1, footage.rate)
        if coloured:
            context = stream.codec_context
            context.color_primaries = context.color_trc = context.colorspace = BT709
            context.color_range = LIMITED
        reformat = VideoReformatter()
        to = {"dst_colorspace": Colorspace.ITU709, "dst_color_range": ColorRange.MPEG} if coloured else {}

        def converted(pixels_of: np.ndarray) -> av.VideoFrame:
            return reformat.reformat(av.VideoFrame.from_numpy_buffer(pixels_of, format="bgra"), format=pixels, **to)

        for k, frame in enumerate(ahead(footage.frames, converted)):
            frame.pts, frame.time_base = k, Fraction(1, footage.rate)
            for packet in stream.encode(frame):
                packet.duration = packet.duration or 1
                file.mux(packet)
        for packet in stream.encode():  # what it still holds
            file.mux(packet)


def ahead(given: Iterable[Given], made: Callable[[Given], Made]) -> Iterator[Made]:
    """``made`` of each, in order, in a thread of its own that is a few ahead: neither step holds the interpreter."""
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(1, "converter") as pool:
        for one in given:
            waiting.append(pool.submit(made, one))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
