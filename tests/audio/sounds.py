"""Sounds whose features are known: tones, clicks, a straight beat."""

from functools import cache
from typing import NamedTuple

import numpy as np

from engine.audio import demo
from engine.audio.features import Features
from engine.audio.spectra import Spectra


class Hop(NamedTuple):
    values: dict[str, float]
    moment: float


def tone(hertz: float, seconds: float, rate: int = 48000, amplitude: float = 0.5) -> np.ndarray:
    sound = amplitude * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
    return np.stack([sound, sound], axis=1).astype(np.float32)


def clicks(moments, seconds: float, rate: int = 48000, amplitude: float = 0.5) -> np.ndarray:
    """Short bursts of noise at the moments, on silence."""
    sound = np.zeros((round(seconds * rate), 2), np.float32)
    length = round(0.02 * rate)
    burst = np.random.default_rng(1).standard_normal(length) * np.exp(-np.arange(length) / 120)
    for moment in moments:
        place = round(moment * rate)
        sound[place : place + length] += (amplitude * burst)[: len(sound) - place, None]
    return sound


def hear(sound: np.ndarray, rate: int = 48000, gain: float = 0.0, block: int = 256) -> list[Hop]:
    """Push the sound block by block; its first sample is at moment 0."""
    features = Features(rate)
    spectra = Spectra(rate, features.keep)
    starts = range(0, len(sound), block)
    hops = (hop for i in starts for hop in spectra.push(sound[i : i + block], i / rate, gain))
    return [Hop(features.push(hop), hop.moment) for hop in hops]


def curve(hops: list[Hop], name: str, after: float = 0.0) -> np.ndarray:
    return np.array([hop.values[f"audio.{name}"] for hop in hops if hop.moment >= after])


def onsets(hops: list[Hop], name: str = "onset") -> list[float]:
    """The moments at which a pulse was set to 1."""
    return [hop.moment for hop in hops if hop.values[f"audio.{name}"] == 1.0]


@cache
def demo_track() -> np.ndarray:
    return demo.render()


@cache
def demo_hops() -> list[Hop]:
    return hear(demo_track())
