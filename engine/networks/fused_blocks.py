"""The parts of a discriminator as an NVIDIA card does them best: blocks.py's, with fused kernels.

In: activations (n, c, h, w), channels last, half precision. Out: the same, forward or back.
"""

from collections.abc import Mapping

import torch

from engine.networks import fused
from engine.networks.blocks import GAIN, Kept, scaled
from engine.networks.convolution import Convolution


class FusedEntry:
    """Makes features of a picture's three colours, and the way back (blocks.Rectified)."""

    def __init__(self, tensors, name: str, clamp, place):
        weight, bias = (tensors[f"{name}.{part}"] for part in ("weight", "bias"))
        self.weight, self.bias = scaled(weight, GAIN).to(**place), (bias * GAIN).to(**place)
        self.limit = _limit(clamp, place)

    def __call__(self, image: torch.Tensor) -> torch.Tensor:
        """Return the features, which `back` asks for again."""
        return fused.enter(image, self.weight, self.bias, self.limit)

    def back(self, g: torch.Tensor, y: torch.Tensor, around=None) -> torch.Tensor:
        """Return the gradient at the picture, float32, from that at the features `y`.

        `around`: what FusedBlock.backward leaves to be added.
        """
        return fused.leave(_dense(g), y, self.weight, self.limit, around)


class FusedBlock:
    """Two convolutions that halve the picture, and perhaps a way around them (blocks.Block)."""

    def __init__(self, tensors: Mapping[str, torch.Tensor], r: int, clamp: float | None, place):
        self.r, skip = r, tensors.get(f"b{r}.skip.weight")
        gain = 1.0 if skip is None else 0.5**0.5
        self.bias0 = (tensors[f"b{r}.conv0.bias"] * GAIN).to(**place)
        self.bias1 = (tensors[f"b{r}.conv1.bias"] * (GAIN * gain)).to(**place)
        self.limit0 = _limit(clamp, place)
        self.limit1 = _limit(clamp and clamp * gain, place)

        def convolution(name, gain, padding, stride):
            weight = scaled(tensors[f"b{r}.{name}.weight"], gain)
            return Convolution(weight, None, padding, stride, None, **place)

        self.conv0 = convolution("conv0", GAIN, 1, 1)
        self.conv1 = convolution("conv1", GAIN * gain, 0, 2)
        self.skip = skip if skip is None else convolution("skip", gain, 0, 1)

    def forward(self, x: torch.Tensor, stop: bool, shown: bool) -> tuple[torch.Tensor | None, Kept]:
        """Return the block's output (None if it stops at conv0) and what backward needs."""
        raw = self.conv0(x)
        first = fused.rectify(raw, self.bias0, self.limit0) if shown else None
        if stop:
            return None, Kept(self, first, None, raw)
        second = self.conv1(fused.rectify_low_pass(raw, self.bias0, self.limit0))
        around = self.skip and self.skip(fused.halve(x))
        out = fused.rectify(second, self.bias1, self.limit1, around, out=around)
        return out, Kept(self, first, second, raw)

    def backward(self, kept: Kept, gradient, at_first, around=None) -> tuple[torch.Tensor, ...]:
        """Return the gradient at the block's input from those at its output and at conv0.

        A second one, at half the input's size, is what came around: whoever reads the first adds it
        (`around` is that of the block after this one).
        """
        gradient, at_first = _dense(gradient), _dense(at_first)
        if gradient is None:
            g = fused.rectify_back(at_first, kept.raw, self.bias0, self.limit0)
            return (self.conv0.back(g),)
        words = kept.second, self.bias1, self.limit1
        if around is None:
            g = fused.rectify_back(gradient, *words)
        else:
            gradient, g = fused.join_back(gradient, around, *words)
        h, w = kept.raw.shape[2:]
        g = self.conv1.back(g, (h + 1, w + 1))
        g = self.conv0.back(fused.low_pass_back(g, kept.raw, self.bias0, self.limit0, at_first))
        return (g,) if self.skip is None else (g, self.skip.back(gradient))


def _dense(g: torch.Tensor | None) -> torch.Tensor | None:
    """Return `g` as the kernels read it: what comes back from the tail is a part of more."""
    return None if g is None else g.contiguous(memory_format=torch.channels_last)


def _limit(clamp: float | None, place) -> float | None:
    """Return the clamp as a number of the features' precision: what it cut is found by that."""
    return clamp and float(torch.tensor(clamp, dtype=place["dtype"]))
