"""A picture of the wall for whoever asks; the stage waits for nothing.

In: ask() from any thread but the stage's; finished frames, once per display frame (stage thread).
Out: a copy of what was shown, or of the same drawn once more in 16 bits a colour.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import moderngl
import numpy as np

from engine.display.readback import ReadBack

LONGEST = 2.0  # seconds that one waits for the stage


@dataclass
class Asked:
    """One question, and its answer once it is there."""

    fine: bool
    there: threading.Event = field(default_factory=threading.Event)
    begun: bool = False  # it is on its way from the graphics card
    pixels: np.ndarray | None = None


class Stills:
    """Pictures of the wall; one is asked for at a time."""

    def __init__(self):
        self._asked: Asked | None = None

    def ask(self, fine: bool = False) -> np.ndarray | None:
        """Return what the wall shows now, height x width x 4; None if the stage stands.

        As shown, uint8; or `fine`: uint16, drawn in 16 bits a colour, without blackout and flash.
        """
        asked = self._asked = Asked(fine)
        asked.there.wait(LONGEST)
        return asked.pixels

    def open(self, context: moderngl.Context, size: tuple[int, int]) -> None:
        """Make what is needed on the graphics card for pictures of `size`."""
        self._ways = {
            fine: ReadBack(context, size, kind, 1) for fine, kind in ((False, "f1"), (True, "nu2"))
        }
        self._fine = context.framebuffer([context.texture(size, 4, dtype="nu2")])

    def step(
        self,
        shown: moderngl.Framebuffer,
        draw: Callable[[moderngl.Framebuffer], None],
        now: float,
    ) -> None:
        """Start fetching, if a picture is asked for; hand it out as soon as it has come.

        draw: draws the fine one.
        """
        asked = self._asked
        if asked is None:
            return
        way = self._ways[asked.fine]
        if not asked.begun:
            way.forget()  # of one who waits no more
            if asked.fine:
                draw(self._fine)
            asked.begun = way.begin(self._fine if asked.fine else shown, now)
        elif frame := way.take():
            self._asked, asked.pixels = None, frame.pixels.copy()
            asked.there.set()
