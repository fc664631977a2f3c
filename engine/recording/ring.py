"""The last seconds of what was coded, in memory: what to keep when the best has just been.

In: coded packets (recorder thread). Out: a copy of those kept, from a picture on that a file may
begin at. Any thread; memory is bounded, however long the show is.
"""

import threading
from collections import deque

from engine.recording.coder import Coded

MOST = 256 << 20  # bytes; a format for editing keeps less than was asked for, not more memory


class Ring:
    """Whole groups of packets, each from a key picture to the next."""

    def __init__(self):
        self.seconds = 0.0  # to keep; 0: nothing
        self._groups: deque[list[Coded]] = deque()
        self._sizes: deque[int] = deque()
        self._lock = threading.Lock()

    def put(self, coded: Coded) -> None:
        """Keep a packet, and let go of the groups that are older than is asked for."""
        with self._lock:
            if coded.picture and coded.key and self.seconds:
                self._groups.append([])
                self._sizes.append(0)
            if self._groups:
                self._groups[-1].append(coded)
                self._sizes[-1] += len(coded.data)
                self._trim(coded.seconds)

    def packets(self) -> list[Coded]:
        """Return what is kept now, in the order in which it came."""
        with self._lock:
            return [coded for group in self._groups for coded in group]

    def _trim(self, now: float) -> None:
        """Drop the oldest group while those after it last long enough, or it is too much."""
        while self._groups and (
            not self.seconds
            or sum(self._sizes) > MOST
            or (len(self._groups) > 1 and now - self._groups[1][0].seconds >= self.seconds)
        ):
            self._groups.popleft()
            self._sizes.popleft()
