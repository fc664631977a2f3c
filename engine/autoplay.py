"""What comes by itself after so many bars: the cue after one that leads on, else the next preset.

In: how long the cue or the preset that plays is to last, the bars that it has. Out: looks asked
for, a bar ahead of theirs. Main thread.
"""

import random

from engine.cues import Cues
from engine.looks import Looks
from engine.parameters import Store


class Autoplay:
    """Calls what comes after what plays; what a hand calls has its full time.

    The stage counts the bars: a main loop that was held up calls late, on the next one.
    """

    def __init__(self, store: Store, looks: Looks, cues: Cues):
        self._store, self._looks, self._cues = store, looks, cues
        self._begun, self._since = -1, 0  # which look plays; its bars that do not count
        self._last = ""  # that was called here and has not come
        self._been: set[str] = set()  # of a shuffle

    @property
    def bars(self) -> int | None:
        """The bars until the next preset comes by itself, 1 while it waits; None: none does."""
        every = int(self._store.get("preset.every"))
        if not every or self._cues.follow:
            return None
        return 1 if self._looks.waiting else max(every - self._passed, 1)

    @property
    def _passed(self) -> int:
        return self._looks.bars - self._since

    def step(self) -> None:
        """Call what comes next, so that it begins on its bar. Once a tick; a refusal may come."""
        if self._looks.begun != self._begun:
            self._begun, self._since, self._last = self._looks.begun, 0, ""
        length = self._cues.follow or int(self._store.get("preset.every"))
        if not length:
            self._since = self._looks.bars
        elif not self._looks.waiting and self._passed >= length - 1:
            self._since = self._looks.bars  # also where it is refused
            self._call(float(self._store.row("preset.on").read("bar")))

    def _call(self, on: float) -> None:
        if self._cues.follow:
            self._cues.follow_on(on)
        else:
            self._last = self._next()
            self._looks.load(self._last, on=on, by_hand=False)

    def _next(self) -> str:
        """Return the next of the list, or in a shuffle one that has not been yet."""
        names, last = self._looks.names(), self._last or self._looks.playing
        if not self._store.get("preset.shuffle"):
            return self._looks.neighbour(1, last)
        self._been.add(last)
        if self._been.issuperset(names):
            self._been.clear()
        left = [name for name in names if name not in {*self._been, last}]
        return random.choice(left or names)
