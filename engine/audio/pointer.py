"""Where in the beat the music may be: a hidden pointer that moves at an unknown, steady speed.

In: the strengths of kicks, snares and hats, once a step (about 172 a second). Out: how likely each
tempo and phase is, as a probability over all of them; the likeliest.
A state is a beat's length in whole steps and a place in it; at a beat's end the length may change
a little (Whiteley, Cemgil & Godsill 2006; the state space of Krebs, Boeck & Widmer 2015). What is
heard weighs by hand-made profiles of a beat, centred, so that no tempo is favoured. Audio thread.
"""

import numpy as np

CHANGES = 120.0  # how sharply a beat's length keeps to the one before
LEAK = 1.5e-5  # a step, of all states alike: what was ruled out can come back
WIDTH = 0.022  # seconds, deviation of a hit from its place
KINDS = 4  # kick, body (of any hit), snare (a body without a kick), hat
WEIGHTS = (0.8, 0.8, 0.8, 0.2)  # of each kind
HALVES = (0.5, 0.3, 0.0, 0.6)  # what a hit on the half of a beat counts, of one on the beat
QUARTERS = (0.2, 0.2, 0.1, 0.3)  # and on a quarter
SAME_TEMPO, SAME_PHASE = 0.04, 0.1  # of a beat: states this near to the likeliest are one reading
PHASES = 64  # bins in which the likeliest phase is looked for


class Pointer:
    """The probability of every (length, place); push() what is heard, likeliest() reads it."""

    def __init__(self, step: float, shortest: float, longest: float):
        """step: seconds of a push; shortest, longest: seconds of a beat."""
        low, high = round(shortest / step), round(longest / step)
        self.lengths = np.arange(low, high + 1)  # steps
        self._first = np.concatenate([[0], np.cumsum(self.lengths)[:-1]])
        self._last = self._first + self.lengths - 1
        self._length = np.repeat(np.arange(len(self.lengths)), self.lengths)  # index, of a state
        self._phase = np.concatenate([np.arange(n) / n for n in self.lengths])
        self._bin = (self._phase * PHASES).astype(np.int32)
        ratios = self.lengths / self.lengths[:, None]
        change = np.exp(-CHANGES * np.abs(ratios - 1))
        self._change = (change / change.sum(axis=1, keepdims=True)).T.astype(np.float32)
        flat = 1 / np.repeat(self.lengths, self.lengths)
        self._flat = (flat / flat.sum()).astype(np.float32)
        self._leak = LEAK * self._flat
        self._profiles = self._make_profiles(step)
        self._likely, self._next = self._flat.copy(), np.empty_like(self._flat)

    def _make_profiles(self, step: float) -> np.ndarray:
        """Return what a hit of each kind says for each state: log likelihood per strength."""

        def near(place: float) -> np.ndarray:
            away = np.abs(self._phase - place)
            away = np.minimum(away, 1 - away) * self.lengths[self._length] * step
            return np.exp(-0.5 * (away / WIDTH) ** 2)

        beat, half, quarter = near(0), near(0.5), near(0.25) + near(0.75)
        rows = []
        for weight, halves, quarters in zip(WEIGHTS, HALVES, QUARTERS, strict=True):
            row = beat + halves * half + quarters * quarter
            mean = np.add.reduceat(row, self._first) / self.lengths
            rows.append(weight * (row - mean[self._length]))
        return np.array(rows, np.float32)

    def push(self, strengths: np.ndarray) -> None:
        """Move on by a step and weigh what was heard in it: float32 (KINDS,)."""
        now, new = self._likely, self._next
        new[1:] = now[:-1]
        new[self._first] = self._change @ now[self._last]
        new *= np.exp(strengths @ self._profiles)
        new /= new.sum()
        new += self._leak
        self._likely, self._next = new, now

    def lean(self, length: float, phase: float, share: float) -> None:
        """Make a beat of `length` steps at `phase` likelier by `share`."""
        at = int(np.clip(round(length) - self.lengths[0], 1, len(self.lengths) - 2))
        for index in (at - 1, at, at + 1):
            steps = self.lengths[index]
            places = (round(phase * steps) + np.arange(-1, 2)) % steps
            self._likely[self._first[index] + places] += share / 9

    def believe(self, length: float, phase: float, share: float) -> None:
        """Start anew: this beat with the probability `share`, else anything."""
        away = np.abs(self._phase - phase)
        away = np.minimum(away, 1 - away)
        tempo = self.lengths[self._length] / length - 1
        peak = np.exp(-0.5 * (away / 0.03) ** 2 - 0.5 * (tempo / 0.015) ** 2)
        peak /= max(float(peak.sum()), 1e-9)
        self._likely[:] = share * peak + (1 - share) * self._flat

    def likeliest(self) -> tuple[float, float, float]:
        """Return (probability, length in steps, phase 0..1) of the likeliest reading."""
        lengths = np.add.reduceat(self._likely, self._first)
        best = self.lengths[np.argmax(np.convolve(lengths, np.ones(5), "same"))]
        index = np.flatnonzero(np.abs(self.lengths / best - 1) < SAME_TEMPO)
        states = slice(self._first[index[0]], self._last[index[-1]] + 1)
        likely, phases = self._likely[states], self._phase[states]
        bins = np.bincount(self._bin[states], likely, PHASES)
        bins = np.convolve(np.concatenate([bins[-3:], bins, bins[:3]]), np.ones(7), "valid")
        peak = (np.argmax(bins) + 0.5) / PHASES
        away = (phases - peak + 0.5) % 1 - 0.5
        likely = likely * (np.abs(away) < SAME_PHASE)
        mass = float(likely.sum())
        if mass < 1e-9:
            return 0.0, float(best), peak
        length = float(likely @ self.lengths[self._length[states]]) / mass
        return mass, length, (peak + float(likely @ away) / mass) % 1

    def probability(self, length: float) -> float:
        """Return how likely a beat of about `length` steps is, whatever its phase."""
        index = np.flatnonzero(np.abs(self.lengths / length - 1) < SAME_TEMPO)
        if not len(index):
            return 0.0
        return float(self._likely[self._first[index[0]] : self._last[index[-1]] + 1].sum())
