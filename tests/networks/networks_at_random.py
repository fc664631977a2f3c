"""Networks with random weights, in every shape that the family has, beside the reference."""

from pathlib import Path

import torch

from benchmarks.plain import PlainDiscriminator
from engine.networks.discriminator import Discriminator
from engine.networks.layers import NetworkFile, verify

DOUBLE = torch.float64


class Drawn(dict):
    """Tensors by name, drawn in float64."""

    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)

    def number(self, *shape):
        return torch.randn(shape, generator=self.generator, dtype=DOUBLE)

    def add(self, name, *shape, bias=True, rate=1.0):
        """Draw a layer, as it is stored under a learning rate of `rate`."""
        self[f"{name}.weight"] = self.number(*shape) / rate
        if bias:
            self[f"{name}.bias"] = self.number(*shape[:1]) * (0.3 / rate)


def notes_of(clamp, notes):
    return notes if clamp is None else notes | {"conv_clamp": str(clamp)}


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
    """Return a discriminator; the class's vector is as long as b4's features."""
    t = Drawn(seed)
    r, c = resolution, min(base // resolution, most)
    while r >= 4:
        if r == resolution or architecture == "skip":
            t.add(f"b{r}.fromrgb", c, 3, 1, 1)
        if r > 4:
            n = min(base // (r // 2), most)
            t.add(f"b{r}.conv0", c, c, 3, 3)
            t.add(f"b{r}.conv1", n, c, 3, 3)
            if architecture == "resnet":
                t.add(f"b{r}.skip", n, c, 1, 1, bias=False)
            c = n
        r //= 2
    t.add("b4.conv", c, c + deviations, 3, 3)
    t.add("b4.fc", c, 16 * c)
    t.add("b4.out", c if classes else scores, c)
    if styles:
        t.add("b4.style", styles, c)
    if classes:
        t.add("mapping.embed", c, classes)
        for i in range(depth):
            t.add(f"mapping.fc{i}", c, c, rate=0.01)
    path = Path("random.safetensors")
    return NetworkFile(path, "discriminator", dict(t), notes_of(clamp, notes))


def generator(
    architecture="skip",
    resolution=32,
    base=128,
    most=8,
    classes=0,
    z=7,
    w=6,
    depth=3,
    noise=True,
    clamp=None,
    seed=0,
    **notes,
) -> NetworkFile:
    """Return a generator."""
    t = Drawn(seed)
    if classes:
        t.add("mapping.embed", 5, classes)
    for i in range(depth):
        t.add(f"mapping.fc{i}", w, w if i else z + 5 * bool(classes), rate=0.01)
    t["mapping.w_avg"] = t.number(w)

    def styled(name, to, by, r, side=3):
        t.add(name, to, by, side, side)
        t.add(f"{name}.affine", by, w)
        if noise and side == 3:
            t[f"{name}.noise_const"], t[f"{name}.noise_strength"] = t.number(r, r), t.number()

    r, c = 4, min(base // 4, most)
    t["synthesis.b4.const"] = t.number(c, 4, 4)
    while r <= resolution:
        name, n = f"synthesis.b{r}", min(base // r, most)
        if r > 4:
            styled(f"{name}.conv0", n, c, r)
        if r > 4 and architecture == "resnet":
            t.add(f"{name}.skip", n, c, 1, 1, bias=False)
        styled(f"{name}.conv1", n, n, r)
        if architecture == "skip" or r == resolution:
            styled(f"{name}.torgb", 3, n, r, 1)
        r, c = 2 * r, n
    return NetworkFile(Path("random.safetensors"), "generator", dict(t), notes_of(clamp, notes))


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
