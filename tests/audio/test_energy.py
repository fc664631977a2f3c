import numpy as np
import pytest
from sounds import curve, demo_hops, hear, onsets

from engine.audio import demo
from engine.audio.energy import Energy

HOP = 256 / 44100
BAR = 2.0
LOUD = {"level": 0.8, "bass": 0.8, "treble": 0.4, "centroid": 0.6}
BREAK = {"level": 0.2, "bass": 0.05, "treble": 0.15, "centroid": 0.4}


def course(energy: Energy, bars: float, decibels=lambda part: -12.0, onset=8.0, **levels):
    """Push `bars` of steady or growing levels (functions of 0..1); return trend, build, drop."""
    told, hops = [], round(bars * BAR / HOP)
    for k in range(hops):
        now = {
            name: value(k / hops) if callable(value) else value
            for name, value in {**LOUD, **levels}.items()
        }
        every = round(BAR / (onset(k / hops) if callable(onset) else onset) / HOP)
        told.append(
            energy.push(**now, onset=k % every == 0, power=10 ** (decibels(k / hops) / 10), bar=BAR)
        )
    return np.array(told)


@pytest.mark.parametrize(
    ("decibels", "trend"), ((0.0, 0.5), (12.0, 1.0), (6.0, 0.75), (-6.0, 0.25))
)
def test_the_trend_is_the_growth_in_db_over_four_bars(decibels, trend):
    energy = Energy(HOP)
    told = course(energy, 6, lambda part: -40 + decibels * part * 6 / 4)
    assert told[-1, 0] == pytest.approx(trend, abs=0.02)


def build(energy: Energy) -> np.ndarray:
    return course(
        energy, 8, lambda part: -24 + 10 * part, onset=lambda part: 4 * 4**part,
        level=lambda part: 0.2 + 0.4 * part, bass=0.1,
        treble=lambda part: 0.1 + 0.8 * part, centroid=lambda part: 0.4 + 0.5 * part,
    )  # fmt: skip


def test_a_build_grows_and_the_drop_ends_it_at_the_first_stroke():
    energy = Energy(HOP)
    groove, pause = course(energy, 16), course(energy, 8, lambda part: -24, **BREAK)
    rising, after = build(energy), course(energy, 8)
    assert groove[:, 1:].max() < 0.05
    assert pause[:, 1:].max() < 0.05
    assert rising[-1, 1] > 0.7
    assert rising[:, 2].max() == 0
    assert np.argmax(after[:, 2]) == 0
    assert after[0, 2] == 1.0
    assert np.all(np.diff(after[:, 2]) <= 0)
    assert after[round(BAR / HOP), 2] == pytest.approx(np.exp(-1), rel=0.02)
    assert after[round(2 * BAR / HOP) :, 1].max() < 0.05


def test_a_drop_needs_two_bars_without_the_low_end():
    energy = Energy(HOP)
    course(energy, 16)
    course(energy, 1, **BREAK)
    assert course(energy, 4)[:, 2].max() == 0
    course(energy, 4)
    course(energy, 3, **BREAK)
    assert course(energy, 4)[0, 2] == 1.0


def test_a_steady_groove_neither_builds_nor_drops():
    told = course(Energy(HOP), 40)
    assert told[:, 1:].max() == 0
    assert told[round(4 * BAR / HOP) + 50 :, 0] == pytest.approx(0.5, abs=0.01)


def test_silence_is_steady():
    nothing = dict.fromkeys(LOUD, 0.0)
    told = course(Energy(HOP), 12, lambda part: -120, onset=0.05, **nothing)
    assert np.allclose(told, (0.5, 0, 0))


def test_the_demos_build_and_drop_are_told_in_their_bars():
    hops, bar = demo_hops(), demo.BAR / demo.RATE
    moments = np.array([hop.moment for hop in hops])
    building = curve(hops, "build")
    assert building[(moments > 23 * bar) & (moments < 24 * bar)].max() > 0.6
    assert building[(moments > 4 * bar) & (moments < 20 * bar)].max() < 0.3
    (drop,) = onsets(hops, "drop")
    assert drop == pytest.approx(24 * bar, abs=0.06)


def test_music_a_tenth_as_loud_drops_in_the_same_place():
    (loud,) = onsets(demo_hops(), "drop")
    (quiet,) = onsets(hear(demo.render() * 0.1), "drop")
    assert quiet == pytest.approx(loud, abs=0.03)
