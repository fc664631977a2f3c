"""What a show that was cut off had, the next one has; after a clean end nothing is left."""

import json
import math
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pythonosc.osc_message_builder import build_msg
from waiting import until

from engine.autosave import EVERY, TRIES, Autosave, Owner, State
from engine.crossfade import Look
from engine.mapping import Mapper, Mapping
from engine.options import ROOT, STARTER
from engine.parameters import Store

MOVES = Mapping("audio.bass", "motion.zoom", 0.4, curve="power", attack=0.02)
STATE = State({"motion.zoom": 0.1234567890123, "output.blackout": 1.0, "dream.octaves": 2.0},
              (MOVES,), "Reef", str(STARTER), "guide.png", 3.5, 77.0, 2, ("motion",),
              {"a": Look("Reef", {"motion.x": 0.5}, (MOVES,)), "b": Look("Tide", {}, ())},
              )  # fmt: skip
FILE = "show that plays.json"
DEAD = Owner(2**22 + 1, 0.0)  # a number that no process has


class Ended(Autosave):
    """A show's file as it is once the show's process has ended."""

    def __init__(self, folder, lines=None):
        said = [] if lines is None else lines
        super().__init__(folder, said.append, lambda *lines: said.extend(lines))
        self._owner = DEAD


def crashed(folder, state=STATE):
    """Leave behind what a show leaves that keeps this state and is cut off."""
    show = Ended(folder)
    show.keep(lambda: state, 0.0)
    until((folder / FILE).exists)


def taken(folder):
    lines = []
    return Autosave(folder, lines.append, lambda *new: lines.extend(new)).take(), lines


def test_what_was_kept_is_taken_up_and_said(tmp_path):
    crashed(tmp_path)
    state, (line,) = taken(tmp_path)
    assert state == STATE
    assert line == "the show before did not end cleanly: its state is taken up"


def test_after_a_clean_end_there_is_nothing(tmp_path):
    show = Ended(tmp_path)
    show.keep(lambda: STATE, 0.0)
    show.end()
    assert list(tmp_path.iterdir()) == []
    assert taken(tmp_path) == (None, [])


def test_only_what_changed_is_written_and_not_too_often(tmp_path):
    show, asked = Ended(tmp_path), []
    for moment in (0.0, 0.5, EVERY, EVERY + 0.1):
        show.keep(lambda moment=moment: asked.append(moment) or STATE, moment)
    assert asked == [0.0, EVERY]
    until((tmp_path / FILE).exists)
    first = (tmp_path / FILE).stat().st_ino
    show.keep(lambda: STATE, 2 * EVERY)  # nothing has changed
    show.keep(lambda: State({}), 3 * EVERY)
    until(lambda: saved(tmp_path / FILE)["values"] == {})
    assert (tmp_path / FILE).stat().st_ino != first


def test_while_a_disk_hangs_only_the_newest_waits_and_the_end_not_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.autosave.PATIENCE", 0.1)
    disk, lines = threading.Semaphore(0), []

    def stand(*new):
        lines.append(new)
        if not new:  # said by the thread that has just written
            disk.acquire()

    show = Autosave(tmp_path, lines.append, stand)
    for number in range(100):
        show.keep(lambda number=number: State({"motion.zoom": number}), EVERY * number)
        until(lambda: lines)
    disk.release()
    until(lambda: len(lines) == 2)
    assert saved(tmp_path / FILE)["values"] == {"motion.zoom": 99}
    show.end()
    assert lines[-1][0].endswith("the disk does not answer")
    disk.release()
    show._thread.join()
    assert list(tmp_path.iterdir()) == []


def test_beside_a_show_that_plays_nothing_is_taken_nor_kept(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        import psutil

        crashed(tmp_path)
        data = json.loads((tmp_path / FILE).read_text())
        data["owner"] = {"pid": other.pid, "started": psutil.Process(other.pid).create_time()}
        (tmp_path / FILE).write_text(json.dumps(data))
        lines = []
        second = Autosave(tmp_path, lines.append, lambda *new: lines.extend(new))
        assert second.take() is None
        assert lines == ["another show plays: this one would not be taken up after a crash"]
        second.keep(lambda: State({}), 0.0)
        second.end()
        assert json.loads((tmp_path / FILE).read_text()) == data
        other.communicate(b"\n")


def test_a_state_that_never_brings_a_picture_is_given_up(tmp_path):
    crashed(tmp_path)
    for _ in range(TRIES):
        show = Ended(tmp_path)
        assert show.take() == STATE
    lines = []
    assert Ended(tmp_path, lines).take() is None
    assert "begun anew" in lines[0]


PLAIN = ("", "far", [[1]], math.inf, {"pid": math.inf, "started": 0.0})


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, 10**400, None, PLAIN[-1]])
@pytest.mark.parametrize("key", ["tries", "owner", "gone", "values"])
def test_a_number_that_is_none_is_one_line_and_the_show_begins_anew(tmp_path, key, value):
    crashed(tmp_path)
    file = tmp_path / FILE
    file.write_text(json.dumps({**saved(file), key: value}))
    state, lines = taken(tmp_path)
    assert len(lines) == 1
    assert state is None or isinstance(state.values, dict)


@settings(max_examples=100)
@given(st.data())
def test_a_broken_file_is_one_line_and_the_show_begins_anew(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("broken")
    crashed(folder)
    text = (folder / FILE).read_text()
    plain = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(PLAIN)
    kind = data.draw(st.sampled_from(["cut", "noise", "key", "gone"]))
    if kind == "cut":
        text = text[: data.draw(st.integers(0, len(text) - 1))]
    elif kind == "noise":
        text = data.draw(st.text('{}[]:,"09 aé\n'))
    else:
        whole = json.loads(text)
        key = data.draw(st.sampled_from(sorted(whole)))
        whole.pop(key)
        text = json.dumps(whole | ({} if kind == "gone" else {key: data.draw(plain)}))
    (folder / FILE).write_bytes(text.encode("utf-8", "replace"))
    state, lines = taken(folder)
    assert len(lines) == 1
    assert "\n" not in lines[0]
    assert state is None or isinstance(state.values, dict)


def test_rows_that_are_not_here_are_left_and_neither_film_nor_flash_begins_again():
    store, mapper = Store(), Mapper()
    values = {"motion.zoom": 1.5, "dream.layer.none": 1.0, "motion.x": "far"}
    values |= {"recording.on": 1, "output.flash": 1, "output.strobe": 1, "output.blackout": 1}
    State(values, (MOVES,)).put(store, mapper)
    assert store.get("motion.zoom") == 1.5
    assert store.get("motion.x") == 0
    assert [store.get(id) for id in ("recording.on", "output.flash", "output.strobe")] == [0] * 3
    assert store.get("output.blackout") == 1
    assert mapper.mappings == (MOVES,)
    assert not store.held()


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    lines = []
    show = Autosave(tmp_path / "file", lines.append, lambda *new: lines.append(new))
    show.keep(lambda: STATE, 0.0)
    until(lambda: lines)
    assert "cannot be written" in lines[-1][0]
    (tmp_path / "file").unlink()
    show.keep(lambda: State({}), EVERY)
    until(lambda: lines[-1] == ())  # it stands no more
    (tmp_path / "file" / FILE).unlink()
    (tmp_path / "file" / FILE).mkdir()
    show.end()
    assert "cannot be removed" in lines[-1][0]


# Whole shows.


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def perform(home, port, *more):
    words = [*more, "--headless", "--audio", "demo", "--size", "64x48", "--output", "160x90"]
    words += ["--osc", f"127.0.0.1:{port}"]
    words += ["--oscquery", f"127.0.0.1:{free_port(socket.SOCK_STREAM)}"]
    return subprocess.Popen(
        [sys.executable, str(ROOT / "perform.py"), "--here", "play", *words],
        stderr=subprocess.PIPE, text=True, env={**os.environ, "XDG_DATA_HOME": str(home)},
    )  # fmt: skip


def saved(file):
    return json.loads(file.read_text()) if file.exists() else {"values": {}}


def test_a_killed_show_goes_on_where_it_was_but_for_what_the_command_line_asks(tmp_path):
    file, port = tmp_path / "Other Half" / FILE, free_port(socket.SOCK_DGRAM)
    hand = {"motion.zoom": -0.75, "output.hue": 33.0, "output.blackout": 1.0, "dream.octaves": 2.0}
    show = perform(tmp_path, port)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:

        def send(address, value):
            packet = build_msg(address, value).dgram
            sender.sendto(packet, ("127.0.0.1", port))

        try:
            until(file.exists)
            send("/preset/load", ["Reef"])
            until(lambda: saved(file)["preset"] == "Reef")
            for id, value in hand.items():
                send("/" + id.replace(".", "/"), [value])
            for side, name in (("a", "Tide"), ("b", "Glass")):
                send(f"/mix/{side}", [name])
            send("/mix/ab", [0.75])
            until(lambda: saved(file)["values"]["mix.ab"] == 0.75 and saved(file)["ends"].get("b"))
            time.sleep(EVERY)  # what the fader moved is kept, too
        finally:
            show.kill()
            show.communicate()
    before = saved(file)
    again = perform(tmp_path, port, "--set", "motion.y=0.5")
    try:
        until(lambda: saved(file)["owner"]["pid"] == again.pid and saved(file)["tries"] == 0)
        after = saved(file)
    finally:
        again.send_signal(signal.SIGTERM)
        _, said = again.communicate(timeout=30)
    assert after["values"].pop("motion.y") == 0.5
    before["values"].pop("motion.y")
    for name in ("values", "mappings", "preset", "network", "guide", "ends"):
        assert after[name] == before[name], name
    assert after["gone"] >= before["gone"]
    assert after["degrees"] >= before["degrees"]
    assert said.count("did not end cleanly") == 1
    assert again.returncode == 0
    assert not file.exists()


@pytest.mark.parametrize("lives", [True, False])
def test_an_owner_is_known_by_its_start(lives):
    mine = Owner()
    assert Owner(mine.pid, mine.started - (0 if lives else 5)).lives == lives
