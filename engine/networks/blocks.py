"""The parts of a discriminator: a rectified convolution, and a block that halves the picture.

In: activations (1, c, h, w), channels last. Out: the same, forward or back. Karras et al. 2020.
All gains are folded into the weights: a leaky rectifier lets a positive factor pass.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from engine.networks.convolution import Convolution, LowPass

SLOPE = 0.2  # of the leaky rectifier
GAIN = 2**0.5  # of the leaky rectifier


def scaled(weight: torch.Tensor, gain: float = 1.0) -> torch.Tensor:
    """Return the weight with its equalised-learning-rate gain, 1/sqrt(fan in), times `gain`."""
    return weight * (gain / math.sqrt(weight[0].numel()))


def rectify_back(gradient: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
    """Return the gradient before a leaky rectifier, from its output."""
    return torch.ops.aten.leaky_relu_backward(gradient, output, SLOPE, True)


class Rectified:
    """A convolution, its bias, the leaky rectifier, and a clamp where the network has one."""

    def __init__(self, tensors, name: str, padding: int, stride: int, gain: float, clamp, place):
        weight, bias = (tensors[f"{name}.{part}"] for part in ("weight", "bias"))
        weight, bias = scaled(weight, GAIN * gain), bias * (GAIN * gain)
        self.convolution = Convolution(weight, bias, padding, stride, SLOPE, **place)
        # As a number of its precision: features that were cut off are found by comparing with it.
        self.limit = clamp and float(torch.tensor(clamp * gain, dtype=place["dtype"]))

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Return the features, which `back` asks for again."""
        y = self.convolution(x)
        return y.clamp_(-self.limit, self.limit) if self._bites(y) else y

    def back(self, g: torch.Tensor, y: torch.Tensor, size=None) -> torch.Tensor:
        """Return the gradient at the input (spatial `size`) from that at the features `y`."""
        if self._bites(y):  # no gradient comes through a clamped number
            g = torch.ops.aten.hardtanh_backward(g, y, -self.limit, self.limit)
        return self.convolution.back(rectify_back(g, y), size)

    def _bites(self, y: torch.Tensor) -> bool:
        """Tell whether the clamp changes anything; a CPU looks, a GPU would have to wait for it."""
        if self.limit is None or y.device.type != "cpu":
            return self.limit is not None
        least, most = torch.aminmax(y.permute(0, 2, 3, 1))
        return max(-float(least), float(most)) >= self.limit


def entry(tensors, name: str, clamp: float | None, place) -> Rectified:
    """Return what makes features of a picture's three colours."""
    return Rectified(tensors, name, 0, 1, 1.0, clamp, place)


@dataclass
class Kept:
    """One block's inner activations; `second` is None where the forward stopped at conv0.

    A fused block keeps the convolutions' own numbers, conv0's as `raw`; `first` where it is shown.
    """

    block: "Block"
    first: torch.Tensor | None
    second: torch.Tensor | None
    raw: torch.Tensor | None = None


class Block:
    """Two convolutions that halve the picture, and in a residual network a way around them."""

    def __init__(self, tensors: Mapping[str, torch.Tensor], r: int, clamp: float | None, place):
        self.r, skip = r, tensors.get(f"b{r}.skip.weight")
        gain, channels = 1.0 if skip is None else 0.5**0.5, tensors[f"b{r}.conv0.weight"].shape[1]
        self.conv0 = Rectified(tensors, f"b{r}.conv0", 1, 1, 1.0, clamp, place)
        self.conv1 = Rectified(tensors, f"b{r}.conv1", 0, 2, gain, clamp, place)
        self.blur = LowPass(channels, 2, 1, **place)
        self.skip = (
            skip if skip is None else Convolution(scaled(skip, gain), None, 0, 1, None, **place)
        )
        self.halve = LowPass(channels, 1, 2, **place)

    def forward(self, x: torch.Tensor, stop: bool, shown: bool) -> tuple[torch.Tensor | None, Kept]:
        """Return the block's output (None if it stops at conv0) and what backward needs.

        `shown`: whether conv0's features are looked at.
        """
        first = self.conv0(x)
        if stop:
            return None, Kept(self, first, None)
        second = self.conv1(self.blur(first))
        around = self.skip and self.skip(self.halve(x))
        return second if around is None else around.add_(second), Kept(self, first, second)

    def backward(self, kept: Kept, gradient, at_first) -> tuple[torch.Tensor]:
        """Return the gradient at the block's input from those at its output and at conv0."""
        inner, outer, size = at_first, None, kept.first.shape[2:]
        if gradient is not None:
            g = self.conv1.back(gradient, kept.second, self.blur.size(kept.first))
            g = self.blur.back(g, size)
            inner = g if inner is None else g.add_(inner)
            outer = self.skip and self.halve.back(self.skip.back(gradient), size)
        g = self.conv0.back(inner, kept.first)
        return (g if outer is None else g.add_(outer),)
