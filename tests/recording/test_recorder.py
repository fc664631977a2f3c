"""The recorder against what ffprobe and a decoder find in its files."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from engine.recording.recorder import POOL
from engine.recording.reel import RecordingError
from tests.recording import film

ROOT = Path(__file__).parents[2]


def written(recorder, seconds):
    """Wait until the frame of this time is written, so that a slow machine drops none."""
    while recorder.seconds <= seconds and not recorder.file.failed:
        time.sleep(0.001)


def record(path, moments, fps=30, size=(320, 180), blocks=(), patient=True):
    """Record numbered frames at `moments`, each after the blocks of sound due before it."""
    lines, blocks = [], list(blocks)
    recorder = film.OneFile(path, size, fps, lines.append)
    for number, moment in enumerate(moments):
        recorder.frame(film.numbered(number, size), moment)
        while blocks and blocks[0][2] <= moment:
            recorder.sound(*blocks.pop(0))
        if patient:
            written(recorder, moment - moments[0])
    return recorder.stop(), lines


def clicks(at, seconds, rate=48000, size=512, begin=0.0):
    """Return blocks of silence with a click at each of the moments `at`."""
    track = np.zeros((round(seconds * rate), 2), np.float32)
    for moment in at:
        place = round((moment - begin) * rate)
        track[place : place + 24] = 0.9
    starts = range(0, len(track), size)
    return [(track[start : start + size], rate, begin + start / rate) for start in starts]


def test_the_file_is_h264_and_aac_of_the_size_rate_and_length_asked(tmp_path):
    moments = [100 + n / 30 for n in range(60)]
    report, lines = record(tmp_path / "a.mp4", moments, blocks=clicks([], 2, begin=100))
    found = film.probe(tmp_path / "a.mp4")
    video, audio = found["video"], found["audio"]
    assert (video["codec_name"], video["pix_fmt"]) == ("h264", "yuv420p")
    assert (video["width"], video["height"], video["avg_frame_rate"]) == (320, 180, "30/1")
    assert [video["color_" + tag] for tag in ("space", "transfer", "primaries")] == ["bt709"] * 3
    assert video["color_range"] == "tv"
    assert (audio["codec_name"], audio["sample_rate"], audio["channels"]) == ("aac", "48000", 2)
    assert abs(float(video["duration"]) - 2) < 0.001
    assert abs(float(audio["duration"]) - 2) < 0.05
    assert (report.frames, report.held, report.dropped, report.seconds) == (60, 0, 0, 2.0)
    assert "recorded 2.0 s" in lines[-1]


def test_frames_come_back_in_order_and_at_their_times(tmp_path):
    record(tmp_path / "a.mp4", [n / 30 for n in range(90)])
    assert film.numbers(tmp_path / "a.mp4") == list(range(90))
    times = [moment for moment, _ in film.pictures(tmp_path / "a.mp4")]
    np.testing.assert_allclose(times, np.arange(90) / 30, atol=1e-3)


def test_a_finished_file_has_its_index_in_front_and_leaves_nothing_beside_it(tmp_path):
    record(tmp_path / "a.mp4", [n / 30 for n in range(40)])
    data = (tmp_path / "a.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert b"moof" not in data
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_colours_are_those_that_were_shown(tmp_path):
    colours = np.array([[200, 40, 40], [40, 180, 60], [50, 60, 210], [128, 128, 128]], np.uint8)
    pixels = np.full((64, 256, 4), 255, np.uint8)
    pixels[..., :3] = np.repeat(colours, 64, axis=0)[None]
    recorder = film.OneFile(tmp_path / "a.mp4", (256, 64), 30, print)
    for n in range(5):
        recorder.frame(pixels, n / 30)
        written(recorder, n / 30)
    recorder.stop()
    command = ["ffmpeg", "-v", "error", "-i", str(tmp_path / "a.mp4"), "-vf"]
    command += ["scale=in_color_matrix=bt709:in_range=tv", "-f", "rawvideo", "-pix_fmt", "rgb24"]
    data = subprocess.run([*command, "-"], capture_output=True, check=True).stdout
    seen = np.frombuffer(data, np.uint8).reshape(-1, 64, 256, 3)[2, 32, 32::64]
    assert np.abs(seen.astype(int) - colours).max() <= 4


def test_frames_at_the_displays_rate_give_every_second_one_despite_jitter(tmp_path):
    jitter = np.random.default_rng(1).uniform(-0.006, 0.006, 120)
    jitter[0] = 0
    report, _ = record(tmp_path / "a.mp4", np.arange(120) / 60 + jitter)
    assert film.numbers(tmp_path / "a.mp4") == list(range(0, 120, 2))
    assert (report.frames, report.held, report.dropped) == (60, 0, 0)


def test_missing_frames_are_held(tmp_path):
    report, _ = record(tmp_path / "a.mp4", [n / 30 for n in range(40) if not 10 < n < 15])
    held = [10] * 4
    expected = [*range(11), *held, *range(11, 36)]
    assert film.numbers(tmp_path / "a.mp4") == expected
    assert (report.frames, report.held) == (40, 4)


def test_frames_that_the_encoder_has_no_time_for_are_counted_and_held(tmp_path):
    moments = [n / 30 for n in range(150)]
    report, _ = record(tmp_path / "a.mp4", moments, size=(1280, 720), patient=False)
    shown = film.numbers(tmp_path / "a.mp4")
    assert report.dropped > 0
    assert len(shown) == report.frames
    assert len(set(shown)) == 150 - report.dropped
    assert all(shown[n] in (n, shown[n - 1]) for n in range(1, len(shown)))


def test_a_frame_does_not_wait_for_the_encoder(tmp_path):
    recorder = film.OneFile(tmp_path / "a.mp4", (320, 180), 30, print)
    picture = film.numbered(0)
    for n in range(40):
        recorder.frame(picture, n / 30)
    assert recorder.dropped > 0, f"forty frames at once went into a pool of {POOL}"
    recorder.stop()


def test_due_tells_which_frames_to_read_back_even_if_they_come_later(tmp_path):
    recorder = film.OneFile(tmp_path / "a.mp4", (320, 180), 30, print)
    due = [recorder.due(n / 60) for n in range(8)]
    for n in range(0, 8, 2):
        recorder.frame(film.numbered(n), n / 60)
    assert due == [True, False] * 4
    recorder.stop()
    assert not recorder.due(1.0)
    assert film.numbers(tmp_path / "a.mp4") == [0, 2, 4, 6]


@pytest.mark.parametrize("rate", [44100, 48000, 96000])
def test_flash_and_click_of_one_moment_meet_within_a_frame(tmp_path, rate):
    recorder = film.OneFile(tmp_path / "a.mp4", (320, 180), 30, print)
    blocks = clicks([51.5, 53.5], 5, rate, begin=49.5)
    for n in range(120):
        moment = 50 + n / 30
        white = n in (45, 105)
        recorder.frame(np.full((180, 320, 4), 255 if white else 0, np.uint8), moment)
        while blocks and blocks[0][2] <= moment + 0.1:  # a file is heard a little later
            recorder.sound(*blocks.pop(0))
        written(recorder, moment - 50)
    recorder.stop()
    flashes = [t for t, picture in film.pictures(tmp_path / "a.mp4") if picture.mean() > 128]
    loud = np.abs(film.sound(tmp_path / "a.mp4"))
    heard = [np.argmax(loud[:96000]) / 48000, np.argmax(loud[96000:]) / 48000 + 2]
    np.testing.assert_allclose(flashes, [1.5, 3.5], atol=1e-3)
    np.testing.assert_allclose(heard, flashes, atol=0.008)


def test_sound_that_comes_before_the_first_frame_is_kept_from_its_moment_on(tmp_path):
    recorder = film.OneFile(tmp_path / "a.mp4", (320, 180), 30, print)
    for block in clicks([99.9, 100.05], 0.3, begin=99.8):
        recorder.sound(*block)
    for n in range(30):
        recorder.frame(film.numbered(n), 100 + n / 30)
        written(recorder, n / 30)
    recorder.stop()
    loud = np.flatnonzero(np.abs(film.sound(tmp_path / "a.mp4")) > 0.3)
    assert loud.min() == pytest.approx(0.05 * 48000, abs=100)
    assert loud.max() == pytest.approx(0.05 * 48000, abs=100)


def test_no_sound_gives_silence_as_long_as_the_picture(tmp_path):
    record(tmp_path / "a.mp4", [n / 30 for n in range(75)])
    found = film.probe(tmp_path / "a.mp4")
    assert abs(float(found["audio"]["duration"]) - 2.5) < 0.05
    assert np.abs(film.sound(tmp_path / "a.mp4")).max() < 1e-4


def test_sound_that_ends_early_or_goes_on_is_cut_to_the_picture(tmp_path):
    for seconds in (1.0, 4.0):
        blocks = clicks([], seconds)
        record(tmp_path / "a.mp4", [n / 30 for n in range(60)], blocks=blocks)
        found = film.probe(tmp_path / "a.mp4")
        assert abs(float(found["audio"]["duration"]) - 2) < 0.05


def test_broken_samples_do_not_end_the_recording(tmp_path):
    blocks = [(np.full((512, 2), v, np.float32), 48000, 0.1) for v in (np.nan, np.inf, 9.0)]
    report, _ = record(tmp_path / "a.mp4", [n / 30 for n in range(30)], blocks=blocks)
    assert report.frames == 30
    assert np.isfinite(film.sound(tmp_path / "a.mp4")).all()


def test_an_odd_size_is_padded_to_even(tmp_path):
    record(tmp_path / "a.mp4", [n / 30 for n in range(20)], size=(321, 181))
    video = film.probe(tmp_path / "a.mp4")["video"]
    assert (video["width"], video["height"]) == (322, 182)
    assert film.numbers(tmp_path / "a.mp4") == list(range(20))
    corner = film.pictures(tmp_path / "a.mp4")[-1][1][-2:, -2:]
    assert corner.min() > 225, "padded with the last row and column, not with black"


KILLED = """
import sys, time
from engine import clock
from tests.recording import film, test_recorder
recorder = film.OneFile(sys.argv[1], (320, 180), 30, lambda line: None)
begin = clock.now()
for n in range(10000):
    clock.sleep_until(begin + n / 30)
    recorder.frame(film.numbered(n % 1000), begin + n / 30)
    if len(sys.argv) > 2:
        recorder.sound(test_recorder.np.zeros((1600, 2), "f4"), 48000, begin + n / 30)
    print(n, flush=True)
"""


@pytest.mark.parametrize("extra", [[], ["with sound"]])
def test_a_killed_recording_plays_to_within_two_seconds_of_the_kill(tmp_path, extra):
    path = tmp_path / "a.mp4"
    command = [sys.executable, "-c", KILLED, str(path), *extra]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    last = next(int(line) for line in child.stdout if int(line) == 100)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert film.probe(path)["video"]["codec_name"] == "h264"
    shown = film.numbers(path)
    assert shown == list(range(len(shown)))
    assert len(shown) >= last - 60
    assert len(film.sound(path)) / 48000 > len(shown) / 30 - 0.5


def test_the_file_is_there_under_its_own_name_in_the_first_second(tmp_path):
    recorder = film.OneFile(tmp_path / "a.mp4", (320, 180), 30, print)
    assert (tmp_path / "a.mp4").exists()
    recorder.stop()


def test_a_missing_folder_is_refused_in_one_line(tmp_path):
    with pytest.raises(RecordingError, match=r"nowhere/a\.mp4: No such file.*folder") as refusal:
        film.OneFile(tmp_path / "nowhere" / "a.mp4", (320, 180), 30, print)
    assert "\n" not in str(refusal.value)


def test_a_folder_without_the_right_to_write_is_refused(tmp_path):
    tmp_path.chmod(0o555)
    was_root = os.geteuid() == 0
    if was_root:  # root may write anywhere, so be somebody else for a moment
        os.seteuid(65534)
    try:
        with pytest.raises(RecordingError, match="Permission denied"):
            film.OneFile(tmp_path / "a.mp4", (320, 180), 30, print)
    finally:
        if was_root:
            os.seteuid(0)
        tmp_path.chmod(0o755)


@pytest.mark.parametrize(
    ("name", "size", "fps", "said"),
    [
        ("a.mp4", (0, 180), 30, "0x180: each side must be 16 to 8192"),
        ("a.mp4", (320, 9000), 30, "16 to 8192"),
        ("a.mp4", (320, 180), 0, "fps = 0"),
        ("a.mp4", (320, 180), float("nan"), "fps = nan"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, name, size, fps, said):
    with pytest.raises(RecordingError, match=said):
        film.OneFile(tmp_path / name, size, fps, print)
    assert not list(tmp_path.iterdir())


LIMITED = """
import resource, sys, time
import numpy as np
from tests.recording import film
resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
noise = np.random.default_rng(0).integers(0, 256, (180, 320, 4), np.uint8)
recorder = film.OneFile(sys.argv[1], (320, 180), 30, lambda line: print("said:", line))
for n in range(300):
    recorder.frame(np.roll(noise, n * 7, axis=1), n / 30)
    time.sleep(0.005)
time.sleep(0.5)
print("failed:", recorder.file.failed)
print(recorder.stop())
"""


def test_a_full_disk_ends_the_recording_with_a_line_and_a_file_that_plays(tmp_path):
    path = tmp_path / "a.mp4"
    command = [sys.executable, "-c", LIMITED, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.count("said:") == 2  # when it began, and why it ended
    assert "has ended: File too large" in done.stdout
    assert "failed: None" not in done.stdout
    assert "Traceback" not in done.stderr
    assert len(film.pictures(path)) >= 30


def test_a_device_without_room_ends_it_in_the_same_way(tmp_path):
    (tmp_path / "a.mp4").symlink_to("/dev/full")
    lines = []
    recorder = film.OneFile(tmp_path / "a.mp4", (320, 180), 30, lines.append)
    for n in range(60):
        recorder.frame(film.numbered(n), n / 30)
        written(recorder, n / 30)
    recorder.stop()
    assert recorder.file.failed == lines[-1]
    assert "No space left on device" in lines[-1]


def test_frames_of_another_size_end_it_with_a_line(tmp_path):
    lines = []
    recorder = film.OneFile(tmp_path / "a.mp4", (320, 180), 30, lines.append)
    for n in range(20):
        recorder.frame(film.numbered(n), n / 30)
        written(recorder, n / 30)
    recorder.frame(film.numbered(20, (640, 360)), 20 / 30)
    recorder.frame(film.numbered(21), 21 / 30)
    report = recorder.stop()
    assert report.frames == 20
    assert "do not fit" in recorder.file.failed
    assert film.numbers(tmp_path / "a.mp4") == list(range(20))


def test_stopping_before_the_first_frame_leaves_no_empty_film(tmp_path):
    recorder = film.OneFile(tmp_path / "a.mp4", (320, 180), 30, print)
    assert recorder.stop().frames == 0
    assert not (tmp_path / "a.mp4").exists()


def test_memory_stays_flat(tmp_path):
    recorder = film.OneFile(tmp_path / "a.mp4", (320, 180), 30, print)
    block = np.zeros((1600, 2), np.float32)
    resident = []
    for n in range(1200):
        recorder.frame(film.numbered(n % 1000), n / 30)
        recorder.sound(block, 48000, n / 30)
        written(recorder, n / 30)
        if n in (400, 1199):
            resident.append(int(Path("/proc/self/statm").read_text().split()[1]) * 4)
    recorder.stop()
    assert resident[1] - resident[0] < 4000, f"{resident} KiB"
