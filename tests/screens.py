"""What a window shows on the virtual screen."""

import glfw
import numpy as np
from PIL import ImageGrab


def seen(window, path):
    """Return the pixels of a GLFW window as the screen has them, and keep them as a PNG.

    uint8 (height, width, 3).
    """
    x, y = glfw.get_window_pos(window)
    width, height = glfw.get_window_size(window)
    picture = ImageGrab.grab((x, y, x + width, y + height)).convert("RGB")
    picture.save(path, compress_level=1)
    return np.asarray(picture)
