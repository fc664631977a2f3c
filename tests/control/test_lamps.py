"""What lamps are told: each value once, in the device's own words, never against the hand."""

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.control.bindings import Binding
from engine.control.lamps import HAND, Lamps, say
from engine.control.midi_messages import Control, Decoder, Move
from engine.parameters import Store

ZOOM, BLACK = "motion.zoom", "output.blackout"
KINDS = ["cc", "cc14", "nrpn", "note", "bend"]


def row(control, to, **more):
    return Binding("pad", Control.read(control), to, **more)


@given(st.sampled_from(KINDS), st.integers(1, 16), st.integers(0, 31), st.floats(0, 1))
def test_a_lamp_is_told_in_the_words_of_its_control(kind, channel, number, share):
    lamp = Control(channel, kind, 0 if kind == "bend" else number)
    value, decoder = round(share * lamp.top), Decoder()
    moves = [move for message in say(lamp, value) for move in decoder.moves(message)]
    assert Move(lamp, value) in moves


def told(lamps, rows, moved=None, now=100.0):
    return [message.bytes() for message in lamps.news(rows, moved or {}, now)]


def test_a_lamp_is_told_once_for_each_value():
    store = Store()
    lamps, rows = Lamps(store, lambda *_: 0.0), [row("1.cc.7", ZOOM)]
    store.set(ZOOM, 0)
    assert told(lamps, rows) == [[0xB0, 7, 64]]
    assert told(lamps, rows) == []
    store.set(ZOOM, 2)
    assert told(lamps, rows) == [[0xB0, 7, 127]]


@pytest.mark.parametrize(("value", "shown"), [(-2, 1), (0, 7), (2, 13)])
def test_a_ring_has_its_own_range(value, shown):
    store = Store()
    store.set(ZOOM, value)
    rows = [row("1.cc.1", ZOOM, lamp="1.cc.9", off=1, on=13)]
    assert told(Lamps(store, None), rows) == [[0xB0, 9, shown]]


def test_a_fader_in_the_hand_is_told_only_after_it():
    store = Store()
    lamps, rows = Lamps(store, None), [row("1.cc.7", ZOOM), row("1.note.1", BLACK)]
    told(lamps, rows)
    store.set(ZOOM, 1)
    store.set(BLACK, 1)
    moved = {each.control: 100.0 for each in rows}
    assert told(lamps, rows, moved) == [[0x90, 1, 127]]  # a button's lamp is no hand's place
    assert told(lamps, rows, moved, 100 + HAND / 2) == []
    assert told(lamps, rows, moved, 100 + HAND) == [[0xB0, 7, 95]]


def test_a_fader_that_set_the_value_needs_not_be_told():
    store = Store()
    lamps, rows = Lamps(store, None), [row("1.cc.7", ZOOM)]
    told(lamps, rows)
    store.set(ZOOM, store.row(ZOOM).from_norm(99 / 127))
    lamps.moved(Move(rows[0].control, 99))
    assert told(lamps, rows) == []


def test_an_actions_lamp_shows_what_there_is_to_ask_for():
    shown = {"1": 1.0, "2": 0.0, "3": None}
    lamps = Lamps(Store(), lambda action, argument: shown[argument])
    rows = [row(f"1.note.{n}", f"preset.number {n}", off=1, on=21) for n in shown]
    assert told(lamps, rows) == [[0x90, 1, 21], [0x90, 2, 1], [0x90, 3, 0]]


def test_lamps_go_out_at_the_end():
    lamps, store = Lamps(store := Store(), None), store
    rows = [row("1.note.1", BLACK, on=5), row("1.note.2", "output.freeze"), row("1.cc.7", ZOOM)]
    store.set(BLACK, 1)
    store.set(ZOOM, 2)
    told(lamps, rows)
    dark = [message.bytes() for message in lamps.dark(rows)]
    assert dark == [[0xB0, 7, 0], [0x90, 1, 0]]


def test_what_has_no_lamp_and_what_is_gone_is_told_nothing():
    rows = [
        row("1.cc.7", ZOOM, lamp="none"),
        row("1.touch.0", ZOOM),
        row("1.cc.8", "dream.layer.b4"),
    ]
    assert told(Lamps(Store(), None), rows) == []


def test_messages_are_midos():
    assert all(isinstance(message, mido.Message) for message in say(Control(1, "nrpn", 300), 99))
