"""What the tape records, as what, and what it keeps: the other parameters of its group."""

import av
import film
import numpy as np
import pytest
from test_tape import FPS, SIZE, studio  # noqa: F401 - a fixture
from waiting import until

from engine.recording import formats
from engine.recording import tape as tape_room
from engine.recording.reel import RecordingError


def show(tape, count, first=0):
    """Show numbered pictures to every recorder that runs, as many as it takes."""
    for number in range(first, first + count):
        for source, recorder in tape.recorders.items():
            before, shown = recorder.seconds, number + 500 * (source == "dream")
            recorder.frame(film.numbered(shown, SIZE), 100 + number / FPS)
            until(lambda r=recorder, before=before: r.seconds > before or r.failed)


def switch(tape, **values):
    for id, value in values.items():
        tape.store.set(f"recording.{id}", value)
    tape.follow()


def keep(tape, seconds):
    """Ask for the last seconds and wait until they are kept, or cannot be."""
    switch(tape, keep=seconds)
    until(lambda: tape.follow() or tape.recorders or tape.errors)


@pytest.mark.parametrize("name", [format.name for format in formats.TABLE])
def test_files_named_by_date_are_of_the_chosen_format(studio, name):  # noqa: F811
    tape = studio()
    switch(tape, format=name, on=1)
    show(tape, 8)
    switch(tape, on=0)
    (report,) = tape.close()
    assert report.path.suffix == formats.BY_NAME[name].ending
    assert film.probe(report.path)["video"]["codec_name"] == name
    assert film.numbers(report.path) == list(range(8))


def test_the_ending_of_the_file_that_was_asked_for_chooses_its_format(studio, tmp_path):  # noqa: F811
    tape = studio(tmp_path / "set.MOV")
    switch(tape, format="hevc", on=1)
    assert tape.store.get("recording.format") == 2
    show(tape, 4)
    switch(tape, on=0)
    assert film.probe(tape.close()[0].path)["video"]["codec_name"] == "prores"


def test_an_ending_that_is_none_is_refused_with_those_there_are(studio, tmp_path):  # noqa: F811
    tape = studio(tmp_path / "set.avi")
    switch(tape, on=1)
    assert len(tape.errors) == 1
    assert "must end in .mp4 or .mov or .mkv" in tape.errors[0]
    assert tape.store.get("recording.on") == 0
    tape.follow()
    assert tape.recorders == {}


def test_both_sources_are_two_files(studio, tmp_path):  # noqa: F811
    tape = studio(tmp_path / "set.mp4")
    switch(tape, source="both", on=1)
    show(tape, 10)
    switch(tape, on=0)
    tape.close()
    assert film.numbers(tmp_path / "set.mp4") == list(range(10))
    assert film.numbers(tmp_path / "set dream.mp4") == list(range(500, 510))


def test_a_choice_made_while_a_file_runs_is_the_next_ones(studio):  # noqa: F811
    tape = studio()
    switch(tape, on=1)
    show(tape, 4)
    switch(tape, format="ffv1", source="dream")
    assert list(tape.recorders) == ["output"]
    show(tape, 4, first=4)
    switch(tape, on=0)
    switch(tape, on=1)
    assert list(tape.recorders) == ["dream"]
    show(tape, 4)
    switch(tape, on=0)
    assert [(r.frames, r.path.suffix) for r in tape.close()] == [(8, ".mp4"), (4, ".mkv")]


def test_the_last_seconds_are_saved_as_what_they_are(studio, tmp_path):  # noqa: F811
    tape = studio()
    switch(tape, keep=2, on=1)
    show(tape, 5)
    switch(tape, format="ffv1")
    tape.save()
    switch(tape, on=0, keep=0)
    assert [report.path.suffix for report in tape.close()] == [".mp4", ".mp4"]


def test_the_last_seconds_are_kept_without_a_recording_and_saved_by_name(studio):  # noqa: F811
    tape = studio()
    with pytest.raises(RecordingError, match="not kept"):
        tape.save()
    keep(tape, 2)
    show(tape, 100)
    assert tape.seconds == 0
    tape.save()
    switch(tape, on=1)
    running = tape.recorders
    show(tape, 10, first=100)
    switch(tape, on=0)
    assert tape.recorders is running, "one codec goes on for both"
    switch(tape, keep=0)
    assert tape.recorders == {}
    last, taken = tape.close()
    assert last.path.stem.endswith(" last")
    assert 60 <= len(film.numbers(last.path)) <= 90
    assert film.numbers(taken.path) == list(range(100, 110))


def test_a_fader_that_runs_through_the_formats_opens_one_codec(studio, monkeypatch):  # noqa: F811
    now = 100.0
    monkeypatch.setattr(tape_room.clock, "now", lambda: now)
    tape = studio()
    seen = []
    for number in range(30):
        switch(tape, keep=1 + number % 3, format=("h264", "hevc", "ffv1")[number % 3])
        seen.append(tape.recorders)
        now += 0.1
    assert not any(seen)
    now += 0.5
    tape.follow()
    (recorder,) = tape.recorders.values()
    assert recorder.ending == ".mkv", "of the choice at which it stopped"
    switch(tape, format="h264")
    assert tape.recorders["output"] is recorder, "the seconds it keeps are not lost at a touch"
    switch(tape, on=1)
    assert tape.recorders["output"].ending == ".mp4", "a file begins at once"


def test_a_codec_that_is_lost_is_replaced_and_the_recording_goes_on_in_a_new_file(
    studio,  # noqa: F811
    monkeypatch,
):
    monkeypatch.setattr(tape_room, "LASTING", 0.1)
    tape = studio()
    switch(tape, on=1)
    show(tape, 10)
    (recorder,) = tape.recorders.values()

    def lost(*_):
        raise av.error.ExternalError(1, "no such device")

    recorder._coder.picture = lost
    recorder.frame(film.numbered(10, SIZE), 101.0)
    until(lambda: recorder.failed)
    tape.follow()
    assert tape.recorders["output"] is not recorder
    show(tape, 5, first=20)
    switch(tape, on=0)
    reports = tape.close()
    assert [film.numbers(report.path)[0] for report in reports] == [0, 20]
    assert len(tape.errors) == 1


def test_a_codec_that_never_ran_is_not_tried_again(studio):  # noqa: F811
    tape = studio()
    keep(tape, 5)
    (recorder,) = tape.recorders.values()
    recorder.frame(np.zeros((10, 10, 4), np.uint8), 100.0)
    until(lambda: recorder.failed)
    tape.follow()
    tape.follow()
    assert (tape.recorders, tape.store.get("recording.keep")) == ({}, 0)
    assert len(tape.errors) == 1


def test_frames_that_are_dropped_are_said_once(studio):  # noqa: F811
    tape = studio()
    switch(tape, on=1)
    for number in range(40):
        tape.recorders["output"].frame(film.numbered(number, SIZE), 100 + number / FPS)
    for _ in range(3):
        tape.follow()
    assert tape.dropped > 0
    assert len(tape.errors) == 1
    assert tape.errors[0].startswith("frames of the recording are dropped")
    switch(tape, on=0)
    (report,) = tape.close()
    assert report.held == report.dropped
    assert report.frames == 40


def test_a_picture_is_written_beside_the_films_as_it_is(studio):  # noqa: F811
    tape = studio()
    pixels = np.random.default_rng(5).integers(0, 65536, (30, 40, 4), np.uint16)
    for _ in range(2):
        tape.keep_still(pixels)
    one, two = sorted(tape.folder.iterdir())
    for path in (one, two):
        with av.open(str(path)) as file:
            frame = next(file.decode(video=0))
        assert frame.format.name == "rgb48be"
        assert (frame.to_ndarray() == pixels[..., :3]).all()


def test_a_size_that_cannot_be_recorded_is_said_at_each_try_and_only_then(studio):  # noqa: F811
    tape = studio()
    tape._size = (8, 8)
    for tries in (1, 2):
        switch(tape, on=1)
        tape.follow()
        assert (len(tape.errors), tape.store.get("recording.on")) == (tries, 0)
