import numpy as np
import pytest
from sounds import curve, demo_hops

from engine.audio.gain import AutoGain, compress

HOP = 256 / 44100


def learn(gain: AutoGain, level: float, seconds: float) -> None:
    for _ in range(round(seconds / HOP)):
        gain.push(np.array([level]))


def test_the_reference_is_the_level_of_a_steady_sound():
    for level in (-40.0, -12.3, -3.0):
        gain = AutoGain(1, HOP)
        learn(gain, level, 5)
        assert gain.reference[0] == pytest.approx(level, abs=0.5)


def test_a_quiet_break_of_20_seconds_leaves_the_gain_alone():
    gain = AutoGain(1, HOP)
    learn(gain, -12, 30)
    learn(gain, -30, 20)
    assert gain.reference[0] == pytest.approx(-12, abs=0.6)


def test_a_set_that_stays_quiet_is_learned_within_three_minutes():
    gain = AutoGain(1, HOP)
    learn(gain, -12, 30)
    learn(gain, -30, 180)
    assert gain.reference[0] == pytest.approx(-30, abs=0.6)


def test_one_loud_clap_moves_nothing():
    gain = AutoGain(1, HOP)
    learn(gain, -20, 20)
    learn(gain, 0, 0.1)
    learn(gain, -20, 1)
    assert gain.reference[0] == pytest.approx(-20, abs=0.6)


def test_the_reference_falls_slowly_enough_not_to_pump():
    gain = AutoGain(1, HOP)
    learn(gain, -6, 20)
    path = []
    for _ in range(200):
        learn(gain, -40, 1)
        path.append(gain.reference[0])
    assert np.diff(path).min() > -1.7


def test_compress_is_linear_up_to_the_reference_and_never_passes_1():
    ratio = np.linspace(0, 10, 1001)
    value = compress(ratio)
    assert np.allclose(value[ratio <= 1], 0.8 * ratio[ratio <= 1])
    assert np.all(np.diff(value) >= 0)
    assert value.max() <= 1


def test_the_break_of_the_demo_stays_below_its_drop():
    hops = demo_hops()
    bar = 60 / 125 * 4
    level = curve(hops, "loudness")
    moments = np.array([hop.moment for hop in hops])

    def part(first, last):
        return level[(moments > first * bar) & (moments < last * bar)].mean()

    assert part(18, 20) < 0.6 * part(14, 16)
    assert part(26, 32) > 1.7 * part(18, 20)
