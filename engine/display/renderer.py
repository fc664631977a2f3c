"""Carries the newest dreams along the camera path to now and cross-fades between them.

In: dream pictures (upload), a snapshot and the camera path once per display frame (draw).
Out: the picture in the target, first row on top. Stage thread.
Linear cross-fade between two pictures both warped to now, over one dream interval, is the
smoothest of those measured; it costs new forms that interval and the motion nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import moderngl
import numpy as np

from engine.camera import CameraPath, Picture
from engine.display.enlarge import Enlarger, free, texture_of
from engine.display.grade import PLAIN, Grade, affine
from engine.display.interop import interop
from engine.display.shader import Pass
from engine.display.slot import Slot

MIRROR, WRAP, BLACK = range(3)  # the choices of motion.edge
CATCH_UP = 2.0  # a fade runs this much faster while the next picture waits


@dataclass(frozen=True)
class View:
    """All that one frame shows but brightness: what freeze holds."""

    newest: Slot
    previous: Slot
    newest_from_target: bytes
    previous_from_target: bytes
    weight: float
    grade: Grade
    edge: int
    mirrors: int


class Renderer:
    """Draws the dream at the display's rate; `size` is (width, height) of the output."""

    def __init__(self, context: moderngl.Context, size: tuple[int, int]):
        self._passes = {
            (edge, fading): Pass(
                context, "reproject.vert", "reproject.frag", EDGE=edge, FADING=int(fading)
            )
            for edge in (MIRROR, WRAP, BLACK)
            for fading in (False, True)
        }
        enlarger = Enlarger(context)
        self._interop = interop(context)
        slots = (Slot(context, enlarger, size, self._interop) for _ in range(3))
        self._newest, self._previous, self._waiting = slots
        self._has_waiting = False
        self._progress = 1.0
        self._before: float | None = None
        self._view: View | None = None
        self._warm(context)

    @property
    def is_on_card(self) -> bool:
        """Whether it takes pictures that are on the dream's card."""
        return self._interop is not None

    def upload(self, picture: Picture) -> None:
        """Take a dream; an array may be overwritten as soon as this returns."""
        self._waiting.take(picture)
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
            self._step(dt, snapshot["output.sharpness"])
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

    def again(self, grade: Grade, target: moderngl.Framebuffer) -> None:
        """Draw the last frame once more, in other colours."""
        if self._view is None:
            target.clear()
        else:
            self._paint(target, replace(self._view, grade=grade), grade.brightness)

    def fine(self, grade: Grade, target: moderngl.Framebuffer) -> None:
        """Draw the same into a target of more than 8 bits a colour, enlarged as finely."""
        view = self._view
        if view is None:
            target.clear()
            return
        fine = [slot.fine() for slot in (view.newest, view.previous)]
        textures = [texture_of(each) for each in fine]
        self._paint(target, replace(view, grade=grade), grade.brightness, textures)
        for each in fine:
            free(each)

    def _step(self, dt: float, sharpness: float) -> None:
        """Move the cross-fade on; the waiting picture steps in where the last fade ends."""
        self._progress += self._speed * dt
        if self._has_waiting and self._progress >= 1:
            first = self._newest.size is None
            self._waiting.sharpen(sharpness)
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
        grade = Grade.of(snapshot)
        edge, mirrors = (int(snapshot[f"motion.{name}"]) for name in ("edge", "mirrors"))
        return View(self._newest, previous, newest, before, progress, grade, edge, mirrors)

    def _paint(
        self,
        target: moderngl.Framebuffer,
        view: View,
        bright: float,
        fine: Sequence[moderngl.Texture] = (),
    ) -> None:
        """Draw the view's two pictures, or these instead."""
        fading = view.weight < 1
        newest, previous = fine or (view.newest.texture, view.previous.texture)
        colour, offset = affine(view.grade)
        pictures = {"newest": newest}
        values = {
            "mirrors": view.mirrors,
            "aspect": target.width / target.height,
            "newest_from_target": view.newest_from_target,
            "colour": _columns(colour),
            "offset": tuple(offset),
            "brightness": bright,
        }
        if fading:
            pictures["previous"] = previous
            values["previous_from_target"] = view.previous_from_target
            values["weight"] = view.weight
        for texture in pictures.values():
            texture.repeat_x = texture.repeat_y = view.edge == WRAP
        self._passes[view.edge, fading].draw(target, pictures, values, 4 * view.mirrors or 1)

    def _warm(self, context: moderngl.Context) -> None:
        """Draw a pixel through every program, for drivers compile at the first draw."""
        target, fine = (
            context.framebuffer([context.texture((1, 1), 4, dtype=kind)]) for kind in ("f1", "nu2")
        )
        slot, identity = self._waiting, _columns(np.eye(3))
        # Of odd sides, for software OpenGL compiles again for those that are no powers of two.
        slot.take(Picture(np.zeros((3, 3, 4), np.uint8), 0, 0.0, 0))
        slot.sharpen(1.0)
        for edge, fading in self._passes:
            weight = 0.5 if fading else 1.0
            self._view = View(slot, slot, identity, identity, weight, PLAIN, edge, 0)
            self.again(PLAIN, target)
            self.fine(PLAIN, fine)
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


def _columns(matrix: np.ndarray) -> bytes:
    return matrix.T.astype(np.float32).tobytes()
