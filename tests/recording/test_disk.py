"""What may happen to the disk and the codec: one line, a file that plays, and the show goes on."""

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import av
import film
import numpy as np
import pytest
from waiting import until

from engine.recording import reel as reel_room
from engine.recording.reel import RecordingError

ROOT = Path(__file__).parents[2]


def shown(recorder, count, first=0, patient=True):
    for n in range(first, first + count):
        recorder.frame(film.numbered(n % 1000), n / 30)
        while patient and recorder.seconds <= n / 30 and not recorder.failed:
            time.sleep(0.0005)


@pytest.mark.parametrize("format", ["h264", "prores", "ffv1"])
def test_a_folder_that_goes_ends_the_take_and_what_there_is_of_it_is_kept(tmp_path, format):
    lines, folder = [], tmp_path / "gone"
    folder.mkdir()
    recorder = film.open_recorder(tmp_path, format, lines.append)
    reel = recorder.begin(folder / f"a{recorder.ending}")
    shown(recorder, 60)
    shutil.rmtree(folder)
    shown(recorder, 60, first=60)
    until(lambda: reel.over)
    kept = tmp_path / "refuge" / f"a{recorder.ending}"
    assert lines == [
        f"recording to {folder / kept.name}",
        f"recording to {folder / kept.name} has ended: its folder is gone; "
        f"the take so far is now {kept}",
    ]
    numbers = film.numbers(kept)
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= 58
    shown(recorder, 5, first=120)  # the coder has gone on
    recorder.stop()


def test_a_folder_that_goes_just_before_the_end_costs_nothing(tmp_path):
    lines, folder = [], tmp_path / "gone"
    folder.mkdir()
    recorder = film.open_recorder(tmp_path, say=lines.append)
    recorder.begin(folder / "a.mp4")
    shown(recorder, 20)
    shutil.rmtree(folder)
    (report,) = recorder.stop()
    assert film.numbers(report.path) == list(range(20))
    assert report.path.parent == tmp_path / "refuge"


def test_a_disk_that_is_nearly_full_is_no_place_to_begin(tmp_path, monkeypatch):
    monkeypatch.setattr(reel_room, "RESERVE", shutil.disk_usage(tmp_path).total + 1)
    recorder = film.open_recorder(tmp_path)
    with pytest.raises(RecordingError, match=r"the disk is nearly full, \d+ MB left"):
        recorder.begin(tmp_path / "a.mp4")
    recorder.stop()
    assert not list(tmp_path.iterdir())


def test_a_disk_that_fills_ends_the_take_in_time(tmp_path, monkeypatch):
    lines, recorder = [], film.open_recorder(tmp_path)
    recorder._error = lines.append
    reel = recorder.begin(tmp_path / "a.mp4")
    shown(recorder, 60)
    monkeypatch.setattr(reel_room, "RESERVE", shutil.disk_usage(tmp_path).total + 1)
    shown(recorder, 60, first=60)
    until(lambda: reel.over)
    assert len(lines) == 1
    assert "has ended: the disk is nearly full" in lines[0]
    numbers = film.numbers(tmp_path / "a.mp4")
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= 60
    recorder.stop()


FULL = """
import sys, time
import numpy as np
from engine.recording import reel
from tests.recording import film
reel.RESERVE = 0
noise = np.random.default_rng(0).integers(0, 256, (180, 320, 4), np.uint8)
recorder = film.OneFile(sys.argv[1], (320, 180), 30, lambda line: print("said:", line))
for n in range(300):
    recorder.frame(np.roll(noise, n * 7, axis=1), n / 30)
    while recorder.seconds <= n / 30:
        time.sleep(0.001)
recorder.stop()
"""
MOUNTED = 'mount -t tmpfs -o size=1m none "$0" && "$@"; cp "$0"/* "$0.kept"'


def test_a_disk_without_any_room_ends_the_take_with_what_was_there(tmp_path):
    """A small disk where the system lets us mount one, else a limit of the file's size."""
    disk, kept = tmp_path / "disk", tmp_path / "disk.kept"
    disk.mkdir()
    kept.mkdir()
    show = [sys.executable, "-c", FULL, str(disk / "a.mp4")]
    mount = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", MOUNTED, str(disk)]
    done = subprocess.run([*mount, *show], cwd=ROOT, capture_output=True, text=True, check=False)
    if "said:" not in done.stdout:
        limited = ["sh", "-c", 'ulimit -f 1400; "$@"', "sh", *show]
        done = subprocess.run(limited, cwd=ROOT, capture_output=True, text=True, check=False)
        kept = disk
    assert done.stdout.count("said:") == 2  # when it began, and why it ended
    assert "No space left" in done.stdout or "File too large" in done.stdout
    assert len(film.pictures(kept / "a.mp4")) >= 30


def test_a_disk_that_does_not_take_anything_costs_frames_and_never_the_shows_time(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(reel_room, "MOST", 20_000)
    pipe, read = tmp_path / "a.mp4", []
    os.mkfifo(pipe)
    recorder = film.OneFile(pipe, (320, 180), 30, print)
    rng = np.random.default_rng(1)
    for n in range(200):  # more than the pipe and all that may wait can hold
        recorder.frame(rng.integers(0, 256, (180, 320, 4), np.uint8), n / 30)
        time.sleep(0.002)
    until(lambda: recorder.file.slow_disk)
    assert recorder.file.dropped > 20

    def reader():
        with pipe.open("rb") as file:
            while piece := file.read(4096):
                read.append(piece)

    reading = threading.Thread(target=reader)
    reading.start()
    report = recorder.stop()
    reading.join()
    (tmp_path / "b.mp4").write_bytes(b"".join(read))
    assert len(film.pictures(tmp_path / "b.mp4")) == report.frames == 200
    assert report.held == report.dropped


def test_a_codec_that_is_lost_ends_the_take_and_what_there_is_of_it_plays(tmp_path):
    lines = []
    recorder = film.OneFile(tmp_path / "a.mp4", (320, 180), 30, lines.append)
    shown(recorder, 40)

    def lost(*_):
        raise av.error.ExternalError(av.error.ExternalError, "Generic error in an external library")

    recorder._coder.picture = lost
    recorder.frame(film.numbered(40), 40 / 30)
    recorder.stop()
    assert len(lines) == 2
    assert "has ended: the codec" in lines[1]
    assert film.numbers(tmp_path / "a.mp4") == list(range(40))
