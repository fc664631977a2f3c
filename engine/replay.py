"""Plays a take live once more: its sound, and its controls as they were moved.

In: a score, and where its sound is, each display frame (play, stage thread). Out: values in the
store, unless a hand holds them; mappings, signals of controllers, the beat of its hands, networks,
guides. A thread of its own reads the score ahead.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from engine.autosave import NOT_AGAIN
from engine.clock import BEATS_A_BAR, Clock, now
from engine.mapping import Mapper, Signals
from engine.parameters import Store
from engine.presets import mappings_of
from engine.recording.heard import RATE, heard
from engine.recording.score import Score

AHEAD = 2048  # lines read ahead
A_FRAME = 64  # lines done in one display frame: the rest is for the next ones
HANDS = ("tap", "link", "midi", "fixed")  # leaders that the sound does not tell again
LEFT_OUT = ("recording.", "audio.loop", *NOT_AGAIN)


class Replay:
    """A take that plays; place() is where its sound is, in seconds, None while there is none."""

    def __init__(
        self,
        score: Score,
        store: Store,
        mapper: Mapper,
        signals: Signals,
        beat: Clock,
        act: Callable[[str, str], None],
        place: Callable[[], float | None],
        begin_anew: Callable[[], None],
    ):
        self._score, self._store, self._mapper, self._signals = score, store, mapper, signals
        self._beat, self._act, self._place, self._begin_anew = beat, act, place, begin_anew
        self.begun, self._last = score.span()
        self.beat_is_ours = False  # the performer's, from the first tap on
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue(AHEAD)
        self._next: dict[str, Any] | None = None
        self._now, self._blend, self._lead = 0.0, None, None
        self._networks = 0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._read, name="replay", daemon=True)
        self._thread.start()

    def track(self) -> "Track":
        """Return the take's sound."""
        return Track(self._score, self.begun, self._last - self.begun)

    def play(self, moment: float) -> None:
        """Do what the take did until where its sound is; stage thread."""
        place = self._place()
        if place is None:
            return
        for _ in range(A_FRAME):
            line = self._next or self._take()
            if line is None or (line["kind"] == "tick" and line["t"] - self.begun > place):
                self._next = line
                return
            self._next = None
            self._do(line, moment)

    def stop(self) -> None:
        """Read no further."""
        self._ending.set()
        self._thread.join(timeout=5)

    def _read(self) -> None:
        for line in self._score.lines():
            while not self._ending.is_set():
                try:
                    self._lines.put(line, timeout=0.1)
                    break
                except queue.Full:
                    continue
            if self._ending.is_set():
                return

    def _take(self) -> dict[str, Any] | None:
        try:
            return self._lines.get_nowait()
        except queue.Empty:
            return None

    def _do(self, line: dict[str, Any], moment: float) -> None:
        if line["kind"] == "tick":
            self._do_tick(line, moment)
        elif line["kind"] == "dream" and line["anew"]:
            self._begin_anew()
        elif line["kind"] == "network":
            self._networks += 1
            if self._networks > 1:  # the show has begun with the first
                self._act("network.load", line["path"])
        elif line["kind"] == "guide":
            file = line["file"]
            self._act("guide.load", str(self._score.file(file)) if file else "")

    def _do_tick(self, line: dict[str, Any], moment: float) -> None:
        values = {**line["set"], **line["hand"]}
        there = [id for id in values if self._store.has(id) and not id.startswith(LEFT_OUT)]
        if there:
            self._store.move({id: values[id] for id in there})
        if line["signals"]:
            self._signals.publish(line["signals"], moment)
        if line["blend"] is not self._blend:
            self._blend = blend = line["blend"]
            playing, leaving = (mappings_of(blend[name]) for name in ("mappings", "leaving"))
            self._mapper.play(playing, leaving, blend["share"])
        if line["lead"] != self._lead and not self.beat_is_ours:
            self._lead = line["lead"]
            self._follow(*line["lead"], moment - line["t"])

    def _follow(self, leader, bpm, anchor, gap, since, sure, later: float) -> None:
        """Let the beat be that of the take's hands, `later` seconds than then."""
        if leader in HANDS:
            first, bar = anchor + later, BEATS_A_BAR * 60 / bpm
            newest = first + bar * round((now() - first) / bar)
            self._beat.lead("tap", bpm, newest, now(), 0, sure)
        else:
            self._beat.silence("tap")


class Track:
    """The sound of a take as one track: float32 (n, 2) at RATE, gapless."""

    rate = RATE

    def __init__(self, score: Score, begin: float, seconds: float):
        self._score, self._begin, self.seconds = score, begin, seconds
        self.seek(0)

    def next(self, frames: int, loop: bool = True) -> np.ndarray:
        """Return the next frames, fewer at the end."""
        while len(self._rest) < frames and (piece := next(self._pieces, None)) is not None:
            self._rest = np.concatenate([self._rest, piece.T])
        found, self._rest = self._rest[:frames], self._rest[frames:]
        self.place += len(found)
        return found

    def seek(self, frame: int) -> None:
        """Go on from this frame."""
        self.place = min(max(frame, 0), round(self.seconds * RATE))
        gone = self.place / RATE
        self._pieces: Iterator = heard(self._score, self._begin + gone, self.seconds - gone)
        self._rest = np.zeros((0, 2), np.float32)

    def close(self) -> None:
        """Nothing to close."""
