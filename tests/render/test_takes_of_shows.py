"""Takes of whole shows: killed, and replayed live."""

import shutil
import signal
import socket
import subprocess
import sys

import av
import pytest
from conftest import perform, ports
from pythonosc.osc_message_builder import build_msg
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


@pytest.fixture(scope="module")
def panicked(tmp_path_factory, song):
    """A take of 12 s, whose picture is begun anew after some 3 s."""
    take = tmp_path_factory.mktemp("panic") / "take"
    words = [*SMALL, *ports(), "--audio", song, "--seconds", "12", "--take", take]
    line = [sys.executable, str(ROOT / "perform.py"), "--here", "play", *map(str, words)]
    show, log = subprocess.Popen(line), take / "log.jsonl"
    until(lambda: log.exists() and log.read_text().count('"tick"') > 180, within=60)
    port = int(words[words.index("--osc") + 1].split(":")[1])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(build_msg("/show/panic").dgram, ("127.0.0.1", port))
    assert show.wait(60) == 0
    assert sum(x["kind"] == "dream" and x["anew"] for x in Score(take).lines()) == 1
    return take


def frames(path):
    with av.open(path) as film:
        return [frame.to_ndarray(format="gray") for frame in film.decode(video=0)]


def test_after_a_fresh_picture_a_film_is_made_at_once_and_is_the_same(panicked, tmp_path):
    films = []
    for jobs in (1, 2):
        out, told = tmp_path / f"{jobs}.mp4", []
        render(Job(out, take=panicked, jobs=jobs), lambda done, total, told=told: told.append(done))
        films.append(frames(out))
    assert len(films[0]) == len(films[1]) >= 350
    assert all((a == b).all() for a, b in zip(*films, strict=True))
    assert min(picture.std() for picture in films[0]) > 10, "nothing goes black or grey"


def test_an_edited_take_is_rendered_anew(panicked, tmp_path):
    take, out = tmp_path / "take", tmp_path / "film.mp4"
    shutil.copytree(panicked, take)

    def stop(done, total):
        if done == 320:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render(Job(out, take=take), stop)
    log = take / "log.jsonl"
    log.write_text(log.read_text().replace('"output.hue":0.0', '"output.hue":90.0', 1))
    begun = []

    def look(done, total):
        begun.append(done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render(Job(out, take=take), look)
    assert begun == [1]
