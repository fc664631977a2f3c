import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import periodogram
from sounds import tone

from engine.audio.spectra import Spectra, hop_of, length_of, window

RATE = 48000


@pytest.mark.parametrize("rising", (0.5, 0.75, 0.875))
def test_the_window_has_unit_power_and_rises_as_long_as_it_is_told(rising):
    shape = window(2048, rising)
    assert np.sum(shape**2) == pytest.approx(1)
    assert np.argmax(shape) == pytest.approx(2048 * rising, abs=1)


@pytest.mark.parametrize("rate", (8000, 44100, 96000))
def test_the_spectra_are_those_of_scipy(rate):
    """Of the samples without their offset, which is no sound."""
    mono = np.random.default_rng(3).normal(0, 0.1, rate).astype(np.float32)
    length, hop, shape = length_of(rate), hop_of(rate), window(length_of(rate))
    found = [s.power for s in Spectra(rate).push(np.stack([mono, mono], 1), 0.0)]
    for k in range(20, len(found)):
        piece = mono[(k + 1) * hop - length : (k + 1) * hop].astype(float)
        piece -= np.average(piece, weights=shape)
        _, wanted = periodogram(
            piece, window=shape, detrend=False, scaling="spectrum", return_onesided=False
        )
        wanted = wanted[: length // 2 + 1] * shape.sum() ** 2
        assert found[k] == pytest.approx(wanted, rel=1e-3, abs=1e-5)


@settings(deadline=None)
@given(st.lists(st.integers(0, 1500), max_size=12), st.floats(-20, 20))
def test_every_hop_brings_its_own_samples_and_moment_whatever_the_blocks(blocks, gain):
    sound = np.random.default_rng(1).normal(0, 0.1, (sum(blocks), 2)).astype(np.float32)
    spectra, hop, at, count = Spectra(RATE), hop_of(RATE), 0, 0
    for size in blocks:
        for one in spectra.push(sound[at : at + size], at / RATE, gain):
            piece = sound[count * hop : (count + 1) * hop]
            count += 1
            assert np.array_equal(one.fresh, piece)
            assert one.samples[-hop:] == pytest.approx(piece.mean(1) * 10 ** (gain / 20), abs=1e-5)
            assert one.moment == pytest.approx(count * hop / RATE)
        at += size
    assert count == len(sound) // hop


def test_a_tone_has_its_power_in_its_own_place():
    *_, last = Spectra(RATE).push(tone(3000, 0.2), 0.0)
    assert np.argmax(last.power) * RATE / length_of(RATE) == pytest.approx(3000, abs=12)


def test_samples_that_are_no_numbers_count_as_nothing():
    broken = np.full((4800, 2), np.nan, np.float32)
    broken[::3] = np.inf
    assert all(not one.power.any() for one in Spectra(RATE).push(broken, 0.0))
