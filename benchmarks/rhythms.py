"""Drum loops whose beat is known, made with numpy: what the beat tracker is measured with.

In: a tempo, a pattern, swing, what plays along. Out: float32 (n, 2) at RATE; beat k of the
grid falls at `start` + k * 60 / bpm seconds.
"""

from functools import cache

import numpy as np

RATE = 44100
SIXTEENTHS = 16  # of a bar
# Steps of a bar: kick, snare, and hats where the pattern brings its own.
PATTERNS = {
    "house": {"kick": (0, 4, 8, 12), "snare": (4, 12), "hat": (2, 6, 10, 14)},
    "techno": {"kick": (0, 4, 8, 12), "snare": (), "hat": tuple(range(16))},
    "rock": {"kick": (0, 8, 10), "snare": (4, 12), "hat": tuple(range(0, 16, 2))},
    "break": {"kick": (0, 2, 10), "snare": (4, 7, 9, 12), "hat": tuple(range(0, 16, 2))},
    "twostep": {"kick": (0, 10), "snare": (4, 12), "hat": tuple(range(0, 16, 2))},
    "electro": {"kick": (0, 6, 10), "snare": (4, 12), "hat": tuple(range(0, 16, 2))},
    "dembow": {"kick": (0, 4, 8, 12), "snare": (3, 6, 11, 14), "hat": tuple(range(0, 16, 2))},
    "trance": {"kick": (0, 4, 8, 12), "snare": (4, 12), "hat": (2, 6, 10, 14),
               "bass": (2, 3, 6, 7, 10, 11, 14, 15)},
}  # fmt: skip


@cache
def _sounds() -> dict[str, np.ndarray]:
    """Return one hit of each instrument, float32 (n,)."""
    random = np.random.default_rng(2)

    def time(seconds):
        return np.arange(round(seconds * RATE)) / RATE

    def rough(count, low):  # noise above about `low` Hz
        spectrum = np.fft.rfft(random.standard_normal(count))
        hertz = np.fft.rfftfreq(count, 1 / RATE)
        return np.fft.irfft(spectrum / (1 + (low / np.maximum(hertz, 1)) ** 4), count)

    t = time(0.3)
    kick = np.sin(2 * np.pi * (48 * t + 4.5 * (1 - np.exp(-t / 0.025)))) * np.exp(-t / 0.09)
    s = time(0.2)
    body = np.sin(2 * np.pi * 190 * s) * np.exp(-s / 0.04)
    snare = 0.5 * body + 0.35 * rough(len(s), 900) * np.exp(-s / 0.06)
    h = time(0.08)
    hat = rough(len(h), 7000) * np.exp(-h / 0.02)
    b = time(0.22)
    bass = sum(np.sin(2 * np.pi * 55 * k * b) / k for k in (1, 2, 3, 4, 5)) * np.exp(-b / 0.12)
    return {"kick": 0.8 * kick, "snare": 0.6 * snare, "hat": 0.22 * hat, "bass": 0.25 * bass}


def moments(bpm: float, seconds: float, start: float = 0.0) -> np.ndarray:
    """Return the moments of the grid's beats."""
    return np.arange(start, seconds, 60 / bpm)


def _place(sound: np.ndarray, hit: np.ndarray, moment: float) -> None:
    place = round(moment * RATE)
    if 0 <= place < len(sound):
        sound[place : place + len(hit)] += hit[: len(sound) - place]


def pad(bpm: float, seconds: float, start: float = 0.0) -> np.ndarray:
    """Return chords that change with every bar and swell slowly; their edges are soft."""
    time = np.arange(round(seconds * RATE)) / RATE
    bar, sound = 240 / bpm, np.zeros(len(time))
    for number in range(int((seconds - start) / bar) + 1):
        root = 110 * 2 ** ((0, -4, 3, -2)[number % 4] / 12)
        here = slice(
            round((start + number * bar) * RATE), round((start + (number + 1) * bar) * RATE)
        )
        t = time[here] - start - number * bar
        edge = np.minimum(1, np.minimum(t, bar - t) / 0.08).clip(0)
        for ratio in (1, 1.498, 2.003, 2.52, 3.996):
            sound[here] += np.sin(2 * np.pi * root * ratio * t) * edge / ratio
    return 0.12 * sound


def loop(
    bpm: float,
    seconds: float = 20.0,
    pattern: str = "house",
    swing: float = 0.0,
    pair: int = 2,
    hats: bool = True,
    pads: bool = False,
    start: float = 0.0,
    level: float = 0.5,
) -> np.ndarray:
    """Return a drum loop, float32 (n, 2).

    swing: how much later the off-beat of a pair of sixteenths falls, in sixteenths (0.33 is a
    triplet's); `pair` 4 swings pairs of eighths instead.
    """
    sound = np.zeros(round(seconds * RATE))
    random, bar = np.random.default_rng(7), 240 / bpm
    for name, steps in PATTERNS[pattern].items():
        if name == "hat" and not hats:
            continue
        hit = _sounds()[name]
        for number in range(int((seconds - start) / bar) + 1):
            for step in steps:
                late = (pair / 2 * swing) * (
                    step % pair / (pair / 2)
                    if step % pair <= pair / 2
                    else 2 - step % pair / (pair / 2)
                )
                loud = 1.0 if name == "kick" else random.uniform(0.8, 1.0)
                _place(sound, loud * hit, start + (number + (step + late) / SIXTEENTHS) * bar)
    if pads:
        sound += pad(bpm, seconds, start)
    return np.repeat((level * np.tanh(sound))[:, None], 2, axis=1).astype(np.float32)
