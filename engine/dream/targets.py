"""What a dream climbs, read from the snapshot: layers, channels, regions, heads, guide.

In: the snapshot, the network. Out: a Target for each octave.
Dream thread.
"""

from collections.abc import Mapping, Sequence

import torch

from engine.dream import channels, pulls
from engine.dream.regions import OFF
from engine.dream.step import Target
from engine.networks.discriminator import Discriminator
from engine.parameters import LAYER_FAMILY, STYLE_FAMILY


def targets(
    network: Discriminator,
    snapshot: Mapping[str, float],
    octaves: int,
    guide: pulls.Guide | None = None,
) -> Sequence[Target]:
    """Return what each of `octaves` climbs, the largest first; just one where none differs."""
    apart = snapshot["dream.channels.octaves"]
    first = _target(network, snapshot, 0.0, guide)
    if apart == 0:
        return [first]
    places = (k * apart for k in range(1, octaves))
    return [first, *(_target(network, snapshot, place, guide) for place in places)]


def _target(network, snapshot: Mapping[str, float], away: float, guide) -> Target:
    weights = {
        name: snapshot[LAYER_FAMILY + name]
        for name in network.layers
        if snapshot.get(LAYER_FAMILY + name, 0.0) > 0
    }
    kind, others = int(snapshot["dream.regions.kind"]), {}
    if kind != OFF:
        others = _vectors(network, snapshot, weights, away + snapshot["dream.regions.apart"])
    found = _pulls(network, snapshot, weights, guide)
    scored = network.classes and ("out" in weights or "out" in found)
    return Target(
        weights,
        _vectors(network, snapshot, weights, away),
        int(snapshot["dream.norm"]),
        kind,
        others,
        found,
        snapshot["network.class"] if scored else None,
    )


def _pulls(network, snapshot, weights, guide: pulls.Guide | None) -> dict[str, pulls.Pull]:
    """Return what pulls beside the layers: the heads, and the guide where the layers dream."""
    found, forms, look = {}, snapshot["guide.content"], snapshot["guide.style"]
    if guide is not None and (forms > 0 or look > 0):
        found |= guide.pulls(network, weights, forms, look)
    styles = [snapshot.get(STYLE_FAMILY + name, 0.0) for name in network.style_names]
    if styles and (any(styles) or snapshot["dream.ambiguous"] > 0):
        found["style"] = pulls.style(styles, snapshot["dream.ambiguous"])
    if snapshot["dream.real"] != 0:
        found["out"] = pulls.real(snapshot["dream.real"])
    return found


def _vectors(network, snapshot, names, away: float) -> dict[str, torch.Tensor]:
    """Return the channel vector of each layer of `names`, `away` seeds from the chosen one."""
    width, found = snapshot["dream.channels.width"], {}
    for depth, name in enumerate(name for name in network.layers if name in names):
        count = network.shapes[name][0]
        if snapshot["dream.channels.choice"] == channels.SWEPT:
            vector = channels.swept(snapshot["dream.channels.place"], width, count)
        else:
            place = snapshot["dream.channels.seed"] + away
            place += depth * snapshot["dream.channels.layers"]
            vector = channels.walked(place, min(width, count), count)
        found[name] = torch.from_numpy(vector).float()
    return found
