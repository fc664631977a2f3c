"""The course of the energy over bars: whether it rises, whether it builds up, when it drops.

In: each hop's levels, onsets and centroid, and how long a bar lasts. Out: trend, build and drop.
Audio thread.
A build is the low end kept back while loudness, brightness and density grow; a drop is the low
end that comes back with full force after two bars or more without it.
"""

import math

import numpy as np

BARS, SLOTS = 4, 8  # bars that are looked at, and slots of each
STEADY = 0.5  # of trend: below, the energy falls
FULL_RISE = 12.0  # dB in BARS that make trend 1
GROWTHS = np.array([9.0, 0.4, 0.25, 0.5])  # of dB, treble, centroid, onsets: as much is a build
CHANCE = 0.15  # of a build: as much of it comes and goes by chance
WITHOUT = 0.45  # of the usual bass: less is none
GONE = 2  # bars without, before it can drop
STRUCK, FORCE = 0.72, 0.7  # bass and level at the drop's first stroke
USUAL = 60.0  # seconds in which the usual bass is forgotten down to 37%
APART = 4  # bars between two drops
SILENT = -60.0  # dBFS of what is nothing
NAMES = ("trend", "build", "drop")


class Energy:
    """Keeps the means of the last bars, slot by slot."""

    def __init__(self, hop_seconds: float):
        self._seconds = hop_seconds
        self._slots = np.zeros(
            (BARS * SLOTS, 5)
        )  # oldest first: dB, treble, centroid, onsets, bass
        middle = np.arange(BARS * SLOTS) - (BARS * SLOTS - 1) / 2
        self._fit = middle / np.sum(middle**2) * BARS * SLOTS  # the growth of a straight line
        self._sums, self._hops = np.zeros(5), 0
        self._known = 0  # slots that have been heard
        self._usual = 0.0
        self._since = np.inf
        self._trend, self._build, self._wanted, self._drop = STEADY, 0.0, 0.0, 0.0

    def push(
        self, level: float, bass: float, treble: float, centroid: float, onset: bool,
        power: float, bar: float,
    ) -> tuple[float, float, float]:  # fmt: skip
        """Return trend (0.5 steady), build 0..1, and drop, 1 where it comes and falling in a bar.

        All 0..1 but `power`, the mean square of the sound, and `bar`, in seconds.
        """
        self._since += self._seconds
        self._drop *= math.exp(-self._seconds / bar)
        if self._drops(level, bass, bar):
            self._drop, self._since, self._wanted = 1.0, 0.0, 0.0
        self._sums += (power, treble, centroid, onset, bass)
        self._hops += 1
        if self._hops * self._seconds >= bar / SLOTS:
            self._close_slot(bar)
        self._build += (self._wanted - self._build) * min(1.0, 2 * self._seconds / bar)
        drop = self._drop if self._drop > 0.005 else 0.0
        return self._trend, self._build if self._build > 0.005 else 0.0, drop

    def _drops(self, level: float, bass: float, bar: float) -> bool:
        if bass < STRUCK or level < FORCE or self._since < APART * bar:
            return False
        if self._known < BARS * SLOTS:
            return False
        return bool(self._slots[-GONE * SLOTS :, 4].mean() < WITHOUT * self._usual)

    def _close_slot(self, bar: float) -> None:
        means = self._sums / self._hops
        seconds = self._hops * self._seconds
        means[0] = max(10 * np.log10(means[0] + 1e-12), SILENT)
        self._slots[:-1] = self._slots[1:]
        self._slots[-1] = means
        self._sums[:], self._hops = 0.0, 0
        self._known = min(self._known + 1, BARS * SLOTS)
        bass = self._slots[-SLOTS:, 4].mean()
        learned = 1 / (GONE * SLOTS) if bass > self._usual else seconds / USUAL
        self._usual += (bass - self._usual) * min(learned, 1.0)
        if self._known == BARS * SLOTS:
            self._judge(bass, bar)

    def _judge(self, bass: float, bar: float) -> None:
        """Set trend and build by the straight lines through the last bars."""
        growth = self._fit @ self._slots[:, :4]
        growth[3] /= max(self._slots[:, 3].mean(), 1e-3)  # as a share of what there are
        self._trend = float(np.clip(STEADY + 0.5 * growth[0] / FULL_RISE, 0, 1))
        rise = np.clip(growth / GROWTHS, -1, 1).sum() / 2 - CHANCE
        room = min(max(1.5 * (1 - bass / max(self._usual, 1e-3)), 0), 1)
        self._wanted = float(np.clip(rise * room, 0, 1)) if self._since > BARS * bar else 0.0
