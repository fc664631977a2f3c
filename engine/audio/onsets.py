"""Onsets by log spectral flux, for all and for three ranges: low (kick), mid (snare), high (hat).

In: a power spectrum per hop. Out: pulses, 1 at an onset and falling to 0. After Bello 2005
and Boeck 2013. Audio thread.
A drum is what stands out in its range: a kick lifts the power of all low notes at once, a snare
even those parts of the middle that a note leaves alone. Both are held against the strongest of
the last seconds, so that a bass line or an arpeggio between the drums is none.
"""

from itertools import pairwise

import numpy as np

KINDS = {"onset": (30.0, 16000.0), "kick": (30.0, 150.0), "snare": (180.0, 5000.0),
         "hat": (6000.0, 16000.0)}  # Hz  # fmt: skip
FLOORS = (-45.0, -16.0, -12.0, -30.0)  # dB under what is loud there: quieter changes are none
SHARES = np.array([0.0, 0.5, 0.4, 0.3])  # of the strongest lately that an onset must reach
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
        bands, centres = _bands(rate, length)
        kinds = [(centres >= low) & (centres <= high) for low, high in KINDS.values()]
        low, middle, high = (bands[kind] for kind in kinds[1:])
        parts = (bands, low.sum(axis=0, keepdims=True), middle, high)  # of which flux is measured
        self._rows = np.concatenate(parts)
        ends = np.cumsum([len(part) for part in parts])
        self._parts = [slice(end - len(part), end) for end, part in zip(ends, parts, strict=True)]
        share = 10 ** (np.array(FLOORS) / 10) / (1, 1, max(1, len(middle)), max(1, len(high)))
        self._kind = np.repeat(np.arange(len(KINDS)), [len(part) for part in parts])
        self._shares = share[self._kind]
        self._most = -np.array(FLOORS) / 10  # about the flux from silence to what is loud
        self._least = max(1, round(BREADTH * len(middle)))
        self._before = np.zeros((2, len(self._rows)))
        self._past = np.zeros((max(8, round(SECONDS / hop_seconds)), len(KINDS)))
        self._sums = np.zeros((2, len(KINDS)))  # of that second's flux, and of its squares
        self._strongest = np.zeros(len(KINDS))
        self._over = np.zeros(len(KINDS), bool)
        self._since = np.full(len(KINDS), 1.0)
        self._pulses = np.zeros(len(KINDS))
        self._seconds = hop_seconds
        self._fall, self._forget = np.exp(-hop_seconds / FALL), np.exp(-hop_seconds / STRONG)
        self._count = 0

    def push(self, power: np.ndarray, loud: np.ndarray) -> np.ndarray:
        """Return pulses, 1 at an onset, falling to 0.

        power: spectrum of the hop; loud: dBFS of what is loud in all, the low, the middle, the
        high.
        """
        now = self._rows @ power
        before = self._before[self._count % 2]  # two hops ago
        floors = (10 ** (loud / 10))[self._kind] * self._shares
        change = np.log10(np.maximum((now + floors) / (before + floors), 1))
        before[:] = now
        every, low, middle, high = (change[part] for part in self._parts)
        broad = np.sort(middle)[: self._least]
        flux = np.array([_mean(every), low[0], _mean(broad), _mean(high)])
        self._pick(np.minimum(flux, self._most))
        self._count += 1
        return self._pulses

    def _pick(self, flux: np.ndarray) -> None:
        mean = self._sums[0] / len(self._past)
        spread = np.sqrt(np.maximum(self._sums[1] / len(self._past) - mean**2, 0))
        threshold = LEAST + mean + 1.5 * spread
        over = flux > np.maximum(threshold, SHARES * self._strongest)
        self._strongest = np.maximum(flux, self._strongest * self._forget)
        self._since += self._seconds
        found = over & ~self._over & (self._since > REFRACTORY)
        self._over = over
        self._since[found] = 0.0
        self._pulses = np.where(found, 1.0, self._pulses * self._fall)
        self._pulses[self._pulses < 0.005] = 0.0
        oldest, newest = self._past[self._count % len(self._past)], np.minimum(flux, 1.0)
        self._sums += (newest - oldest, newest**2 - oldest**2)
        oldest[:] = newest


def _mean(values: np.ndarray) -> float:
    return float(values.sum()) / max(len(values), 1)


def _bands(rate: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows that sum a power spectrum over bands even in pitch, and their centres in Hz."""
    top = min(16000.0, 0.45 * rate)
    edges = np.geomspace(30.0, top, BANDS + 1) * length / rate
    edges = np.unique(np.maximum(np.round(edges).astype(int), 1))
    rows = np.zeros((len(edges) - 1, length // 2 + 1), np.float32)
    for row, (low, high) in zip(rows, pairwise(edges), strict=True):
        row[low:high] = 2 / length
    return rows, np.sqrt(edges[:-1] * edges[1:]) * rate / length
