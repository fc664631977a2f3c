"""Onsets by log spectral flux, for all and for three ranges: low (kick), mid (snare), high (hat).

In: a power spectrum per hop. Out: pulses, 1 at an onset and falling to 0. After Bello 2005
and Boeck 2013. Audio thread.
A drum is what stands out in its range: a kick lifts the power of all low notes at once, a snare
even those parts of the middle that a note leaves alone. Both are held against the strongest of
the last seconds, so that a bass line or an arpeggio between the drums is none.
"""

import math

import numpy as np

KINDS = {"onset": (30.0, 16000.0), "kick": (30.0, 150.0), "snare": (180.0, 5000.0),
         "hat": (6000.0, 16000.0)}  # Hz  # fmt: skip
FLOORS = (-45.0, -16.0, -12.0, -30.0)  # dB under what is loud there: quieter changes are none
SHARES = (0.0, 0.5, 0.4, 0.3)  # of the strongest lately that an onset must reach
STRONG = 8.0  # seconds in which the strongest is forgotten down to 37%
BREADTH = 0.35  # of the middle's bands, the least changed, that tell a snare
BANDS = 28
SECONDS = 1.0  # of the adaptive threshold
LEAST = 0.06  # threshold over nothing
REFRACTORY = 0.07  # seconds between two onsets of one kind
FALL = 0.12  # seconds in which a pulse falls to 37%


class Onsets:
    """Finds the onsets of each kind in the spectra pushed into it."""

    def __init__(self, rate: int, length: int, hop_seconds: float):
        self._edges, centres = _bands(rate, length)
        _, self._low, middle, high = (
            np.flatnonzero((centres >= low) & (centres <= top)) for low, top in KINDS.values()
        )
        self._unit = 2 / length
        every = np.arange(len(centres))
        parts = (every, every[:1], middle, high)  # of flux; the second is the low's sum
        self._bands = np.concatenate(parts)
        counts = [len(part) for part in parts]
        self._ends = np.cumsum(counts).tolist()
        share = 10 ** (np.array(FLOORS) / 10) / (1, 1, max(1, counts[2]), max(1, counts[3]))
        self._kind = np.repeat(np.arange(len(KINDS)), counts)
        self._shares = share[self._kind]
        self._floors = self._shares
        self._least = max(1, round(BREADTH * counts[2]))
        self._before = np.zeros((2, len(self._bands)))
        self._count = 0
        # The most is about the flux from silence to what is loud.
        self._pickers = [
            Picker(share, -floor / 10, hop_seconds)
            for share, floor in zip(SHARES, FLOORS, strict=True)
        ]

    def hold_against(self, loud: np.ndarray) -> None:
        """Take as floors of what is heard from now on: dBFS of what is loud, for each kind."""
        self._floors = (10 ** (loud / 10))[self._kind] * self._shares

    def push(self, power: np.ndarray) -> list[float]:
        """Return each kind's pulse after the spectrum of a hop: 1 at an onset, falling to 0."""
        bands = np.add.reduceat(power, self._edges)[:-1] * self._unit
        now = bands[self._bands]
        now[self._ends[0]] = bands[self._low].sum()
        before = self._before[self._count % 2]  # two hops ago
        self._count += 1
        floors = self._floors
        change = np.log10(np.maximum((now + floors) / (before + floors), 1))
        before[:] = now
        every, low, middle, _ = self._ends
        broad = np.sort(change[low:middle])[: self._least]
        flux = _mean(change[:every]), float(change[every]), _mean(broad), _mean(change[middle:])
        return [picker.push(new) for picker, new in zip(self._pickers, flux, strict=True)]


class Picker:
    """Tells one kind's onsets: what stands out of its flux, against the last and the strongest."""

    def __init__(self, share: float, most: float, hop_seconds: float):
        self._share, self._most, self._seconds = share, most, hop_seconds
        self._past = [0.0] * max(8, round(SECONDS / hop_seconds))
        self._at = 0
        self._sum = self._squares = 0.0  # of the past
        self._strongest, self._since, self._pulse = 0.0, 1.0, 0.0
        self._over = False
        self._fall, self._forget = math.exp(-hop_seconds / FALL), math.exp(-hop_seconds / STRONG)

    def push(self, flux: float) -> float:
        """Return the pulse after a hop's flux."""
        flux = min(flux, self._most)
        was_over, self._over = self._over, flux > self._threshold()
        self._strongest = max(flux, self._strongest * self._forget)
        self._since += self._seconds
        if self._over and not was_over and self._since > REFRACTORY:
            self._since, self._pulse = 0.0, 1.0
        else:
            self._pulse = self._pulse * self._fall if self._pulse > 0.005 else 0.0
        self._remember(min(flux, 1.0))
        return self._pulse

    def _threshold(self) -> float:
        mean = self._sum / len(self._past)
        spread = math.sqrt(max(self._squares / len(self._past) - mean**2, 0.0))
        return max(LEAST + mean + 1.5 * spread, self._share * self._strongest)

    def _remember(self, newest: float) -> None:
        oldest, self._past[self._at] = self._past[self._at], newest
        self._at = (self._at + 1) % len(self._past)
        self._sum += newest - oldest
        self._squares += newest**2 - oldest**2


def _mean(values: np.ndarray) -> float:
    return float(np.add.reduce(values)) / max(len(values), 1)


def _bands(rate: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the bins between which bands even in pitch lie, and the bands' centres in Hz."""
    top = min(16000.0, 0.45 * rate)
    edges = np.geomspace(30.0, top, BANDS + 1) * length / rate
    edges = np.unique(np.maximum(np.round(edges).astype(int), 1))
    return edges, np.sqrt(edges[:-1] * edges[1:]) * rate / length
