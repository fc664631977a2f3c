"""Presets that come by themselves, one after the other, while nobody plays.

In: preset.every and preset.shuffle, the bars that pass. Out: looks asked for. Main thread.
"""

import random
from collections.abc import Callable

from engine.looks import Looks
from engine.mapping import Bars, Signals
from engine.parameters import Store


class Autoplay:
    """Calls the next preset of `looks` every so many bars; one called by hand has its full time.

    While led() something else calls them: a cue that is followed by the next one.
    """

    def __init__(
        self, store: Store, signals: Signals, looks: Looks, led: Callable[[], bool] = lambda: False
    ):
        self._store, self._signals, self._looks, self._led = store, signals, looks, led
        self._playing = self._last = ""  # the one that plays, and that was asked for here
        self._bars: Bars | None = None  # that came while this one plays
        self._been: set[str] = set()  # of a shuffle

    @property
    def bars(self) -> int | None:
        """The bars until the next preset comes by itself, 1 while it waits; None: none does."""
        if not self._every:
            return None
        return self._every - self._bars.passed if self._bars else 1

    @property
    def _every(self) -> int:
        return 0 if self._led() else int(self._store.get("preset.every"))

    def step(self) -> None:
        """Call the next preset so that it begins on its bar. Once a tick; PresetError may come."""
        if self._looks.playing != self._playing or not self._every:
            self._playing = self._last = self._looks.playing
            self._bars = None
        if not self._every or self._looks.waiting:
            return
        self._bars = self._bars or Bars(self._signals)
        if self._bars.count() >= self._every - 1:
            self._bars, self._last = None, self._next()
            self._looks.load(self._last, on=self._store.row("preset.on").read("bar"))

    def _next(self) -> str:
        """Return the next of the list, or in a shuffle one that has not been yet."""
        names, last = self._looks.names(), self._last
        if not self._store.get("preset.shuffle"):
            place = names.index(last) if last in names else -1
            return names[(place + 1) % len(names)]
        self._been.add(last)
        if self._been.issuperset(names):
            self._been.clear()
        left = [name for name in names if name not in {*self._been, last}]
        return random.choice(left or names)
