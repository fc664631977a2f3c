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

SIDES = tuple(2**n for n in range(2, 11))  # resolutions of blocks
HIGHEST = 1e38  # that a setting may be: float32 ends not far above

Names = Iterator[tuple[str, tuple[int, ...]]]  # of tensors, each with its shape


class NetworkError(ValueError):
    """A file that is no network that can be used here."""


@dataclass(frozen=True)
class NetworkFile:
    """What a file holds: 'discriminator' or 'generator', its tensors and its own notes."""

    path: Path
    kind: str
    tensors: dict[str, torch.Tensor]
    notes: dict[str, str]


def resolutions(tensors: Mapping[str, torch.Tensor], prefix: str = "") -> list[int]:
    """Return the resolutions of the network's blocks, falling."""
    pattern = re.compile(re.escape(prefix) + r"b(\d{1,5})\.")
    return sorted({int(m[1]) for name in tensors if (m := pattern.match(name))}, reverse=True)


def is_skip(tensors: Mapping[str, torch.Tensor]) -> bool:
    """Tell whether the picture comes in at each block: the discriminator's skip architecture."""
    names = (f"b{r}.fromrgb.weight" for r in resolutions(tensors)[1:])
    return any(name in tensors for name in names)


def depth(tensors: Mapping[str, torch.Tensor]) -> int:
    """Return how many layers the mapping network has, by the highest number in a name."""
    found = (re.match(r"mapping\.fc(\d{1,2})\.", name) for name in tensors)
    return max((int(m[1]) + 1 for m in found if m), default=0)


def is_conditional(tensors: Mapping[str, torch.Tensor]) -> bool:
    """Tell whether the network embeds a class."""
    return any(name.startswith("mapping.embed.") for name in tensors)


def layer_shapes(tensors: Mapping[str, torch.Tensor]) -> dict[str, tuple[int, ...]]:
    """Return each discriminator layer's shape at the network's own resolution, picture first."""
    blocks = resolutions(tensors)
    top = blocks[0]
    shapes = {"from_rgb": (tensors[f"b{top}.fromrgb.weight"].shape[0], top, top)}
    for r in blocks[:-1]:
        shapes[f"b{r}_conv0"] = (tensors[f"b{r}.conv0.weight"].shape[0], r, r)
        shapes[f"b{r}_conv1"] = (tensors[f"b{r}.conv1.weight"].shape[0], r // 2, r // 2)
    shapes["b4_conv"] = (tensors["b4.conv.weight"].shape[0], 4, 4)
    shapes["fc"] = (tensors["b4.fc.weight"].shape[0],)
    shapes["out"] = (1,)
    return shapes


def style_names(network: NetworkFile) -> tuple[str, ...]:
    """Return what the discriminator's style head tells apart: names, or numbers where none fit."""
    if "b4.style.weight" not in network.tensors:
        return ()
    count = _channels(network.tensors, "b4.style.weight")
    names = re.findall(r'"([a-z0-9_-]{1,32})"', network.notes.get("styles", ""))
    fit = len(names) == len({*names}) == count
    return tuple(names if fit else map(str, range(count)))


def setting(network: NetworkFile, name: str, default: float) -> float:
    """Return this number of the network's notes; 'none' or nothing is the default."""
    text = network.notes.get(name, "none")
    if text.lower() == "none":
        return default
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < HIGHEST:
        wanted = "a number above 0 and below 1e38"
        raise NetworkError(f"{network.path}: {name} is {text[:32]!r}, not {wanted}")
    return number


def clamp(network: NetworkFile) -> float | None:
    """Return beyond which size a convolution's features are cut off; None: nowhere."""
    limit = setting(network, "conv_clamp", math.inf)
    return limit if limit < math.inf else None


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
    except _Contradiction as fault:
        raise NetworkError(f"{path}: {fault}") from None
    for name, tensor in tensors.items():
        if not tensor.isfinite().all():
            raise NetworkError(f"{path}: {name} holds numbers that are not finite")
        if name.endswith("resample_filter") and not _is_low_pass(tensor):
            raise NetworkError(f"{path}: {name} is another low pass than [1, 3, 3, 1]")
    _verify_notes(network)


class _Contradiction(ValueError):
    """Tensors that cannot belong to one network."""


def _is_low_pass(taps: torch.Tensor) -> bool:
    """Tell whether these taps, in one or two dimensions, are those of all published networks."""
    one = taps.new_tensor([1.0, 3.0, 3.0, 1.0]) / 8
    wanted = one if taps.dim() == 1 else torch.outer(one, one)
    return taps.shape == wanted.shape and torch.allclose(taps, wanted)


def _verify_notes(network: NetworkFile) -> None:
    clamp(network)
    setting(network, "mapping_lr_multiplier", 0.01)
    activation = network.notes.get("activation", "lrelu")
    if activation.lower() not in ("lrelu", "none"):
        raise NetworkError(f"{network.path}: activation is {activation[:32]!r}, not 'lrelu'")


def _chain(t: Mapping[str, torch.Tensor], prefix: str = "") -> list[int]:
    """Return the resolutions, falling, which must be all powers of two from the highest to 4."""
    found = resolutions(t, prefix)
    if not found:
        raise _Contradiction(f"{next(iter(t), 'nothing')} is of no StyleGAN2 network")
    top = found[0]
    if top not in SIDES:
        raise _Contradiction(f"{prefix}b{top} is no block: {SIDES[0]} to {SIDES[-1]}, powers of 2")
    for r in found:
        if r not in SIDES:
            raise _Contradiction(f"{prefix}b{r} is no block of a network of {top}")
    return [r for r in reversed(SIDES) if r <= top]


def _discriminator(t: Mapping[str, torch.Tensor]) -> Names:
    """Yield the name and shape of every tensor that a discriminator is played from."""
    blocks = _chain(t)
    around = next((n for n in t if re.fullmatch(r"b\d+\.skip\.weight", n)), None)
    skip = is_skip(t)
    if skip and around:
        again = next(n for r in blocks[1:] if (n := f"b{r}.fromrgb.weight") in t)
        raise _Contradiction(f"{around} and {again} are of different architectures")
    c = _channels(t, f"b{blocks[0]}.fromrgb.weight")
    for r in blocks:
        if skip or r == blocks[0]:
            yield from _layer(f"b{r}.fromrgb", c, 3, 1, 1)
        if r > 4:
            n = _channels(t, f"b{r}.conv1.weight")
            yield from _layer(f"b{r}.conv0", c, c, 3, 3)
            yield from _layer(f"b{r}.conv1", n, c, 3, 3)
            if around:
                yield f"b{r}.skip.weight", (n, c, 1, 1)
            c = n
    yield from _tail(t, c)


def _tail(t: Mapping[str, torch.Tensor], c: int) -> Names:
    """Yield what comes after a discriminator's blocks, which leave `c` channels."""
    deviations = _inputs(t, "b4.conv.weight") - c  # minibatch features; any number
    fits = deviations >= 0 and c % max(deviations, 1) == 0
    yield from _layer("b4.conv", c, c + (deviations if fits else 1), 3, 3)
    yield from _layer("b4.fc", c, 16 * c)
    scores = _channels(t, "b4.out.weight")  # more than one: as many numbers as a class has
    yield from _layer("b4.out", scores, c)
    if "b4.style.weight" in t:
        yield from _layer("b4.style", _channels(t, "b4.style.weight"), c)
    if is_conditional(t) or depth(t):
        embed = "mapping.embed.weight"
        yield from _layer("mapping.embed", _channels(t, embed), _inputs(t, embed))
        yield from _mapping(t, _channels(t, embed), scores)


def _mapping(t: Mapping[str, torch.Tensor], c: int, w: int) -> Names:
    """Yield the mapping network's layers, from `c` numbers to `w`."""
    layers = max(depth(t), 1)
    for i in range(layers):
        n = w if i == layers - 1 else _channels(t, f"mapping.fc{i}.weight")
        yield from _layer(f"mapping.fc{i}", n, c)
        c = n


def _generator(t: Mapping[str, torch.Tensor]) -> Names:
    """Yield the name and shape of every tensor that a generator is played from."""
    blocks = _chain(t, "synthesis.")
    top, w = blocks[0], _channels(t, "mapping.w_avg")
    yield "mapping.w_avg", (w,)
    yield from _latent(t, w)
    around = next((n for n in t if re.fullmatch(r"synthesis\.b\d+\.skip\.weight", n)), None)
    early = next((n for r in blocks[1:] if (n := f"synthesis.b{r}.torgb.weight") in t), None)
    if around and early:
        raise _Contradiction(f"{around} and {early} are of different architectures")
    c = _channels(t, "synthesis.b4.const")
    yield "synthesis.b4.const", (c, 4, 4)
    for r in reversed(blocks):
        name, before = f"synthesis.b{r}", c
        c = _channels(t, f"{name}.conv1.weight")
        if r > 4:
            yield from _styled(t, f"{name}.conv0", w, r, c, before)
        if r > 4 and around:
            yield f"{name}.skip.weight", (c, before, 1, 1)
        yield from _styled(t, f"{name}.conv1", w, r, c, c if r > 4 else before)
        if r == top or early:
            yield from _layer(f"{name}.torgb", 3, c, 1, 1)
            yield from _layer(f"{name}.torgb.affine", c, w)


def _latent(t: Mapping[str, torch.Tensor], w: int) -> Names:
    """Yield a generator's mapping network: from a latent, and a class if it has one, to `w`."""
    c = _inputs(t, "mapping.fc0.weight")
    if is_conditional(t):
        n = _channels(t, "mapping.embed.weight")
        yield from _layer("mapping.embed", n, _inputs(t, "mapping.embed.weight"))
        c = max(c, n + 1)
    yield from _mapping(t, c, w)


def _channels(t: Mapping[str, torch.Tensor], name: str) -> int:
    """Return how many channels come out of this tensor, at least 1."""
    return max(t[name].shape[:1].numel(), 1)


def _inputs(t: Mapping[str, torch.Tensor], name: str) -> int:
    """Return how many numbers go into this tensor, at least 1."""
    return max(t[name].shape[1:2].numel(), 1)


def _styled(t: Mapping[str, torch.Tensor], name: str, w: int, r: int, to: int, by: int) -> Names:
    yield from _layer(name, to, by, 3, 3)
    yield from _layer(f"{name}.affine", by, w)
    if f"{name}.noise_const" in t or f"{name}.noise_strength" in t:
        yield f"{name}.noise_const", (r, r)
        yield f"{name}.noise_strength", ()


def _layer(name: str, *shape: int) -> Names:
    yield f"{name}.weight", shape
    yield f"{name}.bias", shape[:1]
