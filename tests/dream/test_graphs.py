"""What a recorded frame reads, and that it is the plain one. The latter needs a card."""

import gc
import weakref
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest
import torch

from engine import camera
from engine.dream import graphs
from engine.dream.dreamer import Dreamer, first_picture, frame
from engine.networks.discriminator import Discriminator

card = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card")


class Pair(NamedTuple):
    left: float
    right: tuple[int, ...]


@dataclass(frozen=True)
class Sample:
    number: float
    count: int
    tensor: torch.Tensor | None
    by_name: dict
    pair: Pair


def sample(number=1.5, count=3, tensor=None, weight=0.5):
    tensor = torch.arange(6.0).view(2, 3) if tensor is None else tensor
    return Sample(number, count, tensor, {"a": weight, "b": True}, Pair(2.5, (1, 2)))


def numbers(value):
    return graphs.packed(graphs.taken_apart(value)[1]).tolist()


def kind(value):
    return graphs.taken_apart(value)[0]


def test_floats_and_tensors_are_leaves_whole_numbers_are_not():
    assert numbers(sample()) == [1.5, 0, 1, 2, 3, 4, 5, 0.5, 2.5]


def test_a_value_is_rebuilt_around_other_numbers():
    pieces = torch.arange(10.0, 19.0).split([1, 6, 1, 1])
    rebuilt = graphs.rebuilt(sample(), iter(pieces))
    assert numbers(rebuilt) == list(range(10, 19))
    assert rebuilt.tensor.shape == (2, 3)
    assert (rebuilt.count, rebuilt.by_name["b"], rebuilt.pair.right) == (3, True, (1, 2))


def test_numbers_do_not_make_a_kind_all_else_does():
    assert kind(sample()) == kind(sample(number=9.0, weight=7.0))
    others = sample(count=4), sample(tensor=torch.zeros(3)), sample(weight=None)
    assert len({kind(other) for other in (sample(), *others)}) == 4


@pytest.mark.gpu
@card
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"dream.unzoom": 1, "dream.octaves": 4, "dream.iterations": 2},
        {"dream.regions.kind": 1},
        {"dream.channels.octaves": 1.0},
        {"motion.edge": 2, "tone.hold": 0.5},
        {"motion.mirrors": 2},
        {"dream.norm": 2, "dream.jitter": 4},
    ],
    ids=str,
)
def test_recorded_frames_are_the_plain_ones(starter, snapshot, changes, monkeypatch):
    monkeypatch.setattr(graphs, "MET", 1)
    network = Discriminator(starter, "cuda", torch.float32)
    start, latent = (first_picture((128, 96), seed, "cuda") for seed in (1, 2))
    recorded, plain = Dreamer(network, start), Dreamer(network, start)
    plain.make = frame
    for turn in range(4):
        values = snapshot(**changes | {"dream.strength": 0.5 + 0.1 * turn, "latent.mix": 0.3})
        moved, onto = camera.step(values, 0.03), latent if turn % 2 else None
        a, b = (dreamer(values, 0.03, moved, onto).clone() for dreamer in (recorded, plain))
        assert float((a - b).abs().mean()) < 0.02 * float((b - start).abs().mean())


@pytest.mark.gpu
@card
def test_a_picture_handed_over_is_not_written_over_by_the_next(starter, snapshot, monkeypatch):
    monkeypatch.setattr(graphs, "MET", 1)
    network = Discriminator(starter, "cuda", torch.float32)
    dreamer = Dreamer(network, first_picture((128, 96), 1, "cuda"))
    first = dreamer(snapshot(), 0.03, np.eye(3))
    copy = first.clone()
    dreamer(snapshot(), 0.03, np.eye(3))
    assert torch.equal(first, copy)


@pytest.mark.gpu
@card
def test_what_cannot_be_recorded_plays_plainly_and_tells_why(starter, snapshot, monkeypatch):
    def refuse(*words):
        raise RuntimeError("not in a capture")

    monkeypatch.setattr(graphs, "MET", 1)
    monkeypatch.setattr(graphs, "_captured", refuse)
    network = Discriminator(starter, "cuda", torch.float32)
    dreamer = Dreamer(network, start := first_picture((128, 96), 1, "cuda"))
    assert not torch.equal(dreamer(snapshot(), 0.03, np.eye(3)), start)
    assert dreamer.recorder.refused == "not in a capture"
    dreamer.recorder.refused = ""
    dreamer(snapshot(), 0.03, np.eye(3))
    assert not dreamer.recorder.refused  # it was not tried again


@pytest.mark.gpu
@card
def test_networks_that_are_gone_are_not_kept(starter, snapshot):
    networks = [Discriminator(starter, "cuda", torch.float32) for _ in range(4)]
    dreamer = Dreamer(networks[0], first_picture((128, 96), 1, "cuda"))
    kept = [weakref.ref(network) for network in networks]
    while networks:
        dreamer.network = networks.pop()
        dreamer(snapshot(), 0.03, np.eye(3))
    gc.collect()
    assert [network() for network in kept[1:]] == [None] * 3
