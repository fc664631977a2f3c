"""Dream pictures become textures near the output's size, once each, not once a frame.

In: uint8 RGBA pixels. Out: a texture that bilinear sampling shows smooth and sharp.
On software OpenGL four cubic taps a frame cost twice the whole draw; done once for each dream,
in two passes, they cost less than one. Stage thread.
"""

from typing import NamedTuple

import moderngl
import numpy as np

from engine.display.shader import Pass

LARGEST = 4.0  # beyond this enlargement bilinear sampling adds nothing that the eye sees

Size = tuple[int, int]


def enlarged(size: Size, output: Size) -> Size:
    """Return the (width, height) of a picture of `size` grown to cover `output`, never shrunk."""
    scale = min(max(output[0] / size[0], output[1] / size[1], 1.0), LARGEST)
    return round(size[0] * scale), round(size[1] * scale)


class Canvas(NamedTuple):
    """A dream as it came, and grown near the output's size; both are one where nothing grows."""

    dreamed: moderngl.Texture
    grown: moderngl.Framebuffer

    @property
    def texture(self) -> moderngl.Texture:
        """The grown picture's texture."""
        return self.grown.color_attachments[0]

    def release(self) -> None:
        """Free both."""
        texture = self.texture
        self.grown.release()
        texture.release()
        if texture is not self.dreamed:
            self.dreamed.release()


class Enlarger:
    """Uploads pictures and enlarges them by cubic convolution."""

    def __init__(self, context: moderngl.Context, output: Size):
        self._context = context
        self._output = output
        self._pass = Pass(context, "cover.vert", "enlarge.frag")
        self._wide: moderngl.Framebuffer | None = None

    def canvas(self, size: Size) -> Canvas:
        """Return a canvas for pictures of `size`, to be given to fill()."""
        dreamed, large = self._context.texture(size, 4), enlarged(size, self._output)
        if large == size:
            return Canvas(dreamed, self._context.framebuffer([dreamed]))
        return Canvas(dreamed, _framebuffer(self._context, large))

    def fill(self, canvas: Canvas, pixels: np.ndarray) -> None:
        """Put `pixels` (uint8, height x width x 4, first row on top) into `canvas`, enlarged."""
        canvas.dreamed.write(pixels)
        wide = (canvas.grown.width, canvas.dreamed.height)
        if canvas.grown.size == canvas.dreamed.size:
            return
        if self._wide is None or self._wide.size != wide:
            self._let_go(self._wide)
            self._wide = _framebuffer(self._context, wide)
        self._grow(canvas.dreamed, self._wide, canvas.grown)

    def fine(self, canvas: Canvas) -> Canvas:
        """Return the same picture enlarged in 16 bits a colour, to be released."""
        large, size = canvas.grown.size, canvas.dreamed.size
        wide, grown = (
            _framebuffer(self._context, sides, "nu2") for sides in ((large[0], size[1]), large)
        )
        self._grow(canvas.dreamed, wide, grown)
        self._let_go(wide)
        return Canvas(grown.color_attachments[0], grown)

    def _grow(
        self, picture: moderngl.Texture, wide: moderngl.Framebuffer, grown: moderngl.Framebuffer
    ) -> None:
        self._pass.draw(wide, {"picture": picture}, _along(1, 0))
        self._pass.draw(grown, {"picture": wide.color_attachments[0]}, _along(0, 1))

    def _let_go(self, framebuffer: moderngl.Framebuffer | None) -> None:
        if framebuffer:
            Canvas(framebuffer.color_attachments[0], framebuffer).release()


def _along(x: int, y: int) -> dict[str, object]:
    return {"axis": (x, y), "scale": (1.0, 1.0)}


def _framebuffer(context: moderngl.Context, size: Size, kind: str = "f1") -> moderngl.Framebuffer:
    texture = context.texture(size, 4, dtype=kind)
    texture.filter = (moderngl.LINEAR, moderngl.LINEAR)  # which is not the default of every kind
    return context.framebuffer([texture])
