"""A dream's place on the card: as it came, grown near the output's size, and sharpened.

In: pictures, one after the other. Out: a texture to sample. Stage thread.
"""

from dataclasses import dataclass

import moderngl
import numpy as np

from engine.camera import Picture
from engine.display.enlarge import Enlarger, enlarged, framebuffer, free, texture_of
from engine.display.interop import Interop

LONGEST_FADE = 2.0  # seconds; after a pause of the dream the next pictures must not wait


@dataclass(frozen=True)
class Canvas:
    """Where a picture of one size is drawn; all are one where it does not grow."""

    dreamed: moderngl.Texture
    smooth: moderngl.Framebuffer
    sharp: moderngl.Framebuffer

    @classmethod
    def of(cls, context: moderngl.Context, size: tuple[int, int], output: tuple[int, int]):
        """Return a new one for pictures of `size` on an output of this size, both (w, h)."""
        dreamed, large = context.texture(size, 4), enlarged(size, output)
        if large == size:
            return cls(dreamed, *(context.framebuffer([dreamed]),) * 2)
        return cls(dreamed, *(framebuffer(context, large) for _ in range(2)))

    @property
    def grows(self) -> bool:
        """Whether the picture is drawn larger than it came."""
        return self.smooth is not self.sharp

    def release(self) -> None:
        """Free all."""
        free(self.sharp)
        if self.grows:
            free(self.smooth)
            self.dreamed.release()


class Slot:
    """A dream in its canvas; `output` is the (width, height) that it grows to cover.

    Pictures that are on a card come by `interop`.
    """

    def __init__(
        self,
        context: moderngl.Context,
        enlarger: Enlarger,
        output: tuple[int, int],
        interop: Interop | None = None,
    ):
        self._context, self._enlarger, self._output = context, enlarger, output
        self._interop = interop
        self._canvas: Canvas | None = None
        self._sharpness = 0.0
        self.place, self.seconds = 0, 0.0

    @property
    def size(self) -> tuple[int, int] | None:
        """The size of the picture as it came, None before the first."""
        return self._canvas and self._canvas.dreamed.size

    @property
    def texture(self) -> moderngl.Texture:
        """The texture to sample, once it is sharpened."""
        return texture_of(self._canvas.sharp)

    def take(self, picture: Picture) -> None:
        """Put the picture in, enlarged; into new textures only if its size is new."""
        height, width = picture.pixels.shape[:2]
        if self.size != (width, height):
            self.release()
            self._canvas = Canvas.of(self._context, (width, height), self._output)
        self.place, self.seconds = picture.place, min(picture.seconds, LONGEST_FADE)
        canvas = self._canvas
        if isinstance(picture.pixels, np.ndarray):
            canvas.dreamed.write(picture.pixels)
        else:
            self._interop.write(picture.pixels, canvas.dreamed)
        if canvas.grows:
            self._enlarger.enlarge(canvas.dreamed, canvas.smooth)

    def sharpen(self, sharpness: float) -> None:
        """Make it ready to be shown; 0..1.

        Not in take(), for both within one display frame are more than software OpenGL has time for.
        """
        canvas, self._sharpness = self._canvas, sharpness
        if canvas.grows:
            self._enlarger.sharpen(canvas.dreamed, canvas.smooth, canvas.sharp, sharpness)

    def fine(self) -> moderngl.Framebuffer:
        """Return the same in 16 bits a colour, to be freed."""
        canvas = self._canvas
        smooth, sharp = (framebuffer(self._context, canvas.smooth.size, "nu2") for _ in range(2))
        self._enlarger.enlarge(canvas.dreamed, smooth)
        sharpness = self._sharpness * canvas.grows
        self._enlarger.sharpen(canvas.dreamed, smooth, sharp, sharpness)
        free(smooth)
        return sharp

    def release(self) -> None:
        """Free the textures, if there are any."""
        if self._canvas:
            self._canvas.release()
            self._canvas = None
