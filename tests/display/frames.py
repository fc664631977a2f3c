import numpy as np

from engine.camera import Picture


def picture(pixels, place=0, seconds=1.0):
    return Picture(pixels, place, seconds, 0)


def pixels_of(framebuffer):
    """Return a framebuffer's pixels, uint8 (height, width, 4), in its own order of rows."""
    data = np.frombuffer(framebuffer.read(components=4), np.uint8)
    return data.reshape(framebuffer.height, framebuffer.width, 4)


def turns(values, least):
    """Return at which places these rise or fall by `least` after they fell or rose."""
    way, low, high, found = 0, values[0], values[0], []
    for place, value in enumerate(values):
        low, high = min(low, value), max(high, value)
        if way <= 0 and value - low >= least:
            way, high = 1, value
            found.append(place)
        elif way >= 0 and high - value >= least:
            way, low = -1, value
            found.append(place)
        low, high = (value, high) if way > 0 else (low, value) if way < 0 else (low, high)
        low, high = (min(low, value), max(high, value))
    return found
