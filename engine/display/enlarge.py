"""Dream pictures grow near the output's size and become crisp there, once each, not once a frame.

In: the texture of a dream. Out: framebuffers whose textures bilinear sampling shows smooth.
On software OpenGL four cubic taps a frame cost twice the whole draw; done once for each dream,
in two passes, they cost less than one. Stage thread.
"""

import moderngl

from engine.display.shader import Pass

LARGEST = 4.0  # beyond this enlargement bilinear sampling adds nothing that the eye sees
PUSH = 20.0  # pixels that a slope of the edges' strength shifts, in the sharpest picture
WHOLE = {"scale": (1.0, 1.0)}  # of a picture is drawn

Size = tuple[int, int]


def enlarged(size: Size, output: Size) -> Size:
    """Return the (width, height) of a picture of `size` grown to cover `output`, never shrunk."""
    scale = min(max(output[0] / size[0], output[1] / size[1], 1.0), LARGEST)
    return round(size[0] * scale), round(size[1] * scale)


class Enlarger:
    """Enlarges by cubic convolution, and draws edges together that are wide for it."""

    def __init__(self, context: moderngl.Context):
        self._context = context
        self._enlarge = Pass(context, "cover.vert", "enlarge.frag")
        self._edges, self._shifts = (
            Pass(context, "cover.vert", "edges.frag", SHIFTS=shifts) for shifts in (0, 1)
        )
        self._sharpen = Pass(context, "cover.vert", "sharpen.frag")
        self._between: dict[str, moderngl.Framebuffer] = {}

    def enlarge(self, picture: moderngl.Texture, smooth: moderngl.Framebuffer) -> None:
        """Draw `picture` into `smooth`, of 8 or 16 bits a colour."""
        kind = texture_of(smooth).dtype
        wide = self._buffer(f"wide {kind}", (smooth.width, picture.height), kind)
        self._enlarge.draw(wide, {"picture": picture}, {"axis": (1, 0), **WHOLE})
        self._enlarge.draw(smooth, {"picture": texture_of(wide)}, {"axis": (0, 1), **WHOLE})

    def sharpen(
        self,
        picture: moderngl.Texture,
        smooth: moderngl.Framebuffer,
        sharp: moderngl.Framebuffer,
        sharpness: float,
    ) -> None:
        """Draw `smooth`, which is `picture` enlarged, into `sharp`; sharpness 0..1.

        After Arad and Gotsman 1999, Enhancement by image-dependent warping.
        """
        edges = self._buffer("edges", picture.size, "f2", 1)
        shifts = self._buffer("shifts", picture.size, "f2", 2)
        self._edges.draw(edges, {"picture": picture}, WHOLE)
        push = {"push": PUSH * sharpness}
        self._shifts.draw(shifts, {"picture": texture_of(edges)}, push | WHOLE)
        pictures = {"picture": texture_of(smooth), "shifts": texture_of(shifts)}
        self._sharpen.draw(sharp, pictures, WHOLE)

    def _buffer(self, name: str, size: Size, kind: str, colours: int = 4) -> moderngl.Framebuffer:
        """Return what is drawn to between two passes, new only where its size is."""
        there = self._between.get(name)
        if there is None or there.size != size:
            if there:
                free(there)
            self._between[name] = framebuffer(self._context, size, kind, colours)
        return self._between[name]


def framebuffer(
    context: moderngl.Context, size: Size, kind: str = "f1", colours: int = 4
) -> moderngl.Framebuffer:
    """Return one that holds so many colours: of 8 bits ("f1"), of 16 ("nu2"), or floats ("f2")."""
    texture = context.texture(size, colours, dtype=kind)
    texture.filter = (moderngl.LINEAR, moderngl.LINEAR)  # which is not the default of every kind
    texture.repeat_x = texture.repeat_y = False
    return context.framebuffer([texture])


def texture_of(framebuffer: moderngl.Framebuffer) -> moderngl.Texture:
    """Return what was drawn."""
    return framebuffer.color_attachments[0]


def free(framebuffer: moderngl.Framebuffer) -> None:
    """Let go of a framebuffer and its texture."""
    texture = texture_of(framebuffer)
    framebuffer.release()
    texture.release()
