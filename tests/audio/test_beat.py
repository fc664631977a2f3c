"""The live tracker on sounds whose beat is known: loops made here, the demo track, none at all."""

import numpy as np
import pytest
from sounds import clicks, demo_track

from benchmarks import rhythms
from engine.audio import demo
from engine.audio.beat import Rhythm
from engine.audio.spectra import Spectra
from engine.parameters import Store

BLOCK = 441


def follow(sound, rate=rhythms.RATE, start=0.0, rhythm=None, **settings) -> np.ndarray:
    """Return (moment, bpm, beat, bar, sure) of every word; nothing is known of what comes."""
    store, words, heard = Store(), [], [start]
    for name, value in settings.items():
        store.set(f"tempo.{name}", value)
    rhythm, spectra = rhythm or Rhythm(store.get, None), Spectra(rate)
    rhythm._follow = lambda bpm, beat, bar, sure: words.append(
        (heard[0], bpm, beat, np.nan if bar is None else bar, sure)
    )
    for place in range(0, len(sound), BLOCK):
        heard[0] = start + (place + BLOCK) / rate
        for hop in spectra.push(sound[place : place + BLOCK], start + place / rate):
            rhythm.push(hop.samples, rate, hop.moment)
    return np.array(words).reshape(-1, 5)


def miss(words: np.ndarray, bpm: float, first: float = 0.0) -> np.ndarray:
    """Seconds from each beat to the nearest one of a grid."""
    return np.abs((words[:, 2] - first + 30 / bpm) % (60 / bpm) - 30 / bpm)


def after(words: np.ndarray, moment: float) -> np.ndarray:
    return words[words[:, 0] > moment]


@pytest.mark.parametrize(
    ("bpm", "pattern", "more"),
    [
        (90, "rock", {"swing": 0.33, "pair": 4}),
        (100, "dembow", {}),
        (110, "break", {"pads": True}),
        (120, "house", {}),
        (128, "trance", {"pads": True}),
        (140, "techno", {}),
        (150, "twostep", {"hats": False}),
        (165, "house", {"swing": 0.33, "pair": 4, "pads": True}),
    ],
)
def test_loops_give_tempo_and_phase(bpm, pattern, more):
    words = follow(rhythms.loop(bpm, 13, pattern, start=0.2, **more))
    assert words[0, 0] < 8
    late = after(words, 8)
    assert late[:, 1] == pytest.approx([bpm] * len(late), rel=0.02)
    assert np.median(miss(late, bpm, 0.2)) < 0.015


@pytest.mark.parametrize("rate", (44100, 48000))
def test_clicks_give_the_beat_at_any_rate(rate):
    words = after(follow(clicks(np.arange(0.3, 12, 60 / 128), 12, rate), rate), 7)
    assert len(words) > 50
    assert words[:, 1] == pytest.approx([128] * len(words), rel=0.01)
    assert miss(words, 128, 0.3).max() < 0.02


@pytest.mark.parametrize(("bpm", "told"), ((70, 140), (180, 90)))
def test_a_tempo_outside_the_range_is_told_as_its_octave_inside(bpm, told):
    words = follow(rhythms.loop(bpm, 13))
    assert words[-1, 1] == pytest.approx(told, rel=0.01)


def test_slow_swung_eighths_are_not_taken_for_a_beat_of_their_triplets():
    words = follow(rhythms.loop(75, 13, "rock", swing=0.33, pair=4, hats=True))
    assert words[-1, 1] == pytest.approx(150, rel=0.01)


def test_the_performer_sets_the_range():
    words = follow(rhythms.loop(70, 13), low=60, high=110)
    assert words[-1, 1] == pytest.approx(70, rel=0.01)


def test_a_step_of_the_tempo_is_followed_within_4_seconds():
    for step in (0.94, 1.06):
        sound = np.concatenate([rhythms.loop(125, 12.0), rhythms.loop(125 * step, 8)])
        words = after(follow(sound), 16)
        assert words[:, 1] == pytest.approx([125 * step] * len(words), rel=0.02)
        assert np.median(miss(words, 125 * step, 12.0)) < 0.03


def test_after_16_seconds_of_silence_the_beat_is_where_it_was():
    gap = np.zeros((16 * rhythms.RATE, 2), np.float32)
    words = follow(np.concatenate([rhythms.loop(120, 16), gap, rhythms.loop(120, 2)]))
    back = words[(words[:, 0] > 31.8) & (words[:, 0] < 32.6)]
    assert miss(back, 120).max() < 0.04
    assert back[0, 4] < 0.2  # and it was known that nothing was heard


def test_a_gap_in_the_blocks_does_not_end_the_beat():
    store = Store()
    rhythm = Rhythm(store.get, None)
    sound = rhythms.loop(120, 14)
    follow(sound[: 10 * rhythms.RATE], rhythm=rhythm)
    words = follow(sound[12 * rhythms.RATE :], start=12.0, rhythm=rhythm)
    assert words[0, 0] < 12.2
    assert miss(words, 120).max() < 0.04


def test_the_demo_is_locked_within_8_seconds_of_its_kick_and_through_its_break():
    words = after(follow(demo_track(), demo.RATE), 2 * 4 * 60 / demo.TEMPO + 8)
    assert words[:, 1] == pytest.approx([demo.TEMPO] * len(words), rel=0.02)
    assert np.percentile(miss(words, demo.TEMPO), 95) < 0.04


def test_the_first_beat_of_the_bar_is_found():
    bars = after(follow(rhythms.loop(124, 20, "rock", pads=True)), 16)
    counted = np.round(bars[:, 2] * 124 / 60) % 4
    assert np.mean(counted == bars[:, 3]) > 0.9


def test_neither_silence_nor_a_held_tone_has_a_beat():
    time = np.arange(rhythms.RATE * 12) / rhythms.RATE
    held = np.repeat(0.3 * np.sin(2000 * time)[:, None], 2, axis=1).astype(np.float32)
    assert len(follow(np.zeros_like(held))) == 0
    assert len(follow(held)) == 0


def test_noise_has_no_sure_beat():
    noise = np.random.default_rng(3).normal(0, 0.2, (rhythms.RATE * 16, 2)).astype(np.float32)
    words = follow(noise)
    assert len(words) == 0 or np.mean(words[:, 4]) < 0.5


def test_broken_samples_do_no_harm():
    sound = rhythms.loop(120, 12)
    sound[::5000] = np.nan
    sound[1::7000] = np.inf
    assert follow(sound)[-1, 1] == pytest.approx(120, rel=0.02)


def test_beats_are_told_on_the_clock_of_the_moments():
    sound = rhythms.loop(120, 8)
    here, there = follow(sound)[-1], follow(sound, start=1e6 + 0.123)[-1]
    assert there[2] - here[2] == pytest.approx(1e6 + 0.123, abs=1e-3)
