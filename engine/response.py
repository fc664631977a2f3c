"""How one mapping answers its signal: chance, hold, delay, attack and release, in this order.

In: the shaped signal 0..1 once per display frame, and dt. Out: the number 0..1 by which the
parameter moves. Stage thread.
"""

import math
from collections import deque

SWING = 0.1  # by which a signal must turn to count as risen or fallen: less is noise


def follow(value: float, target: float, attack: float, release: float, dt: float) -> float:
    """Return `value` moved towards `target` as far as `dt` seconds bring it, at any rate."""
    seconds = attack if target > value else release
    return target if seconds <= 0 else target + (value - target) * math.exp(-dt / seconds)


class Response:
    """What one mapping remembers from frame to frame; `value` is its newest answer.

    Chances are drawn by the caller: `luck` is a number 0..1, below the probability a yes.
    """

    def __init__(self):
        self.value = 0.0
        self._held: float | None = None
        self._rising, self._turn, self._open = False, 0.0, False
        self._past: deque[tuple[float, float]] = deque()  # moments and what was then
        self._moment = 0.0

    def hold(self, x: float, came: bool, probability: float, luck: float) -> float:
        """Return what `x` was when a step last `came` and was taken."""
        if self._held is None or (came and luck < probability):
            self._held = x
        return self._held

    def let_go(self) -> None:
        """Hold nothing: the next hold begins with what is there then."""
        self._held = None

    def gate(self, x: float, probability: float, luck: float) -> float:
        """Return `x` from a rise that is taken to the next rise, 0 after one that is not."""
        if self._rising:
            self._turn = max(self._turn, x)
            if x < self._turn - SWING:
                self._rising, self._turn = False, x
        else:
            self._turn = min(self._turn, x)
            if x > self._turn + SWING:
                self._rising, self._turn, self._open = True, x, luck < probability
        return x if self._open else 0.0

    def delay(self, x: float, seconds: float, dt: float) -> float:
        """Return what `x` was `seconds` ago; at first, what it was as far back as is known.

        No delay forgets what was.
        """
        past = self._past
        if seconds <= 0:
            past.clear()
            return x
        self._moment += dt
        past.append((self._moment, x))
        wanted = self._moment - seconds
        while len(past) > 1 and past[1][0] <= wanted:
            past.popleft()
        (begin, before), (end, after) = past[0], past[min(1, len(past) - 1)]
        if wanted <= begin or begin == end:
            return before
        return before + (after - before) * (wanted - begin) / (end - begin)

    def follow(self, x: float, attack: float, release: float, dt: float) -> float:
        """Let `value` follow `x`, and return it."""
        self.value = follow(self.value, x, attack, release, dt)
        return self.value
