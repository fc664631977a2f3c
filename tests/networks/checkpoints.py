"""Writes networks as rosinality's training does: other names, some shapes, torch's two formats."""

import argparse
import io
import math
from collections import OrderedDict

import torch

LOW_PASS = torch.outer(*[torch.tensor([1.0, 3.0, 3.0, 1.0])] * 2) / 64


def discriminator(tensors):
    """Return a state dictionary of these tensors (by NVIDIA's names)."""
    top = max(int(name.split(".")[0][1:]) for name in tensors)
    state = OrderedDict()
    for name, tensor in tensors.items():
        block, layer, kind = name.split(".")
        i = int(math.log2(top // int(block[1:]))) + 1
        theirs = {
            "fromrgb": {"weight": "convs.0.0.weight", "bias": "convs.0.1.bias"},
            "conv0": {"weight": f"convs.{i}.conv1.0.weight", "bias": f"convs.{i}.conv1.1.bias"},
            "conv1": {"weight": f"convs.{i}.conv2.1.weight", "bias": f"convs.{i}.conv2.2.bias"},
            "skip": {"weight": f"convs.{i}.skip.1.weight"},
            "conv": {"weight": "final_conv.0.weight", "bias": "final_conv.1.bias"},
            "fc": {"weight": "final_linear.0.weight", "bias": "final_linear.0.bias"},
            "out": {"weight": "final_linear.1.weight", "bias": "final_linear.1.bias"},
        }[layer][kind]
        state[theirs] = tensor
        if layer in ("conv1", "skip"):
            state[theirs.rpartition(".")[0][:-1] + "0.kernel"] = LOW_PASS.clone()
    state._metadata = OrderedDict(version=1)  # as torch's own state dictionaries have
    return state


def generator(tensors):
    """Return a state dictionary and the average w of these tensors (by NVIDIA's names)."""
    state, average = OrderedDict(), None
    for name, tensor in tensors.items():
        network, part, *rest = name.split(".")
        if part == "w_avg":
            average = tensor
        elif network == "mapping":
            state[f"style.{int(part[2:]) + 1}.{rest[0]}"] = tensor
        elif rest == ["const"]:
            state["input.input"] = tensor[None]
        else:
            theirs, shaped = _styled(int(part[1:]), ".".join(rest), tensor)
            state[theirs] = shaped
    for j in range(2):
        state[f"to_rgbs.{j}.upsample.kernel"] = LOW_PASS * 4
    return state, average


def _styled(r, rest, tensor):
    layer, kind = rest.split(".", 1)
    j = int(math.log2(r)) - 3
    place, noise = {
        "conv0": (f"convs.{2 * j}", 2 * j + 1),
        "conv1": ("conv1" if r == 4 else f"convs.{2 * j + 1}", 2 * j + 2),
        "torgb": ("to_rgb1" if r == 4 else f"to_rgbs.{j}", None),
    }[layer]
    rgb = layer == "torgb"
    return {
        "weight": (f"{place}.conv.weight", tensor[None]),
        "bias": (f"{place}.bias", tensor.view(1, -1, 1, 1)) if rgb
        else (f"{place}.activate.bias", tensor),
        "affine.weight": (f"{place}.conv.modulation.weight", tensor),
        "affine.bias": (f"{place}.conv.modulation.bias", tensor),
        "noise_strength": (f"{place}.noise.weight", tensor[None]),
        "noise_const": (f"noises.noise_{noise}", tensor[None, None]),
    }[kind]  # fmt: skip


def checkpoint(is_zip=True, **parts):
    """Return the bytes of a training's checkpoint with these parts."""
    optimiser = {
        "state": {0: {"step": 7, "exp_avg": torch.ones(3)}},
        "param_groups": [{"lr": 2e-3}],
    }
    args = argparse.Namespace(path="/home/them/set", size=256)
    whole = {**parts, "g_optim": optimiser, "args": args, "ada_aug_p": 0.0}
    file = io.BytesIO()
    torch.save(whole, file, _use_new_zipfile_serialization=is_zip)
    return file.getvalue()
