"""MIDI through a real JACK server: controllers that are learned, move values, hear of them."""

import time

import mido
import numpy as np
import pytest

from engine import clock
from engine.control import midi, midi_ports
from engine.control.bindings import BindingError
from engine.control.midi import Midi
from engine.parameters import Store

ZOOM, BLACK = "motion.zoom", "output.blackout"


def until(true, within=10.0):
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)


class Show:
    """A store, a clock, and the MIDI room at work; what it asked for and said."""

    def __init__(self, file):
        self.store, self.acts, self.lines, self.file = Store(), [], [], file
        self.beat = clock.Clock(self.store.get)
        self.lit = {}
        self.midi = Midi(
            self.store, self.act, self.beat, self.lines.append, file,
            lambda action, argument: self.lit.get((action, argument), 0.0),
        )  # fmt: skip
        self.midi.start()

    def act(self, name, argument=""):
        self.acts.append((name, argument))

    def sees(self, controller):
        until(lambda: any(line.startswith(f"{controller.name} is here") for line in self.lines))

    def learn(self, controller, to, move):
        """Learn `to` by the controller's `move()`."""
        self.midi.learn(to)
        until(lambda: self.midi.learning == to)
        move()
        until(lambda: not self.midi.learning)
        assert f"moves {to}" in self.lines[-1]

    def reads(self, id, value):
        until(lambda: self.store.get(id) == pytest.approx(value, abs=1e-6))


@pytest.fixture
def show(jack, tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(midi, "LOOK", 0.1)

    def begin(text=""):
        file = tmp_path / "midi.toml"
        if text:
            file.write_text(text)
        made.append(Show(file))
        return made[-1]

    yield begin
    for each in made:
        each.midi.stop()


def bound(controller, *rows):
    """Return a file that binds the controller's controls."""
    tables = (f'[[binding]]\nport = "{controller.name}"\n{row}\n' for row in rows)
    return "version = 1\n" + "".join(tables)


def fader(value):
    """Return where a fader of 7 bits sets the zoom, which goes from -2 to 2."""
    return -2 + 4 * value / 127


def test_a_fader_is_learned_and_takes_over_where_the_value_is(show, plug):
    pad = plug("Pad")
    show = show()
    show.sees(pad)
    show.store.set(ZOOM, 1.0)
    show.learn(pad, ZOOM, lambda: pad.change(7, *range(20, 40, 2), rest=0.01))
    assert show.store.get(ZOOM) == 1.0  # learning moves nothing
    pad.change(7, 40, 60, 80)
    time.sleep(0.1)
    assert show.store.get(ZOOM) == 1.0
    pad.change(7, 90, 100)  # past the 95 that is 1.0
    show.reads(ZOOM, fader(100))
    pad.change(7, 3)
    show.reads(ZOOM, fader(3))
    show.store.set(ZOOM, 1.5)  # another hand
    pad.change(7, 10)
    time.sleep(0.1)
    assert show.store.get(ZOOM) == 1.5
    assert f'port = "{pad.name}"' in show.file.read_text()


def test_an_endless_knob_is_learned_by_a_turn_to_the_right_and_one_to_the_left(show, plug):
    pad = plug("Pad")
    show = show()
    show.sees(pad)

    def turn():
        pad.change(16, 1, 1, 2, 1, rest=0.02)
        until(lambda: show.lines[-1] == "now turn it slowly to the left")
        assert show.midi.learning == ZOOM
        pad.change(16, 65, 65)

    show.learn(pad, ZOOM, turn)
    before = show.store.get(ZOOM)
    pad.change(16, 3)
    show.reads(ZOOM, before + 4 * 3 / 128)
    pad.change(16, 65, 66)
    show.reads(ZOOM, before)


def test_a_fader_of_14_bits_is_learned_and_sets_finer_than_127_steps(show, plug):
    pad = plug("Pad")
    show = show()
    show.sees(pad)

    def whole(value):
        pad.change(5, value >> 7)
        pad.change(37, value & 127)

    show.learn(pad, ZOOM, lambda: [whole(value) for value in range(8000, 8400, 100)])
    show.store.set(ZOOM, 0.0)
    for value in (8100, 8300, 9001):
        whole(value)
    show.reads(ZOOM, -2 + 4 * 9001 / 16383)


def test_an_nrpn_is_learned_with_its_number(show, plug):
    pad = plug("Pad")
    show = show()
    show.sees(pad)

    def data(coarse, fine):
        for control, value in ((99, 3), (98, 7), (6, coarse), (38, fine)):
            pad.change(control, value)

    show.learn(pad, ZOOM, lambda: data(64, 0))
    assert "1.nrpn.391 moves" in show.lines[-1]
    data(64, 0)
    data(100, 5)
    show.reads(ZOOM, -2 + 4 * (100 * 128 + 5) / 16383)


def test_a_key_toggles_asks_and_flashes(show, plug):
    pad = plug("Pad")
    show = show(
        bound(
            pad,
            f'control = "10.note.36"\nto = "{BLACK}"',
            'control = "10.note.37"\nto = "preset.load Reef"',
            f'control = "10.note.38"\nto = "{ZOOM}"',
        )
    )
    show.sees(pad)
    show.store.set(ZOOM, 0.5)

    def key(note, velocity):
        pad.send("note_on", channel=9, note=note, velocity=velocity)

    for on in (1, 0):
        key(36, 90)
        show.reads(BLACK, on)
        key(36, 0)
    key(37, 1)
    key(37, 0)
    until(lambda: show.acts == [("preset.load", "Reef")])
    key(38, 127)
    show.reads(ZOOM, 2.0)
    key(38, 0)
    show.reads(ZOOM, 0.5)
    assert len(show.acts) == 1


def test_a_program_change_asks_for_an_action(show, plug):
    pad = plug("Pad")
    show = show()
    show.sees(pad)
    show.learn(pad, "preset.next", lambda: pad.send("program_change", program=4))
    for program in (3, 4, 4):
        pad.send("program_change", program=program)
    until(lambda: len(show.acts) == 2)
    assert show.acts == [("preset.next", "")] * 2


def test_pressure_and_the_bend_wheel_set_values(show, plug):
    pad = plug("Pad")
    row = f'to = "{ZOOM}"\ntakeover = "jump"'
    kinds = ("1.touch.0", "2.poly.60", "3.bend.0")
    show = show(bound(pad, *(f'control = "{kind}"\n{row}' for kind in kinds)))
    show.sees(pad)
    pad.send("aftertouch", channel=0, value=127)
    show.reads(ZOOM, 2.0)
    pad.send("polytouch", channel=1, note=60, value=0)
    show.reads(ZOOM, -2.0)
    pad.send("pitchwheel", channel=2, pitch=8191)
    show.reads(ZOOM, 2.0)


def test_what_is_forgotten_moves_nothing_any_more(show, plug):
    pad = plug("Pad")
    show = show(bound(pad, f'control = "1.cc.7"\nto = "{ZOOM}"\ntakeover = "jump"'))
    show.sees(pad)
    pad.change(7, 127)
    show.reads(ZOOM, 2.0)
    show.midi.forget(ZOOM)
    until(lambda: "1 controls of motion.zoom forgotten" in show.lines)
    pad.change(7, 0)
    time.sleep(0.1)
    assert show.store.get(ZOOM) == 2.0
    assert "1.cc.7" not in show.file.read_text()


def test_lamps_follow_the_values_and_never_fight_the_hand(show, plug):
    pad = plug("Pad")
    show = show(
        bound(
            pad,
            f'control = "1.cc.7"\nto = "{ZOOM}"\ntakeover = "jump"',
            f'control = "1.note.36"\nto = "{BLACK}"\noff = 1\non = 21',
            'control = "1.note.37"\nto = "preset.load Reef"\nlamp = "2.note.5"',
        )
    )
    show.sees(pad)
    told = []
    until(lambda: told.extend(pad.told()) or len(told) == 3)
    place = round(127 * show.store.row(ZOOM).norm(show.store.get(ZOOM)))
    assert {str(message) for message in told} == {
        str(mido.Message("control_change", control=7, value=place)),
        str(mido.Message("note_on", note=36, velocity=1)),
        str(mido.Message("note_on", channel=1, note=5, velocity=0)),
    }
    show.store.set(ZOOM, 2.0)
    show.store.set(BLACK, 1)
    show.lit["preset.load", "Reef"] = 1.0
    told.clear()
    until(lambda: told.extend(pad.told()) or len(told) == 3)
    assert {message.bytes()[2] for message in told} == {127, 21}
    for value in range(127, 60, -1):
        pad.change(7, value, rest=0.005)
    show.reads(ZOOM, fader(61))
    time.sleep(0.6)
    assert pad.told() == []


def test_a_controller_that_is_unplugged_is_missed_and_welcomed_back(show, plug):
    pad, other = plug("Pad"), plug("Desk")
    show = show(bound(pad, f'control = "1.cc.7"\nto = "{ZOOM}"\ntakeover = "jump"'))
    show.sees(pad)
    show.sees(other)
    pad.unplug()
    until(lambda: f"{pad.name} is gone" in show.lines)
    show.lines.clear()
    other.change(1, 2)
    until(lambda: show.midi.last.startswith(other.name))
    again = plug("Pad")
    show.sees(again)
    until(again.told)
    again.change(7, 127)
    show.reads(ZOOM, 2.0)


def test_a_server_that_ends_and_comes_back_brings_the_controllers_back(show, jack, plug):
    show = show()
    show.sees(plug("Pad"))
    jack.stop()
    until(lambda: any("is gone" in line for line in show.lines))
    until(lambda: any(line.startswith("no MIDI: ") for line in show.lines))
    show.lines.clear()
    jack.start()
    pad = plug("Pad")
    show.sees(pad)
    assert not any("failed" in line for line in show.lines)


def test_without_a_server_that_is_said_once(show, monkeypatch):
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "nobody")
    show = show()
    until(lambda: show.lines)
    time.sleep(2.2)
    assert len(show.lines) == 1
    assert show.lines[0].startswith("no MIDI: ")


def test_without_the_package_that_is_said_once(show, monkeypatch):
    monkeypatch.setattr(midi_ports, "rtmidi", None)
    monkeypatch.setattr(midi_ports, "absent", "python-rtmidi is not installed", raising=False)
    show = show()
    until(lambda: show.lines)
    time.sleep(1.2)
    assert show.lines == ["no MIDI: python-rtmidi is not installed"]


@pytest.mark.parametrize("bpm", [120, 174])
def test_a_jittery_clock_gives_tempo_phase_and_bar(show, plug, monkeypatch, bpm):
    """The truth is the sender's own time and what the server adds to each tick alike."""
    pad, heard = plug("Pad"), []
    hear = midi.MidiClock.hear

    def note(clock, kind, moment, *more):
        heard.append(moment)
        return hear(clock, kind, moment, *more)

    monkeypatch.setattr(midi.MidiClock, "hear", note)
    show = show()
    show.sees(pad)
    pad.begin(f"clock {bpm} 0.002 7.5")
    until(lambda: show.beat.signals(clock.now()) and show.beat.leader == "midi")
    time.sleep(8 * 60 / bpm)  # two bars: one to glide, one to settle
    moments = clock.now() + np.arange(0, 2.5, 0.01)
    beats = []
    for moment in moments:
        clock.sleep_until(moment)
        beats.append(show.beat.at(moment))
    tempo = show.beat.signals(clock.now())["tempo.bpm"]
    begun, tick = float(pad.answer()), 60 / bpm / 24
    way = np.median(((np.array(heard[1:]) - begun) / tick + 0.5) % 1 - 0.5) * tick
    truth = (moments - begun - way) / (24 * tick)
    late = ((np.array(beats) - truth + 2) % 4 - 2) * 24 * tick
    assert tempo == pytest.approx(bpm, rel=0.01)
    assert np.percentile(np.abs(late), 90) < 0.005  # a busy machine may be late for the rest


def test_a_stop_silences_the_clock_and_another_ports_clock_waits_for_it(show, plug):
    pad, desk = plug("Pad"), plug("Desk")
    show = show()
    for each in (pad, desk):
        show.sees(each)
    pad.begin("clock 140 0 2.5")
    until(lambda: show.beat.signals(clock.now()) and show.beat.leader == "midi")
    desk.ask("clock 90 0 1")
    assert show.beat.signals(clock.now())["tempo.bpm"] == pytest.approx(140, rel=0.02)
    desk.send("stop")
    time.sleep(0.05)
    assert show.beat.signals(clock.now()) and show.beat.leader == "midi"
    pad.answer()
    pad.send("stop")
    until(lambda: show.beat.signals(clock.now()) and show.beat.leader != "midi", 0.5)


def test_a_known_controller_is_laid_out_and_begun_and_put_to_rest(show, plug):
    apc = plug("APC40 mkII")
    show = show()
    show.lit["preset.number", "2"] = 1.0
    show.sees(apc)
    assert show.lines[-1] == f"{apc.name} is here, laid out as APC40 mkII"
    told = []
    until(lambda: told.extend(apc.told()) or any(m.type == "note_on" for m in told))
    assert told[0].hex() == "F0 47 7F 29 60 00 04 41 00 00 00 F7"
    time.sleep(0.1)
    told += apc.told()
    pads = {m.note: m.velocity for m in told if m.type == "note_on" and m.channel == 0}
    assert (pads[32], pads[33], pads[0]) == (1, 21, 1)  # the second from the top left plays
    apc.send("note_on", channel=0, note=34, velocity=127)
    until(lambda: show.acts == [("preset.number", "3")])
    show.midi.stop()
    told = apc.told()
    assert told[-1].hex() == "F0 47 7F 29 60 00 04 40 00 00 00 F7"
    assert mido.Message("note_on", note=33, velocity=0) in told


def test_what_is_learned_on_a_known_controller_is_added_to_its_layout(show, plug):
    nano = plug("nanoKONTROL2")
    show = show()
    show.sees(nano)
    show.learn(nano, ZOOM, lambda: nano.change(0, *range(20, 90, 9)))
    nano.change(41, 127, 0)  # as the layout has it
    until(lambda: show.acts == [("beat.tap", "")])
    nano.change(0, 0, 127)
    show.reads(ZOOM, 2.0)
    rows = show.file.read_text()
    assert rows.count("[[binding]]") > 40
    assert 'to = "dream.strength"' not in rows


def test_what_cannot_be_read_is_said_and_kept_beside_the_new_file(show, plug):
    pad = plug("Pad")
    wrong, right = ('control = "1.cc.99"\nto = "motion.zom"', f'control = "1.cc.1"\nto = "{ZOOM}"')
    broken = bound(pad, wrong, right)
    show = show(broken)
    show.sees(pad)
    assert "midi.toml: binding 1: to = 'motion.zom'" in show.lines[0]
    show.learn(pad, BLACK, lambda: pad.change(7, 127, 0))
    assert "1.cc.7" in show.file.read_text() and "1.cc.1" in show.file.read_text()
    (kept,) = (path for path in show.file.parent.iterdir() if path != show.file)
    assert kept.read_text() == broken


def test_what_fails_in_the_thread_is_said_and_it_goes_on(show, plug, monkeypatch):
    pad = plug("Pad")
    show = show(bound(pad, f'control = "1.cc.7"\nto = "{ZOOM}"\ntakeover = "jump"'))
    show.sees(pad)
    with monkeypatch.context() as patch:
        patch.setattr(midi.Decoder, "moves", lambda *_: 1 / 0)
        pad.change(7, 1)
        until(lambda: "MIDI failed: ZeroDivisionError: division by zero" in show.lines)
    pad.change(7, 127)
    show.reads(ZOOM, 2.0)


@pytest.mark.parametrize("to", ["motion.zom", "", "motion.zoom 3"])
def test_nothing_is_learned_for_what_does_not_exist(show, to):
    with pytest.raises(BindingError, match="to = "):
        show().midi.learn(to)
