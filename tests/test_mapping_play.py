"""Mappings while they play: hold, chance, delay, mute, solo and edits; and what they cost."""

import random
import threading
from itertools import cycle

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import presets
from engine.mapping import CURVES, HOLDS, Mapper, Mapping, MappingError, Signals
from engine.parameters import Store

ZOOM = Mapping("lfo.1", "motion.zoom", 1.0)


def of(**more):
    return Mapping(**{"signal": "lfo.1", "parameter": "motion.zoom", "amount": 1.0} | more)


def played(mapper, frames, dt=0.1):
    """Return what is added to the zoom in each frame, whose signals are given."""
    board = Signals()
    sums = []
    for values in frames:
        board.publish(values, 0.0)
        sums.append(mapper.step(board, dt).get("motion.zoom"))
    return sums


@pytest.mark.parametrize(
    ("hold", "signal", "steps"),
    [("beat", "beat.count", [4, 4, 5, 5, 6]), ("bar", "bar.count", [1, 1, 2, 2, 3]),
     ("onset", "audio.onset", [0, 0, 1, 0.9, 1.3])],
)  # fmt: skip
def test_a_held_mapping_looks_at_its_signal_on_each_step(hold, signal, steps):
    rising = [0.1, 0.2, 0.3, 0.4, 0.5]
    frames = [{"lfo.1": x, signal: step} for x, step in zip(rising, steps, strict=True)]
    assert played(Mapper([of(hold=hold)]), frames) == [0.1, 0.1, 0.3, 0.3, 0.5]


def test_a_held_mapping_takes_as_many_steps_as_its_probability_says():
    mapper = Mapper([of(hold="beat", probability=0.25)], random.Random(3).random)
    seen = played(mapper, [{"lfo.1": n / 4000, "beat.count": n} for n in range(4000)])
    assert len(set(seen)) == pytest.approx(1000, abs=100)


def test_a_probability_lets_as_many_rises_through():
    mapper = Mapper([of(probability=0.7)], random.Random(5).random)
    seen = played(mapper, [{"lfo.1": n % 2} for n in range(4000)])
    assert sum(seen) == pytest.approx(1400, abs=100)


def test_hold_comes_before_the_delay_and_the_delay_before_the_smoothing():
    mapper = Mapper([of(hold="beat", delay=0.2, release=0.5)])
    frames = [{"lfo.1": 1.0, "beat.count": 0}] * 3 + [{"lfo.1": 0.0, "beat.count": 1}] * 3
    assert played(mapper, frames) == pytest.approx([1, 1, 1, 1, 1, 0.8187], abs=1e-3)


@pytest.mark.parametrize("what", [{"hold": "beat"}, {"delay": 0.2}], ids=str)
def test_hold_or_delay_that_was_off_begins_with_what_is_there(what):
    mapper = Mapper([of(**what)])
    played(mapper, [{"lfo.1": 0.2, "beat.count": 1}] * 3)
    mapper.edit(0, ZOOM)
    assert played(mapper, [{"lfo.1": 0.9}]) == [0.9]
    mapper.edit(0, of(**what))
    assert played(mapper, [{"lfo.1": 0.7}, {"lfo.1": 0.8}]) == [0.7, 0.7]


def test_a_muted_mapping_adds_nothing_and_goes_on_unseen():
    mapper = Mapper([of(mute=True, attack=1.0)])
    assert played(mapper, [{"lfo.1": 1.0}] * 50) == [None] * 50
    mapper.edit(0, of(attack=1.0))
    assert played(mapper, [{"lfo.1": 1.0}])[0] > 0.99


def test_one_that_is_solo_plays_alone():
    mapper = Mapper([ZOOM, of(amount=0.3)])
    mapper.solo = mapper.mappings[1]
    assert played(mapper, [{"lfo.1": 1.0}]) == [0.3]
    mapper.edit(1, of(amount=0.4))
    assert played(mapper, [{"lfo.1": 1.0}]) == [0.4]
    mapper.edit(1)
    assert (mapper.mappings, played(mapper, [{"lfo.1": 1.0}])) == ((ZOOM,), [1.0])


def test_a_solo_that_another_preset_does_not_have_ends():
    mapper = Mapper([ZOOM])
    mapper.solo = ZOOM
    mapper.replace([of(amount=0.2)])
    assert mapper.solo is None
    assert played(mapper, [{"lfo.1": 1.0}]) == [0.2]


def test_an_edited_mapping_goes_on_from_where_it_is_and_its_twin_from_rest():
    mapper = Mapper([of(attack=5.0)])
    before = played(mapper, [{"lfo.1": 1.0}] * 20)[-1]
    mapper.edit(0, of(attack=5.0, amount=2.0))
    assert played(mapper, [{"lfo.1": 1.0}], 1e-9)[0] == pytest.approx(2 * before)
    mapper.edit(0, *mapper.mappings * 2)
    played(mapper, [{"lfo.1": 1.0}], 1e-9)
    assert [level for _, level in mapper.levels()] == pytest.approx([before, 0.0], abs=1e-6)


def test_an_edit_while_looks_come_and_go_is_kept_or_given_up_whole_and_stops_nobody():
    """A hand in one thread, the stage in another: no lock, and nothing half done."""
    looks = [tuple(of(amount=float(n), shape=float(m)) for m in range(1, 4)) for n in (1, 2)]
    mapper, ended, edits = Mapper(looks[0]), threading.Event(), []

    def edit():
        while not ended.is_set():
            mapper.edit(1, of(amount=9.0, shape=float(len(edits) % 7)))
            edits.append(mapper.mappings)

    hand = threading.Thread(target=edit)
    hand.start()
    for n in range(3000):
        look = looks[n % 2]
        mapper.play(look, looks[(n + 1) % 2], 0.0)
        mapper.fade(look, looks[(n + 1) % 2], 0.5)
        mapper.step(Signals(), 0.01)
        amounts = {m.amount for m in mapper.mappings}
        assert amounts <= {look[0].amount, 9.0}  # never those of the look before
        assert len(mapper.levels()) == 3
    ended.set()
    hand.join()
    assert edits


def test_what_a_hand_edits_while_a_look_comes_plays_whole_and_ends_with_the_next_look():
    mapper, coming = Mapper([ZOOM]), (of(amount=0.5),)
    mapper.play(coming, mapper.mappings, 0.25)
    assert played(mapper, [{"lfo.1": 1.0}]) == [0.5 * 0.25 + 0.75]
    mapper.edit(0, of(amount=0.6))
    mapper.fade(coming, (ZOOM,), 0.5)
    assert played(mapper, [{"lfo.1": 1.0}]) == [0.6]
    mapper.play(coming)
    assert played(mapper, [{"lfo.1": 1.0}]) == [0.5]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"delay": -0.1}, "delay = -0.1: must be 0 to 10"),
        ({"delay": 11}, "delay = 11: must be 0 to 10"),
        ({"probability": 1.1}, "probability = 1.1: must be 0 to 1"),
        ({"probability": True}, "probability = True: must be a number"),
        ({"hold": "year"}, "hold = 'year': must be one of none, beat, bar, onset"),
        ({"hold": None}, "hold = None: must be a text"),
        ({"mute": 1}, "mute = 1: must be true or false"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_with_its_range(bad, words):
    with pytest.raises(MappingError, match=words):
        of(**bad)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    mappings=st.lists(
        st.builds(
            of,
            curve=st.sampled_from(CURVES),
            delay=st.floats(0, 10),
            hold=st.sampled_from(HOLDS),
            probability=st.floats(0, 1),
            mute=st.booleans(),
        ),
        max_size=4,
    )
)
def test_a_preset_keeps_every_field_and_writes_only_what_is_not_plain(tmp_path, mappings):
    file = tmp_path / "a.toml"
    presets.write(file, Store(), tuple(mappings))
    read = presets.read(file)
    assert (read.mappings, read.skipped) == (tuple(mappings), ())
    presets.write(file, Store(), (ZOOM,))
    assert not {"delay", "hold", "probability", "mute"} & set(file.read_text().split("mapping")[1])


def test_every_mapping_moves_only_within_its_amount():
    fields = zip(cycle(CURVES), cycle(HOLDS), (0.5, 1.0, 0.1) * 8, strict=False)
    many = [of(curve=c, hold=h, probability=p, delay=0.1, attack=0.1) for c, h, p in fields]
    mapper, luck = Mapper(many), random.Random(1)
    for frame in range(300):
        board = Signals()
        board.publish({"lfo.1": luck.uniform(-1, 2), "beat.count": frame // 30}, 0.0)
        assert 0 <= mapper.step(board, 1 / 60)["motion.zoom"] <= len(many)
        assert all(0 <= level <= 1 for _, level in mapper.levels())
