"""Paints what the wall showed at any moment of a take, at any size.

In: dreams and display frames in their order. Out: pixels of the moments that are asked for. One
thread, which owns the OpenGL.
"""

import numpy as np

from engine.camera import CameraPath, Picture
from engine.display.light import Light
from engine.display.output import Offscreen
from engine.display.renderer import Renderer
from engine.parameters import Snapshot


class Projector:
    """A wall of `size` (w, h), both even; DisplayError where OpenGL cannot be had."""

    def __init__(self, size: tuple[int, int], flashes: float):
        self._output = Offscreen(size)
        self._renderer = Renderer(self._output.open_context(), size)
        self._target = self._output.framebuffer
        self._aspect = size[0] / size[1]
        self._light = Light(flashes)
        self._pixels = np.empty((size[1], size[0], 4), np.uint8)

    def show(self, picture: Picture) -> None:
        """Take the dream that this display frame shows first."""
        self._renderer.upload(picture)

    def tick(self, snapshot: Snapshot, path: CameraPath, now: float) -> None:
        """Go on to a display frame."""
        self._path = path
        self._shown, self._white = self._light.step(snapshot, now)
        self._renderer.advance(self._shown, path, self._aspect, now)

    def frame(self, beyond: float) -> np.ndarray:
        """Return what is seen `beyond` seconds after the display frame, uint8 (h, w, 4).

        The array is written anew each time.
        """
        view = self._renderer.between(self._shown, self._path, self._aspect, beyond)
        self._renderer.paint(self._target, self._shown, self._white, view)
        self._target.read_into(self._pixels, components=4)
        return self._pixels

    def close(self) -> None:
        """End OpenGL."""
        self._output.close_context()
