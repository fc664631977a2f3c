"""The dream's loop offline, without a window: a preset's own values, stepped at a chosen rate.

In: a network, a preset's name, changes, seconds, dreams a second. Out: each picture in turn.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
import torch

from engine import mapping, presets
from engine.camera import step
from engine.clock import Clock
from engine.dream.dreamer import Dreamer, first_picture
from engine.dream.layers import fill
from engine.networks.discriminator import Discriminator
from engine.options import ROOT
from engine.parameters import Store


def filled(network: Discriminator, preset: str, changes: Mapping[str, object]) -> tuple:
    """Return a store and the mappings as this preset and these changes set them."""
    store = Store()
    fill(store, network)
    found = presets.read(ROOT / "presets" / f"{preset}.toml")
    presets.apply(found, store)
    for id, value in changes.items():
        store.set(id, value)
    return store, found.mappings


def heard(mappings: Sequence[mapping.Mapping], beat: Mapping[str, float]) -> dict[str, float]:
    """Return the beat's signals, and its pulse for every sound that these mappings hear."""
    sounds = (m.signal for m in mappings if m.signal.startswith("audio."))
    return dict.fromkeys(sounds, beat["beat.pulse"]) | beat


def dreams(
    network: Discriminator,
    preset: str,
    seconds: float,
    rate: float,
    size: tuple[int, int],
    seed: int = 0,
    changes: Mapping[str, object] | None = None,
    music: bool = False,
    again: float = math.inf,
) -> Iterator[torch.Tensor]:
    """Yield the pictures of `seconds` at `rate` a second, from the noise of `seed`.

    With `music`, a beat's pulse at 120 a minute stands for whatever a mapping hears. After `again`
    seconds the channel walk goes through the same worlds once more.
    """
    store, mappings = filled(network, preset, changes or {})
    mapper, signals, walk = mapping.Mapper(mappings), mapping.Signals(), mapping.ChannelWalk()
    dreamer, beat = Dreamer(network, first_picture(size, seed)), Clock()
    beat.follow(120, 0.0)
    for k in range(round(seconds * rate)):
        moved = {}
        if k == round(min(again, seconds) * rate):
            walk.reset()
        if music:
            signals.publish(heard(mappings, beat.signals(k / rate)), k / rate)
            moved = mapper.step(signals, 1 / rate)
        store.apply(moved | walk.step(signals, store, moved, 1 / rate))
        snapshot = store.snapshot()
        yield dreamer(snapshot, 1 / rate, step(snapshot, 1 / rate))


def fine(x: torch.Tensor) -> float:
    """Return the rms of what is finer than half the Nyquist frequency."""
    power, frequency = _spectrum(x)
    return float(np.sqrt(power[frequency > 0.25].sum()))


def slope(x: torch.Tensor) -> float:
    """Return the exponent with which the power spectrum falls, from 1/32 to 1/4 cycle a pixel."""
    power, frequency = _spectrum(x)
    edges = np.geomspace(1 / 32, 1 / 4, 9)
    bands = [(frequency >= a) & (frequency < b) for a, b in pairwise(edges)]
    means = [np.log(power[band].mean()) for band in bands]
    return float(np.polyfit(np.log(np.sqrt(edges[1:] * edges[:-1])), means, 1)[0])


def _spectrum(x: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Return the power at each frequency, and the frequency in cycles a pixel."""
    light = x[0].mean(0).double().numpy()
    h, w = light.shape
    window = np.hanning(h)[:, None] * np.hanning(w)
    window /= np.sqrt((window**2).mean())
    power = np.abs(np.fft.fft2((light - light.mean()) * window) / (h * w)) ** 2
    return power, np.hypot(np.fft.fftfreq(h)[:, None], np.fft.fftfreq(w))
