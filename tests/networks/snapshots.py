"""Writes network files as others do, without their code: modules of the same names, made up here.

A snapshot is a pickle whose every layer is one call with a dictionary, as NVIDIA's training loops
write it; a checkpoint is what rosinality's saves with torch. The tensors are given or random.
"""

import io
import pickle
import sys
import types
from collections import OrderedDict
from contextlib import contextmanager

import numpy as np
import torch

LOW_PASS = torch.outer(*[torch.tensor([1.0, 3.0, 3.0, 1.0])] * 2) / 64
SOURCE = "import torch\n" + "# the module's text, which must not be run\n" * 200


class EasyDict(dict):
    """A dictionary with attributes, as the published one by its name."""


def _reconstruct_persistent_obj(meta):
    raise AssertionError("a reader must not call this")


EasyDict.__module__ = "dnnlib.util"
EasyDict.__qualname__ = "EasyDict"
_reconstruct_persistent_obj.__module__ = "torch_utils.persistence"


@contextmanager
def published_names():
    """Let pickle find the names under which these are written, while it writes."""
    modules = {
        "dnnlib": types.ModuleType("dnnlib"),
        "dnnlib.util": types.ModuleType("dnnlib.util"),
        "torch_utils": types.ModuleType("torch_utils"),
        "torch_utils.persistence": types.ModuleType("torch_utils.persistence"),
    }
    modules["dnnlib.util"].EasyDict = EasyDict
    modules["torch_utils.persistence"]._reconstruct_persistent_obj = _reconstruct_persistent_obj
    sys.modules |= modules
    try:
        yield
    finally:
        for name in modules:
            del sys.modules[name]


class Layer:
    """A module as it stands in a snapshot."""

    def __init__(self, class_name, parameters=(), buffers=(), modules=(), **attributes):
        self.class_name = class_name
        self.state = {
            "training": False,
            "_parameters": {n: torch.nn.Parameter(t, False) for n, t in dict(parameters).items()},
            "_buffers": dict(buffers),
            "_non_persistent_buffers_set": set(),
            "_backward_hooks": OrderedDict(),
            "_modules": dict(modules),
            "_init_args": (),
            "_init_kwargs": EasyDict(block_kwargs=EasyDict(), c_dim=0),
            **attributes,
        }

    def __reduce__(self):
        meta = {
            "type": "class",
            "version": 6,
            "module_src": SOURCE,
            "class_name": self.class_name,
            "state": self.state,
        }
        return _reconstruct_persistent_obj, (meta,)


def discriminator(tensors, clamp=256, activation="lrelu", frozen=()):
    """Return NVIDIA's discriminator of these tensors (by their names) as layers."""
    tree = {}
    for name, tensor in tensors.items():
        *path, leaf = name.split(".")
        place = tree
        for part in path:
            place = place.setdefault(part, {})
        place[leaf] = tensor
    return _layer("Discriminator", tree, "", clamp, activation, frozen)


def _layer(class_name, tree, path, clamp, activation, frozen):
    tensors = {n: v for n, v in tree.items() if isinstance(v, torch.Tensor)}
    modules = {
        n: _layer("Conv2dLayer" if "weight" in v else "Block", v, f"{path}{n}.", clamp, activation,
                  frozen)
        for n, v in tree.items() if isinstance(v, dict)
    }  # fmt: skip
    attributes = {"img_resolution": 64}
    if "weight" in tensors:
        name = path.split(".")[-2]
        linear = name in ("skip", "out", "embed", "torgb", "affine")
        attributes = {
            "activation": "linear" if linear else activation,
            "weight_gain": np.float64(0.25),
            "bias_gain": 0.01 if path.startswith("mapping.fc") else 1,
        }
        if tensors["weight"].dim() == 4:
            attributes |= {"conv_clamp": None if name == "skip" else clamp, "up": 1, "down": 1}
            attributes["act_gain"] = np.sqrt(2.0)
    buffers = {"resample_filter": LOW_PASS.clone()} if class_name == "Block" else {}
    if path in frozen:
        tensors, buffers = {}, buffers | tensors
    buffers |= {n: tensors.pop(n) for n in ("noise_const", "w_avg") if n in tensors}
    parameters = {n: t for n, t in tensors.items() if t is not None}
    return Layer(class_name, parameters, buffers, modules, **attributes)


def snapshot(protocol=4, **parts):
    """Return the bytes of a snapshot of these parts."""
    whole = dict(parts, augment_pipe=None, training_set_kwargs=EasyDict(path="/home/them/set.zip"))
    file = io.BytesIO()
    with published_names():
        pickle.dump(whole, file, protocol)
    return file.getvalue()


def random_discriminator(top=64, base=512, most=24, seed=0):
    """Return the tensors of a residual discriminator with random weights."""
    random = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(shape, generator=random)

    def channels(r):
        return min(base // r, most)

    tensors = {f"b{top}.fromrgb.weight": draw(channels(top), 3, 1, 1)}
    tensors[f"b{top}.fromrgb.bias"] = draw(channels(top)) * 0.1
    r = top
    while r > 4:
        into, out = channels(r), channels(r // 2)
        tensors |= {f"b{r}.conv0.weight": draw(into, into, 3, 3), f"b{r}.conv0.bias": draw(into)}
        tensors |= {f"b{r}.conv1.weight": draw(out, into, 3, 3), f"b{r}.conv1.bias": draw(out)}
        tensors[f"b{r}.skip.weight"] = draw(out, into, 1, 1)
        r //= 2
    c = channels(4)
    tensors |= {"b4.conv.weight": draw(c, c + 1, 3, 3), "b4.conv.bias": draw(c)}
    tensors |= {"b4.fc.weight": draw(c, 16 * c), "b4.fc.bias": draw(c)}
    return tensors | {"b4.out.weight": draw(1, c), "b4.out.bias": draw(1)}
