"""The StyleGAN2 generator (skip architecture): from a latent to a picture.

In: z on the sphere, truncation. Out: a picture (1, 3, r, r) in about [-1, 1]. Latent thread.
Karras et al. 2020, with modulation on the activations; stored noise, so the same z is the same
picture.
"""

import math

import torch
import torch.nn.functional as F

from engine.networks.layers import NetworkFile, check, resolutions

GAIN = 2**0.5
SLOPE = 0.2
RATE = 0.01  # learning-rate multiplier of the mapping network
EPS = 1e-8


class Generator:
    """A generator ready to draw; `z_dim` numbers make one picture."""

    def __init__(self, network: NetworkFile, device: torch.device | str = "cpu"):
        check(network, "generator")
        self.blocks = resolutions(network.tensors, "synthesis.")[::-1]
        self.device = torch.device(device)
        self.t = {name: tensor.to(self.device) for name, tensor in network.tensors.items()}
        self.z_dim = self.t["mapping.fc0.weight"].shape[1]
        self.depth = sum(f"mapping.fc{i}.weight" in self.t for i in range(16))
        taps = torch.tensor([1.0, 3.0, 3.0, 1.0], device=self.device)
        self.kernel = taps[:, None] * taps / 16  # sum 4: upsampling fills in three zeros of four

    def map(self, z: torch.Tensor, psi: float = 1.0) -> torch.Tensor:
        """Return w (1, w_dim) of z (1, z_dim), truncated towards the average by `psi`."""
        w = z * torch.rsqrt(z.square().mean(1, keepdim=True) + EPS)
        for i in range(self.depth):
            weight = self.t[f"mapping.fc{i}.weight"] * (RATE / math.sqrt(w.shape[1]))
            w = F.leaky_relu(F.linear(w, weight, self.t[f"mapping.fc{i}.bias"] * RATE), SLOPE)
            w = w * GAIN
        average = self.t["mapping.w_avg"]
        return average + psi * (w - average)

    def draw(self, w: torch.Tensor) -> torch.Tensor:
        """Return the picture of w."""
        x, picture = self.t["synthesis.b4.const"][None], None
        for r in self.blocks:
            if r > 4:
                x = self._layer(x, w, f"synthesis.b{r}.conv0", up=True)
            x = self._layer(x, w, f"synthesis.b{r}.conv1")
            colours = self._to_rgb(x, w, f"synthesis.b{r}.torgb")
            picture = colours if picture is None else colours + self._double(picture)
        return picture

    def _style(self, w: torch.Tensor, name: str) -> torch.Tensor:
        weight = self.t[f"{name}.affine.weight"] / math.sqrt(w.shape[1])
        return F.linear(w, weight, self.t[f"{name}.affine.bias"])[:, :, None, None]

    def _layer(self, x, w, name, up=False) -> torch.Tensor:
        weight, style = self.t[f"{name}.weight"], self._style(w, name)
        norms = (weight.square().sum([2, 3]) * style[0, :, 0, 0].square()).sum(1)
        x = x * style
        if up:
            y = self._blur(F.conv_transpose2d(x, weight.transpose(0, 1), stride=2), 1)
        else:
            y = F.conv2d(x, weight, padding=1)
        y = y * torch.rsqrt(norms + EPS)[:, None, None]
        y = y + self.t[f"{name}.noise_const"] * self.t[f"{name}.noise_strength"]
        return F.leaky_relu(y + self.t[f"{name}.bias"][:, None, None], SLOPE) * GAIN

    def _to_rgb(self, x, w, name) -> torch.Tensor:
        weight = self.t[f"{name}.weight"]
        style = self._style(w, name) / math.sqrt(weight.shape[1])
        return F.conv2d(x * style, weight, self.t[f"{name}.bias"])

    def _blur(self, x: torch.Tensor, padding: int) -> torch.Tensor:
        kernel = self.kernel.expand(x.shape[1], 1, 4, 4)
        return F.conv2d(x, kernel, padding=padding, groups=x.shape[1])

    def _double(self, picture: torch.Tensor) -> torch.Tensor:
        """Return the picture upsampled by two with the [1, 3, 3, 1] filter."""
        kernel = self.kernel.expand(3, 1, 4, 4)
        return F.conv_transpose2d(picture, kernel, stride=2, padding=1, groups=3)
