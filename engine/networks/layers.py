"""What a network is made of: which tensors it must hold, and which layers they make.

In: tensors under NVIDIA's parameter names. Out: resolutions, the layers' shapes, or NetworkError
with the tensor that is missing or contradicts another. Any thread; nothing is computed here.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch


class NetworkError(ValueError):
    """A file that is no network that can be used here."""


@dataclass(frozen=True)
class NetworkFile:
    """What a file holds: 'discriminator' or 'generator', its tensors and its own notes."""

    path: Path
    kind: str
    tensors: dict[str, torch.Tensor]
    notes: dict[str, str]


def resolutions(tensors: dict[str, torch.Tensor], prefix: str = "") -> list[int]:
    """Return the resolutions of the network's blocks, falling."""
    pattern = re.compile(re.escape(prefix) + r"b(\d+)\.")
    return sorted({int(m[1]) for name in tensors if (m := pattern.match(name))}, reverse=True)


def layer_shapes(tensors: dict[str, torch.Tensor]) -> dict[str, tuple[int, ...]]:
    """Return each discriminator layer's shape at the network's own resolution, picture first."""
    blocks = resolutions(tensors)
    top = blocks[0]
    shapes = {"from_rgb": (tensors[f"b{top}.fromrgb.weight"].shape[0], top, top)}
    for r in blocks[:-1]:
        shapes[f"b{r}_conv0"] = (tensors[f"b{r}.conv0.weight"].shape[0], r, r)
        shapes[f"b{r}_conv1"] = (tensors[f"b{r}.conv1.weight"].shape[0], r // 2, r // 2)
    shapes["b4_conv"] = (tensors["b4.conv.weight"].shape[0], 4, 4)
    shapes["fc"] = (tensors["b4.fc.weight"].shape[0],)
    shapes["out"] = (tensors["b4.out.weight"].shape[0],)
    return shapes


def check(network: NetworkFile, kind: str) -> None:
    """Raise NetworkError unless `network` is of this kind."""
    if network.kind != kind:
        raise NetworkError(f"{network.path}: a {network.kind}, not a {kind}")


def verify(network: NetworkFile) -> None:
    """Raise NetworkError unless every tensor is there, of its shape, and finite."""
    path, tensors = network.path, network.tensors
    wanted = _discriminator if network.kind == "discriminator" else _generator
    try:
        for name, shape in wanted(tensors):
            if tensors[name].shape != shape:
                raise NetworkError(f"{path}: {name} is {[*tensors[name].shape]}, not {[*shape]}")
    except KeyError as missing:
        raise NetworkError(f"{path}: lacks {missing.args[0]}") from None
    for name, tensor in tensors.items():
        if not math.isfinite(float(tensor.sum())):
            raise NetworkError(f"{path}: {name} holds numbers that are not finite")


def _discriminator(t: Mapping[str, torch.Tensor]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the name and shape of every tensor that a discriminator is played from."""
    r = resolutions(t)[0]
    c = _channels(t, f"b{r}.fromrgb.weight")
    yield from _layer(f"b{r}.fromrgb", c, 3, 1, 1)
    while r > 4:
        n = _channels(t, f"b{r}.conv1.weight")
        yield from _layer(f"b{r}.conv0", c, c, 3, 3)
        yield from _layer(f"b{r}.conv1", n, c, 3, 3)
        yield f"b{r}.skip.weight", (n, c, 1, 1)
        r, c = r // 2, n
    yield from _layer("b4.conv", c, c + 1, 3, 3)
    yield from _layer("b4.fc", c, 16 * c)
    yield from _layer("b4.out", 1, c)


def _generator(t: Mapping[str, torch.Tensor]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the name and shape of every tensor that a generator is played from."""
    top, c = resolutions(t, "synthesis.")[0], _channels(t, "synthesis.b4.const")
    w, z = _channels(t, "mapping.fc0.weight"), t["mapping.fc0.weight"].shape[-1:].numel()
    yield from _layer("mapping.fc0", w, z)
    for i in range(1, sum(re.fullmatch(r"mapping\.fc\d+\.weight", name) is not None for name in t)):
        yield from _layer(f"mapping.fc{i}", w, w)
    yield "mapping.w_avg", (w,)
    yield "synthesis.b4.const", (c, 4, 4)
    r = 4
    while r <= top:
        name, before = f"synthesis.b{r}", c
        c = _channels(t, f"{name}.conv1.weight")
        if r > 4:
            yield from _styled(f"{name}.conv0", w, r, c, before)
        yield from _styled(f"{name}.conv1", w, r, c, c)
        yield from _layer(f"{name}.torgb", 3, c, 1, 1)
        yield from _layer(f"{name}.torgb.affine", c, w)
        r *= 2


def _channels(t: Mapping[str, torch.Tensor], name: str) -> int:
    """Return how many channels come out of this tensor; 1 where it is a bare number."""
    return t[name].shape[:1].numel()


def _styled(name: str, w: int, r: int, to: int, by: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield from _layer(name, to, by, 3, 3)
    yield from _layer(f"{name}.affine", by, w)
    yield f"{name}.noise_const", (r, r)
    yield f"{name}.noise_strength", ()


def _layer(name: str, *shape: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{name}.weight", shape
    yield f"{name}.bias", shape[:1]
