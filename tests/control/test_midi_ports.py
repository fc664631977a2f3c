"""Names of ports that last, and which output belongs to which input."""

import pytest
import rtmidi
from waiting import until

from engine.control.midi_ports import _beside, _keys, _names


def test_names_outlive_another_plugging_in_and_our_own_ports_are_none():
    listed = ["nanoKONTROL2:nanoKONTROL2 MIDI 1 24:0", "Midi Through:Midi Through Port-0 14:0",
              "a2j:Twister [28] (capture): Twister MIDI 1", "Other Half-01:Pads"]  # fmt: skip
    assert list(_keys(listed).values()) == [0, 2]
    assert list(_names(_keys(listed), {}).values()) == [
        "nanoKONTROL2:nanoKONTROL2 MIDI 1",
        "a2j:Twister (capture): Twister MIDI 1",
    ]


def test_two_of_a_kind_are_told_apart_and_keep_their_names_whichever_is_pulled():
    names = {}
    for listed, expected in (
        (["Pad:Pad 20:0", "Pad:Pad 24:0"], ["Pad:Pad", "Pad:Pad (2)"]),
        (["Pad:Pad 24:0"], ["Pad:Pad (2)"]),
        (["Pad:Pad 24:0", "Pad:Pad 32:0"], ["Pad:Pad (2)", "Pad:Pad"]),
        (["same", "same"], ["same", "same (2)"]),
        (["same"], ["same"]),
    ):
        names = _names(_keys(listed), names)
        assert list(names.values()) == expected


def test_of_two_controllers_alike_the_one_that_stays_plays_on(begin, plug):
    first, second = plug("Pad [20]"), plug("Pad [24]")
    name = second.name = "Pad out:out (2)"
    first.name = "Pad out:out"
    row = f'[[binding]]\nport = "{name}"\ncontrol = "1.cc.7"\nto = "motion.zoom"'
    show = begin(f'version = 1\n{row}\ntakeover = "jump"\n')
    show.sees(first)
    show.sees(second)
    first.unplug()
    until(lambda: f"{first.name} has gone" in show.lines)
    second.told()
    second.change(7, 127)
    show.reads("motion.zoom", 2.0)
    show.store.set("motion.zoom", 0)
    until(second.told)  # its ring
    again = plug("Pad [28]")
    again.name = first.name
    show.lines.clear()
    show.sees(again)
    assert show.standing == ()


class Broken:
    """The end of a port whose driver fails at every word, as rtmidi has it."""

    def get_message(self):
        raise rtmidi.SystemError("the driver is gone")

    send_message = close_port = delete = lambda self, *words: None


def test_a_port_whose_driver_fails_is_opened_again_and_all_others_play_on(begin, plug):
    broken, sound = plug("Broken"), plug("Sound")
    row = '\ncontrol = "1.cc.7"\nto = "motion.zoom"\ntakeover = "jump"\n'
    ports = (f'[[binding]]\nport = "{port.name}"{row}' for port in (broken, sound))
    show = begin("version = 1\n" + "".join(ports))
    show.sees(broken)
    show.sees(sound)
    show.lines.clear()
    port = show.midi._ports.open[broken.name]
    kept, port._source = port._source, Broken()
    until(lambda: any("its driver failed: the driver is gone" in line for line in show.lines))
    sound.change(7, 127)
    show.reads("motion.zoom", 2.0)
    show.sees(broken)
    broken.change(7, 0)
    show.reads("motion.zoom", -2.0)
    until(lambda: show.standing == ())
    kept.delete()


@pytest.mark.parametrize(
    ("source", "sink"),
    [
        ("Launchpad X:Launchpad X LPX MIDI In", "Launchpad X:Launchpad X LPX MIDI Out"),
        ("MIDIIN2 (APC mini mk2)", "MIDIOUT2 (APC mini mk2)"),
        ("system:midi_capture_3", "system:midi_playback_3"),
        ("X-TOUCH MINI", "X-TOUCH MINI"),
    ],
)
def test_an_input_finds_the_output_of_its_device(source, sink):
    others = ["APC mini mk2", "system:midi_playback_1", "Launchpad X:Launchpad X LPX DAW Out"]
    assert _beside(source, [*others, sink]) == sink
    assert _beside(source, others) is None
