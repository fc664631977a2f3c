"""Pictures to start from: a file, noise, Perlin noise, grey, or the generator's.

In: a size (w, h), a seed. Out: a picture as uint8 (h, w, 3). Any thread; the same seed is the same
picture. Perlin 2002 (improved noise, with gradients on the unit circle).
"""

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

from engine.dream.pixels import to_pixels
from engine.latent.walk import point
from engine.networks.generator import Generator

LARGEST = 2  # cells of Perlin noise's largest size along a picture's height


class PictureError(ValueError):
    """A file that holds no picture."""


def from_file(path: Path | str, size: tuple[int, int], distort: bool = False) -> np.ndarray:
    """Return the picture in a file, covering `size`; `distort` squeezes it in, as the paper does.

    PictureError if it cannot be read.
    """
    lanczos = Image.Resampling.LANCZOS
    try:
        with Image.open(path) as image:
            if distort:
                return np.asarray(image.convert("RGB").resize(size, lanczos))
            upright = ImageOps.exif_transpose(image).convert("RGB")
            return np.asarray(ImageOps.fit(upright, size, lanczos))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise PictureError(f"{path}: not a readable picture ({error})") from None


def noise(size: tuple[int, int], seed: int) -> np.ndarray:
    """Return independent pixels, 0 to 254, as the paper draws them."""
    w, h = size
    return np.random.RandomState(seed).randint(0, 255, (h, w, 3), np.uint8)


def gray(size: tuple[int, int]) -> np.ndarray:
    """Return the middle grey."""
    return np.full((size[1], size[0], 3), 127, np.uint8)


def perlin(
    size: tuple[int, int],
    seed: int,
    octaves: int = 6,
    persistence: float = 0.5,
    lacunarity: float = 2.0,
) -> np.ndarray:
    """Return Perlin noise, each colour by itself: `octaves` sizes, summed.

    Each next size has `lacunarity` times as many cells and `persistence` times the strength.
    """
    w, h = size
    random = np.random.Generator(np.random.PCG64(seed))
    x = np.zeros((3, h, w))
    for k in range(octaves):
        cells = min(LARGEST * lacunarity**k, h)
        for colour in x:
            colour += persistence**k * _lattice(w, h, cells / h, random)
    return (np.clip((x + 1) / 2, 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0)


def _lattice(w: int, h: int, step: float, random: np.random.Generator) -> np.ndarray:
    """Return one size of Perlin noise (h, w), `step` cells a pixel, somewhere on its lattice."""
    x, y = (random.uniform() + np.arange(n) * step for n in (w, h))
    angle = random.uniform(0, 2 * np.pi, (int(y[-1]) + 2, int(x[-1]) + 2))
    i, j, u, v = x.astype(int), y.astype(int), x % 1, y % 1
    fade_u, fade_v = (6 * t**5 - 15 * t**4 + 10 * t**3 for t in (u, v))
    rows = []
    for down in (0, 1):
        corners = [angle[np.ix_(j + down, i + right)] for right in (0, 1)]
        a, b = (
            np.cos(g) * (u - k) + np.sin(g) * (v - down)[:, None] for k, g in enumerate(corners)
        )
        rows.append(a + fade_u * (b - a))
    return rows[0] + fade_v[:, None] * (rows[1] - rows[0])


def generated(generator: Generator, size: tuple[int, int], seed: int, psi=0.8) -> np.ndarray:
    """Return the generator's picture of this seed, covering `size`."""
    z = point(seed, generator.z_dim) * generator.z_dim**0.5
    with torch.no_grad():
        z = torch.from_numpy(z[None]).float().to(generator.device)
        picture = generator.draw(generator.map(z, psi))[0]
    image = Image.fromarray(to_pixels(picture[None]))
    return np.asarray(ImageOps.fit(image, size, Image.Resampling.LANCZOS))


def grayscale(picture: np.ndarray) -> np.ndarray:
    """Return `picture` without its colours."""
    return np.asarray(Image.fromarray(picture).convert("L").convert("RGB"))
