"""Video by PyAV: one stream of constant rate, with its colours said."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from app.export.encoder import Footage

BT709 = 1  # of primaries, transfer and matrix alike
LIMITED = 1  # the range of its levels


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
        for k, pixels_of in enumerate(footage.frames):
            given = av.VideoFrame.from_numpy_buffer(pixels_of, format="bgra")
            to = {"dst_colorspace": Colorspace.ITU709, "dst_color_range": ColorRange.MPEG} if coloured else {}
            frame = reformat.reformat(given, format=pixels, **to)
            frame.pts, frame.time_base = k, Fraction(1, footage.rate)
            for packet in stream.encode(frame):
                packet.duration = packet.duration or 1
                file.mux(packet)
        for packet in stream.encode():  # what it still holds
            file.mux(packet)
