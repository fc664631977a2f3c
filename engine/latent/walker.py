"""Draws the latent walk ahead of the dream, in a thread of its own.

In: where the dream is on the walk (at), the seed and the truncation.
Out: the generator's picture there, faded between the two nearest steps; never waits.
"""

import threading
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F

from engine.cores import PATIENT, be_nice, use_threads
from engine.latent.walk import LARGEST_STEP, Walk
from engine.networks.generator import Generator

AHEAD = 2  # steps drawn ahead of the dream


class Walker:
    """A generator that keeps a few steps of the walk drawn, at the dream's size (w, h)."""

    def __init__(self, generator: Generator, size: tuple[int, int], error: Callable[[str], None]):
        self.generator, self.size, self._error = generator, size, error
        self._place, self._seed, self._psi = 0.0, 0, 0.8
        self.drawn: dict[tuple, torch.Tensor] = {}  # by seed, psi and step; replaced as a whole
        self.used: tuple[tuple, tuple] | None = None  # those that the last picture was made of
        self._wake, self._ending = threading.Event(), False
        self._thread = threading.Thread(target=self._run, name="latent", daemon=True)
        self._thread.start()

    def at(self, degrees: float, seed: int, psi: float) -> torch.Tensor | None:
        """Return the picture `degrees` along the walk of `seed`; None while none is drawn yet."""
        self._place, self._seed = degrees / LARGEST_STEP, seed
        self._psi = round(psi, 2)  # each new value is drawn anew
        self._wake.set()
        drawn = self.drawn
        number = int(self._place)
        here, ahead = ((seed, self._psi, n) for n in (number, number + 1))
        here = here if here in drawn else _nearest(drawn, number)
        ahead = ahead if ahead in drawn else here
        self.used = here and (here, ahead)
        return here and torch.lerp(drawn[here], drawn[ahead], self._place - number)

    def first(self, seed: int, psi: float) -> torch.Tensor:
        """Draw the picture where the walk of `seed` starts, in the calling thread."""
        return self._picture(Walk(seed, self.generator.z_dim).latent(0), psi)

    def stop(self) -> None:
        """End the thread."""
        self._ending = True
        self._wake.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        use_threads(1)  # it has time, the dream has not
        be_nice(PATIENT)
        walk = Walk(self._seed, self.generator.z_dim)
        while not self._ending:
            self._wake.wait()
            self._wake.clear()
            try:
                walk = walk if walk.seed == self._seed else Walk(self._seed, walk.dimensions)
                self._draw_ahead(walk)
            except Exception as error:  # noqa: BLE001 - the guard that keeps the walk alive
                self._error(f"the latent walk failed: {error}")

    def _draw_ahead(self, walk: Walk) -> None:
        number, psi = int(self._place), self._psi
        wanted = [(walk.seed, psi, n) for n in range(number, number + 1 + AHEAD)]
        missing = [key for key in wanted if key not in self.drawn]
        if not missing:
            return
        picture = self._picture(walk.latent(missing[0][2]), psi)
        kept = {key: p for key, p in self.drawn.items() if key in wanted}
        self.drawn = {**kept, missing[0]: picture}

    def _picture(self, z: np.ndarray, psi: float) -> torch.Tensor:
        return draw(self.generator, z, psi, self.size)


@torch.no_grad()
def draw(generator: Generator, z: np.ndarray, psi: float, size: tuple[int, int]) -> torch.Tensor:
    """Return the generator's picture of this latent, covering `size` (w, h)."""
    z = torch.from_numpy(z).float()[None].to(generator.device)
    return cover(generator.draw(generator.map(z, psi)), size).clamp(-1, 1)


def _nearest(drawn: dict[tuple, torch.Tensor], number: int) -> tuple | None:
    """Return the key of the drawn picture that is closest by number, whatever its seed."""
    return min(drawn, key=lambda key: abs(key[2] - number), default=None)


def cover(picture: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Return `picture` scaled to cover `size` (w, h), what stands over cut off evenly."""
    w, h = size
    ph, pw = picture.shape[2:]
    scale = max(w / pw, h / ph)
    ch, cw = (min(max(round(n / scale), 1), most) for n, most in ((h, ph), (w, pw)))
    top, left = (ph - ch) // 2, (pw - cw) // 2
    part = picture[:, :, top : top + ch, left : left + cw]
    return F.interpolate(part, (h, w), mode="bilinear", antialias=True, align_corners=False)
