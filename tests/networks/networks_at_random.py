"""Discriminators with random weights, in every shape that the family has, beside the reference."""

from pathlib import Path

import torch

from benchmarks.plain import PlainDiscriminator
from engine.networks.discriminator import Discriminator
from engine.networks.layers import NetworkFile, verify

DOUBLE = torch.float64


def discriminator(
    architecture="resnet",
    resolution=32,
    base=128,
    most=8,
    deviations=1,
    classes=0,
    scores=1,
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
    add("b4.out", c if classes else scores, c)
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


def pair(dtype=DOUBLE, **shape) -> tuple[Discriminator, PlainDiscriminator]:
    """Return a random network as it dreams, and as the plain reference in double precision."""
    network = discriminator(**shape)
    verify(network)
    return Discriminator(network, "cpu", dtype), PlainDiscriminator(network, dtype=DOUBLE)


def picture(h=37, w=45, seed=0) -> torch.Tensor:
    """Return noise (1, 3, h, w) in double precision."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, 3, h, w, generator=generator, dtype=DOUBLE) * 0.5


def difference(ours, theirs, x, names, label=None) -> float:
    """Return the largest relative error of these layers and of the gradient at the picture."""
    features, tape = ours.forward(x, names, label)
    generator = torch.Generator().manual_seed(1)
    kind = {"generator": generator, "dtype": DOUBLE}
    seeds = {n: torch.randn(f.shape, **kind) for n, f in sorted(features.items())}
    gradient = ours.backward(tape, {n: s.to(ours.dtype) for n, s in seeds.items()})
    x = x.clone().requires_grad_(True)
    wanted = theirs.features(x, names)
    (expected,) = torch.autograd.grad(sum((wanted[n] * s).sum() for n, s in seeds.items()), x)
    pairs = [(features[n], wanted[n].detach()) for n in features] + [(gradient, expected)]
    assert all(a.shape == b.shape for a, b in pairs)
    return max(float((a - b).norm() / (b.norm() + 1e-12)) for a, b in pairs)
