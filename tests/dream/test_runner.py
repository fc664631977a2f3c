"""The dream's thread on a small picture: what it hands over, survives, and leaves to the cores."""

import threading
import time

import numpy as np
import pytest
import torch

from engine.camera import CameraPath
from engine.dream import memory
from engine.dream.dreamer import Dreamer, first_picture
from engine.dream.governor import Quality
from engine.dream.pixels import write_pixels
from engine.dream.runner import Runner
from engine.dream.ways import TRIED, Tuner, Way
from engine.latent.walker import Walker
from engine.mailbox import Mailbox
from engine.networks.convolution import Convolution
from engine.networks.discriminator import Discriminator
from engine.networks.files import read
from engine.networks.generator import Generator
from engine.options import GENERATOR

SIZE = (64, 48)
STILL = {
    "dream.strength": 0, "dream.leak": 0, "tone.mean": 0, "tone.hold": 0, "tone.saturation": 1,
    "tone.hue_drift": 0, "latent.mix": 0,
}  # fmt: skip


class Pictures(Mailbox):
    """The mailbox, which also keeps a copy of all that was ever put in."""

    def __init__(self):
        super().__init__()
        self.all = []

    def put(self, value):
        self.all.append((value, value.pixels.copy()))
        super().put(value)


class Broken(Discriminator):
    """A network that cannot be dreamed through."""

    def forward(self, x, layers, label=None):
        raise RuntimeError("no memory left")


def until(true, within=20.0):
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.002)


def picture(size=SIZE):
    """Return a picture so calm that no limit touches it."""
    return first_picture(size, 3) * 0.2


pytestmark = pytest.mark.usefixtures("one_core")


@pytest.fixture
def stage(network, snapshot):
    """Makes runners: stage(values, walker) -> a Runner; what it reports lies in its lists."""
    made = []

    def make(walker=None, start=None, **values):
        values, path, pictures, took, errors = snapshot(**values), CameraPath(), Pictures(), [], []
        start = picture() if start is None else start
        runner = Runner(
            network, start, walker, lambda: values, path, pictures, took.append, errors.append
        )
        runner.path, runner.pictures, runner.took, runner.errors = path, pictures, took, errors
        made.append(runner)
        return runner

    yield make
    for runner in made:
        runner.stop()


def other(starter, kind=Discriminator, name="other"):
    network = kind(starter)
    network.name = name
    return network


# The thread.


def test_pictures_arrive_with_rising_numbers_places_and_the_seconds_between_them(stage):
    runner = stage()
    begun = time.perf_counter()
    runner.start()
    until(lambda: len(runner.pictures.all) >= 8)
    runner.stop()
    taken = [p for p, _ in runner.pictures.all]
    elapsed = time.perf_counter() - begun
    assert [p.number for p in taken] == list(range(1, len(taken) + 1))
    places = [p.place for p in taken]
    assert places == sorted(set(places))
    assert places[-1] == runner.path.mark() - 1
    assert all(p.seconds > 0 for p in taken[1:])
    assert 0.5 * elapsed - 0.5 < sum(p.seconds for p in taken) <= elapsed
    assert len(runner.took) == len(taken)
    assert sum(runner.took) <= elapsed
    assert runner.errors == []


def test_the_newest_picture_is_the_dream_as_pixels(stage):
    runner = stage()
    runner.start()
    until(lambda: len(runner.pictures.all) >= 6)
    runner.stop()
    pixels = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    write_pixels(runner.dreamer.picture, pixels)
    newest, copied = runner.pictures.all[-1]
    assert (newest.pixels[..., :3] == pixels[..., :3]).all()
    assert (newest.pixels[..., 3] == 255).all()
    assert (copied == newest.pixels).all()
    assert (runner.pictures.all[0][1] != copied).any()


def test_a_picture_handed_over_is_not_written_over_by_the_next_two(stage):
    runner = stage(**STILL | {"tone.hue_drift": 180})
    for number in range(8):
        runner._dream(0.05, np.eye(3), number)
        for taken, copied in runner.pictures.all[-3:]:
            assert (taken.pixels == copied).all()


def test_the_picture_moves_along_the_path_once_however_many_dreams_it_takes(stage):
    start = picture((64, 64))
    runner = stage(start=start.clone(), **STILL | {"motion.edge": "wrap"})
    runner.start()
    until(lambda: len(runner.pictures.all) >= 3)
    still = {f"motion.{name}": 0.0 for name in ("zoom", "rotation", "y", "center_x", "center_y")}
    for _ in range(4):  # four times a sixteenth of a height: sixteen pixels to the right
        runner.path.advance({**still, "motion.x": 1 / 16}, 1.0)
        many = len(runner.pictures.all)
        until(lambda many=many: len(runner.pictures.all) >= many + 3)
    runner.stop()
    moved = runner.dreamer.picture
    assert torch.allclose(moved, start.roll(16, 3), atol=2e-3)
    assert not torch.allclose(moved, start, atol=2e-2)


def test_a_network_that_fails_is_said_once_and_the_last_good_one_dreams_on(stage, starter):
    runner = stage()
    runner.start()
    good = other(starter)
    runner.use(good)
    until(lambda: runner.dreamer.network is good and len(runner.pictures.all) > 3)
    runner.use(other(starter, Broken, "broken"))
    until(lambda: runner.errors)
    many = len(runner.pictures.all)
    until(lambda: len(runner.pictures.all) >= many + 5)
    runner.stop()
    assert runner.errors == ["broken failed: no memory left"]
    assert runner.dreamer.network is good
    numbers = [p.number for p, _ in runner.pictures.all]
    assert numbers == list(range(1, len(numbers) + 1))


def test_use_changes_the_network_while_it_dreams(stage, starter, network):
    runner = stage()
    runner.start()
    until(lambda: runner.pictures.all)
    assert runner.dreamer.network is network
    first, second = other(starter, name="first"), other(starter, name="second")
    for wanted in (first, second, first):
        runner.use(wanted)
        until(lambda wanted=wanted: runner.dreamer.network is wanted)
    assert runner.errors == []


def test_stop_ends_the_thread_and_the_latent_walk(stage):
    said = []
    walker = Walker(Generator(read(GENERATOR)), SIZE, said.append)
    runner = stage(walker, **{"latent.mix": 1})
    runner.start()
    until(lambda: len(runner.pictures.all) >= 3)
    runner.stop()
    many = len(runner.pictures.all)
    time.sleep(0.2)
    assert len(runner.pictures.all) == many
    assert not {"dream", "latent"} & {t.name for t in threading.enumerate()}
    assert said == runner.errors == []


def test_one_that_never_began_can_be_stopped(stage):
    runner = stage()
    runner.stop()
    assert runner.pictures.all == []


# Time, not dreams.


class Asked(Walker):
    """The latent walk, which also notes where it was asked for."""

    def __init__(self, *arguments):
        self.places = []
        super().__init__(*arguments)

    def at(self, degrees, seed, psi):
        self.places.append((degrees, seed, psi))
        return super().at(degrees, seed, psi)


@pytest.mark.parametrize("seconds", [[0.02] * 30, [0.1] * 6, [0.05, 0.15, 0.3, 0.1]], ids=len)
def test_the_latent_walk_goes_by_seconds_and_not_by_dreams(stage, seconds):
    walker = Asked(Generator(read(GENERATOR)), SIZE, print)
    values = {"latent.speed": 50, "latent.seed": 7, "latent.psi": 0.5, "latent.mix": 1}
    runner = stage(walker, **STILL | values)
    for s in seconds:
        runner._dream(s, np.eye(3), 0)
    degrees = [d for d, _, _ in walker.places]
    assert degrees == pytest.approx(50 * np.cumsum(seconds))
    assert {place[1:] for place in walker.places} == {(7, 0.5)}
    assert [p.seconds for p, _ in runner.pictures.all] == seconds


def test_without_a_flow_from_the_generator_its_walk_is_not_asked_for(stage):
    walker = Asked(Generator(read(GENERATOR)), SIZE, print)
    stage(walker, **STILL)._dream(0.1, np.eye(3), 0)
    assert walker.places == []


def test_the_walkers_picture_flows_into_the_dream(stage):
    walker = Walker(Generator(read(GENERATOR)), SIZE, print)
    runner = stage(walker, **STILL | {"latent.mix": 4, "latent.speed": 0, "latent.psi": 0.5})
    there = walker.first(0, 0.5)
    before = float((runner.dreamer.picture - there).abs().mean())
    until(lambda: walker.at(0.0, 0, 0.5) is not None)
    for _ in range(10):
        runner._dream(0.1, np.eye(3), 0)
    assert float((runner.dreamer.picture - there).abs().mean()) < 0.4 * before


# The quality.


class Slow(Discriminator):
    """A network that takes its time."""

    def forward(self, x, layers, label=None):
        time.sleep(0.2)
        return super().forward(x, layers, label)


class Hungry(Discriminator):
    """A network that no memory holds at more than forty lines."""

    def forward(self, x, layers, label=None):
        if x.shape[2] > 40:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return super().forward(x, layers, label)


class Noting(Dreamer):
    """A dreamer that notes what it was asked for: the network's name and the snapshot."""

    asked = []

    def __call__(self, snapshot, *rest):
        self.asked.append((self.network.name, snapshot))
        return super().__call__(snapshot, *rest)


def noting(runner):
    """Let the runner's dreamer note what it is asked for, into the list that is returned."""
    runner.dreamer.__class__, runner.dreamer.asked = Noting, []
    return runner.dreamer.asked


def test_what_the_governor_takes_away_is_dreamed_and_told(stage):
    runner = stage(**{"dream.octaves": 3, "dream.iterations": 4})
    runner._governor.down = {"iterations": 1, "size": 0, "octaves": 1}
    asked = noting(runner)
    runner._dream(0.1, np.eye(3), 0)
    assert runner.quality == Quality(2, 3, SIZE)
    assert [(s["dream.octaves"], s["dream.iterations"]) for _, s in asked] == [(2, 3)]


def test_switched_off_the_governor_gives_all_back(stage):
    runner = stage(**{"dream.governor": 0, "dream.iterations": 4})
    runner._governor.down = {"iterations": 2, "size": 0, "octaves": 0}
    runner._dream(0.1, np.eye(3), 0)
    assert runner.quality.iterations == 4


def test_a_machine_that_is_too_slow_dreams_less(stage, starter):
    runner = stage(**{"dream.iterations": 8, "dream.rate": 8})
    runner.dreamer.network = runner._crossing.new = Slow(starter)
    runner._tuner = Tuner([Way(1)])
    runner.start()
    until(lambda: runner.quality.iterations < 8)
    assert runner.errors == []


def test_far_too_slow_it_dreams_less_before_it_knows_its_best_way(stage):
    runner = stage(**{"dream.iterations": 20, "dream.rate": 60})
    runner.start()
    until(lambda: runner.quality.iterations < 20)
    assert runner.dreamer.number < 2 * TRIED


def test_a_setting_that_is_held_is_left_alone(stage, starter):
    runner = stage(**{"dream.iterations": 8})
    runner._held = lambda: {"dream.iterations", "size"}
    runner._governor.down = {"iterations": 3, "size": 2, "octaves": 1}
    runner._dream(0.1, np.eye(3), 0)
    assert runner.quality == Quality(2, 8, SIZE)


def test_a_new_size_goes_on_with_the_picture(stage):
    start = picture((192, 108))
    runner = stage(start=start.clone(), **STILL)
    runner._governor.down = {"iterations": 0, "size": 1, "octaves": 0}
    runner._dream(0.1, np.eye(3), 0)
    (smaller, _) = runner.pictures.all[-1]
    assert smaller.pixels.shape == (92, 164, 4)
    assert (smaller.pixels[..., 3] == 255).all()
    runner._governor.off()
    runner._dream(0.1, np.eye(3), 0)
    assert runner.pictures.all[-1][0].pixels.shape == (108, 192, 4)
    difference = (runner.dreamer.picture - start).abs()
    assert float(difference.mean()) < 0.04 * float(start.abs().mean())


def test_the_latent_walks_picture_comes_at_the_size_of_the_dream(stage):
    walker = Walker(Generator(read(GENERATOR)), (192, 108), print)
    still = {**STILL, "latent.mix": 4, "latent.speed": 0}
    runner = stage(walker, start=picture((192, 108)), **still)
    until(lambda: walker.at(0.0, 0, 0.8) is not None)
    runner._governor.down = {"iterations": 0, "size": 2, "octaves": 0}
    runner._dream(0.1, np.eye(3), 0)
    assert runner.errors == []


@pytest.mark.parametrize("size", [(96, 64), (333, 100)])
def test_a_size_that_the_memory_does_not_hold_becomes_smaller_and_is_said(stage, starter, size):
    runner = stage(start=picture(size))
    runner.dreamer.network = runner._crossing.new = other(starter, Hungry, "hungry")
    runner.start()
    until(lambda: runner.pictures.all)
    w, h = runner.quality.size
    assert h <= 40
    assert w / h == pytest.approx(size[0] / size[1], rel=0.03)
    assert runner.errors[0].startswith(f"not enough memory to dream {size[0]}x{size[1]} through hu")
    many = len(runner.errors)
    number = len(runner.pictures.all)
    until(lambda: len(runner.pictures.all) > number + 3)
    assert len(runner.errors) == many


def test_a_size_beyond_the_free_memory_is_never_tried(network, stage, monkeypatch):
    half = memory.needed(network, (128, 96)) / 2
    monkeypatch.setattr(memory, "free", lambda device: half)
    runner = stage(start=picture((128, 96)))
    w, h = runner.quality.size
    assert memory.needed(network, (w, h)) < half
    assert runner.errors == [
        f"not enough memory to dream 128x96 through {network.name}: {w}x{h} instead"
    ]


def test_the_next_network_may_have_the_whole_size_again(stage, starter):
    runner = stage(start=picture((96, 64)))
    runner.dreamer.network = runner._crossing.new = other(starter, Hungry)
    runner.start()
    until(lambda: runner.pictures.all)
    said = list(runner.errors)
    runner.use(other(starter))
    until(lambda: runner.quality.size == (96, 64) and runner._crossing.old is None)
    assert said
    assert runner.errors == said


# Networks.


def test_a_network_is_announced_before_it_dreams_and_the_old_one_when_it_fails(stage, starter):
    said = []
    runner = stage()
    runner._began = lambda network: said.append(network.name)
    first = runner.network
    runner.start()
    runner.use(other(starter, Broken, "broken"))
    until(lambda: runner.errors)
    until(lambda: len(said) == 2)
    assert said == ["broken", first.name]
    assert runner.network is first


def test_while_networks_cross_each_dreams_in_its_own_layers(stage, starter):
    runner = stage()
    values, first = dict(runner._snapshot()), runner.network.name
    runner._snapshot = lambda: values

    def began(network):
        values.pop("dream.layer.b16_conv1")
        values["dream.layer.b8_conv0"] = 1.0

    runner._began = began
    asked = noting(runner)
    runner.start()
    until(lambda: runner.pictures.all)
    runner.use(other(starter))
    until(lambda: runner._crossing.old is None and runner.network.name == "other")
    runner.stop()
    for name, snapshot in asked:
        assert snapshot["dream.layer.b8_conv0" if name == "other" else "dream.layer.b16_conv1"] == 1
    assert {name for name, _ in asked} == {"other", first}
    assert runner.errors == []


def test_a_warmed_up_network_has_packed_all_that_its_first_dream_needs(stage, starter):
    runner = stage()
    runner._tuner = Tuner([Way(1), Way(2)])
    fresh = other(starter)
    before = runner.dreamer.picture.clone()
    runner.warm_up(fresh)
    packed = {id(c): set(c._packed) for c in convolutions(fresh)}
    assert any(packed.values())
    assert torch.equal(runner.dreamer.picture, before)
    torch.set_num_threads(1)
    runner.dreamer.network = runner._crossing.new = fresh
    runner._dream(0.1, np.eye(3), 0)
    assert {id(c): set(c._packed) for c in convolutions(fresh)} == packed


def convolutions(part):
    """Return every convolution of a network, wherever it lies in it."""
    if isinstance(part, Convolution):
        return [part]
    parts = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    parts = [*parts, *getattr(part, "__dict__", {}).values()]
    return [c for p in parts for c in convolutions(p)]


def alike(a, b):
    return float(torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1])


def test_begun_anew_the_next_dream_owes_nothing_to_those_before(stage):
    runner = stage(None, **STILL)
    runner.dreamer.begin(torch.zeros_like(runner.dreamer.picture))
    runner._dream(0.1, np.eye(3), 0)
    assert runner.dreamer.picture.std() < 0.01
    runner.begin_anew()
    for _ in range(2):
        runner._dream(0.1, np.eye(3), 0)
    assert alike(runner.dreamer.picture, first_picture(SIZE, 0)) > 0.95


def test_begun_anew_the_generators_picture_is_there_where_it_is_drawn(stage):
    walker = Walker(Generator(read(GENERATOR)), SIZE, print)
    runner = stage(walker, **STILL | {"latent.psi": 0.5})
    until(lambda: walker.at(0.0, 0, 0.5) is not None)
    runner.begin_anew()
    runner._dream(0.1, np.eye(3), 0)
    assert alike(runner.dreamer.picture, walker.first(0, 0.5)) > 0.95
