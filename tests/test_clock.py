"""The beat: taps, the tracker, who leads, and signals that stay in range and never run back."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import clock
from engine.clock import BEATS_A_BAR, GLIDE, TAP_PAUSE, Clock, Grid
from engine.parameters import Store

MOMENT = st.floats(0, 1e6)
TEMPO = st.floats(30, 300)


def tapped(gap, times, start=100.0, show=None):
    show = show or Clock()
    for i in range(times):
        show.tap(start + i * gap)
    return show


def test_now_runs_forward_and_sleeping_reaches_its_moment():
    start = clock.now()
    clock.sleep_until(start + 0.02)
    assert clock.now() >= start + 0.02
    clock.sleep_until(start)
    assert clock.now() < start + 10


def off_beat(show, moment):
    """Beats from the nearest whole one."""
    return abs((show.at(moment) + 0.5) % 1 - 0.5)


def test_four_taps_at_120_are_120_and_a_bar_later_the_phase_is_theirs():
    show = tapped(0.5, 4)
    assert show.leader == "tap"
    for moment, phase in ((104.0, 0.0), (104.25, 0.5), (105.0, 0.0), (105.125, 0.25)):
        signals = show.signals(moment)
        assert signals["tempo.bpm"] == pytest.approx(120)
        assert (signals["beat.phase"] - phase + 0.5) % 1 - 0.5 == pytest.approx(0, abs=0.01)


@given(bpm=st.floats(40, 280), jitter=st.lists(st.floats(-0.01, 0.01), min_size=8, max_size=8))
def test_uneven_taps_give_the_line_nearest_to_them(bpm, jitter):
    show, gap = Clock(), 60 / bpm
    taps = [50 + i * gap + off for i, off in enumerate(jitter)]
    for tap in taps:
        show.tap(tap)
    slope, first = np.polyfit(np.arange(8), taps, 1)
    assert show.signals(60.0)["tempo.bpm"] == pytest.approx(60 / slope, rel=1e-4)
    assert off_beat(show, first + 60 * slope) < 0.01


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


def test_the_tracker_is_followed_within_a_bar():
    show = Clock()
    show.follow(90.0, 10.0, moment=10.1)
    assert show.leader == "tracker"
    moment = 10.0 + 5 * 60 / 90
    assert show.signals(moment)["tempo.bpm"] == 90
    assert off_beat(show, moment) < 0.01


def test_taps_override_the_tracker_until_they_are_released():
    show = tapped(0.5, 4)
    show.follow(90.0, 10.0, moment=102.0)
    assert show.signals(102.0)["tempo.bpm"] == pytest.approx(120)
    show.release()
    assert show.leader == "fixed"
    show.follow(90.0, 10.0, moment=102.1)
    assert (show.leader, show.signals(102.2)["tempo.bpm"]) == ("tracker", 90)


def test_a_released_clock_keeps_its_beat():
    show = tapped(0.5, 4)
    before = show.signals(107.3)
    show.release()
    after = show.signals(107.3)
    assert {name: after[name] for name in before} == before


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
    show.follow(bpm, anchor, moment=anchor)
    signals = show.signals(moment)
    for name in set(signals) - {"beat.count", "bar.count", "tempo.bpm"}:
        assert 0 <= signals[name] <= 1, name
    assert signals["beat.count"] == int(signals["beat.count"])
    assert signals["tempo.bpm"] == bpm


@given(bpm=TEMPO, beat=st.floats(0, 1e4), count=st.integers(0, 1000))
def test_pulses_are_full_on_the_beat_and_fall_until_the_next(bpm, beat, count):
    show = Clock()
    show.follow(bpm, beat, moment=beat)
    start, gap = beat + (count + 16) * 60 / bpm, 60 / bpm
    pulses = [show.signals(start + gap * part)["beat.pulse"] for part in (0.001, 0.3, 0.6, 0.99)]
    assert pulses == sorted(pulses, reverse=True)
    assert pulses[0] > 0.99
    assert pulses[-1] < 0.01


@given(
    words=st.lists(
        st.tuples(TEMPO, st.floats(-1, 1), st.floats(0.02, 3.0)), min_size=2, max_size=20
    ),
    start=st.floats(0, 1e4),
)
def test_the_beat_never_jumps_nor_runs_back_whatever_is_said(words, start):
    """A correction moves the grid, the beat glides there; the count goes on."""
    show, moment = Clock(), start
    for bpm, off, gap in words:
        before = show.at(moment)
        show.follow(bpm, moment + off, moment=moment)
        assert show.at(moment) == pytest.approx(before, abs=1e-5)
        steps = [show.at(moment + gap * part / 20) for part in range(21)]
        assert steps == sorted(steps)
        moment += gap


@pytest.mark.parametrize("leader", ["tap", "link", "midi", "tracker", "fixed"])
def test_a_leader_chosen_by_hand_leads_and_the_change_glides_within_a_bar(leader):
    store = Store()
    show = Clock(store.get)
    said = {"link": (110.0, 50.2), "midi": (100.0, 50.1), "tracker": (140.0, 50.3)}
    for name, (bpm, beat) in said.items():
        show.lead(name, bpm, beat, 51.0)
    tapped(0.5, 4, 49.35, show)
    assert (show.signals(51.2)["tempo.bpm"], show.leader) == (pytest.approx(120), "tap")
    store.set("tempo.fixed", 90)
    store.set("tempo.leader", leader)
    before = show.at(51.3)
    bpm = show.signals(51.3)["tempo.bpm"]
    assert show.leader == leader
    assert bpm == pytest.approx(
        {"tap": 120, "fixed": 90, "link": 110, "midi": 100, "tracker": 140}[leader]
    )
    assert show.at(51.3) == pytest.approx(before, abs=1e-6)
    if leader in said:
        beat = said[leader][1]
        assert off_beat(show, beat + 60 / bpm * (math.ceil((51.3 - beat) * bpm / 60) + 4)) < 0.01


@pytest.mark.parametrize("name", ["link", "midi"])
def test_a_leader_that_falls_silent_leaves_the_lead_to_the_music(name):
    show = Clock()
    show.lead(name, 100.0, 50.0, 50.0)
    show.lead("tracker", 130.0, 50.2, 50.2)
    assert (show.signals(50.3)["tempo.bpm"], show.leader) == (100, name)
    assert (show.signals(51.5)["tempo.bpm"], show.leader) == (130, "tracker")


def test_the_fixed_tempo_is_taken_when_it_is_set_and_nobody_leads():
    store = Store()
    show = Clock(store.get)
    before = show.at(7.0)
    store.set("tempo.fixed", 93)
    assert show.signals(7.0)["tempo.bpm"] == 93
    assert show.at(7.0) == pytest.approx(before)


@pytest.mark.parametrize("octave", ["double", "halve"])
def test_twice_and_half_as_fast_keep_to_the_leaders_beats(octave):
    show = Clock()
    bpm = {"double": 200, "halve": 50}[octave]
    show.follow(100.0, 10.0, moment=10.0)
    before = show.signals(15.0)
    getattr(show, octave)(15.0)
    after = show.signals(15.0)
    assert after["tempo.bpm"] == bpm
    assert after["beat.count"] >= before["beat.count"]
    counts = []
    for n in range(1, 60):  # the tracker goes on
        show.follow(100.0, 10.0 + 0.6 * (n + 8), moment=15.0 + 0.6 * n)
        counts.append(show.signals(15.05 + 0.6 * n)["beat.count"])
    beats = 35 * (bpm / 100)
    assert counts[-1] - counts[23] == pytest.approx(beats, abs=1)
    assert off_beat(show, 10 + 1.2 * 40) < 0.02 or off_beat(show, 10 + 1.2 * 40 + 0.6) < 0.02
    show.release()
    show.follow(100.0, 10.0, moment=60.0)
    assert show.signals(60.0)["tempo.bpm"] == 100


def test_a_resync_begins_a_phrase_there_and_it_stays_so():
    show = Clock()
    show.follow(120.0, 10.0, moment=10.0)
    show.resync(13.2)
    for n in range(1, 40):
        show.follow(120.0, 10.0 + 0.5 * n, moment=13.2 + 0.5 * n)
    for beats, name, phase in (
        (0, "beat.phase", 0),
        (32, "phrase.phase", 0),
        (18, "bar.phase", 0.5),
    ):
        signals = show.signals(13.2 + 0.5 * (64 + beats))
        assert (signals[name] - phase + 0.5) % 1 - 0.5 == pytest.approx(0, abs=0.01), name


def test_the_nearest_beat_becomes_the_first_of_its_bar():
    show = Clock()
    show.follow(120.0, 10.0, moment=10.0)
    beat = 20.0 + 0.5 * 3
    show.downbeat(beat + 0.1)
    assert show.signals(beat + 0.01)["bar.phase"] == pytest.approx(0.005, abs=2e-3)
    show.follow(120.0, beat, bar=2, moment=beat + 0.2)  # what the hand said holds
    assert show.signals(beat + 4.01)["bar.phase"] == pytest.approx(0.005, abs=2e-3)


def test_the_trackers_downbeat_is_taken():
    show = Clock()
    show.follow(120.0, 10.0, bar=3, moment=10.0)
    assert show.signals(10.5 + 8.01)["bar.phase"] == pytest.approx(0.005, abs=2e-3)


def test_a_nudge_moves_the_beat_and_not_the_tempo():
    show = Clock()
    show.follow(120.0, 10.0, moment=10.0)
    show.nudge(3, 14.0)
    show.follow(120.0, 14.5, moment=14.6)
    assert show.signals(19.0)["tempo.bpm"] == 120
    assert (show.at(20.03) + 0.5) % 1 - 0.5 == pytest.approx(0, abs=2e-3)


def test_a_phrase_has_the_bars_that_are_chosen():
    store = Store()
    show = Clock(store.get)
    show.follow(120.0, 0.0, moment=0.0)
    for bars in (4, 8, 16):
        store.set("tempo.phrase", str(bars))
        start = show.signals(40.0)["phrase.phase"]
        later = show.signals(40.0 + bars)["phrase.phase"]  # half of it: a bar lasts 2 s
        assert (later - start) % 1 == pytest.approx(0.5)


def test_a_glide_is_nearly_over_after_a_bar():
    assert math.exp(-BEATS_A_BAR / GLIDE) < 0.01


def test_a_bar_has_four_beats():
    show = Clock()
    show.follow(60.0, 0.0, moment=0.0)
    start = show.signals(10.5)
    assert start["bar.phase"] % 0.25 == pytest.approx(0.125, abs=1e-3)
    later = show.signals(10.5 + BEATS_A_BAR)
    assert later["bar.phase"] == pytest.approx(start["bar.phase"], abs=1e-3)
    assert later["beat.count"] - start["beat.count"] == BEATS_A_BAR


def test_a_grid_counts_beats_from_its_anchor():
    assert Grid(90.0, 3.0).beats(3.0 + 4 * 60 / 90) == pytest.approx(4)


def test_today_sorts_by_age_and_may_be_a_files_name():
    assert clock.today()[4] == "-"
    assert not set('/\\:*?"<>|') & set(clock.today())
