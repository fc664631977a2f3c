"""A picture of the wall for whoever asks; the stage waits for nothing.

In: ask() from any thread but the stage's; finished frames, once per display frame (stage thread).
Out: a copy of what was shown.
"""

import threading
from dataclasses import dataclass, field

import moderngl
import numpy as np

from engine.display.readback import ReadBack

LONGEST = 2.0  # seconds that one waits for the stage


@dataclass
class Asked:
    """One question, and its answer once it is there."""

    there: threading.Event = field(default_factory=threading.Event)
    begun: bool = False  # it is on its way from the graphics card
    pixels: np.ndarray | None = None


class Stills:
    """Pictures of the wall; one is asked for at a time."""

    def __init__(self):
        self._asked: Asked | None = None

    def ask(self) -> np.ndarray | None:
        """Return what the wall shows now, uint8 height x width x 4; None if the stage stands."""
        asked = self._asked = Asked()
        asked.there.wait(LONGEST)
        return asked.pixels

    def step(self, readback: ReadBack, shown: moderngl.Framebuffer, now: float) -> None:
        """Start fetching the finished frame, if one is asked for; hand it out a frame later."""
        asked = self._asked
        if asked is None:
            return
        if not asked.begun:
            asked.begun = True
            readback.read(shown, now)
        elif frame := readback.last():
            self._asked, asked.pixels = None, frame.pixels.copy()
            asked.there.set()
