"""From what begins now to a beat that runs on: locked, corrected hit by hit, held through breaks.

In: strengths of six ranges (novelty.RANGES) once per hop, and the moment. Out: (bpm, moment of a
beat, how sure), about 20 times a second once there is a beat.
The pointer says what the beat may be; a reading that stays the likeliest for a while is taken. From
then on a loop moves the beat's time and length by each hit near it (much more exact than the
pointer's steps), and the pointer leans a little to what is held: what speaks for two phases alike
changes nothing. Audio thread.
"""

import numpy as np

from engine.audio.novelty import LATE
from engine.audio.pointer import Pointer

JUDGED = 8  # hops between two looks at it
LOUDEST = 1.5  # strength above which more is no more
KICK = np.array([0.6, 0.4, 0, 0, 0, 0])  # of the six ranges
BODY = np.array([0, 0, 0.3, 0.4, 0.3, 0])
HAT = np.array([0, 0, 0, 0, 0, 1.0])
_KINDS = np.array([KICK, BODY, HAT]).T
MASKED = 0.7  # of the kick's strength is no snare
EDGE, MARGIN = 0.012, 0.02  # beyond the range a tempo may be held; and is looked for
SURE = 0.5  # probability from which on a reading counts
LOCK = 2.0  # seconds that a reading must stay to be the first
TURN, SHIFT = 1.2, 4.0  # the same for another tempo; for another phase
SAME_TEMPO, SAME_PHASE = 0.05, 0.15  # of a beat: readings this near are the same
LEAN = 0.008  # each look, to what is held
TEMPO_PULL, PHASE_PULL = 0.02, 0.03  # of the pointer on the loop, each look
TEMPO_GAIN, PHASE_GAIN = 0.03, 0.25  # of a hit on the loop
NEAR = 0.06  # seconds around the beat in which a hit is taken for it
HIT, FAINT = 0.3, 0.08  # strength of a hit; below which nothing is one
STILL, FORGET = 2.5, 60.0  # seconds of silence: the beat is only held; it is forgotten
MEMORY = 2048  # hops
RECENT = 6.0  # seconds in which halves are weighed against beats
SWUNG = 1.8  # times as strong as what seemed the beat are those of swung eighths
FAST, SLOW = 0.65, 0.45  # halves as strong as this are beats; weaker than this they are not


class Tracker:
    """Follows one sound's beat between two tempos; `period` is None until there is one."""

    def __init__(self, hop: float, low: float, high: float):
        """hop: seconds between two pushes; low, high: beats a minute."""
        self._hop = hop
        self._shortest, self._longest = 60 / high, 60 / low
        self._pointer = Pointer(hop, self._shortest / (1 + MARGIN), self._longest * (1 + MARGIN))
        self._hits = np.zeros(MEMORY)
        self._count = self._quiet = 0
        self._rival = 0.0  # seconds for which another reading has been the likeliest
        self._sure = 0.0
        self.period: float | None = None
        self.beat = 0.0

    def push(self, strengths: np.ndarray, moment: float) -> tuple[float, float, float] | None:
        """Take the strengths of a hop that ends at `moment`; tell (bpm, beat, sure) at times."""
        heard = _kinds(strengths)
        self._count += 1
        hit = heard[0] + heard[1] + 0.3 * heard[3]
        self._hits[self._count % MEMORY] = hit
        was_still = self._still
        self._quiet = 0 if hit > FAINT else self._quiet + 1
        if was_still and not self._still:
            self._pointer.believe(self.period / self._hop, self._phase(moment), 0.9)
        if not self._still:
            self._pointer.push(heard)
        if self.period and moment > self.beat + self.period + NEAR + LATE:
            self._correct(moment)
        return self._tell(moment) if self._count % JUDGED == 0 else None

    @property
    def _still(self) -> bool:
        return self.period is not None and self._quiet * self._hop > STILL

    def _phase(self, moment: float) -> float:
        """Return the held beat's phase in what has been heard until `moment`."""
        return (moment - self.beat - LATE) / self.period % 1

    def _tell(self, moment: float) -> tuple[float, float, float] | None:
        if self._still:
            self._sure *= 1 - 0.3 * JUDGED * self._hop
            if self._quiet * self._hop > FORGET:
                self.period = None
        else:
            self._judge(moment)
        return (60 / self.period, self.beat, self._sure) if self.period else None

    def _judge(self, moment: float) -> None:
        """Look at the pointer: agree with what is held, or be held in its place after a while."""
        likely, period, beat = self._reading(moment)
        self._sure += 0.3 * (min(likely, 1.0) - self._sure)
        seconds = JUDGED * self._hop
        if self.period:
            self._pointer.lean(self.period / self._hop, self._phase(moment), LEAN)
            beats = (beat - self.beat) / self.period
            off = beats - round(beats)
            same_tempo = abs(period / self.period - 1) < SAME_TEMPO
            if same_tempo and abs(off) < SAME_PHASE:
                self._rival = max(0.0, self._rival - seconds)
                self.period += TEMPO_PULL * likely * (period - self.period)
                self.beat += PHASE_PULL * likely * off * self.period
                return
        if likely < SURE:
            self._rival = max(0.0, self._rival - 0.5 * seconds)
            return
        self._rival += seconds
        if self._rival > (LOCK if not self.period else SHIFT if same_tempo else TURN):
            self.period, self.beat, self._rival = period, beat, 0.0

    def _reading(self, moment: float) -> tuple[float, float, float]:
        """Return (probability, period, moment of a beat) as the pointer has it, in its octave."""
        likely, length, phase = self._pointer.likeliest()
        period = length * self._hop
        period, beat = self._unswung(moment, moment - LATE - phase * period, period)
        least, most = self._shortest / (1 + 3 * MARGIN), self._longest * (1 + 3 * MARGIN)
        fast, slow = (period / 2, period) if period / 2 > least else (period, 2 * period)
        if fast < least or slow > most:
            return likely, period, beat
        first, second = (
            self._strength(moment, beat, slow),
            self._strength(moment, beat - fast, slow),
        )
        if period == fast and second > first:
            beat, first, second = beat - fast, second, first
        held = self.period is not None and abs(self.period / fast - 1) < SAME_TEMPO
        is_fast = second > (SLOW if held else FAST) * first and fast > self._shortest / (1 + EDGE)
        if slow > self._longest * (1 + EDGE):
            is_fast = True
        other = slow if period == fast else fast
        likely += self._pointer.probability(other / self._hop)
        return likely, fast if is_fast else slow, beat

    def _unswung(self, moment: float, beat: float, period: float) -> tuple[float, float]:
        """Return period and beat; where slow swung eighths passed for a beat, the true one.

        Of their triplets every second one looks like a beat, but only every third one is strong.
        """
        strong, first = max(
            (self._strength(moment, beat - k * period, 1.5 * period), beat - k * period)
            for k in range(3)
        )
        if strong > SWUNG * self._strength(moment, beat, period):
            return 0.75 * period, first
        return period, beat

    def _strength(self, moment: float, beat: float, period: float) -> float:
        """Return the mean strength of what fell on the last beats of this grid."""
        beats = beat - period * np.arange(1, int(RECENT / period))
        ago = np.round((moment - beats - LATE) / self._hop).astype(int)
        ago = ago[(ago > 2) & (ago < min(self._count, MEMORY) - 3)]
        if not len(ago):
            return 0.0
        near = self._hits[(self._count - ago + np.arange(-2, 3)[:, None]) % MEMORY]
        return float(near.max(axis=0).mean())

    def _correct(self, moment: float) -> None:
        """Go on to the beat that is due, moved by the strongest hit near it."""
        self.beat += self.period
        ago = np.arange(int((moment - self.beat - LATE + NEAR) / self._hop) + 1, -1, -1)
        hits = self._hits[(self._count - ago) % MEMORY]
        hits = np.convolve(hits, (0.25, 0.5, 0.25), "same")
        times = moment - ago * self._hop - LATE - self.beat
        hits = hits * (np.abs(times) < NEAR)
        at = int(np.argmax(hits))
        if hits[at] < HIT or not 0 < at < len(hits) - 1:
            return
        left, peak, right = hits[at - 1 : at + 2]
        bend = left - 2 * peak + right
        late = times[at] + (0.5 * (left - right) / bend * self._hop if bend < 0 else 0.0)
        weight = min(float(peak), 1.0)
        self.beat += PHASE_GAIN * weight * late
        self.period += TEMPO_GAIN * weight * late


def _kinds(strengths: np.ndarray) -> np.ndarray:
    """Return the strengths of kick, body, snare and hat."""
    kick, body, hat = (np.minimum(strengths, LOUDEST) @ _KINDS).tolist()
    return np.array([kick, body, max(body - MASKED * kick, 0.0), hat], np.float32)
