"""Whole files: what `beats` tells of a loop, by the live tracker and by librosa."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks import rhythms
from engine.audio import offline
from engine.audio.block import AudioError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def loop(tmp_path_factory):
    path = tmp_path_factory.mktemp("loop") / "loop.wav"
    soundfile.write(path, rhythms.loop(124, 16, "rock", pads=True), rhythms.RATE)
    return path


def off(beats, bpm=124):
    return np.abs((np.array(beats) + 30 / bpm) % (60 / bpm) - 30 / bpm)


def test_the_live_tracker_tells_the_files_beats_before_they_come(loop):
    found = offline.track(loop)
    assert found["bpm"] == pytest.approx(124, rel=0.01)
    assert found["lock_seconds"] < 8
    late = [beat for beat in found["beats"] if beat > found["lock_seconds"] + 2]
    assert np.median(off(late)) < 0.015
    assert np.diff(late) == pytest.approx([60 / 124] * (len(late) - 1), abs=0.05)
    assert set(found["downbeats"]) <= set(found["beats"])


def test_the_command_writes_one_json_document(loop):
    command = [sys.executable, "perform.py", "--here", "beats", str(loop), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found.keys() == {"bpm", "beats", "downbeats", "lock_seconds"}
    assert found["bpm"] == pytest.approx(124, rel=0.01)


def test_silence_has_no_beats(tmp_path):
    soundfile.write(tmp_path / "none.wav", np.zeros((44100, 2)), 44100)
    found = offline.track(tmp_path / "none.wav")
    assert found == {"bpm": None, "beats": [], "downbeats": [], "lock_seconds": None}


@pytest.mark.parametrize("made", ["missing", "broken", "empty"])
def test_a_file_that_is_no_sound_is_refused(tmp_path, made):
    path = tmp_path / "sound.wav"
    if made == "broken":
        path.write_bytes(b"no sound at all")
    if made == "empty":
        soundfile.write(path, np.zeros((0, 2)), 44100)
    with pytest.raises(AudioError, match=r"sound\.wav"):
        offline.track(path)


def test_librosa_hears_the_same(loop):
    found = offline.analyse(loop)
    assert found["bpm"] == pytest.approx(124, rel=0.03)
    assert np.median(off(found["beats"])) < 0.05
    assert len(found["chroma"]) == 12
    assert found["sections"][0] == 0
