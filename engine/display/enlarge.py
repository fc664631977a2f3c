"""Dream pictures become textures near the output's size, once each, not once a frame.

In: uint8 RGBA pixels. Out: a texture that bilinear sampling shows smooth and sharp.
On software OpenGL four cubic taps a frame cost twice the whole draw; done once for each dream,
in two passes, they cost less than one. Stage thread.
"""

import moderngl
import numpy as np

from engine.display.shader import Pass

LARGEST = 4.0  # beyond this enlargement bilinear sampling adds nothing that the eye sees

Size = tuple[int, int]


def enlarged(size: Size, output: Size) -> Size:
    """Return the (width, height) of a picture of `size` grown to cover `output`, never shrunk."""
    scale = min(max(output[0] / size[0], output[1] / size[1], 1.0), LARGEST)
    return round(size[0] * scale), round(size[1] * scale)


class Enlarger:
    """Uploads pictures and enlarges them by cubic convolution."""

    def __init__(self, context: moderngl.Context, output: Size):
        self._context = context
        self._output = output
        self._pass = Pass(context, "cover.vert", "enlarge.frag")
        self._size: Size | None = None

    def texture(self, size: Size) -> moderngl.Framebuffer:
        """Return a framebuffer with a texture for pictures of `size`, to be given to fill()."""
        return _canvas(self._context, enlarged(size, self._output))

    def fill(self, target: moderngl.Framebuffer, pixels: np.ndarray) -> None:
        """Put `pixels` (uint8, height x width x 4, first row on top) into `target`, enlarged."""
        size = (pixels.shape[1], pixels.shape[0])
        if target.size == size:
            target.color_attachments[0].write(pixels)
            return
        if size != self._size:
            self._make(size, target.width)
        self._source.write(pixels)
        wide = self._wide.color_attachments[0]
        self._pass.draw(self._wide, {"picture": self._source}, _along(1, 0))
        self._pass.draw(target, {"picture": wide}, _along(0, 1))

    def _make(self, size: Size, width: int) -> None:
        if self._size:
            self._source.release()
            release_canvas(self._wide)
        self._source = self._context.texture(size, 4)
        self._wide = _canvas(self._context, (width, size[1]))
        self._size = size


def _along(x: int, y: int) -> dict[str, object]:
    return {"axis": (x, y), "scale": (1.0, 1.0)}


def _canvas(context: moderngl.Context, size: Size) -> moderngl.Framebuffer:
    return context.framebuffer([context.texture(size, 4)])


def release_canvas(canvas: moderngl.Framebuffer) -> None:
    """Free a framebuffer and its texture."""
    texture = canvas.color_attachments[0]
    canvas.release()
    texture.release()
