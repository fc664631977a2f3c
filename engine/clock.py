"""Show time, tempo, beat, bar and phrase; the only file that reads the system's clock.

In: what each leader says (lead, tap), the performer's hand (resync, nudge, double, ...), from any
thread. Out: now() for everybody; at(moment) and the beat's signals for any moment, past or to come.
The beat never jumps: what a new leader or a correction would move, it glides within a bar. Only
the count may, by whole beats, when a bar or a phrase is begun anew.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from engine.lane import Lanes
from engine.lfo import Waves

BEATS_A_BAR = 4
PHRASES = (4, 8, 16)  # bars, as tempo.phrase counts them
LEADERS = ("tap", "link", "midi", "tracker", "fixed")  # the first that has something to say leads
SILENT_AFTER = {
    "link": 1.0,
    "midi": 1.0,
}  # seconds without a word after which a leader leads no more
SLOWEST, FASTEST = 20.0, 1000.0  # beats a minute; who says less or more is mistaken
TAP_PAUSE = 2.0  # seconds without a tap after which the next one starts anew
TAPS = 3  # from this one on they lead; up to 8 are averaged
GLIDE = 0.8  # beats in which a gap shrinks to 37%; 1% is left after a bar
NUDGE = 0.01  # seconds
NTP_TO_UNIX = 2_208_988_800  # seconds from 1900 to 1970
ROUND = BEATS_A_BAR * PHRASES[-1]  # beats after which bars and phrases of any length begin


def now() -> float:
    """Return monotonic seconds, comparable between the processes of one machine."""
    return time.perf_counter()


def sleep_until(moment: float) -> None:
    """Sleep until now() reaches `moment`; return at once if it has passed."""
    left = moment - now()
    if left > 0:
        time.sleep(left)


def of_ntp(tag: int) -> float:
    """Return the moment of now() that a 64-bit NTP time tag means, by the system's time of day."""
    return now() + tag / 2**32 - NTP_TO_UNIX - time.time()


@dataclass(frozen=True)
class Grid:
    """A beat grid: beat number n falls at `anchor + n * 60 / bpm` seconds.

    From `since` on, a gap (in beats, to whom one came from another grid) shrinks to nothing.
    """

    bpm: float = 120.0
    anchor: float = 0.0
    gap: float = 0.0
    since: float = 0.0

    def beats(self, moment: float) -> float:
        """Return beats since the anchor at `moment`, with their fraction."""
        left = math.exp(-max(moment - self.since, 0.0) * self.bpm / 60 / GLIDE) if self.gap else 0
        return (moment - self.anchor) * self.bpm / 60 + self.gap * left


@dataclass(frozen=True)
class Word:
    """What a leader said last: one of its beats, which of the bar it is (0..3), how sure it is."""

    bpm: float
    beat: float
    moment: float
    bar: int | None = None
    sure: float = 1.0


@dataclass(frozen=True)
class Lead:
    """Who leads the beat, where its beats fall, and how sure that is, 0..1."""

    leader: str
    grid: Grid
    sure: float


class Clock:
    """The beat that the show follows; `get(id)` reads the table's tempo, lfo and lane rows."""

    def __init__(self, get: Callable[[str], float] = {"tempo.fixed": 120.0}.get):
        self._get = lambda id: get(id) or 0.0
        self._lock = threading.Lock()
        self._words: dict[str, Word] = {}
        self._taps: deque[float] = deque(maxlen=8)
        self._grid = Grid(self._get("tempo.fixed"), now())
        self.waves, self._lanes = Waves(self._get), Lanes(self._get)
        self.leader = "fixed"
        self._forget_hand()

    # Who leads.

    def lead(
        self, name: str, bpm: float, beat: float, moment: float,
        bar: int | None = None, sure: float = 1.0,
    ) -> None:  # fmt: skip
        """Take a leader's tempo and the moment of one of its beats, said at `moment`.

        bar: which beat of the bar that one is, 0..3, if it knows; sure: 0..1.
        """
        if SLOWEST <= bpm < FASTEST and math.isfinite(beat):
            with self._lock:
                self._words[name] = Word(bpm, beat, moment, bar, sure)
                if self._choose(moment) == name:
                    self._aim(self._words[name], moment)

    def follow(
        self, bpm: float, beat: float, bar: int | None = None, sure: float = 1.0,
        moment: float | None = None,
    ) -> None:  # fmt: skip
        """Take the tracker's word, as lead() does; said now, if no moment is given."""
        self.lead("tracker", bpm, beat, now() if moment is None else moment, bar, sure)

    def silence(self, name: str) -> None:
        """Forget a leader that has nothing to say any more."""
        with self._lock:
            self._words.pop(name, None)

    def tap(self, moment: float) -> None:
        """Count a tap; from the third on, the line nearest to them all is the beat."""
        taps = self._taps
        if taps and moment - taps[-1] > TAP_PAUSE:
            taps.clear()
        taps.append(moment)
        if len(taps) >= TAPS:
            middle = (len(taps) - 1) / 2
            spread = sum((n - middle) ** 2 for n in range(len(taps)))
            gap = sum((n - middle) * (tap - taps[0]) for n, tap in enumerate(taps)) / spread
            gap = max(gap, 0.2)
            last = taps[0] + sum(tap - taps[0] for tap in taps) / len(taps) + middle * gap
            with self._lock:
                self._nudged, self._octave = 0.0, 0
            self.lead("tap", 60 / gap, last, moment)

    def release(self) -> None:
        """Take the hand off: no taps, no nudge, no octave; the lead goes by its order again."""
        with self._lock:
            self._taps.clear()
            self._words.pop("tap", None)
            self._forget_hand()
            self.leader = "fixed"

    def _forget_hand(self) -> None:
        self._nudged, self._octave, self._bar_by_hand = 0.0, 0, False
        self._fixed = self._get("tempo.fixed")

    def _choose(self, moment: float) -> str:
        """Return who leads at `moment`; if that is another than before, turn to what it says."""
        wanted = int(self._get("tempo.leader"))  # 0: whoever comes first
        names = LEADERS if not wanted else LEADERS[wanted - 1 : wanted]
        leader = next((name for name in names if self._speaks(name, moment)), "fixed")
        if leader != self.leader:
            self.leader = leader
            if leader in self._words:
                self._aim(self._words[leader], moment)
        if leader == "fixed":
            self._hold(moment, chosen=names == ("fixed",))
        return leader

    def _hold(self, moment: float, chosen: bool) -> None:
        """Keep what was; take the fixed tempo if it was chosen, or has just been set."""
        fixed = self._get("tempo.fixed")
        bpm = fixed * 2.0**self._octave
        if fixed != self._fixed or (chosen and bpm != self._grid.bpm):
            self._fixed = fixed
            self._turn(bpm, self._grid.beats(moment), moment)

    def _speaks(self, name: str, moment: float) -> bool:
        word = self._words.get(name)
        return word is not None and moment - word.moment < SILENT_AFTER.get(name, math.inf)

    def _aim(self, word: Word, moment: float) -> None:
        """Glide to a leader's beat, counting on: the whole beat that is nearest is the same."""
        scale, bpm = 2.0**self._octave, word.bpm * 2.0**self._octave
        before = self._grid.beats(moment)
        theirs = (moment - word.beat - self._nudged) * word.bpm / 60
        whole = scale * round(before / scale - theirs)
        whole += round(before - scale * theirs - whole)
        if word.bar is not None and not self._bar_by_hand and scale == 1:
            whole += (word.bar - whole) % BEATS_A_BAR
        self._turn(bpm, scale * theirs + whole, moment, before)

    def _turn(self, bpm: float, beats: float, moment: float, before: float | None = None) -> None:
        """Let `beats` be what has passed at `moment`; glide there from `before`, if it is given."""
        gap = 0.0 if before is None else (before - beats + 0.5) % 1 - 0.5
        self._grid = Grid(bpm, moment - beats * 60 / bpm, gap, moment)

    # The performer's hand.

    def resync(self, moment: float) -> None:
        """Let `moment` be the first beat of a phrase."""
        with self._lock:
            before, word = self._grid.beats(moment), self._words.get(self.leader)
            if word:
                beats = (moment - word.beat - self._nudged) * word.bpm / 60
                self._nudged += (beats - round(beats)) * 60 / word.bpm
            self._bar_by_hand = True
            self._turn(self._grid.bpm, ROUND * math.ceil(before / ROUND - 0.01), moment, before)

    def downbeat(self, moment: float) -> None:
        """Let the beat nearest to `moment` be the first of its bar."""
        with self._lock:
            self._bar_by_hand = True
            beats = self._grid.beats(moment)
            self._turn(self._grid.bpm, beats + -round(beats) % BEATS_A_BAR, moment)

    def nudge(self, steps: float, moment: float) -> None:
        """Let the beat fall later by so many steps of 10 ms (earlier: negative), tempo the same."""
        with self._lock:
            self._nudged += steps * NUDGE
            grid, before = self._grid, self._grid.beats(moment)
            settled = (moment - grid.anchor - steps * NUDGE) * grid.bpm / 60
            self._turn(grid.bpm, settled, moment, before)

    def double(self, moment: float) -> None:
        """Count twice as fast: a beat on each half of what was one."""
        self._scale(1, moment)

    def halve(self, moment: float) -> None:
        """Count half as fast; beat 1 of a bar stays on one that was."""
        self._scale(-1, moment)

    def _scale(self, octaves: int, moment: float) -> None:
        with self._lock:
            bpm, before = self._grid.bpm * 2.0**octaves, self._grid.beats(moment)
            if not SLOWEST <= bpm <= FASTEST / 2:
                return
            self._octave += octaves
            beats = before * 2.0**octaves
            rounds = math.ceil((before - beats) / ROUND)  # the count runs on, never back
            self._turn(bpm, beats + max(rounds, 0) * ROUND, moment)

    # What the show reads.

    def at(self, moment: float) -> float:
        """Return the beats that will have passed, or had, at `moment`, with their fraction."""
        return self._grid.beats(moment)

    def led(self, moment: float) -> Lead:
        """Return who leads at `moment`, and where to."""
        with self._lock:
            leader = self._choose(moment)
            grid, word = self._grid, self._words.get(leader)
        return Lead(leader, grid, word.sure if word else 1.0)

    def signals(self, moment: float, lead: Lead | None = None) -> dict[str, float]:
        """Return the beat's signals at `moment`: phases 0..1, pulses 1 falling to 0, counts.

        By this lead, or by the one of now.
        """
        lead = lead or self.led(moment)
        grid = lead.grid
        beats = grid.beats(moment)
        bar = beats / BEATS_A_BAR
        phrase = PHRASES[int(self._get("tempo.phrase"))]
        return {
            "beat.phase": beats % 1,
            "beat.pulse": (1 - beats % 1) ** 3,
            "beat.count": float(beats // 1),
            "bar.phase": bar % 1,
            "bar.pulse": (1 - bar % 1) ** 8,
            "bar.count": float(bar // 1),
            "phrase.phase": bar / phrase % 1,
            "tempo.bpm": grid.bpm,
            "tempo.confidence": lead.sure,
            **self.waves.signals(beats, moment),
            **self._lanes.signals(beats),
        }


def today() -> str:
    """Return the date and the time of day, for names of files that sort by age."""
    return time.strftime("%Y-%m-%d %H.%M.%S") + f".{time.time_ns() // 10**8 % 10}"
