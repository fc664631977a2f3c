"""The plain loop: the same networks and the same dream written as anyone would, with autograd.

In: a network's file (engine/networks/files.py), a picture (1, 3, h, w). Out: any layer's features,
the gradient at the picture, a dreamed or generated picture. No thread, no state but weights.
The reference that the tests hold the engine against, and what the benchmark times it against;
written from the papers' arithmetic alone, in any precision, and sharing none of the engine's maths.
Karras et al. 2020 (networks), Mordvintsev et al. 2015 (octaves).
"""

import math
from collections.abc import Iterator, Mapping

import torch
import torch.nn.functional as F

from engine.networks.layers import NetworkFile

TAPS = torch.tensor([1.0, 3.0, 3.0, 1.0])


def activate(x: torch.Tensor, gain: float = 1.0) -> torch.Tensor:
    """Return the leaky rectifier of `x` (slope 0.2) times sqrt(2) and `gain`."""
    return F.leaky_relu(x, 0.2) * (math.sqrt(2) * gain)


def unit(x: torch.Tensor) -> torch.Tensor:
    """Return `x` (1, n) with a mean square of 1."""
    return x / (x.square().mean(1, keepdim=True) + 1e-8).sqrt()


def low_pass(x: torch.Tensor, padding: int, gain: float = 1.0, stride: int = 1) -> torch.Tensor:
    """Return `x` under the [1, 3, 3, 1] filter of sum `gain`, zeros beyond the edge.

    Shifted copies are added up: the fastest of the plain ways on a processor.
    """
    x = F.pad(x, (padding,) * 4)
    for axis in (2, 3):
        reach = x.shape[axis] - 3
        x = sum(
            _every(x, axis, k, k + reach, stride) * (tap * math.sqrt(gain) / 8)
            for k, tap in enumerate(TAPS.tolist())
        )
    return x


def _every(x: torch.Tensor, axis: int, begin: int, end: int, stride: int) -> torch.Tensor:
    return x[:, :, begin:end:stride] if axis == 2 else x[:, :, :, begin:end:stride]


class Plain:
    """A network's tensors with their equalised-learning-rate gain, in one precision."""

    def __init__(self, network: NetworkFile, device="cpu", dtype: torch.dtype = torch.float32):
        self.device, self.dtype = device, dtype
        self.tensors = {name: t.to(device, dtype) for name, t in network.tensors.items()}
        self.clamp = float(network.notes.get("conv_clamp", "inf").replace("none", "inf"))
        self.rate = float(network.notes.get("mapping_lr_multiplier", "0.01"))
        self.prefix = "synthesis." if network.kind == "generator" else ""
        names = (n.removeprefix(self.prefix).split(".")[0] for n in self.tensors)
        self.blocks = sorted({int(n[1:]) for n in names if n[1:].isdigit()}, reverse=True)

    def weight(self, name: str, rate: float = 1.0) -> torch.Tensor:
        """Return the weight as it is used: 1/sqrt(fan in) of the stored one, times `rate`."""
        stored = self.tensors[f"{name}.weight"]
        return stored * (rate / math.sqrt(stored[0].numel()))

    def bias(self, name: str) -> torch.Tensor:
        """Return the stored bias."""
        return self.tensors[f"{name}.bias"]


class PlainDiscriminator(Plain):
    """The discriminator, layer by layer, in each of its architectures; `label` weighs classes."""

    label: torch.Tensor | None = None  # (1, classes)

    def __init__(self, network: NetworkFile, device="cpu", dtype: torch.dtype = torch.float32):
        super().__init__(network, device, dtype)
        names = [n.removesuffix(".weight") for n in self.tensors if n.endswith(".weight")]
        self.scaled = {name: self.weight(name) for name in names}

    def convolve(self, x, name: str, gain: float = 1.0, **how):
        """Return the activated convolution of `x` times `gain`, clamped if the network clamps."""
        x = activate(F.conv2d(x, self.scaled[name], self.bias(name), **how), gain)
        limit = math.inf if name == "b4.fromrgb" else self.clamp * gain
        return x if math.isinf(limit) else x.clamp(-limit, limit)

    def layers(self, x: torch.Tensor) -> Iterator[tuple[str, torch.Tensor]]:
        """Yield (name, features) from the picture down; stop asking and nothing more is done."""
        image, x = x, self.convolve(x, f"b{self.blocks[0]}.fromrgb")
        yield "from_rgb", x
        for name in [f"b{r}" for r in self.blocks if r > 4]:
            x, image = self._enter(x, image, name)
            y = self.convolve(x, f"{name}.conv0", padding=1)
            yield f"{name}_conv0", y
            residual = f"{name}.skip" in self.scaled
            gain = math.sqrt(0.5) if residual else 1.0
            y = self.convolve(low_pass(y, 2), f"{name}.conv1", gain, stride=2)
            if residual:
                y = y + F.conv2d(low_pass(x, 1)[:, :, ::2, ::2], self.scaled[f"{name}.skip"]) * gain
            x = y
            yield f"{name}_conv1", x
        yield from self._tail(*self._enter(x, image, "b4")[:1])

    def _enter(self, x, image, name: str):
        """Add the picture at half its size, where this block has colours of its own."""
        if name == f"b{self.blocks[0]}" or f"{name}.fromrgb" not in self.scaled:
            return x, image
        image = low_pass(image, 1)[:, :, ::2, ::2]
        return x + self.convolve(image, f"{name}.fromrgb"), image

    def _tail(self, x: torch.Tensor) -> Iterator[tuple[str, torch.Tensor]]:
        w, b = self.scaled, self.bias
        x = self.convolve(torch.cat([x, self._deviation(x)], 1), "b4.conv", padding=1)
        yield "b4_conv", x
        x = F.adaptive_avg_pool2d(x, 4).flatten(1)
        x = activate(F.linear(x, w["b4.fc"], b("b4.fc")))
        yield "fc", x
        yield "out", self._project(F.linear(x, w["b4.out"], b("b4.out")))
        if "b4.style" in w:
            yield "style", F.linear(x, w["b4.style"], b("b4.style"))

    def _deviation(self, x: torch.Tensor) -> torch.Tensor:
        """Return the minibatch deviation's channels, the pictures of `x` being one group."""
        n, c, h, w = x.shape
        features = self.scaled["b4.conv"].shape[1] - c
        if features == 0:
            return x[:, :0]
        variance = x.reshape(n, features, -1, h, w).var(0, unbiased=False)
        return (variance + 1e-8).sqrt().mean((1, 2, 3)).view(1, -1, 1, 1).expand(n, -1, h, w)

    def _project(self, scores: torch.Tensor) -> torch.Tensor:
        """Return the score of the class: by its mapped label, or by the label alone."""
        if "mapping.embed" not in self.scaled:
            return scores if self.label is None else (scores * self.label).sum(1, keepdim=True)
        x = unit(F.linear(self.label, self.scaled["mapping.embed"], self.bias("mapping.embed")))
        for name in [f"mapping.fc{i}" for i in range(99) if f"mapping.fc{i}" in self.scaled]:
            x = activate(F.linear(x, self.scaled[name] * self.rate, self.bias(name) * self.rate))
        return (scores * x).sum(1, keepdim=True) / math.sqrt(x.shape[1])

    def features(self, x: torch.Tensor, wanted) -> dict[str, torch.Tensor]:
        """Return {layer: features} of the layers `wanted`, computing none below the deepest."""
        found, wanted = {}, set(wanted)
        for name, features in self.layers(x):
            if name in wanted:
                found[name] = features
            if len(found) == len(wanted):
                break
        return found


def objective(features: torch.Tensor, vector: torch.Tensor) -> torch.Tensor:
    """Return the mean over places of log(energy + a thousandth of its mean, held constant)."""
    shape = (1, -1) + (1,) * (features.dim() - 2)
    energy = (features * vector.view(shape)).square().sum(1)
    return (energy + energy.mean().detach() / 1000).log().mean()


def gradient(
    network: PlainDiscriminator,
    x: torch.Tensor,
    weights: Mapping[str, float],
    vectors: Mapping[str, torch.Tensor],
) -> torch.Tensor:
    """Return d (sum of weight * objective) / d picture, by autograd."""
    x = x.detach().requires_grad_(True)
    with torch.enable_grad():
        features = network.features(x, weights)
        total = sum(weights[n] * objective(f, vectors[n]) for n, f in features.items())
    return torch.autograd.grad(total, x)[0]


def dream(network, x, weights, vectors, sizes, step: float) -> torch.Tensor:
    """Return `x` dreamed once in each octave of `sizes` (full size first), mean change `step`."""
    bases = [F.interpolate(x, size, mode="bilinear", align_corners=False) for size in sizes]
    detail = torch.zeros_like(bases[-1])
    for base in reversed(bases):
        detail = F.interpolate(detail, base.shape[2:], mode="bilinear", align_corners=False)
        g = gradient(network, base + detail, weights, vectors)
        detail = detail + step * g / g.abs().mean()
    return x + detail


class PlainGenerator(Plain):
    """The generator in each architecture, weights modulated and demodulated as in the paper."""

    label: torch.Tensor | None = None  # (1, classes)

    def map(self, z: torch.Tensor, psi: float = 1.0) -> torch.Tensor:
        """Return w of z (1, d), pulled towards the average w by `psi`."""
        w = unit(z)
        if self.label is not None:
            embedded = F.linear(
                self.label, self.weight("mapping.embed"), self.bias("mapping.embed")
            )
            w = torch.cat([w, unit(embedded)], 1)
        for name in [
            f"mapping.fc{i}" for i in range(99) if f"mapping.fc{i}.weight" in self.tensors
        ]:
            w = activate(F.linear(w, self.weight(name, self.rate), self.bias(name) * self.rate))
        average = self.tensors["mapping.w_avg"]
        return average + psi * (w - average)

    def draw(self, w: torch.Tensor) -> torch.Tensor:
        """Return the picture of w (1, 3, r, r)."""
        x, picture = self.tensors["synthesis.b4.const"][None], 0
        for r in reversed(self.blocks):
            name, before = f"synthesis.b{r}", x
            residual = f"{name}.skip.weight" in self.tensors
            if r > 4:
                x = self._convolve(x, w, f"{name}.conv0", up=True)
            x = self._convolve(
                x, w, f"{name}.conv1", up=False, gain=math.sqrt(0.5) if residual else 1
            )
            if residual:
                x = x + double(F.conv2d(before, self.weight(f"{name}.skip"))) * math.sqrt(0.5)
            if f"{name}.torgb.weight" in self.tensors:
                picture = 0 if isinstance(picture, int) else double(picture)
                picture = picture + self._colours(x, w, f"{name}.torgb")
        return picture

    def _style(self, w: torch.Tensor, name: str) -> torch.Tensor:
        style = F.linear(w, self.weight(f"{name}.affine"), self.bias(f"{name}.affine"))
        return style[0, None, :, None, None]

    def _convolve(self, x, w, name: str, up: bool, gain: float = 1.0) -> torch.Tensor:
        weight = self.tensors[f"{name}.weight"] * self._style(w, name)
        weight = weight / (weight.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
        if up:  # zeros between the pixels, then a true convolution, then the filter
            x = low_pass(F.conv2d(_stuff(x, 2, 1), weight.flip(2, 3)), 1, 4)
        else:
            x = F.conv2d(x, weight, padding=1)
        if f"{name}.noise_const" in self.tensors:
            x = x + self.tensors[f"{name}.noise_const"] * self.tensors[f"{name}.noise_strength"]
        limit = self.clamp * gain
        return activate(x + self.bias(name)[:, None, None], gain).clamp(-limit, limit)

    def _colours(self, x, w, name: str) -> torch.Tensor:
        x = F.conv2d(x, self.weight(name) * self._style(w, name), self.bias(name))
        return x.clamp(-self.clamp, self.clamp)


def double(x: torch.Tensor) -> torch.Tensor:
    """Return `x` at twice the size under the low pass."""
    return low_pass(_stuff(x, 2, 1), 0, 4)


def _stuff(x: torch.Tensor, before: int, after: int) -> torch.Tensor:
    """Return `x` at twice the size, zeros between its pixels and around it."""
    h, w = x.shape[2:]
    y = x.new_zeros(*x.shape[:2], 2 * h, 2 * w)
    y[:, :, ::2, ::2] = x
    return F.pad(y, (before, after, before, after))
