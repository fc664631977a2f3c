"""Brings one recorder the pictures that it wants of the stage.

In: each display frame (step). Out: the recorder's due frames, read back and handed on without
waiting, whenever they have come. Stage thread.
"""

from collections.abc import Callable

import moderngl

from engine.display.readback import ReadBack


class Capture:
    """The way from the graphics card to one recorder after the other, for pictures of `size`."""

    def __init__(self, context: moderngl.Context, size: tuple[int, int]):
        self._context, self._size = context, size
        self._readback = ReadBack(context, size)
        self._own: moderngl.Framebuffer | None = None
        self._recorder = None

    def step(
        self,
        recorder,
        shown: moderngl.Framebuffer | None,
        draw: Callable[[moderngl.Framebuffer], None],
        now: float,
    ) -> None:
        """Serve `recorder` (None: nobody) with what is `shown` at `now`; if None, with draw()'s.

        recorder: has due(moment), frame(pixels, moment), miss().
        """
        if recorder is not self._recorder:
            self._recorder = recorder
            self._readback.forget()  # frames of the recorder before
        if recorder is None:
            return
        if recorder.due(now):
            if shown is None:
                draw(shown := self._canvas())
            if not self._readback.begin(shown, now):
                recorder.miss()
        while frame := self._readback.take():
            recorder.frame(*frame)

    def _canvas(self) -> moderngl.Framebuffer:
        if self._own is None:
            self._own = self._context.framebuffer([self._context.texture(self._size, 4)])
        return self._own
