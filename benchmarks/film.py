"""Reads a recording of a show: its frames as small pictures, its sound as the analysis hears it."""

from pathlib import Path

import av
import numpy as np

from engine.audio.features import Features
from engine.audio.spectra import Spectra


def frames(path: Path, size: tuple[int, int] = (160, 90), every: int = 1) -> np.ndarray:
    """Return every n-th frame as uint8 (n, h, w, 3), scaled to `size` (w, h)."""
    with av.open(path) as film:
        stream = film.streams.video[0]
        return np.stack(
            [
                frame.to_ndarray(width=size[0], height=size[1], format="rgb24")
                for number, frame in enumerate(film.decode(stream))
                if number % every == 0
            ]
        )


def rate(path: Path) -> float:
    """Return frames a second."""
    with av.open(path) as film:
        return float(film.streams.video[0].average_rate)


def signal(path: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the times (seconds) and values of a signal of the recording's own sound."""
    found = []
    with av.open(path) as film:
        stream = film.streams.audio[0]
        features = Features(stream.rate)
        spectra = Spectra(stream.rate, features.keep)
        for block in film.decode(stream):
            samples = np.ascontiguousarray(block.to_ndarray().T, np.float32)
            hops = spectra.push(samples, float(block.time))
            found.extend((hop.moment, features.push(hop)[name]) for hop in hops)
    times, values = np.array(found).T
    return times, values
