"""Whether the wall is white: by a hand that holds the flash, or by the strobe.

In: both switches, the strobe's rate, now, once per display frame (stage thread). Out: white or not.
Flashing light can cause seizures: whoever asks, a hand, a mapping or the strobe, two flashes never
begin closer together than `most` a second allows; one that comes too soon waits while it is held.
"""

import math

SAFE = 3.0  # flashes a second: the most within any second by WCAG 2.3.1
SHARE = 1 / 3  # of a strobe's turn that is white


class Flash:
    """At most `most` flashes a second."""

    def __init__(self, most: float = SAFE):
        self._most = most
        self._white = False
        self._began = -math.inf  # the last flash

    def white(self, held: bool, strobe: bool, rate: float, now: float) -> bool:
        """Return whether the wall is white at `now`; the strobe flashes `rate` times a second.

        A rate beyond what is allowed is what is allowed.
        """
        turn, gone = 1 / min(rate, self._most), now - self._began
        if self._white:
            self._white = held or (strobe and gone < SHARE * turn)
        elif (held and gone >= 1 / self._most) or (strobe and gone >= turn):
            self._white, self._began = True, now
        return self._white
