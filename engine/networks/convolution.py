"""Convolutions with their own way back, packed for the processor they run on.

In: activations (1, c, h, w) in channels-last order. Out: the same, forward or back.
On a CPU wide layers go by Winograd's way, others through oneDNN with the rectifier fused and the
weights in its own layout. That depends on the picture's size and on the number of threads: one
packed for another number costs a third more.
"""

import functools
import importlib.util

import torch
import torch.nn.functional as F

from engine.networks import winograd

PACKED = 16  # packed weights that are kept: some picture sizes, one or two thread counts


@functools.cache
def hindrance(device: torch.device) -> str:
    """Return why no fused kernels run there: no card, or nothing to compile them; "" if they do."""
    if device.type != "cuda":
        return "no card"
    if not importlib.util.find_spec("triton"):
        return "Triton is not installed"
    from engine.networks import fused  # there is no Triton elsewhere

    return fused.hindrance(device)


def fuses(device: torch.device) -> bool:
    """Tell whether fused kernels run there."""
    return not hindrance(device)


class Convolution:
    """conv2d + bias + leaky rectifier with fixed weights; `back` is its transpose."""

    def __init__(self, weight, bias, padding, stride, slope, device, dtype):
        last = torch.channels_last
        self.weight = weight.to(device, dtype).contiguous(memory_format=last)
        self.transposed = self.weight.flip(2, 3).transpose(0, 1).contiguous(memory_format=last)
        self.bias = None if bias is None else bias.to(device, dtype)
        self.padding, self.stride, self.slope = padding, stride, slope
        self._packed: dict[tuple, torch.Tensor] = {}
        fast = device.type == "cpu" and dtype == torch.float32
        self._packs = fast and torch.backends.mkldnn.is_available()
        self._wide = fast and padding == stride == 1
        self._wide = self._wide and min(weight.shape[:2]) >= winograd.LEAST_CHANNELS
        self._tiled: dict[bool, torch.Tensor] = {}

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Return the rectified convolution of `x`."""
        if self._tiles_well(x):
            y = winograd.convolve(x, self._transformed(self.weight)).add_(self.bias[:, None, None])
            return F.leaky_relu(y, self.slope, inplace=True)
        if self._packs:
            return self._onednn(x, self.weight, self.bias, self.padding, self.stride, self.slope)
        y = F.conv2d(x, self.weight, self.bias, self.stride, self.padding)
        return y if self.slope is None else F.leaky_relu(y, self.slope, inplace=True)

    def back(self, g: torch.Tensor, size: tuple[int, int] | None = None) -> torch.Tensor:
        """Return the gradient at the input, of spatial `size` where the stride is not 1."""
        if self._tiles_well(g):
            return winograd.convolve(g, self._transformed(self.transposed))
        if self.stride == 1:
            padding = self.weight.shape[-1] - 1 - self.padding
            if self._packs:
                return self._onednn(g, self.transposed, None, padding, 1, None)
            return F.conv2d(g, self.transposed, None, 1, padding)
        k, s = self.weight.shape[-1], self.stride
        extra = [n - (m - 1) * s - k for n, m in zip(size, g.shape[2:], strict=True)]
        return F.conv_transpose2d(g, self.weight, None, s, 0, extra)

    def _tiles_well(self, x: torch.Tensor) -> bool:
        """Tell whether Winograd's way is the faster one for a picture of this size."""
        return self._wide and winograd.tiles(*x.shape[2:]) >= winograd.LEAST_TILES

    def _transformed(self, weight: torch.Tensor) -> torch.Tensor:
        """Return the weight for Winograd's way, made when it is first needed."""
        forth = weight is self.weight
        if forth not in self._tiled:
            self._tiled[forth] = winograd.transform(weight)
        return self._tiled[forth]

    def _onednn(self, x, weight, bias, padding, stride, slope):
        key = (weight is self.weight, torch.get_num_threads(), *x.shape)
        packed = self._packed.get(key)
        if packed is None:
            if len(self._packed) >= PACKED:  # the oldest goes: no other size comes back less soon
                self._packed.pop(next(iter(self._packed)), None)
            packed = self._packed[key] = torch.ops.mkldnn._reorder_convolution_weight(
                weight, [padding] * 2, [stride] * 2, [1, 1], 1, list(x.shape)
            )
        name, numbers = ("none", []) if slope is None else ("leaky_relu", [slope])
        return torch.ops.mkldnn._convolution_pointwise(
            x, packed, bias, [padding] * 2, [stride] * 2, [1, 1], 1, name, numbers, ""
        )


class LowPass:
    """The [1, 3, 3, 1] low pass with zero padding and a stride; `back` is its transpose."""

    def __init__(self, channels, padding, stride, device, dtype):
        taps = torch.tensor([1.0, 3.0, 3.0, 1.0])
        kernel = (taps[:, None] * taps / 64).to(device, dtype)
        self.kernel = kernel.expand(channels, 1, 4, 4).contiguous()
        self.padding, self.stride = padding, stride

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Return `x` filtered, each channel by itself."""
        return F.conv2d(
            x, self.kernel, None, self.stride, self.padding, groups=self.kernel.shape[0]
        )

    def size(self, x: torch.Tensor) -> tuple[int, int]:
        """Return the spatial size of this filter's output for `x`."""
        return tuple((n + 2 * self.padding - 4) // self.stride + 1 for n in x.shape[2:])

    def back(self, g: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
        """Return the gradient at the input of spatial `size`."""
        groups = self.kernel.shape[0]
        if self.stride == 1:  # symmetric taps: the transpose is the filter, padded from outside
            return F.conv2d(g, self.kernel, None, 1, 3 - self.padding, groups=groups)
        shape = zip(size, g.shape[2:], strict=True)
        extra = [n - (m - 1) * self.stride - 4 + 2 * self.padding for n, m in shape]
        return F.conv_transpose2d(
            g, self.kernel, None, self.stride, self.padding, extra, groups=groups
        )
