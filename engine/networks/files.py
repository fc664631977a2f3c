"""Reads a network's file without running anything in it.

In: a path. Out: its tensors in float32 under NVIDIA's parameter names, or NetworkError.
Any thread; safetensors only, a format that holds numbers and names and nothing else.
"""

import math
import re
from dataclasses import dataclass
from pathlib import Path

import safetensors
import torch
from safetensors.torch import load_file


class NetworkError(ValueError):
    """A file that is no network that can be used here."""


@dataclass(frozen=True)
class NetworkFile:
    """What a file holds: 'discriminator' or 'generator', its tensors and its own notes."""

    path: Path
    kind: str
    tensors: dict[str, torch.Tensor]
    notes: dict[str, str]


def read(path: Path | str) -> NetworkFile:
    """Return the network in `path`; NetworkError says in one line why it cannot be used."""
    path = Path(path)
    if not path.is_file():
        raise NetworkError(f"{path}: no such file")
    try:
        with safetensors.safe_open(path, "pt") as file:
            notes = file.metadata() or {}
        tensors = {name: tensor.float() for name, tensor in load_file(path).items()}
    except (safetensors.SafetensorError, OSError) as error:
        raise NetworkError(f"{path}: not a readable safetensors file ({error})") from error
    return NetworkFile(path, _kind(path, tensors), tensors, notes)


def _kind(path: Path, tensors: dict[str, torch.Tensor]) -> str:
    if "b4.fc.weight" in tensors and any(".fromrgb." in name for name in tensors):
        return "discriminator"
    if "synthesis.b4.const" in tensors:
        return "generator"
    raise NetworkError(f"{path}: holds neither a StyleGAN2 discriminator nor a generator")


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


def describe(path: Path | str) -> dict:
    """Return kind, resolution and layers (name, shape) of the network in `path`."""
    network = read(path)
    if network.kind == "generator":
        blocks = resolutions(network.tensors, "synthesis.")
        channels = {r: network.tensors[f"synthesis.b{r}.conv1.weight"].shape[0] for r in blocks}
        layers = [{"name": f"b{r}", "shape": [channels[r], r, r]} for r in reversed(blocks)]
    else:
        blocks = resolutions(network.tensors)
        shapes = layer_shapes(network.tensors)
        layers = [{"name": name, "shape": list(shape)} for name, shape in shapes.items()]
    return {"kind": network.kind, "resolution": blocks[0], "layers": layers}


def check(network: NetworkFile, kind: str, names: list[str]) -> None:
    """Raise NetworkError unless `network` is of this kind and has all these tensors."""
    if network.kind != kind:
        raise NetworkError(f"{network.path}: a {network.kind}, not a {kind}")
    missing = [name for name in names if name not in network.tensors]
    if missing:
        raise NetworkError(f"{network.path}: lacks {missing[0]} ({len(missing)} missing in all)")
    broken = [n for n, t in network.tensors.items() if not math.isfinite(float(t.sum()))]
    if broken:
        raise NetworkError(f"{network.path}: {broken[0]} holds numbers that are not finite")
