"""Takes of whole shows: killed, and replayed live."""

import signal
import subprocess
import sys

import av
import pytest
from conftest import perform, ports
from waiting import until

from engine.options import ROOT
from engine.recording.score import Score
from engine.render.job import Job
from engine.render.render import render

SMALL = ("--headless", "--size", "112x64", "--output", "224x128", "--set", "dream.octaves=2")


def test_a_take_of_a_show_that_was_killed_renders_to_its_end(tmp_path, song):
    take, log = tmp_path / "take", tmp_path / "take" / "log.jsonl"
    line = [sys.executable, str(ROOT / "perform.py"), "--here", "play", *SMALL, *ports()]
    show = subprocess.Popen([*line, "--audio", str(song), "--take", str(take)])
    until(lambda: log.exists() and log.read_text().count('"tick"') > 120, within=60)
    show.send_signal(signal.SIGKILL)
    show.wait()
    begun, last = Score(take).span()
    out = tmp_path / "film.mp4"
    render(Job(out, take=take), lambda done, total: None)
    with av.open(out) as film:
        length = float(film.streams.video[0].duration * film.streams.video[0].time_base)
    assert length == pytest.approx(last - begun, abs=0.1) and length > 1


def test_a_take_plays_live_and_writes_a_new_one(played, tmp_path):
    again = tmp_path / "again"
    words = ("--headless", "--seconds", "2", "--take", again, *ports())
    status, said = perform("replay", played / "take", *words)
    assert status == 0 and "listening to take" in said and "rror" not in said
    old, new = Score(played / "take"), Score(again)
    assert new.head["state"]["values"].keys() == old.head["state"]["values"].keys()
    begun, last = new.span()
    assert last - begun == pytest.approx(2, abs=0.3)
    assert {line["kind"] for line in new.lines()} >= {"tick", "dream", "sound", "network"}
