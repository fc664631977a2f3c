"""Fetches finished frames for recording without waiting for the graphics card.

In: a finished framebuffer and its moment. Out: the frames, in order, each as soon as it has come.
Stage thread.
"""

from collections import deque
from typing import NamedTuple

import moderngl
import numpy as np

from engine.display.output import GL  # which sets PyOpenGL up before it is first read

BUFFERS = 4  # frames that may be on their way
COME = (GL.GL_ALREADY_SIGNALED, GL.GL_CONDITION_SATISFIED)
KINDS = {"f1": np.uint8, "nu2": np.uint16}  # of a channel


class Frame(NamedTuple):
    """A frame as shown: height x width x 4, RGBA, first row on top; and when."""

    pixels: np.ndarray
    moment: float


class ReadBack:
    """A ring of pixel buffers, each with a fence that tells when the card has filled it.

    kind: of a channel, "f1" for 8 bits, "nu2" for 16.
    """

    def __init__(
        self,
        context: moderngl.Context,
        size: tuple[int, int],
        kind: str = "f1",
        count: int = BUFFERS,
    ):
        width, height = size
        self._kind, self._pixels = kind, np.empty((height, width, 4), KINDS[kind])
        self._free = [context.buffer(reserve=self._pixels.nbytes) for _ in range(count)]
        self._underway: deque[tuple] = deque()  # buffer, fence, moment

    def begin(self, framebuffer: moderngl.Framebuffer, moment: float) -> bool:
        """Start fetching `framebuffer`; False if too many are on their way already."""
        if not self._free:
            return False
        buffer = self._free.pop()
        framebuffer.read_into(buffer, components=4, dtype=self._kind)
        fence = GL.glFenceSync(GL.GL_SYNC_GPU_COMMANDS_COMPLETE, 0)
        self._underway.append((buffer, fence, moment))
        return True

    def take(self) -> Frame | None:
        """Return the oldest frame if it has come, valid until the next call; never waits."""
        if not self._underway:
            return None
        buffer, fence, moment = self._underway[0]
        if GL.glClientWaitSync(fence, GL.GL_SYNC_FLUSH_COMMANDS_BIT, 0) not in COME:
            return None
        self._let_go()
        buffer.read_into(self._pixels)
        return Frame(self._pixels, moment)

    def forget(self) -> None:
        """Let go of the frames that are on their way."""
        while self._underway:
            self._let_go()

    def _let_go(self) -> None:
        buffer, fence, _ = self._underway.popleft()
        GL.glDeleteSync(fence)
        self._free.append(buffer)

    def release(self) -> None:
        """Free the buffers."""
        self.forget()
        for buffer in self._free:
            buffer.release()
