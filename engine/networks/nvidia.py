"""Finds a network in the pickles of NVIDIA's PyTorch repositories and their forks.

In: the plain data of a file (pickles.py) and the kind that is asked for. Out: its tensors, under
the names that they have there, and as notes the settings that no shape tells. Any thread.
A layer is a module with tables of parameters, buffers and modules; the source text that stands
beside it is never looked at, nor is what the network was built from: forks change the defaults.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from engine.networks import torchfile
from engine.networks.layers import HIGHEST
from engine.networks.pickles import Builders, Name, Opaque, Unreadable
from engine.networks.torchfile import Tensor, load

DEEPEST = 16  # modules within modules
MOST = 10_000  # modules and tensors of a network; the largest known has some hundred of each
LONGEST = 100  # letters of a layer's or a tensor's own name
PARTS = {"discriminator": ("D",), "generator": ("G_ema", "G")}
TABLES = "_modules", "_parameters", "_buffers"
NOTED = "conv_clamp", "activation"
TENSORFLOW = "dnnlib.tflib.network Network"


@dataclass(eq=False)
class Module:
    """One layer, or a network of layers: its class's name and its attributes."""

    name: Name
    state: dict[str, Any]


def _module(meta: dict[str, Any]) -> Module:
    if type(meta.get("state")) is not dict or type(meta.get("class_name")) is not str:
        raise Unreadable("a layer without a name or a state")
    return Module(Name(meta["class_name"]), meta["state"])


BUILDERS: Builders = torchfile.BUILDERS | {
    "torch_utils.persistence _reconstruct_persistent_obj": _module
}


def fits(root: Any) -> bool:
    """Tell whether this is what such a file holds; a file of TensorFlow's is refused."""
    if type(root) is tuple and root and all(type(part) is Opaque for part in root):
        if root[0].name.text == TENSORFLOW:
            raise Unreadable(
                "a network of TensorFlow's; convert it first to PyTorch's pickle,"
                " with legacy.py of NVIDIA's stylegan3"
            )
        raise Unreadable(f"no network but {root[0].name}")
    return type(root) is dict and any(name in root for names in PARTS.values() for name in names)


def extract(root: dict, kind: str | None, most: int) -> tuple[str, dict, dict[str, str]]:
    """Return kind, tensors as stored and notes; of the file at most `most` bytes are read."""
    if kind is None:
        kind = "generator" if root.get("D") is None else "discriminator"
    name = next((name for name in PARTS[kind] if root.get(name) is not None), None)
    if name is None:
        held = ", ".join(n for names in PARTS.values() for n in names if root.get(n) is not None)
        raise Unreadable(f"holds no {kind} ({' or '.join(PARTS[kind])}), only {held or 'none'}")
    modules = list(_walk(name, root[name]))
    tensors = dict(_tensors(name, modules))
    _recognise(name, kind, root[name], tensors)
    return kind, load(tensors, most), _notes(dict(modules))


def _walk(part: str, root: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the path, '' or ending in a dot, and the state of every module."""
    seen, below, count = set(), [("", root, 0)], 0
    while below:
        path, module, depth = below.pop()
        if module is None:
            continue
        if type(module) is not Module:
            refuse(part, module)
        if depth > DEEPEST or id(module) in seen:
            raise Unreadable(f"{part} holds a module twice, or modules that nest too deep")
        seen.add(id(module))
        modules = _table(module.state, "_modules")
        count += sum(len(_table(module.state, name)) for name in TABLES)
        if count > MOST:
            raise Unreadable(f"{part} holds more than {MOST} layers and tensors")
        yield path, module.state
        below += [(f"{path}{name}.", child, depth + 1) for name, child in modules.items()]


def refuse(part: str, thing: Any) -> NoReturn:
    """Raise Unreadable, for this part of the file needs a thing that is not known."""
    if type(thing) is Opaque:
        raise Unreadable(f"{part} needs {thing.name}, which is not on the list of what is read")
    raise Unreadable(f"damaged: {part} has a {type(thing).__name__} where it should have a layer")


def _table(state: dict[str, Any], name: str) -> dict[str, Any]:
    table = state.get(name, {})
    if type(table) is not dict or not all(map(is_name, table)):
        raise Unreadable(f"damaged: a module whose {name} are no table")
    return table


def is_name(key: Any) -> bool:
    """Tell whether a layer may be called so: paths are made of names, and stand in refusals."""
    return type(key) is str and len(key) <= LONGEST and key.isprintable()


def _tensors(part: str, modules: list[tuple[str, dict]]) -> Iterator[tuple[str, Tensor]]:
    """Yield every tensor by its path; a frozen layer keeps its weights among the buffers."""
    for path, state in modules:
        for name, value in (_table(state, "_parameters") | _table(state, "_buffers")).items():
            if type(value) is Tensor:
                yield path + name, value
            elif value is not None:
                refuse(part, value)


def _recognise(part: str, kind: str, root: Module, names: Mapping[str, Tensor]) -> None:
    if kind == "discriminator":
        known = "b4.fc.weight" in names and any(".fromrgb." in name for name in names)
    elif "synthesis.input.freqs" in names:
        raise Unreadable(f"its {part} is StyleGAN3's, which cannot be drawn yet; its D can be used")
    else:
        known = "synthesis.b4.const" in names
    if not known:
        raise Unreadable(f"its {part}, a {root.name}, is no StyleGAN2 {kind}")


def _notes(states: Mapping[str, dict[str, Any]]) -> dict[str, str]:
    """Return what no shape tells: where it clamps, its rectifier, the mapping's learning rate."""
    notes = {}
    rectified = {k: s for k, s in states.items() if s.get("activation", "linear") != "linear"}
    rectified.pop("b4.fromrgb.", None)  # the one that never clamps, where there is one
    layers = rectified.values()
    for setting in NOTED:
        values = {_setting(setting, state[setting]) for state in layers if setting in state}
        if len(values) > 1:
            raise Unreadable(f"its layers differ in {setting}: {', '.join(sorted(values)[:4])}")
        if values - {"none", "lrelu"}:
            notes[setting] = values.pop()
    rate = states.get("mapping.fc0.", {}).get("bias_gain")
    return notes if rate is None else notes | {"mapping_lr_multiplier": _setting("rate", rate)}


def _setting(name: str, value: Any) -> str:
    if value is None:
        return "none"
    if type(value) is str and len(value) < 16 and value.isalnum():
        return value
    if type(value) in (int, float) and 0 < value < HIGHEST:
        return f"{value:.9g}"
    raise Unreadable(f"damaged: a layer whose {name} cannot be")
