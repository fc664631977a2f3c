"""Every parameter that the presets map to sound: the signal moves it, OSC moves it, and the
picture changes with it."""

import socket
import time
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import torch
from pythonosc.osc_message_builder import build_msg

from engine import camera, presets
from engine.control.osc import OscServer
from engine.dream.dreamer import Dreamer, first_picture
from engine.dream.runner import prepare
from engine.latent.walker import Walker
from engine.mapping import Mapper, Signals
from engine.networks.files import read
from engine.networks.generator import Generator
from engine.options import GENERATOR, ROOT, STARTER
from engine.parameters import Store

SIZE, RATE, DREAMS = (96, 64), 8, 4
MAPPED = (
    "motion.zoom",
    "motion.rotation",
    "motion.x",
    "motion.y",
    "dream.layer.b8_conv1",
    "dream.layer.b32_conv1",
    "dream.channels.walk",
    "latent.speed",
)
PRESETS = sorted((ROOT / "presets").glob("*.toml"))


@pytest.fixture(scope="module")
def network():
    return prepare(read(STARTER))


@pytest.fixture(scope="module")
def walker():
    walker = Walker(Generator(read(GENERATOR)), SIZE, print)
    yield walker
    walker.stop()


@pytest.fixture
def store(network):
    store = Store()
    store.fill("dream.layer.", dict.fromkeys(network.layers, 0.0))
    return store


def mapping_of(parameter: str) -> tuple[Path, object]:
    """The preset and the mapping that moves `parameter` furthest by a signal of the sound."""
    found = [
        (path, m)
        for path in PRESETS
        for m in presets.read(path).mappings
        if m.parameter == parameter and m.signal.startswith("audio.")
    ]
    assert found, f"no preset maps a sound to {parameter}"
    return max(found, key=lambda each: abs(each[1].amount))


def dreamed(network, walker, snapshot) -> torch.Tensor:
    """The picture after DREAMS dreams at RATE a second under one snapshot."""
    dreamer = Dreamer(network, first_picture(SIZE, 0))
    seed = "dream.channels.seed"
    for number in range(DREAMS):
        walked = snapshot["dream.channels.walk"] * number / RATE  # as the stage carries the seed on
        values = {**snapshot, seed: snapshot[seed] + walked}
        degrees = snapshot["latent.speed"] * number / RATE
        picture = drawn(walker, degrees, int(snapshot["latent.seed"]), snapshot["latent.psi"])
        move = camera.step(snapshot, 1 / RATE)
        dreamer(values, 1 / RATE, move, picture)
    return dreamer.picture


def drawn(walker: Walker, degrees: float, seed: int, psi: float) -> torch.Tensor:
    """The walk's picture there, once both of its neighbours have been drawn."""
    number, end = int(degrees / 10), time.monotonic() + 20
    while time.monotonic() < end:
        picture = walker.at(degrees, seed, psi)
        if {(seed, round(psi, 2), n) for n in (number, number + 1)} <= walker.drawn.keys():
            return walker.at(degrees, seed, psi)
        time.sleep(0.01)
    pytest.fail(f"nothing was drawn at {degrees} degrees: {picture}")


def change(a: torch.Tensor, b: torch.Tensor) -> float:
    """Mean difference in grey levels of 255."""
    return float((a - b).abs().mean()) * 127.5


@pytest.mark.parametrize("parameter", MAPPED)
def test_the_signal_moves_the_parameter_and_the_picture(parameter, store, network, walker):
    path, mapping = mapping_of(parameter)
    presets.apply(presets.read(path), store)
    signals, mapper, pictures, values = Signals(), Mapper([mapping]), [], []
    for level in (0.0, 1.0):
        signals.publish({mapping.signal: level}, 0.0)
        for _ in range(600):
            offsets = mapper.step(signals, 1 / 60)
        store.apply(offsets)
        values.append(store.snapshot()[parameter])
        pictures.append(dreamed(network, walker, store.snapshot()))
    assert values[1] - values[0] == pytest.approx(mapping.amount, rel=0.01)
    assert change(*pictures) > 1


@pytest.mark.parametrize("parameter", MAPPED)
def test_osc_moves_the_parameter_and_the_picture(parameter, store, network, walker):
    path, mapping = mapping_of(parameter)
    presets.apply(presets.read(path), store)
    server = OscServer("127.0.0.1", 0, store, print, print)
    server.start()
    before = dreamed(network, walker, store.snapshot())
    wanted = store.row(parameter).clip(store.get(parameter) + mapping.amount)
    message = build_msg("/" + parameter.replace(".", "/"), wanted).dgram
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(message, ("127.0.0.1", server.port))
    end = time.monotonic() + 5
    while not np.isclose(store.get(parameter), wanted) and time.monotonic() < end:
        time.sleep(0.01)
    server.stop()
    assert store.get(parameter) == pytest.approx(wanted)
    assert change(before, dreamed(network, walker, store.snapshot())) > 1


def test_over_the_presets_every_kind_of_parameter_follows_the_sound():
    mappings = chain.from_iterable(presets.read(path).mappings for path in PRESETS)
    driven = {m.parameter for m in mappings if m.signal.startswith("audio.")}
    assert {"motion.zoom", "motion.rotation", "dream.channels.walk", "latent.speed"} <= driven
    assert driven & {"motion.x", "motion.y"}
    assert len([id for id in driven if id.startswith("dream.layer.")]) >= 2
