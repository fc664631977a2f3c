"""The paper's own loop, written as anyone would: what the fast loop is measured against.

In: a network of benchmarks/plain.py, a picture uint8 (h, w, 3). Out: the dreamed picture, uint8.
Autograd, contiguous float32, octaves by SciPy's zoom, the loss a sum of norms (Porres 2021).
It shares none of the engine's arithmetic; the tests hold it against pictures that the paper's own
program made.
"""

from collections.abc import Sequence

import numpy as np
import torch
from scipy.ndimage import zoom

MEAN = np.array([0.485, 0.456, 0.406], np.float32)[:, None, None]
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)[:, None, None]


def dream(
    network,
    picture: np.ndarray,
    layers: Sequence[str],
    octaves: int = 5,
    scale: float = 1.4,
    full: bool = True,
    iterations: int = 20,
    rate: float = 1e-2,
    power: float = 0.0,
) -> np.ndarray:
    """Return `picture` dreamed; `full` brings each octave back to full size.

    A layer's norm is divided by its count of numbers to the `power`: 0, 1 (normed), 0.5.
    """
    x = (picture.transpose(2, 0, 1) / np.float32(255) - MEAN) / DEVIATION
    bases = _octaves(x[None], octaves, scale, full)
    detail = np.zeros_like(bases[-1])
    for base in reversed(bases):
        if detail.shape != base.shape:
            detail = _zoomed(detail, base.shape)
        y = base + detail
        for _ in range(iterations):
            y = _step(network, y, layers, rate, power)
        detail = y - base
    return (np.clip(y[0] * DEVIATION + MEAN, 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0)


def _octaves(x: np.ndarray, count: int, scale: float, full: bool) -> list[np.ndarray]:
    found = [x]
    for _ in range(count - 1):
        smaller = zoom(found[-1], (1, 1, 1 / scale, 1 / scale), order=1)
        found.append(_zoomed(smaller, found[-1].shape) if full else smaller)
    return found


def _zoomed(x: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return zoom(x, np.array(shape) / x.shape, order=1)


def _step(network, y: np.ndarray, layers: Sequence[str], rate: float, power: float) -> np.ndarray:
    x = torch.from_numpy(y).requires_grad_(True)
    with torch.enable_grad():
        features = network.features(x, layers)
        loss = sum(f.norm() / f.numel() ** power for f in features.values())
    (g,) = torch.autograd.grad(loss, x)
    g = g.numpy()
    y = y + rate / np.abs(g).mean() * g
    return np.clip(y, -MEAN / DEVIATION, (1 - MEAN) / DEVIATION)
