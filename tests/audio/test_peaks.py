import numpy as np
import pytest
from sounds import curve, hear, tone

from engine.audio.peaks import PEAK_FALL, Peaks

HOP = 256 / 44100


@pytest.mark.parametrize("amplitude", (0.01, 0.5, 0.95))
def test_the_peak_is_that_of_the_wave_before_the_gain(amplitude):
    hops = hear(tone(997, 1, amplitude=amplitude), gain=24)
    assert curve(hops, "peak", 0.5) == pytest.approx(amplitude, rel=0.01)
    assert curve(hops, "clip").max() == 0


def test_the_peak_falls_like_a_broadcasters():
    peaks = Peaks(HOP)
    nothing = np.zeros((10, 2), np.float32)
    values = [peaks.push(nothing + 0.5)[0]]
    values += [peaks.push(nothing)[0] for _ in range(round(1 / HOP))]
    assert 20 * np.log10(values[-1] / values[0]) == pytest.approx(-PEAK_FALL, abs=0.1)


def test_one_channel_alone_counts():
    peaks = Peaks(HOP)
    assert peaks.push(np.array([[0, -0.7], [0, 0.2]], np.float32))[0] == pytest.approx(0.7)


def test_a_cut_wave_clips_and_the_light_goes_out():
    sound = np.clip(tone(440, 0.5, amplitude=1.5), -1, 1)
    hops = hear(np.concatenate([sound, np.zeros((4 * 48000, 2), np.float32)]))
    clip = curve(hops, "clip")
    assert clip[:80].max() == 1.0
    assert 0 < curve(hops, "clip", 1.0)[0] < 0.6
    assert clip[-1] == 0


def test_a_full_scale_tone_does_not_clip():
    assert curve(hear(tone(1000, 0.5, amplitude=1.0)), "clip").max() == 0


@pytest.mark.parametrize("cut", (1, 2, 5))
def test_a_clip_over_the_seam_of_two_hops_is_seen(cut):
    sound = np.zeros((8, 2), np.float32)
    sound[3:6, 1] = 1.0
    peaks = Peaks(HOP)
    clips = [peaks.push(piece)[1] for piece in (sound[:cut], sound[cut:])]
    assert max(clips) == 1.0


def test_single_samples_at_full_scale_are_no_clip():
    sound = np.zeros((90, 2), np.float32)
    sound[::3] = 1.0
    assert Peaks(HOP).push(sound)[1] == 0.0
