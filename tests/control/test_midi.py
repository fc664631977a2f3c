"""MIDI through a real JACK server: controls that are learned and move values."""

import os
import time

import pytest
from midi_show import bound
from waiting import until

from engine.control import binding_file
from engine.control.bindings import BindingError

ZOOM, BLACK = "motion.zoom", "output.blackout"


def fader(value):
    """Return where a fader of 7 bits sets the zoom, which goes from -2 to 2."""
    return -2 + 4 * value / 127


def test_a_fader_is_learned_and_takes_over_where_the_value_is(begin, plug):
    pad = plug("Pad")
    show = begin()
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
    show.wrote(f'port = "{pad.name}"')


def test_an_endless_knob_is_learned_by_a_turn_to_the_right_and_one_to_the_left(begin, plug):
    pad = plug("Pad")
    show = begin()
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


def test_a_fader_of_14_bits_is_learned_and_sets_finer_than_127_steps(begin, plug):
    pad = plug("Pad")
    show = begin()
    show.sees(pad)

    def whole(value):
        pad.change(5, value >> 7)
        pad.change(37, value & 127)

    show.learn(pad, ZOOM, lambda: [whole(value) for value in range(8000, 9000, 100)])
    show.store.set(ZOOM, 0.0)
    for value in (8100, 8300, 9001):
        whole(value)
    show.reads(ZOOM, -2 + 4 * 9001 / 16383)


def test_an_nrpn_is_learned_with_its_number(begin, plug):
    pad = plug("Pad")
    show = begin()
    show.sees(pad)

    def data(coarse, fine):
        for control, value in ((99, 3), (98, 7), (6, coarse), (38, fine)):
            pad.change(control, value)

    show.learn(pad, ZOOM, lambda: data(64, 0))
    assert "1.nrpn.391 moves" in show.lines[-1]
    data(64, 0)
    data(100, 5)
    show.reads(ZOOM, -2 + 4 * (100 * 128 + 5) / 16383)


def test_a_key_toggles_asks_and_flashes(begin, plug):
    pad = plug("Pad")
    show = begin(
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


def test_a_program_change_asks_for_an_action(begin, plug):
    pad = plug("Pad")
    show = begin()
    show.sees(pad)
    show.learn(pad, "preset.next", lambda: pad.send("program_change", program=4))
    for program in (3, 4, 4):
        pad.send("program_change", program=program)
    until(lambda: len(show.acts) == 2)
    assert show.acts == [("preset.next", "")] * 2


def test_pressure_and_the_bend_wheel_set_values(begin, plug):
    pad = plug("Pad")
    row = f'to = "{ZOOM}"\ntakeover = "jump"'
    kinds = ("1.touch.0", "2.poly.60", "3.bend.0")
    show = begin(bound(pad, *(f'control = "{kind}"\n{row}' for kind in kinds)))
    show.sees(pad)
    pad.send("aftertouch", channel=0, value=127)
    show.reads(ZOOM, 2.0)
    pad.send("polytouch", channel=1, note=60, value=0)
    show.reads(ZOOM, -2.0)
    pad.send("pitchwheel", channel=2, pitch=8191)
    show.reads(ZOOM, 2.0)


def test_what_is_forgotten_moves_nothing_any_more(begin, plug):
    pad = plug("Pad")
    show = begin(bound(pad, f'control = "1.cc.7"\nto = "{ZOOM}"\ntakeover = "jump"'))
    show.sees(pad)
    pad.change(7, 127)
    show.reads(ZOOM, 2.0)
    show.midi.forget(ZOOM)
    until(lambda: "1 controls of motion.zoom forgotten" in show.lines)
    pad.change(7, 0)
    time.sleep(0.1)
    assert show.store.get(ZOOM) == 2.0
    until(lambda: "1.cc.7" not in show.file.read_text())


def test_what_is_learned_on_a_known_controller_is_added_to_its_layout(begin, plug):
    nano = plug("nanoKONTROL2")
    show = begin()
    show.sees(nano)
    show.learn(nano, ZOOM, lambda: nano.change(0, *range(20, 90, 9)))
    nano.change(41, 127, 0)  # as the layout has it
    until(lambda: show.acts == [("beat.tap", "")])
    nano.change(0, 0, 127)
    show.reads(ZOOM, 2.0)
    rows = show.wrote(ZOOM)
    assert rows.count("[[binding]]") > 40
    assert 'to = "dream.strength"' not in rows


def test_a_row_that_is_refused_is_said_and_stays_in_the_file(begin, plug):
    pad = plug("Pad")
    wrong = bound(pad, 'control = "1.cc.99"\nto = "motion.zom"')
    show = begin(wrong)
    show.sees(pad)
    assert "midi.toml: binding 1: to = 'motion.zom'" in show.lines[0]
    show.learn(pad, BLACK, lambda: pad.change(7, 127, 0))
    assert show.wrote("1.cc.7").startswith(wrong)


def test_a_file_that_cannot_be_read_changes_nothing_and_is_kept_beside_the_new_one(begin, plug):
    pad = plug("Pad")
    show = begin(bound(pad, f'control = "1.cc.1"\nto = "{ZOOM}"\ntakeover = "jump"'))
    show.sees(pad)
    show.file.write_text("version = ")
    until(lambda: show.lines[-1].startswith("midi.toml: not readable"))
    pad.change(1, 127)
    show.reads(ZOOM, 2.0)
    show.learn(pad, BLACK, lambda: pad.change(7, 127, 0))
    show.wrote("1.cc.7", "1.cc.1")
    (kept,) = (path for path in show.file.parent.iterdir() if path != show.file)
    assert kept.read_text() == "version = "


EDITED = 'control = "1.note.36"\nto = "beat.tap"'


def test_what_is_edited_while_the_show_plays_plays_at_once(begin, plug):
    pad = plug("Pad")
    show = begin(bound(pad, f'control = "1.cc.1"\nto = "{ZOOM}"\ntakeover = "jump"'))
    show.sees(pad)
    show.file.write_text(bound(pad, EDITED))

    def press():
        pad.send("note_on", note=36, velocity=9)
        pad.send("note_off", note=36)
        return show.acts

    until(press)
    pad.change(1, 127)
    time.sleep(0.1)
    assert show.store.get(ZOOM) != 2.0


def test_what_was_edited_just_before_a_control_is_learned_is_not_lost(begin, plug, monkeypatch):
    pad = plug("Pad")
    show = begin(bound(pad, f'control = "1.cc.1"\nto = "{ZOOM}"'))
    show.sees(pad)
    monkeypatch.setattr(binding_file, "LOOK", 600)  # seconds
    time.sleep(0.3)
    show.file.write_text("# mine\n" + bound(pad, EDITED))
    show.learn(pad, BLACK, lambda: pad.change(7, 127, 0))
    assert ZOOM not in show.wrote("# mine", "beat.tap", BLACK)


def test_a_disk_that_hangs_delays_no_control_and_keeps_none_from_being_learned(begin, plug):
    pad = plug("Pad")
    show = begin(bound(pad, f'control = "1.cc.1"\nto = "{ZOOM}"\ntakeover = "jump"'))
    show.sees(pad)
    show.file.unlink()
    os.mkfifo(show.file)  # whoever reads it waits for one who writes
    time.sleep(0.3)
    pad.change(1, 127)
    show.reads(ZOOM, 2.0)
    show.learn(pad, BLACK, lambda: pad.change(7, 127, 0))
    pad.change(7, 127)
    show.reads(BLACK, 1)
    with show.file.open("w"):
        show.file.unlink()
    assert ZOOM in show.wrote(BLACK)


@pytest.mark.parametrize("to", ["motion.zom", "", "motion.zoom 3"])
def test_nothing_is_learned_for_what_does_not_exist(begin, to):
    with pytest.raises(BindingError, match="to = "):
        begin().midi.learn(to)
