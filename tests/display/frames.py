import numpy as np

from engine.camera import Picture


def picture(pixels, place=0, seconds=1.0):
    return Picture(pixels, place, seconds, 0)


def pixels_of(framebuffer):
    """Return a framebuffer's pixels, uint8 (height, width, 4), in its own order of rows."""
    data = np.frombuffer(framebuffer.read(components=4), np.uint8)
    return data.reshape(framebuffer.height, framebuffer.width, 4)
