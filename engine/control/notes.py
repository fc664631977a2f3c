"""Notes of a keyboard or a pad as signals: `note.envelope`, `note.pitch`, `note.velocity`, 0..1.

In: keys as they are pressed and let go, and the table's rows of the envelope (attack, decay,
sustain, release). Out: the signals at any moment. MIDI thread.
"""

from collections.abc import Callable, Hashable

NOTES = ("note.envelope", "note.pitch", "note.velocity")
TOP = 127  # the highest note, the hardest hit


class Notes:
    """One envelope for all keys: each begins it anew, the last one that is let go ends it.

    It rises to how hard the key was hit, from where it is. `get(id)` reads the table's rows.
    """

    def __init__(self, get: Callable[[str], float]):
        self._get = get
        self._down: set[Hashable] = set()
        self._moment, self._begin = 0.0, 0.0  # of the last press or release, and the level then
        self._pitch = self._velocity = 0.0

    def move(self, key: Hashable, pitch: int, velocity: int, moment: float) -> None:
        """Press `key` (velocity 1..127), or let it go (0)."""
        if not velocity and key not in self._down:
            return
        level = self._level(moment)
        if velocity:
            self._down.add(key)
            self._pitch, self._velocity = pitch / TOP, velocity / TOP
        else:
            self._down.remove(key)
        if velocity or not self._down:
            self._begin, self._moment = level, moment

    def let_go(self, is_gone: Callable[[Hashable], bool], moment: float) -> None:
        """Let go of all keys that can no longer be let go."""
        for key in [key for key in self._down if is_gone(key)]:
            self.move(key, 0, 0, moment)

    def signals(self, moment: float) -> dict[str, float]:
        """Return the signals at `moment` seconds."""
        return dict(zip(NOTES, (self._level(moment), self._pitch, self._velocity), strict=True))

    def _level(self, moment: float) -> float:
        seconds, names = moment - self._moment, ("attack", "decay", "sustain", "release")
        attack, decay, sustain, release = (self._get(f"note.{name}") for name in names)
        if not self._down:
            return self._begin * (1 - _part(seconds, release))
        risen, fallen = _part(seconds, attack), _part(seconds - attack, decay)
        if risen < 1:
            return self._begin + (self._velocity - self._begin) * risen
        return self._velocity * (1 - (1 - sustain) * fallen)


def _part(seconds: float, length: float) -> float:
    """Return how much of `length` has passed, 0..1."""
    return min(max(seconds / length, 0.0), 1.0) if length > 0 else 1.0
