import numpy as np
import pytest
from sounds import demo_hops, hear, onsets, tone

from engine.audio import demo

RATE = 48000
LAG = 0.008  # seconds that an onset is told after its sound began


def struck(sound: np.ndarray, every: float, seconds: float, fall: float) -> np.ndarray:
    t = np.arange(round(seconds * RATE)) / RATE % every
    envelope = np.exp(-t / fall) * np.minimum(t / 0.003, 1)
    return (sound[: len(t)] * envelope[:, None]).astype(np.float32)


def noise(low: float, high: float, seconds: float) -> np.ndarray:
    white = np.random.default_rng(5).standard_normal(round(seconds * RATE))
    spectrum = np.fft.rfft(white)
    hertz = np.fft.rfftfreq(len(white), 1 / RATE)
    spectrum[(hertz < low) | (hertz > high)] = 0
    part = np.fft.irfft(spectrum, len(white))
    return np.repeat((0.2 * part / part.std())[:, None], 2, axis=1)


SOUNDS = {"kick": tone(60, 4, amplitude=0.8), "snare": noise(300, 5500, 4),
          "hat": noise(7000, 16000, 4)}  # fmt: skip


@pytest.mark.parametrize("name", SOUNDS)
def test_each_drum_is_heard_in_its_own_range_every_time(name):
    hops = hear(struck(SOUNDS[name], 0.5, 4, 0.06))
    told = onsets(hops, name)
    assert sum(moment > 0.9 for moment in told) == 6
    assert len(told) in (7, 8)  # after the first stroke out of silence one may be missed
    for other in SOUNDS.keys() - {name}:
        assert len(onsets(hops, other)) <= 2, other  # the first stroke ends silence everywhere


def rate_of(name: str, instrument: str, steps, bars) -> tuple[float, float]:
    """Return precision and recall of the demo's strokes of an instrument, within 40 ms."""
    bar = demo.BAR / RATE
    told = np.array(onsets(demo_hops(), name)) - LAG
    told = told[(told >= bars[0] * bar - 0.05) & (told < bars[1] * bar - 0.05)]
    levels = demo._levels(instrument)
    played = np.array(
        [(16 * b + s) * demo.STEP / RATE for b in range(*bars) if levels[b] for s in steps]
    )
    near = np.abs(told[:, None] - played[None]) < 0.04
    return near.any(axis=1).mean(), near.any(axis=0).mean()


@pytest.mark.parametrize("bars", ((4, 16), (20, 24), (24, 32)))
def test_the_kick_is_told_from_the_bass_line(bars):
    precision, recall = rate_of("kick", "kick", (0, 4, 8, 12), bars)
    assert precision > 0.8
    assert recall > 0.95


@pytest.mark.parametrize("bars", ((6, 16), (24, 32)))
def test_the_clap_is_told_from_chords_and_arpeggio(bars):
    precision, recall = rate_of("snare", "clap", (4, 12), bars)
    assert precision > 0.7
    assert recall > 0.8


def test_the_hats_are_heard():
    precision, recall = rate_of("hat", "hat", range(16), (4, 16))
    assert precision > 0.95
    assert recall > 0.7


def test_a_loud_drum_does_not_hide_the_next_quieter_ones_for_long():
    drum = struck(SOUNDS["kick"], 0.5, 4, 0.06)
    sound = np.concatenate([drum, drum * 0.3, drum * 0.3, drum * 0.3, drum * 0.3])
    late = [moment for moment in onsets(hear(sound), "kick") if moment > 12]
    assert len(late) == 16
