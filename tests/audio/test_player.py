import av
import numpy as np
import pytest
import soundfile
from sounds import tone

from engine.audio.block import AudioError
from engine.audio.filetrack import FileTrack
from engine.audio.player import Player, SampleTrack
from engine.clock import now


def written(path, samples, rate=48000, **options):
    soundfile.write(path, samples, rate, **options)
    return path


@pytest.mark.parametrize("ending", ("wav", "flac", "ogg", "mp3"))
def test_a_file_of_any_kind_gives_its_sound(tmp_path, ending):
    sound = tone(440, 1, 44100)
    track = FileTrack(written(tmp_path / f"tone.{ending}", sound, 44100))
    assert track.rate == 44100
    middle = track.next(30000)[10000:]
    spectrum = np.abs(np.fft.rfft(middle[:, 0] * np.hanning(len(middle))))
    assert np.argmax(spectrum) * 44100 / len(middle) == pytest.approx(440, abs=2)
    track.close()


def test_opus_gives_its_sound(tmp_path):
    path = written(tmp_path / "tone.opus", tone(440, 1), format="OGG", subtype="OPUS")
    track = FileTrack(path)
    assert np.abs(track.next(24000)).max() == pytest.approx(0.5, abs=0.1)
    track.close()


def encoded(path, samples: np.ndarray, codec: str, rate: int = 48000):
    """Write float32 (n, 2) with one of FFmpeg's encoders."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate, layout="stereo")
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), "flt", "stereo")
        frame.sample_rate = rate
        fifo = av.AudioFifo()
        fifo.write(frame)
        size = stream.codec_context.frame_size or 1024
        resampler = av.AudioResampler(stream.codec.audio_formats[0].name, "stereo", rate)
        while (part := fifo.read(size, partial=True)) is not None:
            for out in resampler.resample(part):
                container.mux(stream.encode(out))
        container.mux(stream.encode(None))
    return path


def climb(seconds: float, rate: int = 48000) -> np.ndarray:
    """A tone that climbs 1000 Hz a second from 500: its pitch tells the place."""
    t = np.arange(round(seconds * rate)) / rate
    sound = 0.5 * np.sin(2 * np.pi * (500 * t + 500 * t**2))
    return np.stack([sound, sound], axis=1).astype(np.float32)


def place(samples: np.ndarray, rate: int) -> float:
    """Seconds from the beginning of the climb to the middle of the samples."""
    spectrum = np.abs(np.fft.rfft(samples[:, 0] * np.hanning(len(samples)), 1 << 16))
    return (np.argmax(spectrum) * rate / (1 << 16) - 500) / 1000


@pytest.mark.parametrize(
    ("ending", "codec"),
    (("m4a", "aac"), ("mp4", "aac"), ("aac", "aac"), ("mka", "aac"), ("webm", "libopus"),
     ("mp3", "libmp3lame"), ("opus", "libopus")),
)  # fmt: skip
def test_files_that_ffmpeg_writes_give_their_sound_from_any_place(tmp_path, ending, codec):
    track = FileTrack(encoded(tmp_path / f"climb.{ending}", climb(3), codec))
    assert track.rate == 48000
    assert place(track.next(4800), 48000) == pytest.approx(0.05, abs=0.06)
    for second in (2.0, 0.5, 1.25):
        track.seek(round(second * 48000))
        tolerance = 0.3 if ending == "aac" else 0.06  # without a container there is no index
        assert place(track.next(4800), 48000) == pytest.approx(second + 0.05, abs=tolerance)
        assert track.place == round(second * 48000) + 4800
    track.close()


def test_a_file_of_ffmpegs_loops_and_ends(tmp_path):
    track = FileTrack(encoded(tmp_path / "climb.m4a", climb(1), "aac"))
    assert track.seconds == pytest.approx(1, abs=0.1)
    sound = np.concatenate([track.next(4800) for _ in range(25)])
    assert place(sound[-9600:], 48000) < 0.6
    track.seek(0)
    parts = [track.next(4800, loop=False) for _ in range(25)]
    assert sum(map(len, parts)) == pytest.approx(48000, abs=4096)
    assert len(parts[-1]) == 0
    track.close()


@pytest.mark.parametrize("ending", ("wav", "flac", "mp3", "ogg"))
def test_files_of_libsndfile_are_sought(tmp_path, ending):
    track = FileTrack(written(tmp_path / f"climb.{ending}", climb(3)))
    assert track.seconds == pytest.approx(3, abs=0.1)
    for second in (2.0, 0.5):
        track.seek(round(second * 48000))
        assert place(track.next(4800), 48000) == pytest.approx(second + 0.05, abs=0.06)
    track.seek(10**9)
    assert track.place < 3.1 * 48000
    track.close()


def test_a_film_without_sound_is_refused(tmp_path):
    path = tmp_path / "silent.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", 25, width=16, height=16, pix_fmt="yuv420p")
        picture = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8))
        container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    with pytest.raises(AudioError, match=r"silent\.mkv: cannot be read as sound"):
        FileTrack(path)


def test_a_file_loops_without_a_missing_or_a_double_sample(tmp_path):
    sound = np.random.default_rng(1).uniform(-0.9, 0.9, (1000, 2)).astype(np.float32)
    path = written(tmp_path / "noise.wav", sound, subtype="FLOAT")
    track = FileTrack(path)
    played = np.concatenate([track.next(300) for _ in range(11)])
    assert np.array_equal(played, np.tile(sound, (4, 1))[:3300])
    assert np.array_equal(FileTrack(path).next(2500), np.tile(sound, (3, 1))[:2500])


@pytest.mark.parametrize("channels", (1, 2, 6))
def test_any_number_of_channels_becomes_two(tmp_path, channels):
    sound = np.random.default_rng(1).uniform(-0.9, 0.9, (500, channels)).astype(np.float32)
    track = FileTrack(written(tmp_path / "many.wav", sound, subtype="FLOAT"))
    assert np.array_equal(track.next(500), sound[:, [0, min(1, channels - 1)]])


def test_samples_loop(tmp_path):
    sound = tone(440, 0.01)
    track = SampleTrack(sound, 48000)
    played = np.concatenate([track.next(100) for _ in range(10)])
    assert np.array_equal(played, np.tile(sound, (3, 1))[:1000])


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(AudioError, match=r"gone\.wav: there is no such file"):
        FileTrack(tmp_path / "gone.wav")
    with pytest.raises(AudioError, match="no such file"):
        FileTrack(tmp_path)


@pytest.mark.parametrize("content", (b"", b"RIFF", b"no sound at all" * 100))
def test_a_broken_file_is_refused(tmp_path, content):
    path = tmp_path / "broken.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError, match=r"broken\.wav: cannot be read as sound"):
        FileTrack(path)


def test_an_empty_file_is_refused(tmp_path):
    path = written(tmp_path / "empty.wav", np.zeros((0, 2)))
    with pytest.raises(AudioError, match="no sound in this file"):
        FileTrack(path)


def test_a_file_that_is_cut_off_plays_what_it_has(tmp_path):
    path = written(tmp_path / "cut.flac", tone(440, 2))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    track = FileTrack(path)
    played = np.concatenate([track.next(256) for _ in range(48000 * 4 // 256)])
    assert np.abs(played).reshape(50, -1).max(axis=1) == pytest.approx(0.5, abs=0.01)


def test_a_track_plays_at_its_true_speed(no_sound_card):
    player = Player("tone", SampleTrack(tone(440, 1), 48000), print)
    begun = now()
    blocks = [player.read() for _ in range(round(2 * 48000 / 256))]
    assert now() - begun == pytest.approx(2, abs=0.1)
    moments = np.array([block.moment for block in blocks])
    assert np.allclose(np.diff(moments), 256 / 48000, atol=1e-6)
    assert np.array_equal(np.concatenate([b.samples for b in blocks])[:48000], tone(440, 1))
    player.close()


def test_a_track_is_read_when_the_speaker_makes_it_heard(sound_server):
    """With an output, each block comes back by the output's delay later than without one."""
    lines = []
    player = Player("tone", SampleTrack(tone(440, 1), 48000), lines.append)
    lead = player._speaker.lead
    blocks = [player.read() for _ in range(round((lead + 0.5) * 48000 / 256))]
    player.close()
    assert not lines
    sound = np.concatenate([block.samples for block in blocks])
    assert np.argmax(np.abs(sound[:, 0]) > 0.01) / 48000 == pytest.approx(lead, abs=0.01)


def test_a_track_is_held_sought_and_ended(no_sound_card):
    lines, looped = [], [True]
    player = Player("climb", SampleTrack(climb(2), 48000), lines.append, lambda: looped[0])
    assert player.length == 2

    def hear(blocks: int) -> np.ndarray:
        return np.concatenate([player.read().samples for _ in range(blocks)])

    hear(10)
    player.pause()
    hear(2)
    held = player.seconds
    assert not hear(10).any()
    assert player.seconds == held
    player.seek(1.5)
    assert player.seconds == 1.5
    player.pause()
    hear(1)
    assert place(hear(20), 48000) == pytest.approx(1.56, abs=0.05)
    looped[0] = False
    hear(90)
    assert lines == ["the end of climb"]
    assert player.paused
    assert player.seconds == 0
    player.pause()
    hear(2)
    assert place(hear(20), 48000) == pytest.approx(0.06, abs=0.05)
    player.close()


def test_after_a_long_sleep_a_track_goes_on_from_now(no_sound_card):
    player = Player("tone", SampleTrack(tone(440, 1), 48000), print)
    player.read()
    player._due -= 5
    player.read()
    assert now() - player.read().moment < 0.1
    player.close()
