import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sounds import clicks, curve, demo_track, hear, onsets, tone

from engine.audio.features import NAMES, RANGES, SILENT, Features
from engine.audio.onsets import FALL
from engine.audio.spectra import Spectra

RATES = (8000, 44100, 48000, 96000)


@pytest.mark.parametrize("rate", (44100, 48000, 96000))
@pytest.mark.parametrize(
    ("hertz", "band"), ((60, "bass"), (100, "bass"), (700, "mid"), (5000, "treble"))
)
def test_a_tone_lifts_its_own_band_only(hertz, band, rate):
    hops = hear(tone(hertz, 2, rate), rate)
    for name in ("bass", "mid", "treble"):
        values = curve(hops, name, after=1)
        assert (values.min() > 0.7) if name == band else (values.max() < 0.2), name


@pytest.mark.parametrize("rate", RATES)
def test_features_come_172_times_a_second_at_any_rate(rate):
    hops = hear(tone(440, 3, rate), rate)
    assert len(hops) / 3 == pytest.approx(44100 / 256, rel=0.02)
    gaps = np.diff([hop.moment for hop in hops])
    assert np.allclose(gaps, gaps[0], atol=1e-9)


def test_dbfs_is_the_level_of_a_sine_and_grows_6_db_when_the_sound_doubles():
    quiet, loud = (hear(tone(440, 1, amplitude=a)) for a in (0.25, 0.5))
    assert curve(loud, "dbfs", 0.5).mean() == pytest.approx(20 * np.log10(0.5 / 2**0.5), abs=0.1)
    doubled = curve(loud, "dbfs", 0.5).mean() - curve(quiet, "dbfs", 0.5).mean()
    assert doubled == pytest.approx(20 * np.log10(2), abs=0.01)


def test_the_level_doubles_with_the_sound_before_the_gain_has_followed():
    sound = tone(440, 6, amplitude=0.5)
    sound[-24000:] /= 2
    levels = curve(hear(sound), "level")
    assert levels[-20] == pytest.approx(levels[-200] / 2, rel=0.05)


def test_input_gain_in_db_is_the_same_as_a_louder_sound():
    turned = curve(hear(tone(440, 1, amplitude=0.1), gain=12), "dbfs", 0.5)
    louder = curve(hear(tone(440, 1, amplitude=0.1 * 10**0.6)), "dbfs", 0.5)
    assert np.allclose(turned, louder, atol=0.01)


def test_silence_is_zero_everywhere_and_says_so():
    last = hear(np.zeros((48000, 2), np.float32))[-1].values
    assert {name: value for name, value in last.items() if value} == {
        "audio.silence": 1.0,
        "audio.dbfs": pytest.approx(-120),
        "audio.trend": 0.5,
    }
    assert last.keys() == SILENT.keys()


def test_a_constant_offset_is_silence():
    hops = hear(np.full((48000, 2), 0.5, np.float32))
    assert hops[-1].values["audio.silence"] == 1.0


@pytest.mark.parametrize("rate", (44100, 48000, 96000))
def test_every_click_is_one_onset_within_12_ms(rate):
    moments = np.arange(0.5, 10, 0.31)
    found = onsets(hear(clicks(moments, 10, rate), rate))
    assert len(found) == len(moments)
    late = np.array(found) - moments
    assert late.min() > 0
    assert late.max() < 0.012


def test_a_held_tone_has_one_onset():
    sound = np.concatenate([np.zeros((24000, 2), np.float32), tone(300, 4)])
    assert len(onsets(hear(sound))) == 1


def test_a_pulse_falls_at_the_same_speed_at_any_rate():
    for rate in (44100, 48000, 96000):
        hops = hear(clicks([0.5], 2, rate), rate)
        (start,) = onsets(hops)
        later = min(hops, key=lambda hop: abs(hop.moment - start - 0.2))
        expected = np.exp(-(later.moment - start) / FALL)
        assert later.values["audio.onset"] == pytest.approx(expected, rel=1e-6)
        assert hops[-1].values["audio.onset"] == 0.0


@pytest.mark.parametrize("block", (1, 100, 279, 512, 48000))
def test_the_length_of_blocks_does_not_matter(block):
    sound = clicks([0.1, 0.4], 0.6)
    one, other = hear(sound, block=256), hear(sound, block=block)
    assert [hop.values for hop in one] == [hop.values for hop in other]
    assert np.allclose([h.moment for h in one], [h.moment for h in other], atol=1e-9)


def test_the_same_music_at_another_rate_gives_the_same_signals():
    music = demo_track()[48000 * 9 : 48000 * 21]
    half = music.reshape(-1, 2, 2).mean(axis=1)
    one, other = hear(music, 48000), hear(half, 24000)
    moments = np.linspace(4, 11.9, 1000)
    for name in ("level", "bass", "mid"):
        a, b = (
            np.interp(moments, [hop.moment for hop in hops], curve(hops, name))
            for hops in (one, other)
        )
        assert np.corrcoef(a, b)[0, 1] > 0.98, name
        assert abs(a - b).mean() < 0.03, name


def test_quiet_and_loud_versions_of_a_track_give_nearly_the_same_signals():
    music = demo_track()[48000 * 10 : 48000 * 20]
    loud, quiet = hear(music), hear(music * 0.1)
    for name in ("level", "bass", "mid", "treble", "onset", "kick", "loudness"):
        assert abs(curve(loud, name, 4) - curve(quiet, name, 4)).mean() < 0.02, name


@settings(max_examples=25, deadline=None)
@given(
    arrays(
        np.float32,
        (2000, 2),
        elements=st.floats(width=32, allow_nan=True, allow_infinity=True),
        fill=st.sampled_from([0.0, 1.0, float("nan")]),
    )
)
@example(np.zeros((2000, 2), np.float32))
def test_broken_samples_give_bounded_signals(samples):
    for hop in hear(samples):
        for name, value in hop.values.items():
            low, high = RANGES.get(name, (0, 1))
            assert low <= value <= high, name


HOSTILE = {
    "silence": lambda n: np.zeros(n),
    "a constant": lambda n: np.full(n, 0.7),
    "full scale square": lambda n: np.sign(np.sin(np.arange(n) * 0.01) + 1e-9),
    "nothing but NaN": lambda n: np.full(n, np.nan),
    "infinity": lambda n: np.full(n, np.inf),
    "far too loud": lambda n: 1e30 * np.sin(np.arange(n) * 0.1),
    "every other sample": lambda n: np.arange(n) % 2.0,
    "single clicks": lambda n: (np.arange(n) % 4801 == 0).astype(float),
    "a sweep": lambda n: np.sin(np.cumsum(np.geomspace(0.002, 3, n))),
    "denormals": lambda n: np.full(n, 1e-40),
}


@pytest.mark.parametrize("rate", (8000, 48000, 192000))
@pytest.mark.parametrize("name", HOSTILE)
def test_no_sound_gives_a_signal_out_of_range(name, rate):
    with np.errstate(all="raise", under="ignore"):
        hops = hear(np.stack([HOSTILE[name](rate)] * 2, axis=1).astype(np.float32), rate)
    for signal in SILENT:
        low, high = RANGES.get(signal, (0, 1))
        values = np.array([hop.values[signal] for hop in hops])
        assert low - 1 <= values.min() <= values.max() <= high, signal  # -120.4 dB is nothing too


def test_every_signal_has_its_name():
    assert [f"audio.{name}" for name in NAMES] == list(SILENT)
    assert len(set(NAMES)) == len(NAMES)


def test_without_learning_what_is_loud_stays_what_it_was():
    features = Features(48000)
    spectra = Spectra(48000, features.keep)
    for hop in spectra.push(tone(60, 4, amplitude=0.5), 0.0):
        features.push(hop)
    features.learning = False
    for hop in spectra.push(tone(60, 20, amplitude=0.25), 4.0):
        values = features.push(hop)
    assert values["audio.bass"] == pytest.approx(0.4, abs=0.04)


def test_after_broken_samples_the_music_is_heard_again():
    broken = np.full((4800, 2), np.nan, np.float32)
    assert hear(np.concatenate([broken, tone(60, 1)]))[-1].values["audio.bass"] > 0.7
