"""Measures what a discriminator's layers make of a picture.

In: a network and a picture's file. Out: per layer the shape, norm, mean and deviation. Any thread.
The picture is made ready as the public reference did it first: stretched to the network's own
square, under the mean and deviation of ImageNet.
"""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from engine.networks.discriminator import Discriminator

MEAN = np.array([0.485, 0.456, 0.406])  # of ImageNet's pictures, red, green, blue
DEVIATION = np.array([0.229, 0.224, 0.225])


def prepare(path: Path, resolution: int) -> torch.Tensor:
    """Return the picture in `path` as (1, 3, resolution, resolution); OSError if it is none."""
    with Image.open(path) as picture:
        picture = picture.convert("RGB")
        picture = picture.resize((resolution, resolution), Image.Resampling.LANCZOS)
    pixels = (np.asarray(picture, np.float64) / 255 - MEAN) / DEVIATION
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float()


def measure(network: Discriminator, picture: torch.Tensor) -> list[dict]:
    """Return name, shape, norm, mean and std of every layer's features for this picture.

    The deviation is that of a sample (n - 1); 0 for a single number.
    """
    features, _ = network.forward(picture, network.layers)
    return [_measured(name, features[name].double()) for name in network.layers]


def _measured(name: str, features: torch.Tensor) -> dict:
    return {
        "name": name,
        "shape": list(features.shape),
        "norm": float(features.norm()),
        "mean": float(features.mean()),
        "std": float(features.std()) if features.numel() > 1 else 0.0,
    }
