import librosa
import numpy as np
import pytest
from sounds import curve, hear, tone

from engine.audio.timbre import HIGH, LOW, Timbre, place

RATE, LENGTH = 48000, 2048


def spectrum(sound: np.ndarray) -> np.ndarray:
    shape = np.hanning(LENGTH + 1)[:-1]
    found = np.fft.rfft(sound[:LENGTH] * shape / np.sqrt(np.sum(shape**2)))
    return (np.abs(found) ** 2).astype(np.float32)


def noise(seconds: float, seed: int = 2) -> np.ndarray:
    one = np.random.default_rng(seed).standard_normal(round(seconds * RATE)) * 0.1
    return np.stack([one, one], axis=1).astype(np.float32)


@pytest.mark.parametrize("seed", range(4))
def test_centroid_and_flatness_are_those_of_librosa(seed):
    draw = np.random.default_rng(seed)
    sound = np.sin(np.arange(LENGTH) * draw.uniform(0.02, 1)) + draw.normal(0, 0.1, LENGTH)
    power = spectrum(sound)
    magnitude = np.sqrt(power)[:, None]
    centroid, flatness, _ = Timbre(RATE, LENGTH).push(power)
    wanted = librosa.feature.spectral_centroid(S=magnitude, sr=RATE)[0, 0]
    assert centroid == pytest.approx(place(float(wanted)), abs=1e-4)
    part = magnitude[round(100 * LENGTH / RATE) : round(10000 * LENGTH / RATE)]
    wanted = librosa.feature.spectral_flatness(S=part)[0, 0]
    assert flatness == pytest.approx(wanted, rel=0.05)


def test_a_place_is_even_in_pitch():
    assert place(LOW) == 0
    assert place(HIGH) == pytest.approx(1)
    assert place(np.sqrt(LOW * HIGH)) == pytest.approx(0.5)
    assert place(0.0) == 0
    assert place(1e6) == 1


def test_the_centroid_climbs_with_a_tone():
    middles = [curve(hear(tone(hertz, 0.5)), "centroid", 0.3).mean() for hertz in (200, 800, 3200)]
    assert np.diff(middles) == pytest.approx(np.log(4) / np.log(HIGH / LOW), abs=0.05)


def test_the_flatness_of_white_noise_is_exp_of_minus_eulers_constant():
    assert curve(hear(noise(2)), "flatness", 0.5).mean() == pytest.approx(0.5615, abs=0.02)


def test_a_tone_is_not_flat_and_a_click_is():
    assert curve(hear(tone(440, 1)), "flatness", 0.5).max() < 0.01
    click = np.zeros(LENGTH)
    click[LENGTH // 2] = 1
    assert Timbre(RATE, LENGTH).push(spectrum(click))[1] > 0.99


def test_flux_is_the_share_that_is_new():
    sound = np.concatenate([np.zeros((RATE // 2, 2), np.float32), tone(1000, 1)])
    flux = curve(hear(sound), "flux")
    begins = round(0.5 * RATE / 279)
    assert flux[:begins].max() == 0
    assert flux[begins : begins + 3].max() > 0.9
    assert flux[begins + 20 :].max() < 0.05
    assert 0.1 < curve(hear(noise(1)), "flux", 0.5).mean() < 0.4


def test_silence_has_no_timbre():
    assert Timbre(RATE, LENGTH).push(np.zeros(LENGTH // 2 + 1, np.float32)) == (0.0, 0.0, 0.0)
