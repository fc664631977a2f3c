"""The tape: real files that follow recording.on, and none of them is ever lost."""

import re
import time

import film
import numpy as np
import pytest
from waiting import until

from engine import clock
from engine.parameters import Store
from engine.recording import tape as tape_room
from engine.recording.reel import RecordingError
from engine.recording.tape import Tape

SIZE, FPS = (320, 180), 30


@pytest.fixture
def studio(tmp_path):
    """Makes tapes: studio(first) -> a Tape with its store, what it said and its errors."""
    made = []

    def make(first=None, folder=tmp_path / "own" / "Other Half"):
        store, said, errors = Store(), [], []
        tape = Tape(SIZE, FPS, first, folder, store, said.append, errors.append)
        tape.store, tape.said, tape.errors, tape.folder = store, said, errors, folder
        made.append(tape)
        return tape

    yield make
    for tape in made:
        tape.end()
        tape.close()


def record(tape, first, count=4, moment=100.0):
    """Record pictures numbered from `first` on; the recording goes on."""
    tape.store.set("recording.on", 1)
    tape.follow()
    for number in range(count):
        tape.recorders["output"].frame(film.numbered(first + number, SIZE), moment + number / FPS)


def ended(tape):
    tape.store.set("recording.on", 0)
    tape.follow()
    return tape.close()


def test_nothing_is_recorded_and_no_folder_made_until_it_is_asked_for(studio):
    tape = studio()
    tape.follow()
    tape.hear(np.zeros((256, 2), np.float32), 48000, 100.0)
    assert tape.recorders == {}
    assert tape.seconds == 0
    assert not tape.folder.exists()
    assert tape.close() == []


def test_it_follows_the_parameter_on_and_off(studio):
    tape = studio()
    record(tape, 10)
    running = tape.recorders["output"]
    tape.follow()
    assert tape.recorders == {"output": running}
    tape.store.set("recording.on", 0)
    assert tape.recorders == {"output": running}  # until the main loop comes round
    tape.follow()
    assert tape.recorders == {}
    assert not running.due(200.0)
    (report,) = tape.close()
    assert (report.frames, report.path.parent) == (4, tape.folder)
    assert film.numbers(report.path) == [10, 11, 12, 13]
    assert (tape.errors, tape.seconds) == ([], 0)


def test_end_is_the_parameter_off(studio):
    tape = studio()
    record(tape, 1)
    tape.end()
    assert (tape.reels, tape.store.get("recording.on")) == ([], 0)
    assert film.numbers(tape.close()[0].path) == [1, 2, 3, 4]


def test_the_file_that_was_asked_for_comes_first_and_only_once(studio, tmp_path):
    tape = studio(tmp_path / "new" / "Satz é.mp4")
    for first in (1, 20):
        record(tape, first)
        tape.store.set("recording.on", 0)
        tape.follow()
    one, two = tape.close()
    assert one.path == tmp_path / "new" / "Satz é.mp4"
    assert two.path.parent == tape.folder
    assert [film.numbers(r.path)[0] for r in (one, two)] == [1, 20]


def test_files_are_named_by_their_date_and_sort_by_age(studio):
    tape, before = studio(), clock.today()
    for first in (1, 20, 40):
        record(tape, first)
        tape.store.set("recording.on", 0)
        tape.follow()
        time.sleep(0.15)
    reports = tape.close()
    for report in reports:
        assert re.match(r"\d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d", report.path.name)
        assert before <= report.path.stem <= clock.today()
    files = sorted(tape.folder.glob("*"))
    assert files == [report.path for report in reports]
    assert [film.numbers(file)[0] for file in files] == [1, 20, 40]


def test_recordings_begun_within_the_same_moment_are_all_kept(studio, monkeypatch):
    """Even while the file before is still being finished."""
    monkeypatch.setattr(clock, "today", lambda: "2026-01-31 23.59.59")
    tape = studio()
    for first in (1, 20, 40):
        record(tape, first)
        tape.store.set("recording.on", 0)
        tape.follow()
    reports = tape.close()
    files = sorted(tape.folder.glob("*"))
    assert len(files) == 3
    assert sorted(film.numbers(file)[0] for file in files) == [1, 20, 40]
    assert [film.numbers(report.path) for report in reports] == [
        [first, first + 1, first + 2, first + 3] for first in (1, 20, 40)
    ]


def test_a_file_of_the_wanted_name_is_moved_aside_and_it_is_said(studio, tmp_path):
    path = tmp_path / "set.mp4"
    for first in (1, 20, 40):
        tape = studio(path)
        record(tape, first)
        ended(tape)
        assert film.numbers(path)[0] == first
        aside = [line for line in tape.said if "was there already" in line]
        assert (tape.errors, len(aside)) == ([], int(first > 1))
    files = list(tmp_path.glob("set*"))
    assert sorted(film.numbers(file)[0] for file in files) == [1, 20, 40]


def test_sound_is_given_to_the_recorder_that_runs(studio):
    tape = studio()
    tape.store.set("recording.on", 1)
    tape.follow()
    tone = 0.5 * np.sin(np.arange(48000) * 2 * np.pi * 440 / 48000)
    for number in range(24):
        tape.recorders["output"].frame(film.numbered(number, SIZE), 100 + number / FPS)
        block = tone[number * 1600 : (number + 1) * 1600]
        tape.hear(np.stack([block, block], 1).astype(np.float32), 48000, 100 + number / FPS)
    (report,) = ended(tape)
    heard = film.sound(report.path)
    assert np.abs(heard[4800:24000]).max() > 0.4


def test_a_recording_that_cannot_be_started_is_said_and_the_parameter_goes_off(studio, tmp_path):
    (tmp_path / "file").write_text("no folder")
    tape = studio(tmp_path / "file" / "set.mp4")
    tape.store.set("recording.on", 1)
    tape.follow()
    assert (tape.reels, tape.store.get("recording.on")) == ([], 0)
    assert len(tape.errors) == 1
    assert "set.mp4" in tape.errors[0] or "file" in tape.errors[0]
    tape.follow()
    assert len(tape.errors) == 1
    assert (tmp_path / "file").read_text() == "no folder"


def test_a_file_that_was_asked_for_is_still_the_first_after_a_codec_that_failed(
    studio, tmp_path, monkeypatch
):
    refuse = lambda *words: (_ for _ in ()).throw(RecordingError("no codec"))  # noqa: E731
    tape = studio(tmp_path / "set.mp4")
    with monkeypatch.context() as patch:
        patch.setattr(tape_room, "Recorder", refuse)
        tape.store.set("recording.on", 1)
        tape.follow()
    assert tape.errors == ["no codec"] and not tape.folder.exists()
    record(tape, 1)
    (report,) = ended(tape)
    assert report.path == tmp_path / "set.mp4"


def test_a_recording_that_failed_is_said_and_the_next_one_can_begin(studio):
    tape = studio()
    record(tape, 1)
    recorder = tape.recorders["output"]
    recorder.frame(np.zeros((10, 10, 4), np.uint8), 101.0)
    until(lambda: recorder.failed)
    tape.follow()
    assert (tape.reels, tape.store.get("recording.on")) == ([], 0)
    assert len(tape.errors) == 1
    assert "do not fit" in tape.errors[0]
    record(tape, 20)
    *_, report = ended(tape)
    assert film.numbers(report.path) == [20, 21, 22, 23]
    assert len(tape.errors) == 1
