import numpy as np
import pytest
from sounds import demo_track

from engine.audio import demo

PARTS = {"intro": (0, 4), "groove": (4, 16), "break": (16, 20), "build": (20, 24), "drop": (24, 32)}


@pytest.fixture
def track() -> np.ndarray:
    return demo_track()


def part(track: np.ndarray, name: str) -> np.ndarray:
    first, last = PARTS[name]
    return track[first * demo.BAR : last * demo.BAR]


def decibels(sound: np.ndarray) -> float:
    return 10 * np.log10(np.mean(sound**2))


def band(sound: np.ndarray, low: float, high: float) -> float:
    """Return the band's share of the power, in dB."""
    power = np.abs(np.fft.rfft(sound.mean(axis=1))) ** 2
    hertz = np.fft.rfftfreq(len(sound), 1 / demo.RATE)
    return 10 * np.log10(power[(hertz >= low) & (hertz < high)].sum() / power.sum())


def test_it_is_a_minute_of_clean_stereo(track):
    assert track.shape[1] == 2
    assert track.dtype == np.float32
    assert 55 < len(track) / demo.RATE < 65
    assert np.isfinite(track).all()
    assert 0.5 < np.abs(track).max() < 1
    assert abs(track.mean()) < 1e-3
    assert np.corrcoef(track.T)[0, 1] < 0.98  # left and right differ


def test_it_is_the_same_every_time(track):
    assert np.array_equal(track, demo.render())


def test_steps_are_whole_samples():
    assert demo.STEP * 4 == demo.RATE * 60 / demo.TEMPO
    assert {len(levels.replace(" ", "")) for levels in demo.ARRANGEMENT.values()} == {32}


def test_it_has_a_break_a_build_and_a_drop(track):
    loud = {name: decibels(part(track, name)) for name in PARTS}
    assert loud["break"] < loud["groove"] - 3
    assert loud["drop"] > loud["break"] + 4
    quarters = part(track, "build").reshape(4, -1, 2)
    assert np.all(np.diff([decibels(q) for q in quarters]) > 0)


def test_its_spectrum_changes_from_part_to_part(track):
    low = {name: band(part(track, name), 20, 150) for name in PARTS}
    high = {name: band(part(track, name), 5000, 20000) for name in PARTS}
    assert low["groove"] > low["break"] + 3
    assert high["build"] > high["break"] + 4
    assert high["drop"] > high["break"] + 2


def test_the_loop_has_no_seam(track):
    """The step over the seam is of the size of steps anywhere before a downbeat with a crash."""
    seam = np.abs(track[0] - track[-1]).max()
    steps = np.abs(np.diff(track, axis=0)).max(axis=1)
    assert seam < 3 * np.sqrt(np.mean(steps**2))


def test_the_kick_falls_on_the_beat(track):
    bar = track[8 * demo.BAR : 9 * demo.BAR].mean(axis=1)
    spectrum = np.fft.rfft(bar)
    spectrum[np.fft.rfftfreq(len(bar), 1 / demo.RATE) > 100] = 0
    energy = np.fft.irfft(spectrum, len(bar)).reshape(16, -1)
    loud = (energy**2).mean(axis=1)
    assert set(np.argsort(loud)[-4:]) == {0, 4, 8, 12}
