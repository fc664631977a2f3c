import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sounds import curve, hear, tone

from engine.audio.pitch import HIGHEST, LOWEST, Pitch

RATE = 48000


def voice(hertz: float, seconds: float, harmonics: int = 12, rate: int = RATE) -> np.ndarray:
    """A tone whose harmonics are louder than its root, as a voice's formants make them."""
    t = np.arange(round(seconds * rate)) / rate
    weights = 1 / (1 + np.abs(np.arange(1, harmonics + 1) - 3))
    parts = [
        w * np.sin(2 * np.pi * h * hertz * t + h)
        for h, w in enumerate(weights, 1) if h * hertz < 0.4 * rate
    ]  # fmt: skip
    return (0.2 * sum(parts)).astype(np.float32)


def cents(found: float, wanted: float) -> float:
    return 1200 * abs(np.log2(found / wanted))


@pytest.mark.parametrize("rate", (16000, 44100, 48000, 96000))
@pytest.mark.parametrize("hertz", (66.0, 110.0, 220.5, 440.0, 987.77, 1500.0))
def test_the_pitch_of_a_tone_is_right_within_ten_cents(hertz, rate):
    pitch = Pitch(rate)
    t = np.arange(pitch.length) / rate
    found, sure = pitch.find((0.3 * np.sin(2 * np.pi * hertz * t)).astype(np.float32))
    assert cents(found, hertz) < 10
    assert sure > 0.95


@settings(max_examples=60, deadline=None)
@example(1448.0, 1.0)  # its period lies half way between two samples
@example(716.4, 1.0)
@given(st.floats(LOWEST + 2, HIGHEST - 60), st.floats(0.002, 1.0))
def test_a_rich_voice_has_the_pitch_of_its_root_however_loud(hertz, loud):
    pitch = Pitch(RATE)
    found, sure = pitch.find(loud * voice(hertz, 1)[-pitch.length :])
    assert cents(found, hertz) < 20
    assert sure > 0.8


def test_a_gliding_voice_is_followed():
    hertz = np.geomspace(110, 440, 3 * RATE)
    sound = 0.3 * np.sin(2 * np.pi * np.cumsum(hertz) / RATE)
    hops = hear(np.stack([sound, sound], axis=1).astype(np.float32))
    moments = np.array([hop.moment for hop in hops])
    heard = curve(hops, "pitch.note")
    wanted = 45 + 24 * np.clip(moments - 0.025, 0, 3) / 3
    settled = moments > 0.2
    assert np.abs(heard - wanted)[settled].max() < 0.4
    assert np.all(np.diff(curve(hops, "pitch", 0.2)) >= -0.01)


def test_noise_has_no_pitch_and_the_last_one_stays():
    noise = np.random.default_rng(4).normal(0, 0.1, (RATE, 2)).astype(np.float32)
    hops = hear(np.concatenate([tone(220, 1), noise, np.zeros((RATE, 2), np.float32)]))
    moments = np.array([hop.moment for hop in hops])
    after = moments > 1.1
    assert curve(hops, "pitch.note")[after].max() == 0
    assert curve(hops, "pitch.sure")[after].max() < 0.8
    place = np.log(220 / LOWEST) / np.log(HIGHEST / LOWEST)
    assert curve(hops, "pitch")[after] == pytest.approx(place, abs=0.01)


@pytest.mark.parametrize("sound", (np.zeros, np.ones), ids=("silence", "a constant"))
def test_what_does_not_move_has_no_pitch(sound):
    pitch = Pitch(RATE)
    assert pitch.find(sound(pitch.length, np.float32)) == (0.0, 0.0)
