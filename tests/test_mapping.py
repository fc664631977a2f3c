"""Mappings: curves in closed form, smoothing that does not know the rate, sums, refusals."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.mapping import CURVES, ChannelWalk, Mapper, Mapping, MappingError, Signals
from engine.parameters import Store
from engine.response import follow

UNIT = st.floats(0, 1)


def bent(curve, x, shape=0.0, **more):
    return Mapping("s", "p", 1.0, curve=curve, shape=shape, **more).shaped(x)


def mapped(value, *mappings, dt=1 / 60):
    signals = Signals()
    signals.publish({"audio.bass": value}, 0.0)
    return Mapper(mappings).step(signals, dt)


def settled(mapper, signals, seconds, rate):
    for _ in range(round(seconds * rate)):
        sums = mapper.step(signals, 1 / rate)
    return sums["motion.zoom"]


@pytest.mark.parametrize(
    ("curve", "shape", "points"),
    [
        ("linear", 0, {0: 0, 0.25: 0.25, 1: 1}),
        ("power", 0, {0: 0, 0.5: 0.25, 1: 1}),
        ("power", 3, {0.5: 0.125}),
        ("power", 0.5, {0.25: 0.5}),
        ("s", 0, {0: 0, 0.25: 0.15625, 0.5: 0.5, 1: 1}),
        ("threshold", 0, {0.49: 0, 0.5: 1, 1: 1}),
        ("threshold", 0.8, {0.79: 0, 0.8: 1}),
        ("steps", 0, {0: 0, 0.26: 1 / 3, 0.51: 2 / 3, 0.76: 1, 1: 1}),
        ("steps", 3, {0.3: 0, 0.4: 0.5, 0.7: 1, 1: 1}),
    ],
)
def test_a_curve_goes_through_its_points(curve, shape, points):
    assert {x: bent(curve, x, shape) for x in points} == pytest.approx(points)


@pytest.mark.parametrize("curve", CURVES)
@given(a=UNIT, b=UNIT, shape=st.floats(0, 8))
def test_a_curve_rises_from_0_to_1(curve, a, b, shape):
    low, high = sorted((a, b))
    assert 0 <= bent(curve, low, shape) <= bent(curve, high, shape) <= 1


@pytest.mark.parametrize("curve", CURVES)
@given(x=UNIT)
def test_inverted_a_curve_is_that_of_the_rest(curve, x):
    assert bent(curve, x, invert=True) == bent(curve, 1 - x)


@given(value=st.floats(-1e9, 1e9))
def test_the_range_of_the_signal_becomes_0_to_1(value):
    shaped = Mapping("s", "p", 1, low=-60, high=0).shaped(value)
    assert shaped == pytest.approx(min(max((value + 60) / 60, 0), 1))


def test_a_range_may_run_backwards():
    down = Mapping("s", "p", 1, low=10, high=0)
    assert [down.shaped(v) for v in (12, 10, 5, 0, -3)] == [0, 0, 0.5, 1, 1]


def test_the_amount_is_in_the_parameters_unit():
    assert mapped(0.5, Mapping("audio.bass", "motion.rotation", -30)) == {"motion.rotation": -15}


def test_many_into_one_are_summed():
    one = Mapping("audio.bass", "motion.zoom", 0.4)
    two = Mapping("audio.bass", "motion.zoom", 1.0, curve="power")
    other = Mapping("audio.bass", "motion.x", 0.1)
    assert mapped(0.5, one, two, other) == pytest.approx({"motion.zoom": 0.45, "motion.x": 0.05})


def test_an_unknown_signal_is_0():
    assert mapped(1.0, Mapping("midi.1.cc.21", "motion.zoom", 1)) == {"motion.zoom": 0}


def test_without_mappings_nothing_is_added():
    assert mapped(1.0) == {}


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.5])
@given(start=UNIT, target=UNIT)
def test_following_is_an_exponential_whatever_the_steps(seconds, start, target):
    value = start
    for _ in range(30):
        value = follow(value, target, seconds, seconds, 0.01)
    left = math.exp(-0.3 / seconds) if seconds else 0
    assert value == pytest.approx(target + (start - target) * left, abs=1e-9)


def test_attack_rises_and_release_falls():
    assert follow(0, 1, 0.2, 9.0, 0.2) == pytest.approx(1 - math.exp(-1))
    assert follow(1, 0, 9.0, 0.2, 0.2) == pytest.approx(math.exp(-1))


@pytest.mark.parametrize(("first", "then"), [(1.0, 1.0), (1.0, 0.2), (0.0, 0.7)])
def test_smoothing_is_the_same_at_every_rate(first, then):
    ends = []
    for rate in (30, 60, 240):
        signals, mapper = (
            Signals(),
            Mapper([Mapping("a", "motion.zoom", 1.0, attack=0.1, release=0.4)]),
        )
        signals.publish({"a": first}, 0.0)
        settled(mapper, signals, 0.2, rate)
        signals.publish({"a": then}, 0.2)
        ends.append(settled(mapper, signals, 0.5, rate))
    assert ends == pytest.approx([ends[0]] * 3, abs=1e-6)
    assert ends[0] > 0


def test_a_mapping_that_stays_keeps_its_motion():
    kept = Mapping("a", "motion.zoom", 1.0, attack=1.0)
    signals, mapper = Signals(), Mapper([kept])
    signals.publish({"a": 1.0}, 0.0)
    before = mapper.step(signals, 0.5)["motion.zoom"]
    mapper.replace([Mapping("a", "motion.x", 1.0), Mapping("a", "motion.zoom", 1.0, attack=1.0)])
    after = mapper.step(signals, 1e-9)
    assert after["motion.zoom"] == pytest.approx(before)
    mapper.replace([])
    assert mapper.step(signals, 0.5) == {}
    mapper.replace([kept])
    assert mapper.step(signals, 1e-9)["motion.zoom"] == pytest.approx(0, abs=1e-6)


def test_the_same_mapping_twice_counts_twice_or_once_but_never_grows():
    twice = [Mapping("audio.bass", "motion.zoom", 0.5, attack=0.1)] * 2
    signals, mapper = Signals(), Mapper(twice)
    signals.publish({"audio.bass": 1.0}, 0.0)
    assert settled(mapper, signals, 3.0, 60) == pytest.approx(1.0)


@pytest.mark.parametrize("name", ["amount", "low", "high", "shape", "attack", "release"])
@pytest.mark.parametrize("value", [math.nan, math.inf, "1", None, True, [1.0]])
def test_what_is_no_number_is_refused_by_name(name, value):
    with pytest.raises(MappingError, match=f"{name} = "):
        Mapping(**{"signal": "s", "parameter": "p", "amount": 1.0} | {name: value})


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"curve": "wavy"}, "curve = 'wavy': must be one of linear, power, s"),
        ({"low": 1.0, "high": 1.0}, "the range is empty"),
        ({"attack": -0.1}, "attack = -0.1: must be 0 or more"),
        ({"release": -1}, "release = -1: must be 0 or more"),
        ({"signal": 7}, "signal = 7"),
        ({"parameter": None}, "parameter = None"),
        ({"invert": "yes"}, "invert = 'yes'"),
        ({"curve": "power", "shape": -1.0}, "shape = -1"),
        ({"low": -1e308, "high": 1e308}, "low = -1e"),
        ({"amount": 10**400}, "amount = 1000"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_mapping_that_cannot_be_is_refused(bad, words):
    with pytest.raises(MappingError, match=words):
        Mapping(**{"signal": "s", "parameter": "p", "amount": 1.0} | bad)


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_a_signal_that_is_no_number_stays_as_it_was(broken):
    signals, mapper = Signals(), Mapper([Mapping("loud", "motion.zoom", 1.0, attack=1, release=1)])
    signals.publish({"loud": broken}, 1.0)
    assert mapper.step(signals, 1.0) == {"motion.zoom": 0.0}
    signals.publish({"loud": 0.5}, 2.0)
    signals.publish({"loud": broken, "low": 0.25}, 3.0)
    assert signals.all() == {"loud": 0.5, "low": 0.25}
    assert mapper.step(signals, 100.0) == {"motion.zoom": pytest.approx(0.5)}


def test_signals_hold_the_newest_value_of_each():
    signals = Signals()
    signals.publish({"b": 1.0, "a": 2.0}, 0.0)
    signals.publish({"b": 3.0}, 1.0)
    assert signals.read("b") == 3.0
    assert signals.read("nobody") == 0.0
    assert list(signals.all().items()) == [("a", 2.0), ("b", 3.0)]


def stepped(kind, values, seed=40):
    """Return the effective seed after each value of the signal that `kind` counts."""
    store, signals, walk, seeds = Store(), Signals(), ChannelWalk(), []
    store.set("dream.channels.seed", seed)
    store.set("dream.channels.walk", 0)
    store.set("dream.channels.step", kind)
    name = {"onset": "audio.onset", "off": "nothing"}.get(kind, f"{kind}.count")
    for moment, value in enumerate(values):
        signals.publish({name: value}, moment)
        store.apply(walk.step(signals, store, {}, 0.1))
        seeds.append(store.snapshot()["dream.channels.seed"])
    return seeds


@pytest.mark.parametrize(
    ("kind", "values", "seeds"),
    [
        ("off", [0, 1, 2], [40, 40, 40]),
        ("beat", [7, 7, 8, 9, 9], [40, 40, 41, 42, 42]),
        ("bar", [3, 4, 4, 5], [40, 41, 41, 42]),
        ("beat", [7, 8, 7, 8, 9], [40, 41, 41, 41, 42]),  # a tempo corrected
        ("beat", [70, 71, 0, 1], [40, 41, 41, 42]),  # a new grid
        ("onset", [0, 1, 0.8, 0.5, 1, 0.7, 0.4], [40, 41, 41, 41, 42, 42, 42]),
    ],
    ids=str,
)
def test_the_seed_steps_once_at_each(kind, values, seeds):
    assert stepped(kind, values) == seeds


def test_after_the_last_seed_comes_the_first():
    assert stepped("beat", [0, 1, 2], 9998) == [9998, 9999, 0]


def test_a_mapping_may_choose_what_the_channels_step_by():
    store, signals, walk = Store(), Signals(), ChannelWalk()
    store.set("dream.channels.walk", 0)
    for count in (7, 8, 9):
        signals.publish({"beat.count": float(count)}, count)
        moved = walk.step(signals, store, {"dream.channels.step": 1.0}, 0.1)
    assert moved == {"dream.channels.seed": 2.0}


def walked(store, walk, seconds, offsets=None):
    """Return the effective seed after these lengths of time."""
    for dt in seconds:
        store.apply(walk.step(Signals(), store, offsets or {}, dt))
    return store.snapshot()["dream.channels.seed"]


@pytest.mark.parametrize("seconds", [[0.01] * 50, [0.05] * 10, [0.2, 0.1, 0.15, 0.05]], ids=len)
def test_the_channels_walk_by_seconds_and_not_by_frames(seconds):
    """Half a second at 3 seeds a second, of which a mapping gives 1, is one and a half seeds."""
    store = Store()
    store.set("dream.channels.seed", 40)
    store.set("dream.channels.walk", 2)
    place = walked(store, ChannelWalk(), seconds, {"dream.channels.walk": 1.0})
    assert place == pytest.approx(41.5)


def test_a_seed_set_by_hand_begins_the_walk_anew():
    store, walk = Store(), ChannelWalk()
    store.set("dream.channels.walk", 2)
    for seed in (40, 70):
        store.set("dream.channels.seed", seed)
        assert walked(store, walk, [0.5, 0.5]) == pytest.approx(seed + 2)
    walk.reset()
    assert walked(store, walk, [0.25]) == pytest.approx(70.5)


def test_a_place_that_becomes_the_seed_is_the_place_where_the_walk_goes_on():
    store, walk = Store(), ChannelWalk()
    store.set("dream.channels.walk", 1)
    place = walked(store, walk, [0.75])
    store.set("dream.channels.seed", place)
    assert walked(store, walk, [0.0]) == pytest.approx(place)
    assert walked(store, walk, [0.5]) == pytest.approx(place + 0.5)
