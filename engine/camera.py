"""The camera path: zoom, rotation and drift integrated over time, and places marked on it.

In: advance() once per display frame (stage thread); mark() once per dream (dream thread).
Out: since(place), the matrix that carries a picture made at that place to the present view.
Where dreams come so slowly that they cannot follow, the view moves as much slower: else a zoom
would lead into a picture that nobody has dreamed.
Places are relative, so an hour of zooming never overflows. Coordinates: picture heights from
the middle, x to the right, y down.
"""

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

FAR = 1e6  # heights: out of anybody's sight, should a dream not come for minutes
FOLLOWED = 0.2  # seconds that one dream may stand for: with larger steps it would burn
SETTLE = 0.5  # seconds in which the view takes up another speed, to 63%
TINY = 1e-9  # a second, of turn and zoom: they bend no drift
KEPT = 256  # places that can still be asked for: a slow fade outlives many quick dreams


@dataclass(frozen=True)
class Picture:
    """A dreamed picture and where on the path it was made.

    pixels: uint8 RGBA, height x width x 4, first row on top: an array, or a tensor on a card.
    seconds: the dream's interval.
    """

    pixels: Any
    place: int
    seconds: float
    number: int


@dataclass(frozen=True)
class Here:
    """A marked place: its number, how many steps led there, and the values of the last one."""

    place: int
    steps: int
    motion: Mapping[str, float] | None


def step(motion: Mapping[str, float], dt: float) -> np.ndarray:
    """Return the 3x3 matrix from a point of the view after `dt` to its point before.

    Zoom is exp(zoom * dt), rotation counter-clockwise as seen, both about the centre, while the
    view drifts: exact, so that many short steps come to where one long one does. In complex numbers
    the point's way is dp/dt = turn * (p - centre) - drift.
    """
    turn = complex(-motion["motion.zoom"], math.radians(motion["motion.rotation"]))
    centre = complex(motion["motion.center_x"], motion["motion.center_y"])
    drift = complex(motion["motion.x"], motion["motion.y"])
    turned = np.expm1(turn * dt)
    gone = -turned * centre - drift * (turned / turn if abs(turn) > TINY else dt)
    c, s = turned.real + 1, turned.imag
    return np.array([[c, -s, gone.real], [s, c, gone.imag], [0.0, 0.0, 1.0]])


class CameraPath:
    """Where the view has gone since each marked place."""

    def __init__(self):
        self._lock = threading.Lock()
        self._number = self.steps = 0  # steps: of the view, until now
        self._motion: Mapping[str, float] | None = None
        self._pace = 1.0
        self._since = np.tile(np.eye(3), (KEPT, 1, 1))  # of place n in row n % KEPT

    def advance(self, motion: Mapping[str, float], dt: float, interval: float = 0.0) -> None:
        """Move the view on by `dt` seconds of motion, where a dream comes every `interval`."""
        wanted = min(FOLLOWED / max(interval, FOLLOWED), 1.0)
        self._pace += (wanted - self._pace) * (1 - math.exp(-dt / SETTLE))
        moved = step(motion, dt * self._pace)
        with self._lock:
            self.steps, self._motion = self.steps + 1, motion
            np.clip(self._since @ moved, -FAR, FAR, out=self._since)

    def mark(self) -> int:
        """Mark where the view is now and return the place's number."""
        return self.here().place

    def here(self) -> Here:
        """Mark where the view is now and return what is known of it."""
        with self._lock:
            self._number += 1
            self._since[self._number % KEPT] = np.eye(3)
            return Here(self._number, self.steps, self._motion)

    def since(
        self, place: int, motion: Mapping[str, float] | None = None, beyond: float = 0.0
    ) -> np.ndarray:
        """Return the matrix from the present view to the view at `place`, or at the oldest kept.

        With `beyond` seconds of this motion, from the view that there will be then.
        """
        with self._lock:
            matrix = self._kept(place)
        return matrix @ step(motion, beyond * self._pace) if beyond else matrix

    def between(self, old: int, new: int) -> np.ndarray:
        """Return the matrix from the view at `new` to the view at `old`."""
        with self._lock:
            return self._kept(old) @ np.linalg.inv(self._kept(new))

    def _kept(self, place: int) -> np.ndarray:
        return self._since[max(place, self._number - KEPT + 1, 0) % KEPT].copy()
