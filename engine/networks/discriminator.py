"""The StyleGAN2 discriminator, forward to any layers and back to the picture, without autograd.

In: a picture (1, 3, h, w) in [-1, 1], a label if it is conditional, and later the gradient at each
layer asked for. Out: the layers' features, and the gradient at the picture. Dream thread; no state
but weights. Nothing past the deepest layer asked for is computed.
Architectures resnet, skip and orig (Karras et al. 2020); layers named as in Porres 2021: from_rgb,
b{r}_conv0, b{r}_conv1, b4_conv, fc, out; and style where there is such a head.
The backward by hand reuses the forward's buffers and needs no graph: the paper's loop takes half of
autograd's time on a CPU (benchmarks/dream.py).
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import torch

from engine.networks.blocks import Block, Kept, entry
from engine.networks.convolution import LowPass, fuses
from engine.networks.layers import (
    NetworkFile,
    check,
    clamp,
    is_skip,
    layer_shapes,
    resolutions,
    style_names,
)
from engine.networks.mapping_network import Label
from engine.networks.tail import KeptTail, Tail


@dataclass
class Tape:
    """What the forward leaves for the backward."""

    layers: frozenset[str]
    entries: list[torch.Tensor]  # the picture's colours as features, where it comes in
    blocks: list[Kept] = field(default_factory=list)
    tail: KeptTail | None = None


class Discriminator:
    """A discriminator ready to dream: `forward` to layers, `backward` to the picture."""

    def __init__(
        self,
        network: NetworkFile,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ):
        check(network, "discriminator")
        t, blocks = network.tensors, resolutions(network.tensors)
        place, limit = {"device": torch.device(device), "dtype": dtype}, clamp(network)
        self.path = network.path.resolve()  # of the file itself, from any folder
        self.device, self.dtype, self.name = place["device"], dtype, network.path.stem
        self.shapes = layer_shapes(t)
        self.resolution = blocks[0]
        # In the skip architecture the picture, ever smaller, comes in again at each block.
        enters, block = _parts(place["device"])
        self.entries = [
            enters(t, f"b{r}.fromrgb", limit if r > 4 else None, place)
            for r in (blocks if is_skip(t) else blocks[:1])
        ]
        self.halve = LowPass(3, 1, 2, **place)
        self.blocks = [block(t, r, limit, place) for r in blocks[:-1]]
        self.tail = Tail(network, limit, place)
        self.classes, self.style_names = self.tail.classes, style_names(network)
        self.styles = len(self.style_names)

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of all layers, from the picture down."""
        return tuple(self.shapes)

    def stride(self, layers: Iterable[str]) -> int:
        """Return how many pixels of the picture one step at the deepest of these layers spans."""
        shapes = (self.shapes.get(name, ()) for name in layers)
        sides = (shape[1] if len(shape) == 3 else 4 for shape in shapes)  # fc and heads see b4's
        return math.ceil(self.resolution / min(sides))

    def forward(self, x: torch.Tensor, layers: Iterable[str], label: Label = None):
        """Return {layer: features} and the tape; `x` (1, 3, h, w), any h, w >= stride(layers).

        `label` chooses the class by which a conditional network scores `out`
        (mapping_network.label_weights says how).
        """
        layers = frozenset(layers)
        image = x.to(self.dtype).contiguous(memory_format=torch.channels_last)
        x = self.entries[0](image)
        tape = Tape(layers, [x])
        features = {"from_rgb": x}
        for block in self.blocks:
            if layers <= features.keys():
                break
            if tape.blocks:
                x, image = self._enter(x, image, tape)
            first, second = f"b{block.r}_conv0", f"b{block.r}_conv1"
            x, kept = block.forward(x, layers <= {*features, first}, first in layers)
            features |= {first: kept.first, second: x}
            tape.blocks.append(kept)
        if not layers <= features.keys():
            if tape.blocks:
                x, image = self._enter(x, image, tape)
            found, tape.tail = self.tail.forward(x, layers, label)
            features |= found
        return {name: features[name] for name in layers}, tape

    def _enter(self, x: torch.Tensor, image: torch.Tensor, tape: Tape):
        """Return features and picture, halved, after it came in again (skip architecture)."""
        if len(self.entries) == 1:
            return x, image
        image = self.halve(image)
        tape.entries.append(self.entries[len(tape.entries)](image))
        return x + tape.entries[-1], image

    def backward(self, tape: Tape, gradients: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """Return the gradient at the picture, float32, from the gradients at the layers."""
        g = image = None
        around = []  # what a fused block leaves to whoever reads its gradient
        if tape.tail:
            g = self.tail.backward(tape.tail, gradients)
            image = self._leave(g, None, tape, len(tape.blocks))
        for i, kept in reversed(list(enumerate(tape.blocks))):
            r = kept.block.r
            g = _sum(g, gradients.get(f"b{r}_conv1")) if kept.second is not None else None
            if g is not None or f"b{r}_conv0" in gradients:
                at_first = gradients.get(f"b{r}_conv0")
                g, *around = kept.block.backward(kept, g, at_first, *around)
                image = self._leave(g, image, tape, i)
        g = _sum(g, gradients.get("from_rgb"))
        g = self.entries[0].back(g, tape.entries[0], *around)
        return self._with_smaller(g, image).float()

    def _leave(self, g, image, tape: Tape, stage: int) -> torch.Tensor | None:
        """Return the gradient at the picture that came in again before this stage."""
        if stage == 0 or len(self.entries) == 1 or g is None:
            return image
        g = self.entries[stage].back(g, tape.entries[stage])
        return self._with_smaller(g, image)

    def _with_smaller(self, g: torch.Tensor, image: torch.Tensor | None) -> torch.Tensor:
        """Add to the gradient at a picture what comes from that of half its size."""
        return g if image is None else g.add_(self.halve.back(image.to(self.dtype), g.shape[2:]))


def _sum(a: torch.Tensor | None, b: torch.Tensor | None) -> torch.Tensor | None:
    if a is None or b is None:
        return b if a is None else a
    return a + b


def _parts(device: torch.device) -> tuple[Callable, Callable]:
    """Return what makes the entries and the blocks: fused ones on a card for which Triton is."""
    if not fuses(device):
        return entry, Block
    from engine.networks.fused_blocks import FusedBlock, FusedEntry  # there is no Triton elsewhere

    return FusedEntry, FusedBlock
