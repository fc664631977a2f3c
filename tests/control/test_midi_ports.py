"""Names of ports that last, and which output belongs to which input."""

import pytest

from engine.control.midi_ports import _beside, _names


def test_names_outlive_another_plugging_in_and_our_own_ports_are_none():
    listed = ["nanoKONTROL2:nanoKONTROL2 MIDI 1 24:0", "Midi Through:Midi Through Port-0 14:0",
              "a2j:Twister [28] (capture): Twister MIDI 1", "Other Half-01:Pads"]  # fmt: skip
    assert _names(listed) == {
        "nanoKONTROL2:nanoKONTROL2 MIDI 1": 0,
        "a2j:Twister (capture): Twister MIDI 1": 2,
    }


def test_two_of_a_kind_are_told_apart():
    assert _names(["Pad:Pad 20:0", "Pad:Pad 24:0"]) == {"Pad:Pad": 0, "Pad:Pad (2)": 1}


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
