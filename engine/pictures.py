"""A preset's picture: a small JPEG of the same name beside its file.

In: what the wall showed as it was saved. Out: a file. Opener's thread.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

SUFFIX = ".jpg"
SIZE = (192, 108)
PLAIN = 4.0  # deviation of a picture that shows nothing: blackout, flash


def write(preset: Path, pixels: np.ndarray) -> None:
    """Write the picture of the preset in this file, if it shows anything.

    pixels: uint8, height x width x 4.
    """
    if pixels[..., :3].std() < PLAIN:
        return
    part = preset.with_suffix(".part.jpg")
    ImageOps.fit(Image.fromarray(pixels[..., :3]), SIZE).save(part, "JPEG", quality=80)
    part.replace(preset.with_suffix(SUFFIX))
