"""Finds a network in the .pt files of rosinality's stylegan2-pytorch and gives NVIDIA's names.

In: the plain data of a file (torchfile.py). Out: tensors under NVIDIA's names; such files know no
settings: a residual discriminator, a skip generator, no classes, no clamp. Any thread.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from engine.networks.generator import Generator
from engine.networks.layers import NetworkFile
from engine.networks.nvidia import is_name, refuse
from engine.networks.pickles import Unreadable
from engine.networks.torchfile import Tensor, load

PARTS = {"discriminator": ("d",), "generator": ("g_ema", "g")}
MAPPED = 4096  # latents whose mean stands in for an average that the file lacks
WIDEST = 2048  # numbers of a latent, of a w and between them; known networks have 512

Names = Iterator[tuple[str, str]]


def fits(root: Any) -> bool:
    """Tell whether this is what such a file holds."""
    parts = [name for names in PARTS.values() for name in names]
    return type(root) is dict and any(type(root.get(name)) is dict for name in parts)


def extract(root: dict, kind: str | None, most: int) -> tuple[str, dict, dict[str, str]]:
    """Return kind, tensors as stored and notes; of the file at most `most` bytes are read."""
    if kind is None:
        kind = "discriminator" if type(root.get("d")) is dict else "generator"
    part = next((name for name in PARTS[kind] if type(root.get(name)) is dict), None)
    if part is None:
        raise Unreadable(f"holds no {kind} ({' or '.join(PARTS[kind])})")
    state = {name: value for name, value in root[part].items() if type(value) is Tensor}
    wanted = dict(_discriminator(state) if kind == "discriminator" else _generator(state))
    lacking = next((name for name in wanted if name not in state), None)
    if lacking in root[part]:
        refuse(part, root[part][lacking])
    if lacking is not None:
        raise Unreadable(f"its {part} lacks {lacking}: no StyleGAN2 {kind} of rosinality's")
    kernels = {n: t for n, t in state.items() if is_name(n) and n.endswith("kernel")}
    loaded = load({n: state[n] for n in wanted} | kernels | _average(root, kind), most)
    filters = {f"{name[:-6]}resample_filter": loaded.pop(name) for name in kernels}
    average = loaded.pop("latent_avg", None)
    tensors = {ours: _shaped(theirs, loaded.pop(theirs)) for theirs, ours in wanted.items()}
    if kind == "generator":
        _complete(tensors, average)
    return kind, tensors | {n: taps / taps.sum() for n, taps in filters.items()}, {}


def _discriminator(state: dict[str, Tensor]) -> Names:
    """Yield the names of a discriminator's tensors, theirs and ours."""
    depth = sum(f"convs.{i}.conv1.0.weight" in state for i in range(1, 10))
    top = 4 << depth
    yield "convs.0.0.weight", f"b{top}.fromrgb.weight"
    yield "convs.0.1.bias", f"b{top}.fromrgb.bias"
    for i in range(1, depth + 1):
        theirs, ours = f"convs.{i}", f"b{top >> (i - 1)}"
        yield f"{theirs}.conv1.0.weight", f"{ours}.conv0.weight"
        yield f"{theirs}.conv1.1.bias", f"{ours}.conv0.bias"
        yield f"{theirs}.conv2.1.weight", f"{ours}.conv1.weight"
        yield f"{theirs}.conv2.2.bias", f"{ours}.conv1.bias"
        yield f"{theirs}.skip.1.weight", f"{ours}.skip.weight"
    yield "final_conv.0.weight", "b4.conv.weight"
    yield "final_conv.1.bias", "b4.conv.bias"
    for i, ours in enumerate(("b4.fc", "b4.out")):
        yield f"final_linear.{i}.weight", f"{ours}.weight"
        yield f"final_linear.{i}.bias", f"{ours}.bias"


def _generator(state: dict[str, Tensor]) -> Names:
    """Yield the names of a generator's tensors, theirs and ours; old files store no noise."""
    for i in range(sum(f"style.{i}.weight" in state for i in range(1, 32))):
        yield f"style.{i + 1}.weight", f"mapping.fc{i}.weight"
        yield f"style.{i + 1}.bias", f"mapping.fc{i}.bias"
    yield "input.input", "synthesis.b4.const"
    layers = [("conv1", "synthesis.b4.conv1", 0)]
    colours = [("to_rgb1", "synthesis.b4.torgb")]
    for j in range(sum(f"to_rgbs.{j}.bias" in state for j in range(9))):
        block = f"synthesis.b{8 << j}"
        layers.append((f"convs.{2 * j}", f"{block}.conv0", 2 * j + 1))
        layers.append((f"convs.{2 * j + 1}", f"{block}.conv1", 2 * j + 2))
        colours.append((f"to_rgbs.{j}", f"{block}.torgb"))
    for theirs, ours, noise in layers:
        yield from _modulated(theirs, ours)
        yield f"{theirs}.activate.bias", f"{ours}.bias"
        yield f"{theirs}.noise.weight", f"{ours}.noise_strength"
        if "noises.noise_0" in state:
            yield f"noises.noise_{noise}", f"{ours}.noise_const"
    for theirs, ours in colours:
        yield from _modulated(theirs, ours)
        yield f"{theirs}.bias", f"{ours}.bias"


def _modulated(theirs: str, ours: str) -> Names:
    yield f"{theirs}.conv.weight", f"{ours}.weight"
    yield f"{theirs}.conv.modulation.weight", f"{ours}.affine.weight"
    yield f"{theirs}.conv.modulation.bias", f"{ours}.affine.bias"


def _average(root: dict, kind: str) -> dict[str, Tensor]:
    average = root.get("latent_avg")
    return {"latent_avg": average} if kind == "generator" and type(average) is Tensor else {}


def _shaped(theirs: str, tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor without the dimensions of length one that NVIDIA's does not have."""
    if theirs.endswith(".noise.weight"):
        return tensor.reshape(()) if tensor.numel() == 1 else tensor
    if theirs.endswith(".bias"):
        return tensor.flatten()
    if theirs.startswith("noises."):
        return tensor.squeeze(0).squeeze(0)
    return tensor.squeeze(0) if tensor.dim() == 5 or theirs == "input.input" else tensor


def _complete(tensors: dict[str, torch.Tensor], average: torch.Tensor | None) -> None:
    """Add the noise and the average w where the file has none: drawn, always the same."""
    random = torch.Generator().manual_seed(0)
    for name in [name for name in tensors if name.endswith(".noise_strength")]:
        r = int(name.split(".")[1][1:])
        noise = name.replace("_strength", "_const")
        if noise not in tensors:
            tensors[noise] = torch.randn(r, r, generator=random)
    if average is not None:
        tensors["mapping.w_avg"] = average.flatten()
        return
    layers = [t.shape for n, t in tensors.items() if n.startswith("mapping.fc")]
    if any(max(shape, default=0) > WIDEST for shape in layers):
        raise Unreadable(f"its mapping network is wider than {WIDEST} numbers")
    try:
        w, z = tensors["mapping.fc0.weight"].shape
        whole = {n: tensor.float() for n, tensor in tensors.items()}
        whole["mapping.w_avg"] = torch.zeros(w)
        mapping = Generator(NetworkFile(Path(), "generator", whole, {}))
        drawn = mapping.map(torch.randn(MAPPED, z, generator=random))
    except (LookupError, ValueError, RuntimeError):
        raise Unreadable("its mapping network does not fit together") from None
    tensors["mapping.w_avg"] = drawn.mean(0)
