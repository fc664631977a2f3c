"""The track that sound blocks make: each at its time, nothing missing, nothing twice."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.recording.soundtrack import AHEAD, Soundtrack

RATE = 48000


def ones(samples: int) -> np.ndarray:
    return np.ones((samples, 2), np.float32)


def taken(track: Soundtrack, until: int = 100 * RATE) -> np.ndarray:
    return track.take(until)[0]


def test_blocks_in_a_row_come_out_unchanged():
    track, noise = Soundtrack(), np.random.default_rng(0).standard_normal((4800, 2)).astype("f4")
    for start in range(0, 4800, 480):
        track.put(noise[start : start + 480], RATE, start / RATE)
    np.testing.assert_array_equal(track.take(4800), noise.T)


def test_jitter_of_a_few_milliseconds_changes_no_sample():
    track, noise = Soundtrack(), np.random.default_rng(0).standard_normal((48000, 2)).astype("f4")
    jitter = np.random.default_rng(1).uniform(-0.003, 0.003, 100)
    jitter[0] = 0
    for n, start in enumerate(range(0, 48000, 480)):
        track.put(noise[start : start + 480], RATE, start / RATE + jitter[n])
    np.testing.assert_array_equal(track.take(48000), noise.T)


def test_a_gap_is_filled_with_silence():
    track = Soundtrack()
    track.put(ones(480), RATE, 0.0)
    track.put(ones(480), RATE, 0.2)
    expected = np.zeros(9600 + 480)
    expected[:480] = expected[9600:] = 1
    np.testing.assert_array_equal(taken(track), expected)


def test_an_overlap_is_trimmed():
    track = Soundtrack()
    track.put(ones(9600), RATE, 0.0)
    track.put(2 * ones(9600), RATE, 0.1)
    np.testing.assert_array_equal(taken(track), np.repeat([1, 2], [9600, 4800]))


def test_sound_from_before_the_first_frame_is_cut_off():
    track = Soundtrack()
    track.put(ones(9600), RATE, -0.15)
    assert len(taken(track)) == 2400
    track.put(2 * ones(9600), RATE, 0.05)
    np.testing.assert_array_equal(taken(track), np.repeat([2], 9600))


def test_sound_that_comes_after_silence_was_written_keeps_its_place():
    track = Soundtrack()
    track.fill(4800)
    assert not taken(track, 4800).any()
    track.put(ones(4800), RATE, 0.09)
    track.put(ones(4800), RATE, 0.19)
    np.testing.assert_array_equal(taken(track), np.ones(round(0.29 * RATE) - 4800))


def test_sound_far_ahead_of_the_picture_is_dropped():
    track = Soundtrack()
    for n in range(100):
        track.put(ones(RATE // 10), RATE, n / 10)
    assert RATE < track.end <= AHEAD * RATE
    track.put(ones(480), RATE, 1e6)
    assert track.end <= AHEAD * RATE


def test_a_sound_card_that_runs_fast_or_slow_stays_with_the_show_clock():
    for card in (47990, 48010):
        track, clicks = Soundtrack(), []
        for n in range(60 * card // 480):  # one minute; unmelted, 12 ms would be lost
            block = np.zeros((480, 2), np.float32)
            block[0] = float(n % 1000 == 999)
            track.put(block, RATE, n * 480 / card)
            found = np.flatnonzero(taken(track) > 0.4)
            clicks += [(n * 480 / card, track.end - 480 + found[0])] if len(found) else []
        wrong = [abs(moment - sample / RATE) for moment, sample in clicks]
        assert len(clicks) >= 5
        assert max(wrong) < 0.006


def test_a_tone_at_another_rate_keeps_its_pitch_and_its_length():
    for rate in (22050, 44100, 96000):
        track, n = Soundtrack(), np.arange(rate)
        tone = np.sin(2 * np.pi * 1000 * n / rate).astype(np.float32)
        for start in range(0, rate, 441):
            track.put(np.repeat(tone[start : start + 441, None], 2, axis=1), rate, start / rate)
        heard = taken(track)
        assert abs(len(heard) - RATE) < 480
        spectrum = np.abs(np.fft.rfft(heard[4800:43200]))
        assert np.argmax(spectrum) * RATE / 38400 == 1000


@given(
    st.lists(
        st.tuples(
            st.integers(0, 5000), st.floats(-8, 12), st.sampled_from([8000, 44100, 48000, 192000])
        ),
        max_size=12,
    )
)
def test_whatever_comes_the_track_grows_in_one_direction(blocks):
    track, length = Soundtrack(), 0
    for number, (samples, start, rate) in enumerate(blocks):
        track.put(ones(samples), rate, start)
        track.fill(number * 1600)
        length += len(taken(track, number * 4800))
        assert length <= track.end
        assert track.end - length <= AHEAD * RATE
