import numpy as np
import pytest
from sounds import clicks, demo_hops, hear

from engine.audio import demo
from engine.audio.beat import BeatTracker
from engine.audio.features import Hop


def track(sound: np.ndarray, rate: int = 48000, start: float = 0.0) -> list[tuple]:
    """Return (moment, bpm, beat) of every estimate; the tracker knows nothing of what comes."""
    return follow(hear(sound, rate), start)


def follow(hops: list[Hop], start: float = 0.0) -> list[tuple]:
    tracker = BeatTracker(hops[1].moment - hops[0].moment)
    found = [(hop.moment, tracker.push(hop.strength, start + hop.moment)) for hop in hops]
    return [(moment, *estimate) for moment, estimate in found if estimate]


def miss(beat: float, bpm: float, first: float = 0.0) -> float:
    """Seconds from a beat to the nearest one of a grid."""
    period = 60 / bpm
    return abs((beat - first + period / 2) % period - period / 2)


@pytest.mark.parametrize("rate", (44100, 48000))
@pytest.mark.parametrize("bpm", (90, 120, 128, 140, 165))
def test_clicks_give_tempo_and_phase(bpm, rate):
    found = track(clicks(np.arange(0.3, 16, 60 / bpm), 16, rate), rate)
    late = [estimate for estimate in found if estimate[0] > 8]
    assert found[0][0] < 8
    assert len(late) > 10
    for _, tempo, beat in late:
        assert tempo == pytest.approx(bpm, rel=0.01)
        assert miss(beat, bpm, 0.3) < 0.015


@pytest.mark.parametrize(("bpm", "told"), ((60, 120), (70, 140), (180, 90), (200, 100)))
def test_a_tempo_outside_the_range_is_told_as_its_octave_inside(bpm, told):
    found = track(clicks(np.arange(0.3, 16, 60 / bpm), 16))
    assert found[-1][1] == pytest.approx(told, rel=0.01)


def test_the_demo_is_locked_within_8_seconds_of_its_kick_and_through_its_break():
    found = follow(demo_hops())
    bar = 4 * 60 / demo.TEMPO
    assert found[0][0] < 2 * bar + 8
    late = [estimate for estimate in found if estimate[0] > 2 * bar + 8]
    assert len(late) > 60
    assert all(tempo == pytest.approx(demo.TEMPO, rel=0.02) for _, tempo, _ in late)
    assert max(miss(beat, demo.TEMPO) for _, _, beat in late) < 0.04


def test_a_change_of_tempo_is_followed():
    sound = np.concatenate(
        [
            clicks(np.arange(0, 12, 60 / 100), 12),
            clicks(np.arange(0, 16, 60 / 135), 16),
        ]
    )
    found = track(sound)
    before = [tempo for moment, tempo, _ in found if 8 < moment < 12]
    assert before == pytest.approx([100] * len(before), rel=0.01)
    assert found[-1][1] == pytest.approx(135, rel=0.01)


def test_neither_silence_nor_noise_nor_a_held_tone_has_a_beat():
    noise = np.random.default_rng(3).normal(0, 0.2, (48000 * 16, 2)).astype(np.float32)
    held = np.full((48000 * 16, 1), 0.3) * np.sin(np.arange(48000 * 16) * 0.05)[:, None]
    assert track(np.zeros((48000 * 16, 2), np.float32)) == []
    assert track(noise) == []
    assert track(np.repeat(held, 2, axis=1).astype(np.float32)) == []


def test_beats_are_told_on_the_clock_of_the_moments():
    sound = clicks(np.arange(0, 12, 0.5), 12)
    (_, _, here), (_, _, there) = track(sound)[-1], track(sound, start=1e6 + 0.123)[-1]
    assert there - here == pytest.approx(1e6 + 0.123, abs=1e-3)
