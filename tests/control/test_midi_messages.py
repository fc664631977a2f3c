"""What messages move, against the MIDI specification's own arithmetic."""

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.control.midi_messages import TOPS, Control, ControlError, Decoder, message

SEVEN, FOURTEEN, CHANNEL = st.integers(0, 127), st.integers(0, 16383), st.integers(1, 16)


def change(channel, *pairs):
    return [
        mido.Message("control_change", channel=channel - 1, control=control, value=value)
        for control, value in pairs
    ]


def moved(*messages, kind=None):
    """Return the names and values of what the messages move one after the other."""
    decoder = Decoder()
    moves = [move for message in messages for move in decoder.moves(message)]
    return [(str(c), value) for c, value in moves if kind in (None, c.kind)]


@given(CHANNEL, SEVEN, SEVEN)
def test_keys_pressure_wheels_and_programs(channel, number, value):
    def one(kind, **what):
        return moved(mido.Message(kind, channel=channel - 1, **what))

    assert one("note_on", note=number, velocity=value) == [(f"{channel}.note.{number}", value)]
    assert one("note_off", note=number, velocity=value) == [(f"{channel}.note.{number}", 0)]
    assert one("polytouch", note=number, value=value) == [(f"{channel}.poly.{number}", value)]
    assert one("aftertouch", value=value) == [(f"{channel}.touch.0", value)]
    assert one("program_change", program=number) == [
        (f"{channel}.program.{number}", 127),
        (f"{channel}.program.{number}", 0),
        (f"{channel}.programs.0", number),
    ]


@given(CHANNEL, FOURTEEN)
def test_the_bend_wheel_has_14_bits_from_0(channel, value):
    message = mido.Message("pitchwheel", channel=channel - 1, pitch=value - 8192)
    assert moved(message) == [(f"{channel}.bend.0", value)]


@given(CHANNEL, st.integers(0, 31), FOURTEEN)
def test_two_changes_are_one_of_14_bits_too(channel, number, value):
    pair = change(channel, (number, value >> 7), (number + 32, value & 127))
    assert moved(*pair, kind="cc14") == [(f"{channel}.cc14.{number}", value)]
    assert moved(*pair, kind="cc") == [
        (f"{channel}.cc.{number}", value >> 7),
        (f"{channel}.cc.{number + 32}", value & 127),
    ]


def test_a_fine_part_of_another_channel_or_number_is_none():
    pair = [*change(1, (7, 5)), *change(2, (39, 9)), *change(1, (40, 9))]
    assert moved(*pair, kind="cc14") == []


@given(CHANNEL, st.integers(0, 16382), FOURTEEN)
def test_an_nrpn_of_14_bits(channel, number, value):
    messages = change(
        channel, (99, number >> 7), (98, number & 127), (6, value >> 7), (38, value & 127)
    )
    assert moved(*messages, kind="nrpn")[-1] == (f"{channel}.nrpn.{number}", value)


@pytest.mark.parametrize(("sent", "is_set"), [(0, 0), (127, 16383), (64, 64 * 129)])
def test_an_nrpn_without_a_fine_part_spans_the_range(sent, is_set):
    messages = change(1, (99, 1), (98, 2), (6, sent))
    assert moved(*messages, kind="nrpn") == [("1.nrpn.130", is_set)]


def test_an_nrpn_with_a_fine_part_waits_for_it():
    decoder = Decoder()
    for word in change(1, (99, 1), (98, 2), (6, 64), (38, 1)):
        decoder.moves(word)
    (coarse,) = change(1, (6, 65))
    assert [str(c) for c, _ in decoder.moves(coarse)] == ["1.cc.6"]
    (fine,) = change(1, (38, 3))
    assert decoder.moves(fine)[-1].value == 65 << 7 | 3


def test_data_steps_go_up_and_down_and_stop_at_the_end():
    chosen = change(1, (99, 1), (98, 2), (6, 1))
    steps = change(1, (96, 0), (97, 0), (97, 0), (97, 0))
    values = [value for _, value in moved(*chosen, *steps, kind="nrpn")]
    assert values == [129, 257, 129, 1, 0]


@pytest.mark.parametrize("close", [(101, 0), (100, 0), (99, 127)])
def test_an_rpn_or_the_null_number_closes_the_nrpn(close):
    messages = change(1, (99, 127 if close[0] == 99 else 1), (98, 127), close, (6, 5))
    assert moved(*messages, kind="nrpn") == []


@given(st.lists(st.binary(min_size=1, max_size=3)))
def test_whatever_comes_moves_only_what_there_is_and_within_its_range(packets):
    decoder = Decoder()
    for packet in packets:
        whole = message(packet)
        for control, value in decoder.moves(whole) if whole else ():
            assert 0 <= value <= control.top
            assert Control.read(str(control)) == control


@pytest.mark.parametrize("kind", TOPS)
def test_a_controls_name_is_read_back(kind):
    control = Control(16, kind, 0)
    assert Control.read(str(control)) == control


WRONG = [
    "",
    "1.cc",
    "0.cc.1",
    "17.cc.1",
    "1.cc.128",
    "1.cc14.32",
    "1.bend.1",
    "1.knob.1",
    "1.cc.-1",
]


@pytest.mark.parametrize("text", [*WRONG, "1.cc.²", "1.cc." + "9" * 5000, 1, None, ["1.cc.1"]])
def test_a_name_that_is_none_is_refused_with_what_would_be_one(text):
    with pytest.raises(ControlError, match=r"must be channel\.kind\.number"):
        Control.read(text)
