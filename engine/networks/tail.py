"""The end of a discriminator: b4_conv, fc, and its heads: out (real or not), style.

In: the features after the last block (1, c, h, w), a label. Out: the layers asked for, and the
gradient back. Dream thread. Pictures of any size are pooled to 4 x 4 before fc.
Karras et al. 2020; the style head is that of a Creative Adversarial Network (Elgammal et al. 2017).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from engine.networks.blocks import GAIN, SLOPE, Rectified, rectify_back, scaled
from engine.networks.layers import NetworkFile, is_conditional
from engine.networks.mapping_network import Label, MappingNetwork, label_weights

CLOSE = 1e-4  # minibatch deviation of a single picture: sqrt(1e-8)
LAYERS = ("b4_conv", "fc", "out", "style")


@dataclass
class KeptTail:
    """The tail's activations, and the heads as they were used; what was not asked for is None."""

    conv: torch.Tensor
    fc: torch.Tensor | None
    heads: dict[str, torch.Tensor]


class Tail:
    """b4_conv, fc and the heads."""

    def __init__(self, network: NetworkFile, clamp: float | None, place: dict):
        t = network.tensors
        self.channels, inputs = t["b4.conv.weight"].shape[:2]
        self.deviations = inputs - self.channels  # minibatch features, alike for a single picture
        self.conv = Rectified(t, "b4.conv", 1, 1, 1.0, clamp, place)
        self.fc = scaled(t["b4.fc.weight"], GAIN).to(**place), (t["b4.fc.bias"] * GAIN).to(**place)
        self.heads = {
            name: (scaled(t[f"b4.{name}.weight"]).to(**place), t[f"b4.{name}.bias"].to(**place))
            for name in ("out", "style")
            if f"b4.{name}.weight" in t
        }
        self.mapping = MappingNetwork(network, **place) if is_conditional(t) else None
        rows = len(t["b4.out.weight"])
        self.classes = self.mapping.classes if self.mapping else rows if rows > 1 else 0

    def forward(self, x: torch.Tensor, layers, label: Label) -> tuple[dict, KeptTail]:
        """Return {layer: features} of those of `layers` that are here, and what backward needs."""
        y = x.new_full((len(x), self.deviations, *x.shape[2:]), CLOSE)
        conv = self.conv(torch.cat([x, y], 1).contiguous(memory_format=torch.channels_last))
        features, kept = {"b4_conv": conv}, KeptTail(conv, None, {})
        if not layers.isdisjoint(("fc", "out", "style")):
            y = F.adaptive_avg_pool2d(conv, 4).flatten(1)
            kept.fc = features["fc"] = F.leaky_relu(F.linear(y, *self.fc), SLOPE)
        for name in layers & self.heads.keys():
            weight, bias = self._out(label) if name == "out" else self.heads[name]
            kept.heads[name], features[name] = weight, F.linear(kept.fc, weight, bias)
        return features, kept

    def backward(self, kept: KeptTail, gradients: Mapping[str, torch.Tensor]):
        """Return the gradient at the tail's input, or None where none of its layers has one."""
        g = gradients.get("fc")
        for name in kept.heads.keys() & gradients.keys():
            below = gradients[name] @ kept.heads[name]
            g = below if g is None else g + below
        if g is not None:
            g = rectify_back(g, kept.fc) @ self.fc[0]
            g = torch.ops.aten._adaptive_avg_pool2d_backward(g.view(len(g), -1, 4, 4), kept.conv)
        if "b4_conv" in gradients:
            g = gradients["b4_conv"] if g is None else g + gradients["b4_conv"]
        return None if g is None else self.conv.back(g, kept.conv)[:, : self.channels]

    def _out(self, label: Label) -> tuple[torch.Tensor, torch.Tensor]:
        """Return weight (1, c) and bias of the score: projected on the class if there are any."""
        weight, bias = self.heads["out"]
        if not self.classes:
            return weight, bias
        if self.mapping:
            by = self.mapping(label=label) / math.sqrt(len(weight))
        else:  # one score a class, as StyleGAN2 without augmentation had it
            by = label_weights(label, self.classes, weight)
        return by @ weight, by @ bias
