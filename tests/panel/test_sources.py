"""Signals to choose from, which one is learned, and what a new mapping does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.mapping import Mapper, Signals
from engine.panel.sources import MOVED, RANGES, Learning, beginning, grouped
from engine.parameters import TABLE, Store

ROW = Store().row("motion.zoom")


def learned(frames):
    learning = Learning(ROW, 0.0)
    for values in frames:
        learning.hear(values)
    return learning.best()


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.id)
@given(share=st.floats(0, 1), signal=st.sampled_from(["lfo.1", "audio.dbfs", "tempo.bpm"]))
def test_a_new_mapping_is_seen_and_stays_in_the_range(row, share, signal):
    value = row.from_norm(share)
    new = beginning(row, value, signal)
    board = Signals()
    for full in (False, True):
        board.publish({signal: RANGES.get(signal, (0.0, 1.0))[full]}, 0.0)
        moved = value + Mapper([new]).step(board, 10.0)[row.id]
        assert row.min - 1e-2 * row.max <= moved <= row.max * 1.01
        assert (row.clip(moved) != row.clip(value)) == full


def test_the_signal_that_moves_most_is_learned():
    frames = [{"audio.kick": n % 2, "audio.level": 0.5 + n % 2 * 0.1} for n in range(20)]
    assert learned(frames) == "audio.kick"


def test_a_hand_goes_before_the_music():
    frames = [{"audio.kick": n % 2, "midi.1.cc.7": n / 100} for n in range(20)]
    assert learned(frames) == "midi.1.cc.7"


def test_what_always_moves_and_what_hardly_does_is_not_learned():
    frames = [{"beat.phase": n % 2, "lfo.1": n % 2, "macro.1": n % 2 * MOVED / 3} for n in range(9)]
    assert learned(frames) is None
    assert learned([]) is None


def test_a_signal_counts_by_its_own_range():
    frames = [{"audio.dbfs": -20 - n % 2 * 6, "audio.level": 0.4 + n % 2 * 0.2} for n in range(20)]
    assert learned(frames) == "audio.level"


def test_signals_stand_in_groups_the_sounds_first_and_numbers_in_order():
    names = [
        "tempo.bpm",
        "midi.1.cc.12",
        "midi.1.cc.7",
        "touch.a",
        "lfo.1",
        "beat.count",
        "audio.mid",
    ]
    groups = grouped(dict.fromkeys(names, 0.0))
    assert list(groups) == ["audio", "lfo", "midi.1.cc", "tempo", "touch"]
    assert groups["midi.1.cc"] == ["midi.1.cc.7", "midi.1.cc.12"]
