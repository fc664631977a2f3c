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
from dataclasses import dataclass

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

    def __init__(
        self, class_name, parameters=(), buffers=(), modules=(), source=SOURCE, **attributes
    ):
        self.class_name, self.source = class_name, source
        self.state = {
            "training": False,
            "_parameters": {n: torch.nn.Parameter(t, False) for n, t in dict(parameters).items()},
            "_buffers": {**dict(buffers), "unused": None},
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
            "module_src": self.source,
            "class_name": self.class_name,
            "state": self.state,
        }
        return _reconstruct_persistent_obj, (meta,)


def discriminator(tensors, **settings):
    """Return NVIDIA's discriminator of these tensors (by their names) as layers."""
    return _layer("Discriminator", _tree(tensors), "", Settings(**settings))


def generator(tensors, **settings):
    """Return NVIDIA's generator of these tensors (by their names) as layers."""
    return _layer("Generator", _tree(tensors), "", Settings(**settings))


@dataclass
class Settings:
    """What a snapshot's layers carry beside their tensors."""

    clamp: float | None = 256
    activation: str = "lrelu"
    frozen: tuple[str, ...] = ()  # paths of layers, each ending in a dot
    source: str = SOURCE
    low_pass: torch.Tensor = LOW_PASS


def _tree(tensors):
    tree = {}
    for name, tensor in tensors.items():
        *path, leaf = name.split(".")
        place = tree
        for part in path:
            place = place.setdefault(part, {})
        place[leaf] = tensor
    return tree


def _layer(class_name, tree, path, settings):
    own = {n: v for n, v in tree.items() if isinstance(v, torch.Tensor)}
    modules = {
        n: _layer("Conv2dLayer" if "weight" in v else "Block", v, f"{path}{n}.", settings)
        for n, v in tree.items()
        if isinstance(v, dict)
    }
    buffers = {n: own.pop(n) for n in ("noise_const", "w_avg") if n in own}
    if class_name == "Block":
        buffers["resample_filter"] = settings.low_pass.clone()
    if path in settings.frozen:
        own, buffers = {}, buffers | own
    attributes = _attributes(own, path, settings)
    return Layer(class_name, own, buffers, modules, settings.source, **attributes)


def _attributes(own, path, settings):
    if "weight" not in own:
        return {"img_resolution": 64, "use_fp16": False}
    name = path.split(".")[-2]
    linear = name in ("skip", "out", "embed", "torgb", "affine")
    attributes = {
        "activation": "linear" if linear else settings.activation,
        "weight_gain": np.float64(0.25),
        "bias_gain": 0.01 if path.startswith("mapping.fc") else 1,
    }
    if own["weight"].dim() < 4:
        return attributes
    clamp = None if name == "skip" or path == "b4.fromrgb." else settings.clamp
    return attributes | {"conv_clamp": clamp, "up": 1, "act_gain": np.sqrt(2.0)}


def snapshot(protocol=4, **parts):
    """Return the bytes of a snapshot of these parts."""
    pipe = Layer("AugmentPipe", buffers={"Hz_geom": torch.ones(12), "p": torch.ones(())})
    kwargs = EasyDict(path="/home/them/set.zip", sizes=np.arange(5), device=torch.device("cpu"))
    whole = dict(parts, augment_pipe=pipe, training_set_kwargs=kwargs)
    file = io.BytesIO()
    with published_names():
        pickle.dump(whole, file, protocol)
    return file.getvalue()
