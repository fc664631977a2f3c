import numpy as np
import pytest
import soundfile
from sounds import tone

from engine.audio.block import AudioError
from engine.audio.player import FileTrack, Player, SampleTrack
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
    blocks = [player.read() for _ in range(800)]
    player.close()
    assert not lines
    sound = np.concatenate([block.samples for block in blocks])
    assert np.argmax(np.abs(sound[:, 0]) > 0.01) / 48000 == pytest.approx(lead, abs=0.01)


def test_after_a_long_sleep_a_track_goes_on_from_now(no_sound_card):
    player = Player("tone", SampleTrack(tone(440, 1), 48000), print)
    player.read()
    player._due -= 5
    player.read()
    assert now() - player.read().moment < 0.1
    player.close()
