import glfw
import numpy as np
import pytest

from engine.display.output import Offscreen


@pytest.fixture(scope="module")
def windows(screen):
    """The virtual screen, let go of before it ends."""
    yield screen
    glfw.terminate()


@pytest.fixture
def offscreen():
    """Opens outputs: offscreen(width, height) -> an Offscreen and its context."""
    opened = []

    def open_output(width, height, rate=1000.0):
        opened.append(Offscreen((width, height), rate))
        return opened[-1], opened[-1].open_context()

    yield open_output
    for output in opened:
        output.close_context()


@pytest.fixture(scope="session")
def dream():
    """Makes a soft, coloured picture: dream(width, height, seed) -> uint8 (height, width, 4)."""

    def make(width, height, seed=0):
        rng = np.random.default_rng(seed)
        y, x = (np.mgrid[:height, :width] + 0.5) / height
        pixels = np.full((height, width, 4), 255, np.uint8)
        for channel in range(3):
            fx, fy, px, py = rng.uniform(3, 9, 4)
            waves = np.sin(fx * x + px) * np.cos(fy * y + py)
            pixels[..., channel] = 127.5 + 120 * waves
        return pixels

    return make
