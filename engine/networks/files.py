"""Reads a network's file without running anything in it.

In: a path. Out: its tensors in float32 under NVIDIA's parameter names, and what no shape tells as
notes, or NetworkError. Any thread. The first bytes tell the format: NVIDIA's pickle, a torch file
of rosinality's (both read as data, pickles.py), or safetensors, which holds numbers and names.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import safetensors
import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from engine.networks import nvidia, rosinality
from engine.networks.layers import (
    NetworkError,
    NetworkFile,
    layer_shapes,
    resolutions,
    style_names,
    verify,
)
from engine.networks.pickles import Opaque, Reader, Unreadable
from engine.networks.torchfile import read_pickle, read_zip

LARGEST = 8 << 30  # bytes of a file; the largest that is known has one and a half
ZIP = b"PK\3\4"
FLOATS = {"F16", "BF16", "F32", "F64"}  # of safetensors; no network holds other numbers
PICKLES = {bytes((0x80, protocol)) for protocol in (2, 3, 4, 5)}


def read(path: Path | str, kind: str | None = None) -> NetworkFile:
    """Return the network in `path`; NetworkError says in one line why it cannot be used.

    Of a file that holds both a generator and a discriminator, `kind` is taken, by default the
    discriminator.
    """
    path = Path(path)
    try:
        if not path.is_file():
            raise NetworkError(f"{path}: no such file")
        size = path.stat().st_size
        if size > LARGEST:
            raise NetworkError(f"{path}: {size >> 30} GB, more than any such network has")
        with path.open("rb") as file:
            reader = _reader(file.read(4))
            if reader is None:
                network = _safetensors(path)
            else:
                root = reader(Reader(file, 0, size))
                network = NetworkFile(path, *_extracted(root, kind, size))
    except Unreadable as fault:
        raise NetworkError(f"{path}: {fault}") from None
    except OSError as fault:
        raise NetworkError(f"{path}: cannot be read ({fault.strerror or fault})") from None
    except MemoryError:
        raise NetworkError(f"{path}: needs more memory than there is") from None
    verify(network)
    for name in [name for name in network.tensors if name.endswith("resample_filter")]:
        del network.tensors[name]  # verified: they are all the same
    return network


def _reader(start: bytes) -> Callable[[Reader], Any] | None:
    """Return what makes plain data of a file that starts so: a pickle or one of torch's."""
    if start == ZIP:
        return read_zip
    return partial(read_pickle, builders=nvidia.BUILDERS) if start[:2] in PICKLES else None


def _extracted(root: Any, kind: str | None, size: int) -> tuple[str, dict, dict[str, str]]:
    """Return kind, tensors in float32, and notes."""
    form = next((form for form in (rosinality, nvidia) if form.fits(root)), None)
    if form is None and type(root) is Opaque:
        raise Unreadable(f"holds {root.name}, which is not on the list of what is read")
    if form is None:
        raise Unreadable(
            "holds neither NVIDIA's networks (G, D, G_ema) nor rosinality's (g_ema, d)"
        )
    found, tensors, notes = form.extract(root, kind, size)
    return found, {name: tensors.pop(name).float() for name in list(tensors)}, notes


def _safetensors(path: Path) -> NetworkFile:
    try:
        with safetensors.safe_open(path, "pt") as file:
            notes = file.metadata() or {}
            kinds = {name: file.get_slice(name).get_dtype() for name in file.offset_keys()}
            names = [n for n, kind in kinds.items() if kind in FLOATS and n.isprintable()]
            tensors = {name: file.get_tensor(name).float() for name in names}
    except (SafetensorError, OSError, UnicodeError) as error:
        said = ascii(str(error))[1:-1][:100]  # it quotes the file
        raise NetworkError(f"{path}: {_not_one(path)} ({said})") from error
    return NetworkFile(path, _kind(path, tensors), tensors, notes)


def _not_one(path: Path) -> str:
    """Return what to say of a file that is no safetensors, and did not begin as another format."""
    if path.suffix == ".safetensors":
        return "not a readable safetensors file; was it copied whole?"
    return "neither NVIDIA's .pkl, rosinality's .pt nor safetensors; was it copied whole?"


def _kind(path: Path, tensors: dict[str, torch.Tensor]) -> str:
    if "b4.fc.weight" in tensors and any(".fromrgb." in name for name in tensors):
        return "discriminator"
    if "synthesis.b4.const" in tensors:
        return "generator"
    raise NetworkError(f"{path}: holds neither a StyleGAN2 discriminator nor a generator")


def write(network: NetworkFile, path: Path) -> None:
    """Write the network and its notes as safetensors, float32."""
    save_file(network.tensors, path, network.notes)


def describe(path: Path | str) -> dict:
    """Return kind, resolution, layers (name, shape) and styles of the network in `path`."""
    return outline(read(path))


def outline(network: NetworkFile) -> dict:
    """Return kind, resolution, layers (name, shape) and styles (names) of a network."""
    if network.kind == "generator":
        blocks = resolutions(network.tensors, "synthesis.")
        channels = {r: network.tensors[f"synthesis.b{r}.conv1.weight"].shape[0] for r in blocks}
        layers = [{"name": f"b{r}", "shape": [channels[r], r, r]} for r in reversed(blocks)]
    else:
        blocks = resolutions(network.tensors)
        shapes = layer_shapes(network.tensors)
        layers = [{"name": name, "shape": list(shape)} for name, shape in shapes.items()]
    found = {"kind": network.kind, "resolution": blocks[0], "layers": layers}
    return found | {"styles": list(style_names(network))}
