"""Notes as signals: the envelope in closed form, chords, keys that are lost; and controllers."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import clock
from engine.control import midi
from engine.control.midi import Midi
from engine.control.notes import Notes
from engine.mapping import Signals
from engine.parameters import Store

NAMES = ("note.envelope", "note.pitch", "note.velocity")


def notes(attack=0.2, decay=0.4, sustain=0.5, release=1.0):
    rows = {"attack": attack, "decay": decay, "sustain": sustain, "release": release}
    return Notes(lambda id: rows[id.removeprefix("note.")])


def level(notes, moment):
    return notes.signals(moment)["note.envelope"]


def test_an_envelope_goes_through_its_points():
    one = notes()
    one.move("c", 60, 127, 10.0)
    points = {10.0: 0, 10.1: 0.5, 10.2: 1, 10.4: 0.75, 10.6: 0.5, 99.0: 0.5}
    assert {t: level(one, t) for t in points} == pytest.approx(points)
    one.move("c", 60, 0, 100.0)
    points = {100.0: 0.5, 100.5: 0.25, 101.0: 0, 200.0: 0}
    assert {t: level(one, t) for t in points} == pytest.approx(points)


def test_it_rises_to_how_hard_the_key_was_hit_from_where_it_is():
    one = notes(sustain=1)
    one.move("c", 64, 127, 0.0)
    one.move("c", 64, 0, 1.0)
    one.move("d", 32, 63, 1.5)
    signals = one.signals(1.5)
    assert signals == pytest.approx(
        {"note.envelope": 0.5, "note.pitch": 32 / 127, "note.velocity": 63 / 127}
    )
    assert level(one, 2.5) == pytest.approx(63 / 127)


def test_the_last_key_of_a_chord_ends_it():
    one = notes(0, 0, 1, 1)
    one.move("c", 60, 127, 0.0)
    one.move("e", 64, 127, 0.0)
    one.move("c", 60, 0, 1.0)
    assert level(one, 5.0) == 1
    one.move("e", 64, 0, 6.0)
    assert level(one, 6.5) == pytest.approx(0.5)
    one.move("e", 64, 0, 6.5)  # a second time
    assert level(one, 6.75) == pytest.approx(0.25)


@given(
    times=st.lists(st.floats(0, 2), min_size=4, max_size=4),
    moves=st.lists(
        st.tuples(st.sampled_from("ceg"), st.integers(0, 127), st.floats(0, 3)), max_size=20
    ),
)
def test_an_envelope_stays_between_0_and_1_and_never_jumps_but_by_no_time(times, moves):
    one, now = notes(*times[:2], min(times[2], 1.0), times[3]), 0.0
    for key, velocity, wait in moves:
        now += wait
        before = level(one, now)
        one.move(key, 60, velocity, now)
        assert 0 <= level(one, now) <= 1
        if min(times) > 0:
            assert level(one, now) == pytest.approx(before, abs=1e-9)


def until(true, within=10.0):
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)


@pytest.fixture
def room(jack, tmp_path, monkeypatch):
    """The MIDI room at work, its signals and its lines."""
    monkeypatch.setattr(midi, "LOOK", 0.1)
    store, signals, lines = Store(), Signals(), []
    file = tmp_path / "midi.toml"
    file.write_text(
        'version = 1\n[[binding]]\nport = "Keys out:out"\ncontrol = "1.note.36"\nto = "beat.tap"\n'
    )
    acts = []
    room = Midi(
        store, lambda *act: acts.append(act), clock.Clock(), lines.append, file,
        publish=signals.publish,
    )  # fmt: skip
    room.start()
    yield store, signals, lines, acts, room
    room.stop()


def test_a_keyboard_plays_the_envelope_until_it_is_unplugged(room, plug):
    store, signals, lines, acts, midi = room
    store.set("note.sustain", 1)
    keys = plug("Keys")
    until(lambda: any(line.startswith("Keys out:out is here") for line in lines))
    keys.send("note_on", note=36, velocity=100)  # bound: no note to play
    until(lambda: acts)
    assert signals.all() == dict.fromkeys(NAMES, 0.0), "there to be mapped before a key is played"
    keys.send("note_on", note=72, velocity=127)
    until(lambda: signals.read("note.envelope") == 1)
    assert signals.read("note.pitch") == pytest.approx(72 / 127)
    midi.let_go()  # as panic does
    until(lambda: signals.read("note.envelope") == 0)
    keys.send("note_on", note=72, velocity=127)
    until(lambda: signals.read("note.envelope") == 1)
    keys.unplug()
    until(lambda: signals.read("note.envelope") == 0)


def test_a_controller_is_a_signal_of_its_name(room, plug):
    _, signals, lines, *_ = room
    keys = plug("Keys")
    until(lambda: any(line.startswith("Keys out:out is here") for line in lines))
    keys.send("control_change", channel=2, control=21, value=127)
    keys.send("pitchwheel", channel=0, pitch=-8192)
    until(lambda: "midi.1.bend.0" in signals.all())
    heard = {name: value for name, value in signals.all().items() if name not in NAMES}
    assert heard == {"midi.1.bend.0": 0.0, "midi.3.cc.21": 1.0}


def test_two_controllers_that_are_called_alike_are_two_signals(room, plug):
    _, signals, lines, *_ = room
    first, second = plug("Keys [20]"), plug("Keys [24]")
    until(lambda: sum("Keys out:out" in line and "is here" in line for line in lines) == 2)
    for keys, value in ((first, 127), (second, 0)):
        keys.send("control_change", channel=0, control=7, value=value)
    until(lambda: len(signals.all()) == len(NAMES) + 2)
    assert {signals.read("midi.1.cc.7"), signals.read("midi.port2.1.cc.7")} == {0.0, 1.0}
