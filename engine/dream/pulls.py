"""What pulls the dream beside its layers: styles, the network's verdict, a guide picture.

In: weights, a network, features. Out: for each layer a function from its features (and the
picture's size) to the gradient there. Dream thread.
A layer of weight w whose features grow by a part p gains 2 w p. A layer on its way to the guide
gains as much by the part of the way, a head by the part of its own length.
Ambiguity: Elgammal et al. 2017, the cross-entropy with all styles alike. Guide: Gatys et al. 2016.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F

from engine.dream import likeness
from engine.dream.pixels import from_pixels
from engine.dream.start import from_file

Pull = Callable[[torch.Tensor, tuple[int, int]], torch.Tensor]
KEPT = 12  # sizes of the guide of which the features are kept
HEAD = 5.0  # gain of a head: measured, at the picture it then weighs as much as a layer
STYLE = 12.0  # of the style head: with 5 a style of weight 1 was not to be seen beside the layers
FORMS = 8, 16  # pixels a step, of the layers that hold the guide's forms: deeper ones lose them
LEAST = 1.0  # length of a head's numbers under which they do not pull harder


def style(weights: Sequence[float], ambiguous: float) -> Pull:
    """Return the pull at the logits (1, n): to styles by their weights, and to all alike."""
    towards = sum(weights)

    def pull(logits: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
        now = logits.softmax(1)
        wanted = logits.new_tensor([w + ambiguous / len(weights) for w in weights])[None]
        length = (logits - logits.mean()).norm().clamp(min=LEAST)
        return (wanted - (towards + ambiguous) * now) * (STYLE / length)

    return pull


def real(weight: float) -> Pull:
    """Return the pull at the verdict (1, 1): real above 0, generated below."""
    return lambda out, size: out.new_full(out.shape, HEAD * weight) / out.norm().clamp(min=LEAST)


class Guide:
    """A picture that guides: its features in any network, at any size, kept once made."""

    def __init__(self, picture: torch.Tensor):
        self.picture = picture  # (1, 3, h, w) in [-1, 1]
        self._network = None
        self._kept: dict[tuple, dict[str, tuple[torch.Tensor, torch.Tensor]]] = {}

    @classmethod
    def read(cls, path: Path | str, size: tuple[int, int]) -> "Guide":
        """Return the guide in a picture's file, covering `size` (w, h); PictureError if none."""
        return cls(from_pixels(from_file(path, size)))

    def pulls(self, network, weights: Mapping[str, float], content: float, look: float):
        """Return {layer: pull}: look in the layers of these weights, content where forms are."""
        looks = {name: look * w for name, w in weights.items() if len(network.shapes[name]) > 1}
        names = [name for name in network.layers if name.endswith("_conv1")]
        forms = {name: content for name in names if network.stride([name]) in FORMS}
        shares = {name: (forms.get(name, 0.0), looks.get(name, 0.0)) for name in {*forms, *looks}}
        shares = {name: share for name, share in shares.items() if any(share)}
        return {
            name: self._pull(network, frozenset(shares), name, *share)
            for name, share in shares.items()
        }

    def _pull(self, network, layers: frozenset, name: str, content: float, look: float) -> Pull:
        def pull(f: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
            wanted, gram = self._features(network, layers, size)[name]
            g = torch.zeros_like(f)
            if content:
                part = f.numel() / (wanted.square().sum() + 1e-12)
                g = g - likeness.content_gradient(f, wanted) * (content * part)
            if look:
                part = gram.numel() / (2 * gram.square().sum() + 1e-12)
                g = g - likeness.gram_gradient(f, gram) * (look * part)
            return g

        return pull

    def _features(self, network, layers: frozenset, size: tuple[int, int]):
        """Return each layer's features and Gram matrix at this size (h, w), made once."""
        if network is not self._network:
            self._network, self._kept = network, {}
        key = (layers, size)
        if (kept := self._kept.get(key)) is None:
            fits = {n for n in layers if network.stride([n]) <= min(size)}
            x = _covering(self.picture.to(network.device), size)
            with torch.no_grad():
                kept = {n: (f, likeness.gram(f)) for n, f in network.forward(x, fits)[0].items()}
            while len(self._kept) >= KEPT:
                self._kept.pop(next(iter(self._kept)), None)
            self._kept[key] = kept
        return kept


def _covering(x: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Return the middle of `x` that has the shape of `size` (h, w), at that size."""
    h, w = x.shape[2:]
    scale = max(size[0] / h, size[1] / w)
    a, b = (min(round(side / scale), most) for side, most in zip(size, (h, w), strict=True))
    top, left = (h - a) // 2, (w - b) // 2
    x = x[:, :, top : top + a, left : left + b]
    return F.interpolate(x, size, mode="bicubic", antialias=True, align_corners=False).clamp(-1, 1)
