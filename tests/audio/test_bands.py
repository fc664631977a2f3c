import librosa
import numpy as np
import pytest
from sounds import curve, demo_track, hear, tone

from engine.audio.bands import BANDS, MEL_RANGE, MELS, mel_rows

RATE = 48000


def mels(hops, after: float) -> np.ndarray:
    return np.array([curve(hops, f"mel.{k}", after).mean() for k in range(1, MELS + 1)])


def test_mel_triangles_lie_where_htk_puts_them():
    """The same edges, centres and flanks as librosa's filters with htk=True, norm=None."""
    hertz = np.fft.rfftfreq(2048, 1 / RATE)
    wanted = librosa.filters.mel(
        sr=RATE, n_fft=2048, n_mels=MELS, fmin=MEL_RANGE[0], fmax=MEL_RANGE[1], htk=True, norm=None
    )
    # librosa's flanks are straight in Hz, these in mel.
    assert np.abs(mel_rows(hertz, MEL_RANGE[1]) - wanted).max() < 0.12


def test_mel_triangles_share_out_all_between_the_outer_ones():
    hertz = np.fft.rfftfreq(2048, 1 / RATE)
    rows = mel_rows(hertz, MEL_RANGE[1])
    first, last = hertz[np.argmax(rows[0])], hertz[np.argmax(rows[-1])]
    between = (hertz > first + 30) & (hertz < last - 30)
    assert np.allclose(rows[:, between].sum(axis=0), 1)


@pytest.mark.parametrize("number", range(1, MELS + 1))
def test_a_tone_in_the_middle_of_a_mel_band_lifts_that_one_most(number):
    hertz = np.fft.rfftfreq(2048, 1 / RATE)
    centre = hertz[np.argmax(mel_rows(hertz, MEL_RANGE[1])[number - 1])]
    heard = mels(hear(tone(centre, 1.5)), 1.0)
    assert np.argmax(heard) == number - 1
    assert heard[number - 1] > 0.7


def test_a_tone_that_climbs_passes_through_the_bands_in_order():
    sound = np.sin(2 * np.pi * np.cumsum(np.geomspace(60, 14000, 4 * RATE)) / RATE)
    hops = hear(np.stack([sound, sound], axis=1).astype(np.float32) * 0.5)
    peaks = [np.argmax(curve(hops, f"mel.{k}")) for k in range(1, MELS + 1)]
    assert peaks == sorted(peaks)
    assert len(set(peaks)) == MELS


def test_air_is_the_top_of_the_treble():
    hops = hear(tone(12000, 1.5))
    assert curve(hops, "air", 1).min() > 0.7
    assert curve(hear(tone(4000, 1.5)), "air", 1).max() < 0.2
    assert BANDS["air"][1] == BANDS["treble"][1]


def test_after_a_quiet_break_the_drop_is_as_loud_as_before_and_nothing_pumps():
    """Half a minute 18 dB lower: the break shows low and even, and the drop is full at once."""
    loop = demo_track()[8 * 92160 : 12 * 92160]  # four bars of groove
    loud = np.concatenate([loop] * 4)
    quiet = np.concatenate([loop] * 4) * 10 ** (-18 / 20)
    hops = hear(np.concatenate([loud, quiet, loop]))
    moments = np.array([hop.moment for hop in hops])
    for name in ("level", "bass", "mid", "mel.4"):
        values = curve(hops, name)

        def mean(start, values=values):
            bar = 92160 / RATE
            return values[(moments > start * bar) & (moments <= (start + 4) * bar)].mean()

        before, drop = mean(12), mean(32)
        assert drop == pytest.approx(before, rel=0.15), name  # no jump past, no hole
        assert mean(16) < 0.25 * before, name
        assert mean(28) == pytest.approx(mean(20), rel=0.3), name  # the gain does not creep up
