"""How much light the wall has: fades when the blackout is switched, or cuts.

In: the switch, the fade's seconds and now, once per display frame (stage thread); cut() from any
thread. Out: the light, 0 black to 1 whole. By the clock: a late frame is as dark as it should be.
"""


class Blackout:
    """The fade between light and black; the switch itself is the row output.blackout."""

    def __init__(self):
        self._dark = self._cut = False
        self._light = self._start = 1.0
        self._since = 0.0  # when the fade began, at the light `_start`

    def light(self, dark: bool, seconds: float, now: float) -> float:
        """Return the light at `now`, where a whole fade lasts `seconds`; 0 cuts."""
        goal = float(not dark)
        if dark != self._dark:
            self._dark, self._start, self._since = dark, self._light, now
        if self._cut or seconds <= 0:
            self._cut, self._start = False, goal
        gone = (now - self._since) / seconds if seconds > 0 else 1.0
        self._light = self._start + min(max(goal - self._start, -gone), gone)
        return self._light

    def fading(self, dark: bool) -> bool:
        """Return whether the wall has not yet the light that the switch `dark` asks for."""
        return self._light != float(not dark)

    def cut(self) -> None:
        """End the fade with the next frame."""
        self._cut = True
