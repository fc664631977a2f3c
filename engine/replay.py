"""Plays a take live once more: its sound, and its controls as they were moved.

In: a score, and where its sound is, each display frame (play, stage thread). Out: values in the
store, unless a hand holds them; mappings, signals of controllers, the beat of its hands, networks,
guides. A thread of its own reads the score ahead.
"""

import math
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from engine.autosave import NOT_AGAIN
from engine.clock import BEATS_A_BAR, Clock, now
from engine.mapping import Mapper, Signals
from engine.opening import network_file
from engine.parameters import Store
from engine.presets import mappings_of
from engine.recording.heard import RATE, heard
from engine.recording.lines import PARTS
from engine.recording.score import Score

AHEAD = 2048  # lines read ahead
A_FRAME = 64  # lines done in one display frame: the rest is for the next ones
BACK, FORTH = 0.5, 3.0  # seconds by which the sound may go: further, and the reader begins again
DONE = ("tick", "dream", "network", "preset", "guide")  # kinds of lines; sound comes by itself
REST = 0.1  # seconds between two looks whether it has
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
        plays: Callable[[str], None],
        error: Callable[[str], None],
    ):
        self._score, self._store, self._mapper, self._signals = score, store, mapper, signals
        self._beat, self._act, self._place, self._begin_anew = beat, act, place, begin_anew
        self._plays, self._error = plays, error
        self.begun, self._last = score.span()
        self.beat_is_ours = False  # the performer's, from the first tap on
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue(AHEAD)
        self._next: dict[str, Any] | None = None
        self._at, self._blend, self._lead = 0.0, None, None
        self.lanes: dict[str, float] = {}  # where the take's values are now, by parameter
        self._back: deque[str] = deque()  # those that a hand has let go of
        self._files: dict[str, str] = {}  # of networks: where they lie now
        self._network = ""  # through which it dreams, once the second has come
        self._ending, self._again = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="replay", daemon=True)
        self._thread.start()

    def track(self) -> "Track":
        """Return the take's sound."""
        return Track(self._score, self.begun, self._last - self.begun)

    def play(self, moment: float) -> None:
        """Do what the take did until where its sound is; stage thread."""
        place = self._place()
        if place is None or self._again.is_set():
            return
        while self._back:
            self._bring_back(self._back.popleft())
        before, self._at = self._at, place
        if not -BACK < place - before < FORTH:
            self._again.set()
            return
        for _ in range(A_FRAME):
            line = self._next or self._take_line()
            if line is None or (line["kind"] == "tick" and line["t"] - self.begun > place):
                self._next = line
                return
            self._next = None
            self._do(line, moment)

    def take_back(self, ids: Iterable[str]) -> None:
        """Bring these to where the take has them, once their hand has let go; any thread."""
        self._back.extend(ids)

    def stop(self) -> None:
        """Read no further."""
        self._ending.set()
        self._thread.join(timeout=5)

    # The reader's own thread.

    def _run(self) -> None:
        try:
            self._read(0.0)
            while not self._ending.wait(REST):
                if self._again.is_set():
                    self._empty()
                    self._again.clear()
                    self._read(self._at)
        except Exception as fault:  # noqa: BLE001 - the thread's guard; the show plays on
            self._error(f"the take's controls have ended: {fault}")

    def _read(self, place: float) -> None:
        """Read ahead; of what was before `place` comes what it has left, a line of each kind."""
        left: dict[str, dict[str, Any]] = {}
        seconds = -math.inf
        for line in self._score.lines():
            kind = line["kind"]
            if self._ending.is_set() or self._again.is_set():
                return
            if kind == "tick":
                seconds = line["t"] - self.begun
            if kind not in DONE:
                continue
            line = self._prepared(line)
            if seconds < place:
                left[kind] = _merged(left.get(kind, {}), line)
                continue
            for other in left.values():
                self._put(other)
            left = {}
            self._put(line)

    def _prepared(self, line: dict[str, Any]) -> dict[str, Any]:
        """Return the line with what only the disk knows."""
        if line["kind"] == "network":
            found = network_file(Path(line["path"]), line["sha256"])
            self._files[line["path"]] = str(found or line["path"])
        if line["kind"] == "dream":
            return {**line, "network": self._files.get(line["network"], line["network"])}
        return line

    def _put(self, line: dict[str, Any]) -> None:
        while not (self._ending.is_set() or self._again.is_set()):
            try:
                self._lines.put(line, timeout=0.1)
                return
            except queue.Full:
                continue

    def _empty(self) -> None:
        self._next = None
        while self._take_line():
            pass

    def _take_line(self) -> dict[str, Any] | None:
        try:
            return self._lines.get_nowait()
        except queue.Empty:
            return None

    # The stage's thread.

    def _bring_back(self, id: str) -> None:
        if id in self.lanes and self._store.has(id):
            self._store.move({id: self.lanes[id]})

    def _do(self, line: dict[str, Any], moment: float) -> None:
        kind = line["kind"]
        if kind == "tick":
            self._do_tick(line, moment)
        elif kind == "dream":
            if line["anew"]:
                self._begin_anew()
            if line["network"] != self._network:
                if self._network:  # the show has begun with the first
                    self._act("network.load", line["network"])
                self._network = line["network"]
        elif kind == "preset":
            self._plays(line["name"])
        elif kind == "guide":
            path = line["file"] and str(self._score.folder / Path(line["file"]).name)
            self._act("guide.load", path)

    def _do_tick(self, line: dict[str, Any], moment: float) -> None:
        values = {**line["set"], **line["hand"]}
        there = [id for id in values if self._store.has(id) and not id.startswith(LEFT_OUT)]
        if there:
            moved = {id: values[id] for id in there}
            self.lanes = self.lanes | moved  # another dict: the panel reads the keys
            self._store.move(moved)
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


def _merged(before: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
    """Return what both lines of a kind come to, where no time passes between them."""
    parts = {part: {**before.get(part, {}), **line[part]} for part in PARTS if part in line}
    return {**line, **parts, "anew": False}


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
