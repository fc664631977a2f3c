"""The beat of a MIDI clock in closed form: ticks at known times, with jitter, late ones, jumps."""

import random

import pytest

from engine.control.midi_clock import LEAST, MidiClock


class Sequencer:
    """Plays to a clock, one tick after the other, and keeps what the clock said last."""

    def __init__(self, bpm=120.0, jitter=0.0, late=0.0):
        self.noise = random.Random(int(bpm))
        self.clock, self.jitter, self.late = MidiClock(), jitter, late
        self.moment, self.beat, self.errors = 10.0, None, []
        self.tempo(bpm)

    def tempo(self, bpm):
        self.tick = 60 / bpm / 24

    def say(self, kind, position=0):
        assert self.clock.hear(kind, self.moment, position) is None

    def play(self, ticks):
        """Play so many ticks; note how far from the truth the told beats are [s]."""
        for _ in range(ticks):
            noise = self.noise.uniform(-self.jitter, self.jitter)
            noise += 0.012 * (self.noise.random() < self.late)
            told = self.clock.hear("clock", self.moment + noise)
            if told:
                length = 60 / told.bpm
                off = (self.moment - told.moment) / length
                self.errors.append((off * 24 + 0.5) % 1 - 0.5)
                self.beat = told
            self.moment += self.tick
        return self

    @property
    def worst(self):
        return max(map(abs, self.errors)) * self.tick


@pytest.mark.parametrize("bpm", [60, 120, 174, 240])
def test_an_even_clock_is_told_exactly(bpm):
    player = Sequencer(bpm)
    player.say("start")
    player.play(24 * 8 + 1)
    assert player.beat.bpm == pytest.approx(bpm)
    assert player.beat.moment == pytest.approx(10 + 8 * 60 / bpm)
    assert player.beat.bar == 0


@pytest.mark.parametrize("bpm", [120, 174])
@pytest.mark.parametrize("late", [0.0, 0.05])
def test_two_milliseconds_of_jitter_leave_the_phase_within_five_and_late_ticks_do_too(bpm, late):
    player = Sequencer(bpm, 0.002, late)
    player.say("start")
    player.play(24 * 200)
    assert player.worst < 0.005
    assert player.beat.bpm == pytest.approx(bpm, rel=0.01)


def test_the_beats_of_the_bar_are_counted_from_the_start():
    player = Sequencer()
    player.play(29)
    assert player.beat.bar is None  # it ran already: nobody knows where
    player.say("start")
    bars = []
    for _ in range(6):
        player.play(24)
        bars.append(player.beat.bar)
    assert bars == [0, 1, 2, 3, 0, 1]


def test_the_first_tick_after_a_start_is_the_first_beat_wherever_the_old_grid_lay():
    player = Sequencer().play(100)
    player.moment += 0.3 * player.tick
    player.say("start")
    begun = player.moment
    player.play(LEAST + 7)
    assert player.beat.moment == pytest.approx(begun)
    assert player.beat.bar == 0


def test_continue_goes_on_where_it_stopped():
    player = Sequencer()
    player.say("start")
    player.play(24 * 5 + 12)  # in the middle of the second beat of a bar
    player.say("stop")
    player.beat = None
    player.play(40)  # the clock runs on, the song does not
    assert player.beat is None
    player.say("continue")
    begun = player.moment
    player.play(24)
    assert player.beat.bar == 2
    assert player.beat.moment == pytest.approx(begun + 12 * player.tick)


@pytest.mark.parametrize("sixteenths", [0, 9, 4 * 4 * 3 + 14])
def test_a_song_position_says_where_it_goes_on(sixteenths):
    player = Sequencer()
    player.say("stop")
    player.say("songpos", sixteenths)
    player.say("continue")
    begun = player.moment - sixteenths % 4 * 6 * player.tick
    player.play(LEAST + 1)
    whole, place = divmod(sixteenths * 6 + LEAST, 24)
    assert player.beat.bar == whole % 4
    at = begun + (whole - sixteenths // 4) * 24 * player.tick
    assert player.beat.moment == pytest.approx(at), place


@pytest.mark.parametrize("bpm", [127, 114, 60, 200])
def test_another_tempo_is_followed_within_two_beats(bpm):
    player = Sequencer(120)
    player.say("start")
    player.play(24 * 8)
    player.tempo(bpm)
    player.play(24 * 2 + 6)
    assert player.beat.bpm == pytest.approx(bpm)


@pytest.mark.parametrize("lost", [1, 2, 5, 24])
@pytest.mark.parametrize("jitter", [0.0, 0.002])
def test_ticks_that_are_lost_on_the_way_are_counted(lost, jitter):
    player = Sequencer(174, jitter)
    player.say("start")
    begun = player.moment
    player.play(24 * 4 + 7)
    player.moment += lost * player.tick
    player.play(24 * 4 + 6 - (7 + lost) % 6)
    beats = (player.beat.moment - begun) / (24 * player.tick)
    assert abs(beats - round(beats)) * 60 / 174 < 0.005
    assert player.beat.bar == round(beats) % 4


def test_after_a_gap_the_place_in_the_song_is_forgotten():
    player = Sequencer()
    player.say("start")
    player.play(48)
    player.moment += 3
    player.beat = None
    player.play(LEAST + 6)
    assert player.beat.bar is None
    assert player.beat.bpm == pytest.approx(120)


def test_ticks_all_at_one_moment_are_no_tempo():
    player = Sequencer()
    player.tick = 0.0
    player.clock.hear("start", 0.0)
    for _ in range(100):
        assert player.clock.hear("clock", 10.0) is None
