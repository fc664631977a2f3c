"""OSC's bytes: what is read, written and refused; floods of it over real UDP."""

import random
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from osc_client import MALFORMED, bundle, counted, wait
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_message_builder import OscMessageBuilder, build_msg

from benchmarks.packets import random_packet
from engine.control.osc_packets import Refused, bundles, encode, unpack
from engine.parameters import ACTIONS


def decode(packet):
    """Return a packet's messages in order."""
    return [message for _, messages in unpack(packet) for message in messages]


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes_are_decoded_or_refused(packet):
    try:
        messages = decode(packet)
    except Refused:
        return
    for address, arguments in messages:
        assert address.startswith("/")
        assert all(isinstance(argument, (bool, int, float, str)) for argument in arguments)


ARGUMENTS = st.one_of(
    st.integers(-(2**31), 2**31 - 1),
    st.floats(width=32, allow_nan=False),
    st.booleans(),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ARGUMENTS, max_size=5))
def test_what_python_osc_writes_is_read_back(arguments):
    builder = OscMessageBuilder("/some/address")
    for argument in arguments:
        builder.add_arg(argument)
    assert decode(builder.build().dgram) == [("/some/address", arguments)]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_packet_cut_anywhere_is_refused(data):
    packet = bundle(build_msg("/motion/x", [0.5, "name", 3]), build_msg("/a", "b")).dgram
    cut = data.draw(st.integers(17, len(packet) - 1))
    whole_first_message = 20 + len(build_msg("/motion/x", [0.5, "name", 3]).dgram)
    if cut != whole_first_message:
        with pytest.raises(Refused):
            decode(packet[:cut])


@settings(deadline=None)
@given(st.lists(st.floats(width=32, allow_nan=False), max_size=300))
def test_bundles_that_are_sent_fit_a_frame_and_are_read_by_python_osc(values):
    messages = [encode(f"/signal/{n}", value) for n, value in enumerate(values)]
    packets = list(bundles(messages))
    assert all(len(packet) <= 1400 for packet in packets)
    contents = [message for packet in packets for message in OscBundle(packet)]
    assert [(m.address, m.params) for m in contents] == [
        (f"/signal/{n}", [value]) for n, value in enumerate(values)
    ]


@pytest.mark.parametrize("value", [0.5, 3, True, False, "a name", ""])
def test_what_is_written_is_read_back_with_its_type(value):
    ((address, (found,)),) = decode(encode("/some/address", value))
    assert (address, found, type(found)) == ("/some/address", value, type(value))


@pytest.mark.parametrize("kind", MALFORMED)
def test_what_is_malformed_is_refused_in_one_line_and_changes_nothing(show, kind, capfd):
    before = show.store.values()
    show.raw(MALFORMED[kind])
    show.settle()
    wait(lambda: show.lines)
    assert show.store.values() == before
    assert show.acts == []
    assert len(show.lines) == 1
    assert show.lines[0].startswith("refused ")
    assert "a message:" not in show.lines[0], "the guard had to help"
    assert "\n" not in show.lines[0]
    assert len(show.lines[0]) < 250
    assert capfd.readouterr() == ("", "")


def test_a_flood_of_refusals_is_one_line_a_second_with_a_count(show):
    for _ in range(20):
        for _ in range(25):
            show.send("/nothing/here", 1.0)
            show.raw(b"abc")
        show.settle()
    wait(
        lambda: counted(show.lines, "/nothing/here")[1] == counted(show.lines, "3 bytes")[1] == 500
    )
    assert counted(show.lines, "/nothing/here")[0] <= 3
    assert counted(show.lines, "3 bytes")[0] <= 3


def test_forty_thousand_random_and_malformed_packets_end_nothing(show, capfd):
    chance, rows = random.Random(1), show.store.rows()
    hostile = [packet[:2048] for packet in MALFORMED.values()]
    packets = [random_packet(chance, rows, time.time()) for _ in range(2000)]
    for sent in range(40_000):
        show.raw(chance.choice(hostile) if sent % 7 == 0 else packets[sent % len(packets)])
        if sent % 100 == 99:  # no more than the socket's buffer holds, so that none is lost
            show.settle()
    for row in show.store.rows():
        assert row.min <= show.store.get(row.id) <= row.max
    show.send("/motion/zoom", 0.125)
    wait(lambda: show.store.get("motion.zoom") == 0.125)
    assert {name for name, _ in show.acts} <= set(ACTIONS)
    assert len(show.lines) < 200
    assert capfd.readouterr() == ("", "")
