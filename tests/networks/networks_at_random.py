"""Discriminators with random weights, in every shape that the family has."""

from pathlib import Path

import torch

from engine.networks.layers import NetworkFile


def discriminator(
    architecture="resnet",
    resolution=32,
    base=128,
    most=8,
    deviations=1,
    classes=0,
    styles=0,
    depth=8,
    clamp=None,
    seed=0,
    **notes,
) -> NetworkFile:
    """Return a discriminator in float64; b4's channels are those of the class's vector."""
    generator = torch.Generator().manual_seed(seed)
    tensors: dict[str, torch.Tensor] = {}

    def add(name, *shape, bias=True):
        kind = {"generator": generator, "dtype": torch.float64}
        tensors[f"{name}.weight"] = torch.randn(shape, **kind)
        if bias:
            tensors[f"{name}.bias"] = torch.randn(shape[:1], **kind) * 0.3

    r, c = resolution, min(base // resolution, most)
    while r >= 4:
        if r == resolution or architecture == "skip":
            add(f"b{r}.fromrgb", c, 3, 1, 1)
        if r > 4:
            n = min(base // (r // 2), most)
            add(f"b{r}.conv0", c, c, 3, 3)
            add(f"b{r}.conv1", n, c, 3, 3)
            if architecture == "resnet":
                add(f"b{r}.skip", n, c, 1, 1, bias=False)
            c = n
        r //= 2
    add("b4.conv", c, c + deviations, 3, 3)
    add("b4.fc", c, 16 * c)
    add("b4.out", c if classes else 1, c)
    if styles:
        add("b4.style", styles, c)
    if classes:
        add("mapping.embed", c, classes)
        for i in range(depth):
            add(f"mapping.fc{i}", c, c)
            for part in ("weight", "bias"):  # as stored under a learning rate of a hundredth
                tensors[f"mapping.fc{i}.{part}"] *= 100
    if clamp is not None:
        notes["conv_clamp"] = str(clamp)
    return NetworkFile(Path("random.safetensors"), "discriminator", tensors, notes)
