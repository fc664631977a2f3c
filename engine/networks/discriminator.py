"""The StyleGAN2 discriminator, forward to any layers and back to the picture, without autograd.

In: a picture (1, 3, h, w) in [-1, 1], and later the gradient at each layer asked for.
Out: the layers' features, and the gradient at the picture. Dream thread; no state but weights.
Nothing past the deepest layer asked for is computed. Layers: Karras et al. 2020 (resnet
discriminator), named as in Porres 2021: from_rgb, b{r}_conv0, b{r}_conv1, b4_conv, fc, out.
The backward by hand reuses the forward's buffers and needs no graph: 1.5 to 1.8 times autograd's
speed on a CPU (benchmarks/dream.py).
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F

from engine.networks.convolution import Convolution, LowPass
from engine.networks.layers import NetworkFile, check, layer_shapes, resolutions

SLOPE = 0.2  # of the leaky rectifier
CLOSE = 1e-4  # minibatch deviation of a single picture: sqrt(1e-8)


@dataclass
class Tape:
    """What the forward leaves for the backward."""

    layers: frozenset[str]
    first: torch.Tensor
    blocks: list["Kept"] = field(default_factory=list)
    tail: torch.Tensor | None = None
    tail_features: dict[str, torch.Tensor] = field(default_factory=dict)


@dataclass
class Kept:
    """One block's inner activations; `second` is None where the forward stopped at conv0."""

    block: "Block"
    first: torch.Tensor
    second: torch.Tensor | None


def rectify_back(gradient: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
    """Return the gradient before a leaky rectifier, from its output."""
    return torch.ops.aten.leaky_relu_backward(gradient, output, SLOPE, True)


class Block:
    """A residual block that halves the picture; all gains are folded into its weights."""

    def __init__(self, tensors: Mapping[str, torch.Tensor], r: int, place: dict):
        conv0, conv1, skip = (tensors[f"b{r}.{n}.weight"] for n in ("conv0", "conv1", "skip"))
        bias0, bias1 = (tensors[f"b{r}.{n}.bias"] for n in ("conv0", "conv1"))
        channels = conv0.shape[1]
        self.r = r
        # The second rectifier's gain, sqrt(2), and the residual's, sqrt(1/2), cancel.
        self.conv0 = Convolution(_scaled(conv0, 2**0.5), bias0 * 2**0.5, 1, 1, SLOPE, **place)
        self.conv1 = Convolution(_scaled(conv1), bias1, 0, 2, SLOPE, **place)
        self.skip = Convolution(_scaled(skip, 0.5**0.5), None, 0, 1, None, **place)
        self.blur = LowPass(channels, 2, 1, **place)
        self.halve = LowPass(channels, 1, 2, **place)

    def forward(self, x: torch.Tensor, stop: bool) -> tuple[torch.Tensor | None, Kept]:
        """Return the block's output (None if it stops at conv0) and what backward needs."""
        first = self.conv0(x)
        if stop:
            return None, Kept(self, first, None)
        second = self.conv1(self.blur(first))
        return self.skip(self.halve(x)) + second, Kept(self, first, second)

    def backward(self, kept: Kept, gradient, at_first) -> torch.Tensor:
        """Return the gradient at the block's input from those at its output and at conv0."""
        inner, outer = at_first, None
        if gradient is not None:
            g = self.conv1.back(rectify_back(gradient, kept.second), self.blur.size(kept.first))
            g = self.blur.back(g, kept.first.shape[2:])
            inner = g if inner is None else g.add_(inner)
            outer = self.halve.back(self.skip.back(gradient), kept.first.shape[2:])
        g = self.conv0.back(rectify_back(inner, kept.first))
        return g if outer is None else g.add_(outer)


class Discriminator:
    """A discriminator ready to dream: `forward` to layers, `backward` to the picture."""

    def __init__(
        self,
        network: NetworkFile,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ):
        check(network, "discriminator")
        blocks = resolutions(network.tensors)
        place = {"device": torch.device(device), "dtype": dtype}
        self.device, self.dtype, self.name = place["device"], dtype, network.path.stem
        self.shapes = layer_shapes(network.tensors)
        t = network.tensors
        from_rgb = t[f"b{blocks[0]}.fromrgb.weight"]
        self.from_rgb = Convolution(
            _scaled(from_rgb, 2**0.5),
            t[f"b{blocks[0]}.fromrgb.bias"] * 2**0.5,
            0,
            1,
            SLOPE,
            **place,
        )
        self.blocks = [Block(t, r, place) for r in blocks[:-1]]
        self.tail = {n: v.to(**place) for n, v in _tail(t).items()}

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of all layers, from the picture down."""
        return tuple(self.shapes)

    def stride(self, layers: Iterable[str]) -> int:
        """Return how many pixels of the picture one step at the deepest of these layers spans."""
        top = self.blocks[0].r
        return max((math.ceil(top / self.shapes[n][1]) if len(self.shapes[n]) > 1 else top // 4)
                   for n in layers)  # fmt: skip

    def forward(self, x: torch.Tensor, layers: Iterable[str]) -> tuple[dict, Tape]:
        """Return {layer: features} and the tape; `x` (1, 3, h, w), any h, w >= stride(layers)."""
        layers = frozenset(layers)
        x = x.to(self.dtype).contiguous(memory_format=torch.channels_last)
        x = self.from_rgb(x)
        tape = Tape(layers, x)
        features = {"from_rgb": x}
        for block in self.blocks:
            if layers <= features.keys():
                break
            stop = layers <= {*features, f"b{block.r}_conv0"}
            x, kept = block.forward(x, stop)
            features |= {f"b{block.r}_conv0": kept.first, f"b{block.r}_conv1": x}
            tape.blocks.append(kept)
        if not layers <= features.keys():
            features |= self._tail_forward(x, tape)
        return {name: features[name] for name in layers}, tape

    def backward(self, tape: Tape, gradients: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """Return the gradient at the picture, float32, from the gradients at the layers."""
        g = self._tail_backward(tape, gradients)
        for kept in reversed(tape.blocks):
            r = kept.block.r
            g = _sum(g, gradients.get(f"b{r}_conv1")) if kept.second is not None else None
            if g is None and f"b{r}_conv0" not in gradients:
                continue
            g = kept.block.backward(kept, g, gradients.get(f"b{r}_conv0"))
        g = _sum(g, gradients.get("from_rgb"))
        return self.from_rgb.back(rectify_back(g, tape.first)).float()

    def _tail_forward(self, x: torch.Tensor, tape: Tape) -> dict[str, torch.Tensor]:
        """b4_conv, fc and out: tiny, so autograd carries them back; pooled to 4 x 4 (any size)."""
        tape.tail = x.detach().requires_grad_(True)
        t, gain = self.tail, 2**0.5
        with torch.enable_grad():
            y = torch.cat([tape.tail, tape.tail.new_full((1, 1, *x.shape[2:]), CLOSE)], 1)
            conv = F.leaky_relu(F.conv2d(y, t["conv"], t["conv_bias"], padding=1), SLOPE) * gain
            y = F.adaptive_avg_pool2d(conv, 4).flatten(1)
            fc = F.leaky_relu(F.linear(y, t["fc"], t["fc_bias"]), SLOPE) * gain
            out = F.linear(fc, t["out"], t["out_bias"])
        tape.tail_features = {"b4_conv": conv, "fc": fc, "out": out}
        return {name: value.detach() for name, value in tape.tail_features.items()}

    def _tail_backward(self, tape: Tape, gradients: Mapping) -> torch.Tensor | None:
        names = [name for name in tape.tail_features if name in gradients]
        if not names:
            return None
        (g,) = torch.autograd.grad(
            [tape.tail_features[n] for n in names], tape.tail, [gradients[n] for n in names]
        )
        return g.contiguous(memory_format=torch.channels_last)


def _sum(a: torch.Tensor | None, b: torch.Tensor | None) -> torch.Tensor | None:
    if a is None or b is None:
        return b if a is None else a
    return a + b


def _scaled(weight: torch.Tensor, gain: float = 1.0) -> torch.Tensor:
    """Return the weight with its equalised-learning-rate gain, 1/sqrt(fan in), times `gain`."""
    return weight * (gain / math.sqrt(weight[0].numel()))


def _tail(t: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    tail = {n: _scaled(t[f"b4.{n}.weight"]) for n in ("conv", "fc", "out")}
    return tail | {f"{n}_bias": t[f"b4.{n}.bias"] for n in ("conv", "fc", "out")}
