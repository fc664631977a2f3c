"""The dream's thread on a small picture: what it hands over, when, and how it ends."""

import threading
import time

import numpy as np
import pytest
import torch
from running import HERE, SIZE, STILL, picture
from waiting import until

from engine.camera import CameraPath, Here
from engine.dream.dreamer import first_picture
from engine.dream.pixels import write_pixels
from engine.dream.runner import Runner, choose_device
from engine.latent.walker import Walker
from engine.mailbox import Mailbox
from engine.networks.discriminator import Discriminator
from engine.networks.files import read
from engine.networks.generator import Generator
from engine.options import GENERATOR

pytestmark = pytest.mark.usefixtures("one_core")


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
        runner._dream(0.05, np.eye(3), Here(number, 0, None))
        for taken, copied in runner.pictures.all[-3:]:
            assert (taken.pixels == copied).all()


def test_the_picture_moves_along_the_path_once_however_many_dreams_it_takes(stage):
    start = picture((64, 64))
    runner = stage(start=start.clone(), **STILL | {"motion.edge": "wrap"})
    runner.start()
    until(lambda: len(runner.pictures.all) >= 3)
    names = ("zoom", "rotation", "y", "center_x", "center_y")
    still = {**runner._snapshot(), **{f"motion.{name}": 0.0 for name in names}}
    for _ in range(4):  # four times a sixteenth of a height: sixteen pixels to the right
        runner.path.advance({**still, "motion.x": 1 / 16}, 1.0)
        many = len(runner.pictures.all)
        until(lambda many=many: len(runner.pictures.all) >= many + 3)
    runner.stop()
    moved = runner.dreamer.picture
    assert torch.allclose(moved, start.roll(16, 3), atol=2e-3)
    assert not torch.allclose(moved, start, atol=2e-2)


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
        runner._dream(s, np.eye(3), HERE)
    degrees = [d for d, _, _ in walker.places]
    assert degrees == pytest.approx(50 * np.cumsum(seconds))
    assert {place[1:] for place in walker.places} == {(7, 0.5)}
    assert [p.seconds for p, _ in runner.pictures.all] == seconds


def test_without_a_flow_from_the_generator_its_walk_is_not_asked_for(stage):
    walker = Asked(Generator(read(GENERATOR)), SIZE, print)
    stage(walker, **STILL)._dream(0.1, np.eye(3), HERE)
    assert walker.places == []


def test_the_walkers_picture_flows_into_the_dream(stage):
    walker = Walker(Generator(read(GENERATOR)), SIZE, print)
    runner = stage(walker, **STILL | {"latent.mix": 4, "latent.speed": 0, "latent.psi": 0.5})
    there = walker.first(0, 0.5)
    before = float((runner.dreamer.picture - there).abs().mean())
    until(lambda: walker.at(0.0, 0, 0.5) is not None)
    for _ in range(10):
        runner._dream(0.1, np.eye(3), HERE)
    assert float((runner.dreamer.picture - there).abs().mean()) < 0.4 * before


def alike(a, b):
    return float(torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1])


def test_begun_anew_the_next_dream_owes_nothing_to_those_before(stage):
    runner = stage(None, **STILL)
    runner.dreamer.begin(torch.zeros_like(runner.dreamer.picture))
    runner._dream(0.1, np.eye(3), HERE)
    assert runner.dreamer.picture.std() < 0.01
    runner.begin_anew()
    for _ in range(2):
        runner._dream(0.1, np.eye(3), HERE)
    assert alike(runner.dreamer.picture, first_picture(SIZE, 0)) > 0.95


def test_begun_anew_the_generators_picture_is_there_where_it_is_drawn(stage):
    walker = Walker(Generator(read(GENERATOR)), SIZE, print)
    runner = stage(walker, **STILL | {"latent.psi": 0.5})
    until(lambda: walker.at(0.0, 0, 0.5) is not None)
    runner.begin_anew()
    runner._dream(0.1, np.eye(3), HERE)
    assert alike(runner.dreamer.picture, walker.first(0, 0.5)) > 0.95


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card")
@pytest.mark.parametrize("on_card", [False, True])
def test_a_card_hands_its_pictures_over_where_they_are_asked_for(starter, snapshot, on_card):
    came, errors, values = [], [], snapshot()
    pictures = Mailbox()
    pictures.put = came.append
    network = Discriminator(starter, *choose_device())
    words = CameraPath(), pictures, lambda seconds: None, errors.append
    runner = Runner(network, picture().cuda(), None, lambda: values, *words)
    runner.start(on_card)
    until(lambda: len(came) >= 6)
    runner.stop()
    assert errors == []
    assert isinstance(came[-1].pixels, torch.Tensor if on_card else np.ndarray)
    newest = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    write_pixels(runner.dreamer.picture, newest)
    pixels = came[-1].pixels
    assert np.array_equal(pixels.cpu().numpy() if on_card else pixels, newest)
