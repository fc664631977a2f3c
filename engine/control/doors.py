"""OSC and OSCQuery listen as soon as they can: an address that is taken is tried again and again.

In: both rooms. Out: what hinders one, which stands until it listens. Main thread, then opener.
"""

import math
from collections.abc import Callable, Mapping

from engine import clock
from engine.control.osc import OscError

AGAIN = 5.0  # seconds between two tries


class Doors:
    """Rooms with start() and `listens`, by name; stand(name, *lines) hears of their faults."""

    def __init__(self, rooms: Mapping[str, object], stand: Callable[..., None]):
        self._rooms, self._stand = rooms, stand
        self._due = math.inf  # nobody has asked for it yet

    def open(self) -> None:
        """Let each listen that does not yet."""
        self._due = clock.now() + AGAIN
        for name, room in self._rooms.items():
            try:
                if not room.listens:
                    room.start()
                    self._stand(name)
            except OscError as fault:
                self._stand(name, str(fault))

    def keep_open(self, do: Callable[..., None]) -> None:
        """Try again, where it is time to, by do(name, work): an address may be long in asking."""
        shut = [name for name, room in self._rooms.items() if not room.listens]
        if shut and clock.now() >= self._due:
            self._due = clock.now() + AGAIN
            do(shut[0], self.open)
