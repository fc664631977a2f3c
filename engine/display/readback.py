"""Fetches finished frames for recording without waiting for the graphics card.

In: a finished framebuffer and its moment, once per recorded frame.
Out: the frame given a call before. Stage thread.
"""

from typing import NamedTuple

import moderngl
import numpy as np


class Frame(NamedTuple):
    """A frame as shown: uint8 RGBA, height x width x 4, first row on top; and when."""

    pixels: np.ndarray
    moment: float


class ReadBack:
    """Two pixel buffers in turn: while one is being filled, the other is handed out."""

    def __init__(self, context: moderngl.Context, size: tuple[int, int]):
        width, height = size
        self._buffers = [context.buffer(reserve=width * height * 4) for _ in range(2)]
        self._pixels = np.empty((height, width, 4), np.uint8)
        self._moment: float | None = None

    def read(self, framebuffer: moderngl.Framebuffer, moment: float) -> Frame | None:
        """Start fetching `framebuffer`; return the frame before, valid until the next call."""
        filling, filled = self._buffers
        framebuffer.read_into(filling, components=4)
        self._buffers.reverse()
        before, self._moment = self._moment, moment
        return None if before is None else self._hand_out(filled, before)

    def last(self) -> Frame | None:
        """Return the frame still on its way, None if there is none; waits for it."""
        before, self._moment = self._moment, None
        return None if before is None else self._hand_out(self._buffers[1], before)

    def _hand_out(self, buffer: moderngl.Buffer, moment: float) -> Frame:
        buffer.read_into(self._pixels)
        return Frame(self._pixels, moment)

    def release(self) -> None:
        """Free the buffers."""
        for buffer in self._buffers:
            buffer.release()
