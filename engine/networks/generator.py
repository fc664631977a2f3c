"""The StyleGAN2 generator: from a latent, and a class if it is conditional, to a picture.

In: z on the sphere, truncation, a label. Out: a picture (1, 3, r, r) in about [-1, 1]. Latent
thread. Karras et al. 2020 in its architectures skip, resnet and orig, with modulation on the
activations; stored noise, so the same z is the same picture.
"""

import math

import torch
import torch.nn.functional as F

from engine.networks.blocks import GAIN, SLOPE, scaled
from engine.networks.layers import NetworkFile, check, clamp, resolutions
from engine.networks.mapping_network import EPS, Label, MappingNetwork


class Generator:
    """A generator ready to draw; `z_dim` numbers make one picture, of one of `classes` if any."""

    def __init__(self, network: NetworkFile, device: torch.device | str = "cpu"):
        check(network, "generator")
        self.blocks = resolutions(network.tensors, "synthesis.")[::-1]
        self.device, self.limit = torch.device(device), clamp(network)
        self.t = {name: tensor.to(self.device) for name, tensor in network.tensors.items()}
        self.mapping = MappingNetwork(network, self.device, self.t["mapping.w_avg"].dtype)
        self.z_dim, self.classes = self.mapping.z_dim, self.mapping.classes
        taps = self.t["mapping.w_avg"].new_tensor([1.0, 3.0, 3.0, 1.0])
        self.kernel = taps[:, None] * taps / 16  # sum 4: upsampling fills in three zeros of four

    def map(self, z: torch.Tensor, psi: float = 1.0, label: Label = None) -> torch.Tensor:
        """Return w (1, w_dim) of z (1, z_dim), truncated towards the average by `psi`.

        `label` is the class, as mapping_network.label_weights reads it.
        """
        average = self.t["mapping.w_avg"]
        return average + psi * (self.mapping(z, label) - average)

    def draw(self, w: torch.Tensor) -> torch.Tensor:
        """Return the picture of w."""
        x, picture = self.t["synthesis.b4.const"][None], None
        for r in self.blocks:
            name = f"synthesis.b{r}"
            around = self._around(x, name) if f"{name}.skip.weight" in self.t else None
            if r > 4:
                x = self._layer(x, w, f"{name}.conv0", up=True)
            x = self._layer(x, w, f"{name}.conv1", gain=1.0 if around is None else 0.5**0.5)
            x = x if around is None else x + around
            if f"{name}.torgb.weight" in self.t:
                colours = self._to_rgb(x, w, f"{name}.torgb")
                picture = colours if picture is None else colours + self._double(picture)
        return picture

    def _style(self, w: torch.Tensor, name: str) -> torch.Tensor:
        weight = scaled(self.t[f"{name}.affine.weight"])
        return F.linear(w, weight, self.t[f"{name}.affine.bias"])[:, :, None, None]

    def _layer(self, x, w, name, up=False, gain=1.0) -> torch.Tensor:
        weight, style = self.t[f"{name}.weight"], self._style(w, name)
        norms = (weight.square().sum([2, 3]) * style[0, :, 0, 0].square()).sum(1)
        x = x * style
        if up:
            y = self._blur(F.conv_transpose2d(x, weight.transpose(0, 1), stride=2), 1)
        else:
            y = F.conv2d(x, weight, padding=1)
        y = y * torch.rsqrt(norms + EPS)[:, None, None]
        if f"{name}.noise_const" in self.t:
            y = y + self.t[f"{name}.noise_const"] * self.t[f"{name}.noise_strength"]
        y = F.leaky_relu(y + self.t[f"{name}.bias"][:, None, None], SLOPE) * (GAIN * gain)
        return self._clamped(y, gain)

    def _to_rgb(self, x, w, name) -> torch.Tensor:
        weight = self.t[f"{name}.weight"]
        style = self._style(w, name) / math.sqrt(weight.shape[1])
        return self._clamped(F.conv2d(x * style, weight, self.t[f"{name}.bias"]))

    def _clamped(self, x: torch.Tensor, gain: float = 1.0) -> torch.Tensor:
        return x if self.limit is None else x.clamp_(-self.limit * gain, self.limit * gain)

    def _around(self, x: torch.Tensor, name: str) -> torch.Tensor:
        """Return the residual network's way around a block, at twice the size."""
        return self._double(F.conv2d(x, scaled(self.t[f"{name}.skip.weight"], 0.5**0.5)))

    def _blur(self, x: torch.Tensor, padding: int) -> torch.Tensor:
        kernel = self.kernel.expand(x.shape[1], 1, 4, 4)
        return F.conv2d(x, kernel, padding=padding, groups=x.shape[1])

    def _double(self, x: torch.Tensor) -> torch.Tensor:
        """Return `x` upsampled by two with the [1, 3, 3, 1] filter."""
        kernel = self.kernel.expand(x.shape[1], 1, 4, 4)
        return F.conv_transpose2d(x, kernel, stride=2, padding=1, groups=x.shape[1])
