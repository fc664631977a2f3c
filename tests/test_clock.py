"""The beat: taps, the tracker, who leads, and signals that stay in range and never run back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import clock
from engine.clock import BEATS_A_BAR, TAP_PAUSE, Clock, Grid

MOMENT = st.floats(0, 1e6)
TEMPO = st.floats(30, 300)


def tapped(gap, times, start=100.0):
    show = Clock()
    for i in range(times):
        show.tap(start + i * gap)
    return show


def test_now_runs_forward_and_sleeping_reaches_its_moment():
    start = clock.now()
    clock.sleep_until(start + 0.02)
    assert clock.now() >= start + 0.02
    clock.sleep_until(start)
    assert clock.now() < start + 10


def test_four_taps_at_120_are_120_and_set_the_phase():
    show = tapped(0.5, 4)
    assert show.leader == "tap"
    for moment, phase in ((101.5, 0.0), (101.75, 0.5), (105.0, 0.0), (105.125, 0.25)):
        signals = show.signals(moment)
        assert signals["tempo.bpm"] == pytest.approx(120)
        assert signals["beat.phase"] == pytest.approx(phase, abs=1e-9)


@given(bpm=st.floats(40, 280), jitter=st.lists(st.floats(-0.01, 0.01), min_size=8, max_size=8))
def test_uneven_taps_give_their_mean(bpm, jitter):
    show, gap = Clock(), 60 / bpm
    for i, off in enumerate(jitter):
        show.tap(50 + i * gap + off)
    expected = 60 / (gap + (jitter[7] - jitter[0]) / 7)
    assert show.signals(60.0)["tempo.bpm"] == pytest.approx(expected)


def test_two_taps_lead_nothing():
    assert tapped(0.4, 2).leader == "fixed"


def test_after_a_pause_taps_begin_anew():
    show = tapped(0.5, 4)
    start = 101.5 + TAP_PAUSE + 0.1
    for i in range(3):
        show.tap(start + i * 0.4)
    assert show.signals(start)["tempo.bpm"] == pytest.approx(150)


def test_only_the_newest_taps_count():
    show = tapped(0.5, 20)
    for i in range(1, 9):
        show.tap(100 + 19 * 0.5 + i * 0.6)
    assert show.signals(0.0)["tempo.bpm"] == pytest.approx(100)


def test_taps_at_one_moment_give_a_tempo_that_can_be():
    assert 0 < tapped(0.0, 5).signals(0.0)["tempo.bpm"] <= 300


def test_the_tracker_is_followed():
    show = Clock()
    show.follow(90.0, 10.0)
    assert show.leader == "tracker"
    signals = show.signals(10.0 + 60 / 90)
    assert signals["tempo.bpm"] == 90
    assert min(signals["beat.phase"], 1 - signals["beat.phase"]) == pytest.approx(0, abs=1e-9)


def test_taps_override_the_tracker_until_they_are_released():
    show = tapped(0.5, 4)
    show.follow(90.0, 10.0)
    assert show.signals(0.0)["tempo.bpm"] == pytest.approx(120)
    show.release()
    assert show.leader == "fixed"
    show.follow(90.0, 10.0)
    assert (show.leader, show.signals(0.0)["tempo.bpm"]) == ("tracker", 90)


def test_a_released_clock_keeps_its_beat():
    show = tapped(0.5, 4)
    before = show.signals(107.3)
    show.release()
    assert show.signals(107.3) == before


@pytest.mark.parametrize("bad", [0.0, -90.0, float("nan"), float("inf")])
def test_a_tempo_that_cannot_be_moves_nothing(bad):
    show = Clock()
    show.follow(100.0, 5.0)
    before = show.signals(9.0)
    show.follow(bad, 6.0)
    show.follow(90.0, bad if bad != bad or bad > 0 else float("nan"))
    assert show.signals(9.0) == before


@given(bpm=TEMPO, anchor=MOMENT, moment=MOMENT)
def test_signals_are_in_range(bpm, anchor, moment):
    show = Clock()
    show.follow(bpm, anchor)
    signals = show.signals(moment)
    for name in ("beat.phase", "beat.pulse", "bar.phase", "bar.pulse"):
        assert 0 <= signals[name] <= 1, name
    assert signals["beat.count"] == int(signals["beat.count"])
    assert signals["tempo.bpm"] == bpm


@given(bpm=TEMPO, beat=st.floats(0, 1e4), count=st.integers(0, 1000))
def test_pulses_are_full_on_the_beat_and_fall_until_the_next(bpm, beat, count):
    show = Clock()
    show.follow(bpm, beat)
    start, gap = beat + count * 60 / bpm, 60 / bpm
    pulses = [show.signals(start + gap * part)["beat.pulse"] for part in (0.001, 0.3, 0.6, 0.99)]
    assert pulses == sorted(pulses, reverse=True)
    assert pulses[0] > 0.99
    assert pulses[-1] < 0.01


@given(
    tempos=st.lists(st.tuples(TEMPO, st.floats(0.02, 3.0)), min_size=2, max_size=30),
    start=st.floats(0, 1e4),
)
def test_the_beat_count_never_jumps_by_more_than_half_a_beat(tempos, start):
    """Whatever the tracker says: a correction moves the grid to its beat, the count goes on."""
    show, moment = Clock(), start
    show.follow(*tempos[0][:1], start)
    for bpm, gap in tempos:
        moment += gap
        before = show._grid.beats(moment)
        show.follow(bpm, moment)
        assert abs(show._grid.beats(moment) - before) <= 0.5 + 1e-6


def test_the_count_keeps_growing_through_small_corrections():
    show, counts = Clock(), []
    show.follow(120.0, 50.0)
    for i in range(1, 400):
        moment = 50 + i * 0.25
        if i % 2 == 0:
            show.follow(120 + (i % 5 - 2) * 0.5, moment + 0.01 * (i % 3 - 1))
        counts.append(show.signals(moment + 0.1)["beat.count"])
    assert counts == sorted(counts)
    assert counts[-1] - counts[0] == pytest.approx(199, abs=2)


def test_a_bar_has_four_beats():
    show = Clock()
    show.follow(60.0, 0.0)
    start = show.signals(0.5)
    assert start["bar.phase"] % 0.25 == pytest.approx(0.125, abs=1e-6)
    later = show.signals(0.5 + BEATS_A_BAR)
    assert later["bar.phase"] == pytest.approx(start["bar.phase"])
    assert later["beat.count"] - start["beat.count"] == BEATS_A_BAR


def test_a_grid_counts_beats_from_its_anchor():
    assert Grid(90.0, 3.0).beats(3.0 + 4 * 60 / 90) == pytest.approx(4)


def test_today_sorts_by_age_and_may_be_a_files_name():
    assert clock.today()[4] == "-"
    assert not set('/\\:*?"<>|') & set(clock.today())
