"""MIDI controllers at a real JACK server: they are welcomed, lit, missed and welcomed back."""

import time

import mido
from midi_show import bound
from waiting import until

from engine.control import midi, midi_ports

ZOOM, BLACK = "motion.zoom", "output.blackout"


def test_lamps_follow_the_values_and_never_fight_the_hand(begin, plug):
    pad = plug("Pad")
    show = begin(
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
    show.reads(ZOOM, -2 + 4 * 61 / 127)
    time.sleep(0.6)
    assert pad.told() == []


def test_a_controller_that_is_unplugged_is_missed_and_welcomed_back(begin, plug):
    pad, other = plug("Pad"), plug("Desk")
    show = begin(bound(pad, f'control = "1.cc.7"\nto = "{ZOOM}"\ntakeover = "jump"'))
    show.sees(pad)
    show.sees(other)
    pad.unplug()
    until(lambda: show.standing == (f"{pad.name} has gone: plug it in again",))
    show.lines.clear()
    other.change(1, 2)
    until(lambda: show.midi.recent and show.midi.recent[-1].startswith(other.name))
    again = plug("Pad")
    show.sees(again)
    until(again.told)
    assert show.standing == ()
    again.change(7, 127)
    show.reads(ZOOM, 2.0)
    other.unplug()  # one that moved nothing is not missed
    until(lambda: f"{other.name} has gone" in show.lines)
    assert show.standing == ()


def test_a_server_that_ends_and_comes_back_brings_the_controllers_back(begin, jack, plug):
    show = begin()
    show.sees(plug("Pad"))
    jack.stop()
    until(lambda: any("has gone" in line for line in show.lines))
    until(lambda: any(line.startswith("no MIDI: ") for line in show.lines))
    show.lines.clear()
    jack.start()
    pad = plug("Pad")
    show.sees(pad)
    assert not any("failed" in line for line in show.lines)


def test_without_a_server_that_is_said_once(begin, monkeypatch):
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "nobody")
    show = begin()
    until(lambda: show.lines)
    time.sleep(0.6)
    assert len(show.lines) == 1
    assert show.lines[0].startswith("no MIDI: ")


def test_without_the_package_that_is_said_once(begin, monkeypatch):
    monkeypatch.setattr(midi_ports, "rtmidi", None)
    monkeypatch.setattr(midi_ports, "absent", "python-rtmidi is not installed", raising=False)
    show = begin()
    until(lambda: show.lines)
    time.sleep(0.4)
    assert show.lines == ["no MIDI: python-rtmidi is not installed"]


def test_a_known_controller_is_laid_out_and_begun_and_put_to_rest(begin, plug):
    apc = plug("APC40 mkII")
    show = begin()
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


def test_what_fails_in_the_thread_is_said_and_it_goes_on(begin, plug, monkeypatch):
    pad = plug("Pad")
    show = begin(bound(pad, f'control = "1.cc.7"\nto = "{ZOOM}"\ntakeover = "jump"'))
    show.sees(pad)
    with monkeypatch.context() as patch:
        patch.setattr(midi.Decoder, "moves", lambda *_: 1 / 0)
        pad.change(7, 1)
        until(lambda: "MIDI failed: ZeroDivisionError: division by zero" in show.lines)
    pad.change(7, 127)
    show.reads(ZOOM, 2.0)


def test_what_came_last_is_kept_and_a_clock_is_counted(begin, plug):
    pad, other = plug("Pad"), plug("Desk")
    show = begin()
    show.sees(pad)
    show.sees(other)
    pad.ask("clock 240 0 0.25")
    until(lambda: f"{pad.name}  clock 24" in show.midi.recent)
    assert show.midi.recent == (f"{pad.name}  start", f"{pad.name}  clock 24")
    other.change(7, *range(7))
    until(lambda: show.midi.recent and show.midi.recent[-1].endswith("= 6"))
    moves = tuple(f"{other.name}  1.cc.7 = {value}" for value in range(7))
    assert show.midi.recent == (f"{pad.name}  clock 24", *moves)
