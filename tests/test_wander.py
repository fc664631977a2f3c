"""Parameters stray about the hand's values: in their range, by the clock; what is locked stays."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.parameters import Store
from engine.wander import Wander, strays

RATE = 20


@pytest.fixture
def store():
    store = Store()
    store.fill("dream.layer.", {"a": 1.0})
    store.set("wander.far", 0.2)
    store.set("wander.speed", 1.0)
    return store


def gone(store, seconds, rate=RATE, wander=None):
    """Return what is added at each step of so many seconds."""
    wander = wander or Wander()
    return [wander.step(store, {}, 1 / rate) for _ in range(round(seconds * rate))]


def test_each_strays_both_ways_as_far_as_it_may_and_each_on_its_own(store):
    steps, ways = gone(store, 60), []
    for id in steps[0]:
        row, hand = store.row(id), store.get(id)
        off = [row.norm(row.clip(hand + step[id])) - row.norm(hand) for step in steps]
        assert max(map(abs, off)) <= 0.2 + 1e-9
        low, high = min(0.1, row.norm(hand)), min(0.1, 1 - row.norm(hand))
        assert min(off) <= -low + 1e-9 and max(off) >= high - 1e-9
        ways.append(tuple(round(way, 3) for way in off))
    assert len(set(ways)) == len(ways)


@given(far=st.floats(0, 1), seconds=st.floats(0, 1e4))
def test_whatever_strays_stays_in_its_range(far, seconds):
    store = Store()
    store.set("wander.far", far)
    for id, by in Wander().step(store, {}, seconds).items():
        row = store.row(id)
        assert row.min - 1e-6 <= store.get(id) + by <= row.max + 1e-6


def test_it_is_smooth_and_the_same_at_any_rate(store):
    slow, fast = gone(store, 10, 20), gone(store, 10, 60)
    for id in slow[0]:
        row = store.row(id)
        assert slow[-1][id] == pytest.approx(fast[-1][id], abs=1e-4 * (row.max - row.min))
    steps = [step["motion.x"] for step in fast]
    assert max(abs(b - a) for a, b in pairwise(steps)) < 0.03


def test_counts_choices_layers_and_seeds_do_not_stray(store):
    ids = {row.id for row in store.rows() if strays(row)}
    assert ids >= {"motion.zoom", "dream.channels.width", "tone.hue_drift", "latent.mix"}
    left = {"dream.octaves", "motion.edge", "dream.layer.a", "dream.channels.seed", "dream.rate"}
    assert not ids & (left | {"output.brightness", "audio.gain", "wander.far"})
    assert not ids & {"dream.strength", "dream.leak", "tone.contrast"}  # would still the dream


def test_what_is_locked_stays(store):
    store.lock({"motion", "latent.mix"})
    assert not [id for id in gone(store, 1)[-1] if id.startswith(("motion.", "latent.mix"))]


def test_a_mapping_moves_how_far_and_at_0_it_is_over(store):
    store.set("wander.far", 0)
    assert Wander().step(store, {}, 1.0) == {}
    assert Wander().step(store, {"wander.far": 0.5}, 1.0)
