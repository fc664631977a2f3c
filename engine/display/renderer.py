"""Carries the newest dreams along the camera path to now and cross-fades between them.

In: dream pictures (upload), a snapshot and the camera path once per display frame (draw).
Out: the picture in the target, first row on top. Stage thread.
Linear cross-fade between two pictures both warped to now, over one dream interval, is the
smoothest of those measured; it costs new forms that interval and the motion nothing.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import moderngl
import numpy as np

from engine.camera import CameraPath, Picture
from engine.display.enlarge import Canvas, Enlarger
from engine.display.shader import Pass

MIRROR, WRAP, BLACK = range(3)  # the choices of motion.edge
LONGEST_FADE = 2.0  # seconds; after a pause of the dream the next pictures must not wait
CATCH_UP = 2.0  # a fade runs this much faster while the next picture waits


class Slot:
    """A texture and the dream that lies in it."""

    def __init__(self):
        self.size: tuple[int, int] | None = None
        self.canvas: Canvas | None = None
        self.place = 0
        self.seconds = 0.0

    def take(self, enlarger: Enlarger, picture: Picture) -> None:
        """Put the picture in, into a new texture only if its size is new."""
        size = (picture.pixels.shape[1], picture.pixels.shape[0])
        if size != self.size:
            self.release()
            self.canvas = enlarger.canvas(size)
            self.size = size
        enlarger.fill(self.canvas, picture.pixels)
        self.place, self.seconds = picture.place, min(picture.seconds, LONGEST_FADE)

    @property
    def texture(self) -> moderngl.Texture:
        """The texture to sample."""
        return self.canvas.texture

    def release(self) -> None:
        """Free the texture, if there is one."""
        if self.size:
            self.canvas.release()
            self.size = None


@dataclass(frozen=True)
class View:
    """All that one frame shows but brightness: what freeze holds."""

    newest: Slot | Canvas
    previous: Slot | Canvas
    newest_from_target: bytes
    previous_from_target: bytes
    weight: float
    hue: float
    edge: int


class Renderer:
    """Draws the dream at the display's rate; `size` is (width, height) of the output."""

    def __init__(self, context: moderngl.Context, size: tuple[int, int]):
        self._enlarger = Enlarger(context, size)
        self._passes = {
            (edge, fading): Pass(
                context, "reproject.vert", "reproject.frag", EDGE=edge, FADING=int(fading)
            )
            for edge in (MIRROR, WRAP, BLACK)
            for fading in (False, True)
        }
        self._newest, self._previous, self._waiting = Slot(), Slot(), Slot()
        self._has_waiting = False
        self._progress = 1.0
        self._before: float | None = None
        self._view: View | None = None
        self._warm(context)

    def upload(self, picture: Picture) -> None:
        """Take a dream; its pixels may be overwritten as soon as this returns."""
        self._waiting.take(self._enlarger, picture)
        self._has_waiting = True

    def draw(
        self,
        target: moderngl.Framebuffer,
        snapshot: Mapping[str, float],
        path: CameraPath,
        now: float,
        white: bool = False,
    ) -> None:
        """Draw what is seen at `now` (seconds) into `target`; black before the first dream.

        With `white` nothing but as much white as there is brightness.
        """
        self.advance(snapshot, path, target.width / target.height, now)
        self.paint(target, snapshot, white)

    def advance(
        self, snapshot: Mapping[str, float], path: CameraPath, aspect: float, now: float
    ) -> None:
        """Go on to `now`: cross-fade and camera, as an output of this aspect will show them."""
        dt = 0.0 if self._before is None else now - self._before
        self._before = now
        if not snapshot["output.freeze"] or self._view is None:
            self._step(dt)
            self._view = self._look(snapshot, path, aspect)

    def between(
        self, snapshot: Mapping[str, float], path: CameraPath, aspect: float, beyond: float
    ) -> View | None:
        """Return what would be seen `beyond` seconds from now, if nothing else came meanwhile."""
        frozen = snapshot["output.freeze"]
        return self._view if frozen else self._look(snapshot, path, aspect, beyond)

    def paint(
        self,
        target: moderngl.Framebuffer,
        snapshot: Mapping[str, float],
        white: bool = False,
        view: View | None = None,
    ) -> None:
        """Draw this view, or that of now, into `target`."""
        view = view or self._view
        bright = snapshot["output.brightness"]
        if white or view is None or bright == 0:
            grey = min(bright, 1.0) * white
            target.clear(grey, grey, grey, 1.0)
        else:
            self._paint(target, view, bright)

    def again(self, look: tuple[float, float], target: moderngl.Framebuffer) -> None:
        """Draw the last frame once more, in another `look`: brightness, hue (degrees)."""
        bright, hue = look
        if self._view is None:
            target.clear()
        else:
            self._paint(target, replace(self._view, hue=hue), bright)

    def fine(self, look: tuple[float, float], target: moderngl.Framebuffer) -> None:
        """Draw the same into a target of more than 8 bits a colour, enlarged as finely."""
        view = self._view
        if view is None:
            target.clear()
            return
        newest, previous = (self._enlarger.fine(s.canvas) for s in (view.newest, view.previous))
        bright, hue = look
        self._paint(target, replace(view, newest=newest, previous=previous, hue=hue), bright)
        newest.release()
        previous.release()

    def _step(self, dt: float) -> None:
        """Move the cross-fade on; the waiting picture steps in where the last fade ends."""
        self._progress += self._speed * dt
        if self._has_waiting and self._progress >= 1:
            first = self._newest.size is None
            self._newest, self._previous, self._waiting = (
                self._waiting,
                self._newest,
                self._previous,
            )
            self._has_waiting = False
            self._progress = 1.0 if first else 0.0

    @property
    def _speed(self) -> float:
        """How much of the cross-fade goes by in a second."""
        if self._progress >= 1:
            return 0.0
        return (CATCH_UP if self._has_waiting else 1.0) / max(self._newest.seconds, 1e-6)

    def _look(
        self, snapshot: Mapping[str, float], path: CameraPath, aspect: float, beyond: float = 0.0
    ) -> View | None:
        if self._newest.size is None:
            return None
        progress = min(self._progress + self._speed * beyond, 1.0)
        previous = self._previous if progress < 1 else self._newest
        newest, before = (
            texture_from_target(path.since(slot.place, snapshot, beyond), slot.size, aspect)
            for slot in (self._newest, previous)
        )
        hue, edge = snapshot["output.hue"], int(snapshot["motion.edge"])
        return View(self._newest, previous, newest, before, progress, hue, edge)

    def _paint(self, target: moderngl.Framebuffer, view: View, bright: float) -> None:
        fading = view.weight < 1
        pictures = {"newest": view.newest.texture}
        values = {
            "newest_from_target": view.newest_from_target,
            "colour": _columns(bright * hue_turn(view.hue)),
        }
        if fading:
            pictures["previous"] = view.previous.texture
            values["previous_from_target"] = view.previous_from_target
            values["weight"] = view.weight
        for texture in pictures.values():
            texture.repeat_x = texture.repeat_y = view.edge == WRAP
        self._passes[view.edge, fading].draw(target, pictures, values)

    def _warm(self, context: moderngl.Context) -> None:
        """Draw a pixel through every program, for drivers compile at the first draw."""
        target, fine = (
            context.framebuffer([context.texture((1, 1), 4, dtype=kind)]) for kind in ("f1", "nu2")
        )
        slot, identity = Slot(), _columns(np.eye(3))
        # Of odd sides, for software OpenGL compiles again for those that are no powers of two.
        slot.take(self._enlarger, Picture(np.zeros((3, 3, 4), np.uint8), 0, 0.0, 0))
        for edge, fading in self._passes:
            weight = 0.5 if fading else 1.0
            self._view = View(slot, slot, identity, identity, weight, 0.0, edge)
            self.again((1.0, 0.0), target)
            self.fine((1.0, 0.0), fine)
        self._view = None
        slot.release()  # but not the target: OpenGL dislikes the loss of the one in use


def texture_from_target(since: np.ndarray, size: tuple[int, int], aspect: float) -> bytes:
    """Return the matrix from the target (0..1, y down) to the texture of a picture of `size`.

    `since` carries a point of the present view to the picture's view, in picture heights from
    the middle. A target of another `aspect` is covered, the picture cropped about its middle.
    """
    own = size[0] / size[1]
    height = min(1.0, own / aspect)
    width = height * aspect
    view = np.array([[width, 0, -width / 2], [0, height, -height / 2], [0, 0, 1]])
    texture = np.array([[1 / own, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    return _columns(texture @ since @ view)


def hue_turn(degrees: float) -> np.ndarray:
    """Return the 3x3 matrix that turns RGB about the grey axis: +120 makes red green."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    cross = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    return c * np.eye(3) + (1 - c) / 3 * np.ones((3, 3)) + s / math.sqrt(3) * cross


def _columns(matrix: np.ndarray) -> bytes:
    return matrix.T.astype(np.float32).tobytes()
