"""The dream as a whole: every parameter is seen, any size, and law 1: time, not frames."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from engine import camera
from engine.camera import FOLLOWED
from engine.dream import objective, tone
from engine.dream.dreamer import Dreamer, first_picture
from engine.dream.warp import warp
from engine.networks import files
from engine.parameters import Store

SIZE = (112, 80)
STARTER = Path(__file__).resolve().parents[2] / "networks/ornament-256-discriminator.safetensors"
LAYERS = [layer["name"] for layer in files.describe(STARTER)["layers"]]
MOVED = ("dream.", "tone.", "motion.")
# Seen by the show alone.
ELSEWHERE = {"dream.governor", "dream.rate", "dream.channels.step", "dream.channels.walk"}
KEPT = {"motion.mirrors": 2}  # more of them are the display's
NEEDS = {"dream.channels.place": {"dream.channels.choice": "place"}}  # to be seen at all


def rows():
    store = Store()
    store.fill("dream.layer.", dict.fromkeys(LAYERS, 0.0))
    return [row for row in store.rows() if row.id.startswith(MOVED) and row.id not in ELSEWHERE]


def dreamt(network, snapshot, dreams=2, seconds=0.1, size=SIZE, latent=None):
    """Return the picture after some dreams from the same start."""
    dreamer = Dreamer(network, first_picture(size, 5))
    for _ in range(dreams):
        dreamer(snapshot, seconds, camera.step(snapshot, seconds), latent)
    return dreamer.picture


def sound(picture, size=SIZE):
    """Whether it is a picture: of this size, finite, within [-1, 1]."""
    within = torch.isfinite(picture).all() and float(picture.abs().max()) <= 1
    return within and picture.shape == (1, 3, size[1], size[0])


@pytest.fixture(scope="module")
def base():
    """Values that leave every parameter something to do: edges that come in, octaves that fit."""
    values = {"motion.zoom": -0.5, "motion.rotation": 20.0, "dream.octave_scale": 1.25}
    return {**values, "dream.layer.b32_conv1": 0.5, "dream.regions.kind": 1.0}


@pytest.fixture(scope="module")
def unmoved(network, snapshot, base):
    return dreamt(network, snapshot(**base))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_every_parameter_is_seen_in_the_picture(network, snapshot, base, unmoved, row):
    if row.id in NEEDS:
        base = base | NEEDS[row.id]
        unmoved = dreamt(network, snapshot(**base))
    before = snapshot(**base)[row.id]
    end = row.max if row.max - before > before - row.min else row.min
    middle = before + (end - before) / 2
    value = KEPT.get(row.id, end if row.clip(middle) == before else middle)
    changed = dreamt(network, snapshot(**base | {row.id: value}))
    assert sound(changed)
    assert float((changed - unmoved).abs().mean()) > 1e-3


def test_a_mirrored_dream_is_nearly_alike_on_both_sides(network, snapshot, base):
    """Nearly: what the last dream added to either side is its own."""
    for mirrors, alike in ((1, [3]), (2, [2, 3])):
        x = dreamt(network, snapshot(**base, **{"motion.mirrors": mirrors}), dreams=6)
        for axis in (2, 3):
            apart = float((x - x.flip(axis)).abs().mean() / x.std())
            assert (apart < 0.4) == (axis in alike)


def test_the_same_dream_twice_is_the_same(network, snapshot, base, unmoved):
    assert torch.equal(dreamt(network, snapshot(**base)), unmoved)


@pytest.mark.parametrize("size", [(64, 64), (131, 77), (224, 128), (45, 100)], ids=str)
def test_any_size_dreams(network, snapshot, size):
    assert sound(dreamt(network, snapshot(), size=size), size)


@pytest.mark.parametrize("layer", ["b8_conv1", "fc", "out"])
def test_the_deepest_layers_dream_on_a_small_picture(network, snapshot, layer):
    deep = {"dream.layer.b16_conv1": 0.0, f"dream.layer.{layer}": 1.0}
    assert sound(dreamt(network, snapshot(**deep), size=(96, 64)), (96, 64))


@pytest.mark.parametrize("change", [{"dream.layer.b16_conv1": 0}, {"dream.strength": 0}], ids=str)
def test_without_layers_or_strength_only_motion_and_tone_are_left(network, snapshot, change):
    values = snapshot(**{"motion.zoom": -0.5, "motion.rotation": 20.0} | change)
    dreamer = Dreamer(network, first_picture(SIZE, 5))
    x, moved = dreamer.picture.clone(), camera.step(values, 0.1)
    expected = warp(x, moved, int(values["motion.edge"]))
    expected = tone.faded(expected, *tone.fading(values["dream.leak"], 0.1))
    for _ in range(2):
        expected = tone.colour(expected, tone.Held.of(x), tone.Tones.of(values, 0.05))
    assert torch.allclose(dreamer(values, 0.1, moved), expected, atol=1e-6)


def test_a_dream_raises_the_objective(network, snapshot):
    calm = {"dream.leak": 0, "tone.mean": 0, "tone.saturation": 1, "tone.hue_drift": 0}
    values = snapshot(**calm, **{"dream.channels.walk": 0})
    dreamer = Dreamer(network, first_picture(SIZE, 5))
    aim, heights = dreamer.target(values), []
    for _ in range(4):
        features, _ = network.forward(dreamer.picture, aim.weights)
        (f,) = features.values()
        heights.append(float(objective.value(f, aim.vectors["b16_conv1"].float(), 1.0)))
        dreamer(values, 0.1, np.eye(3))
    assert heights == sorted(heights)
    assert heights[-1] > heights[0] + 0.2


def test_no_time_changes_nothing(network, snapshot):
    calm = first_picture(SIZE, 5) * 0.2
    assert torch.allclose(Dreamer(network, calm)(snapshot(), 0.0, np.eye(3)), calm, atol=1e-5)


def test_a_dream_that_took_long_stands_for_no_more_than_the_longest(network, snapshot):
    """Nor does a clock that ran back undo anything."""
    still = {"motion.zoom": 0, "motion.rotation": 0}
    minute, longest = (dreamt(network, snapshot(**still), 1, s) for s in (60.0, FOLLOWED))
    assert torch.equal(minute, longest)
    assert sound(dreamt(network, snapshot(**still), 1, -5.0))


def test_the_generators_picture_flows_in_by_its_rate(network, snapshot):
    still = {"motion.zoom": 0, "motion.rotation": 0, "dream.strength": 0, "dream.leak": 0}
    calm = {"tone.mean": 0, "tone.saturation": 1, "tone.hue_drift": 0, "latent.mix": 2.0}
    start, latent = first_picture(SIZE, 5) * 0.15, first_picture(SIZE, 77) * 0.15
    dreamer = Dreamer(network, start)
    for _ in range(5):
        picture = dreamer(snapshot(**still, **calm), 0.1, np.eye(3), latent)
    assert torch.allclose(picture, latent.lerp(start, math.exp(-1)), atol=1e-3)


def test_a_network_without_the_presets_layers_still_moves_the_picture(network):
    assert sound(dreamt(network, Store().snapshot()))


def test_a_broken_picture_heals(network, snapshot):
    broken = first_picture(SIZE, 5)
    broken[:, :, 10:20, 10:30] = float("nan")
    dreamer = Dreamer(network, broken)
    for _ in range(3):
        dreamer(snapshot(), 0.1, camera.step(snapshot(), 0.1))
    assert sound(dreamer.picture)


def test_time_not_frames(network, snapshot):
    """Law 1: the same recipe at 6, 12 and 24 dreams a second makes the same kind of picture."""
    values = snapshot(**{"dream.octaves": 2})
    found = {}
    for rate in (6, 12, 24):
        picture = dreamt(network, values, 3 * rate, 1 / rate, size=(96, 64))
        found[rate] = picture.std().item(), picture.mean((0, 2, 3)).numpy()
    for deviation, means in (found[6], found[24]):
        assert deviation == pytest.approx(found[12][0], rel=0.15), found
        assert np.abs(means - found[12][1]).max() < 0.1, found


@pytest.mark.parametrize("size", [(64, 64), (224, 128), (37, 90)], ids=str)
def test_the_first_picture_is_smooth_coloured_noise_of_its_seed(size):
    one, same, other = (first_picture(size, seed) for seed in (1, 1, 2))
    assert sound(one, size)
    assert torch.equal(one, same)
    assert float((one - other).abs().mean()) > 0.1
    assert float(one.std()) == pytest.approx(0.45, abs=0.05)
    assert float(one.diff(dim=3).abs().mean()) < 0.5 * float(one.std())
