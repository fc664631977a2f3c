"""A still picture's file: PNG, 16 bits a colour. Whoever's thread."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def write(path: Path, pixels: np.ndarray) -> None:
    """Write `pixels`, uint16 (height, width, 4), as a PNG that is there whole or not at all."""
    colours = np.ascontiguousarray(pixels[..., :3])
    frame = av.VideoFrame.from_ndarray(colours, format="rgb48le").reformat(format="rgb48be")
    codec = av.CodecContext.create("png", "w")
    codec.width, codec.height, codec.pix_fmt = frame.width, frame.height, "rgb48be"
    codec.time_base = frame.time_base = Fraction(1)
    frame.pts = 0
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(b"".join(map(bytes, [*codec.encode(frame), *codec.encode(None)])))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
