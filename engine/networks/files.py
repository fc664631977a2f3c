"""Reads a network's file without running anything in it.

In: a path. Out: its tensors in float32 under NVIDIA's parameter names, or NetworkError.
Any thread; safetensors only, a format that holds numbers and names and nothing else.
"""

from pathlib import Path

import safetensors
import torch
from safetensors.torch import load_file

from engine.networks.layers import NetworkError, NetworkFile, layer_shapes, resolutions, verify


def read(path: Path | str) -> NetworkFile:
    """Return the network in `path`; NetworkError says in one line why it cannot be used."""
    path = Path(path)
    try:
        if not path.is_file():
            raise NetworkError(f"{path}: no such file")
        with safetensors.safe_open(path, "pt") as file:
            notes = file.metadata() or {}
        tensors = {name: tensor.float() for name, tensor in load_file(path).items()}
    except (safetensors.SafetensorError, OSError, UnicodeError) as error:
        raise NetworkError(f"{path}: not a readable safetensors file ({error})") from error
    network = NetworkFile(path, _kind(path, tensors), tensors, notes)
    verify(network)
    return network


def _kind(path: Path, tensors: dict[str, torch.Tensor]) -> str:
    if "b4.fc.weight" in tensors and any(".fromrgb." in name for name in tensors):
        return "discriminator"
    if "synthesis.b4.const" in tensors:
        return "generator"
    raise NetworkError(f"{path}: holds neither a StyleGAN2 discriminator nor a generator")


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
