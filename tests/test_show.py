"""Whole shows, with real parts: sound in, pictures out, and what may go wrong on the way."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import numpy as np
import pytest
from PIL import Image, ImageGrab
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import build_msg
from waiting import until

from benchmarks import film, follows
from engine import commands
from engine.clock import now
from engine.options import ROOT, STARTER

SMALL = ("--size", "112x64", "--output", "320x180", "--set", "dream.octaves=2")


def perform(*options, display="", **kind):
    """Start a show in a process of its own, on this display or the session's."""
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}
    if display:
        environment["DISPLAY"] = display
    command = [sys.executable, str(ROOT / "perform.py"), "--here", "play"]
    command += ["--oscquery", f"127.0.0.1:{free_port(socket.SOCK_STREAM)}", *map(str, options)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, **kind)


def ended(show, within=90) -> tuple[int, str]:
    """Wait for its end; return exit status and what it said."""
    _, said = show.communicate(timeout=within)
    return show.returncode, said


def free_port(kind=socket.SOCK_DGRAM) -> int:
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture
def to():
    """Send OSC packets: to(port, bytes)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        yield lambda port, packet: sender.sendto(packet, ("127.0.0.1", port))


def ask(port: int, wait: float = 15.0) -> dict[str, float]:
    """Return every parameter's value as the show on `port` sends it to a subscriber."""
    values, end = {}, now() + wait
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.settimeout(0.3)
        while now() < end and "/recording/on" not in values:
            listener.sendto(build_msg("/subscribe").dgram, ("127.0.0.1", port))
            try:
                while True:
                    message = OscMessage(listener.recv(65536))
                    values[message.address] = message.params[0]
            except TimeoutError:
                continue
    return values


def get(address, path, within=30.0):
    """What OSCQuery says of a path; a signal is there once it has been heard."""
    end = time.monotonic() + within
    while True:
        try:
            with urllib.request.urlopen(f"http://{address}/{path}", timeout=5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """A show of four seconds on the demo track, recorded and measured."""
    folder = tmp_path_factory.mktemp("show")
    files = folder / "out é.mp4", folder / "stats.json"
    show = perform(
        "--headless", "--seconds", 4, "--audio", "demo", "--osc", f"127.0.0.1:{free_port()}",
        "--record", files[0], "--stats", files[1], *SMALL, stdout=subprocess.PIPE,
    )  # fmt: skip
    printed, said = show.communicate(timeout=90)
    assert (show.returncode, printed) == (0, ""), said
    return files[0], json.loads(files[1].read_text("utf-8")), said


def test_the_recording_is_as_long_as_the_show_in_picture_and_sound(played):
    for kind in ("v:0", "a:0"):
        probe = subprocess.run(
            ["ffprobe", "-v", "error", "-select_streams", kind, "-of", "json",
             "-show_entries", "stream=codec_name,duration", played[0]],
            capture_output=True, check=True,
        )  # fmt: skip
        (stream,) = json.loads(probe.stdout)["streams"]
        assert stream["codec_name"] == {"v:0": "h264", "a:0": "aac"}[kind]
        assert float(stream["duration"]) == pytest.approx(4, abs=0.3)


def test_the_picture_never_stands_still(played):
    half_seconds = film.frames(played[0], every=15)
    assert len(half_seconds) >= 7
    assert follows.change(half_seconds).min() > 2


def test_the_recording_holds_the_music(played):
    _, level = film.signal(played[0], "audio.level")
    assert level[len(level) // 2 :].max() > 0.3


def test_the_stats_tell_what_the_design_promises(played):
    stats = played[1]
    assert stats["display_interval_ms"].keys() == {"p50", "p95", "p99", "max"}
    assert stats["dream_ms"].keys() == {"p50", "p95", "max"}
    assert stats["drops"].keys() == {"display", "record", "held"}
    assert stats["latency_ms"].keys() == {"audio_block", "analysis", "display"}
    assert stats["rss_mb"].keys() == {"start", "end"}
    assert (stats["network"], stats["size"], stats["octaves"]) == (STARTER.stem, [112, 64], 2)
    assert stats["dream_fps"] > 1
    assert stats["display_fps"] > 20
    assert stats["seconds"] == pytest.approx(4, abs=0.5)
    assert stats["errors"] == []


def test_fifty_thousand_bad_packets_neither_stop_nor_stall_the_show(tmp_path, to):
    port, stats = free_port(), tmp_path / "stats.json"
    show = perform("--headless", "--seconds", 60, "--osc", f"127.0.0.1:{port}",
                   "--audio", "demo", "--stats", stats, *SMALL)  # fmt: skip
    before = ask(port)
    assert before
    dice = random.Random(1)
    ids = [address for address in before if address != "/recording/on"]
    for number in range(50_000):
        kind = number % 4
        if kind == 0:
            packet = dice.randbytes(dice.randrange(0, 60))
        elif kind == 1:
            packet = build_msg(dice.choice(ids), dice.uniform(-1e9, 1e9)).dgram
        elif kind == 2:
            packet = build_msg(dice.choice(ids), float("nan")).dgram[: dice.randrange(4, 40)]
        else:
            packet = b"#bundle\0" + dice.randbytes(dice.randrange(0, 40))
        to(port, packet)
        if number % 50 == 49:
            time.sleep(0.002)
    for _ in range(50):  # a socket whose buffer is still full drops what comes last
        to(port, build_msg("/output/brightness", 0.5).dgram)
        time.sleep(0.2)
        after = ask(port)
        if after["/output/brightness"] == 0.5:
            break
    assert after["/output/brightness"] == 0.5
    assert after.keys() == before.keys()
    to(port, build_msg("/show/quit", 1).dgram)
    status, said = ended(show)
    assert status == 0
    assert "Traceback" not in said
    figures = json.loads(stats.read_text("utf-8"))
    assert figures["errors"] == []
    assert figures["display_interval_ms"]["max"] < 1000


def test_osc_loads_presets_and_networks_and_a_broken_one_changes_nothing(tmp_path, to):
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"\x10\0\0\0\0\0\0\0not a network at all")
    port, stats = free_port(), tmp_path / "stats.json"
    query = f"127.0.0.1:{free_port(socket.SOCK_STREAM)}"
    show = perform("--headless", "--seconds", 60, "--osc", f"127.0.0.1:{port}",
                   "--oscquery", query, "--audio", "demo", "--stats", stats, *SMALL)  # fmt: skip
    assert ask(port)
    to(port, build_msg("/preset/load", "Reef").dgram)
    to(port, build_msg("/network/load", str(broken)).dgram)
    to(port, build_msg("/network/load", str(STARTER)).dgram)
    to(port, build_msg("/preset/load", "there is none").dgram)
    while f"dreaming through {STARTER.stem}" not in (line := show.stderr.readline()):
        assert line, "the show ended without another network"
    assert ask(port)["/dream/layer/b64_conv1"] == 1
    told = {path: get(query, path) for path in ("preset/load", "audio/level", "?HOST_INFO")}
    assert {"Pearl", "Reef"} <= set(told["preset/load"]["RANGE"][0]["VALS"])
    assert told["audio/level"]["TYPE"] == "f"
    assert told["?HOST_INFO"]["OSC_PORT"] == port
    to(port, build_msg("/show/quit", 1).dgram)
    assert ended(show)[0] == 0
    errors = json.loads(stats.read_text("utf-8"))["errors"]
    assert len(errors) == 2
    assert "broken.safetensors" in errors[0] + errors[1]
    assert "there is none" in errors[0] + errors[1]


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--audio", "broken.wav"), "broken.wav"),
        (("--audio", "no such device anywhere"), "no such device anywhere"),
        (("--network", "broken.wav"), "broken.wav"),
        (("--preset", "none such"), "none such"),
        ((), "--headless"),
    ],
    ids=["sound", "device", "network", "preset", "no display"],
)
def test_what_cannot_start_ends_with_status_two_and_one_line(
    tmp_path, monkeypatch, capsys, options, word
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPLAY", raising=False)
    (tmp_path / "broken.wav").write_bytes(b"RIFF and nothing more")
    headless = () if word == "--headless" else ("--headless",)
    assert commands.main(["play", *headless, "--seconds", "1", *options, *SMALL]) == 2
    said = capsys.readouterr().err
    assert word in said
    assert "Traceback" not in said
    assert len([line for line in said.splitlines() if line.startswith("Error")]) == 1


def test_busy_ports_are_said_and_the_show_goes_on_until_a_signal_finishes_its_recording(tmp_path):
    path = tmp_path / "cut.mp4"
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as osc,
        socket.create_server(("127.0.0.1", 0)) as query,
    ):
        osc.bind(("127.0.0.1", 0))
        taken = [f"127.0.0.1:{s.getsockname()[1]}" for s in (osc, query)]
        addresses = ("--osc", taken[0], "--oscquery", taken[1])
        show = perform("--headless", "--audio", "demo", "--record", path, *addresses, *SMALL)
        until(lambda: path.exists() and path.stat().st_size > 100_000)
        show.send_signal(signal.SIGTERM)
        status, said = ended(show)
    assert status == 0
    for option, address in zip(("--osc ", "--oscquery "), taken, strict=True):
        (line,) = [line for line in said.splitlines() if option in line]
        assert address in line
    assert len(film.frames(path)) > 15


def test_two_windows_play_live_sound(screen, pulse, tmp_path, to):
    sound = tmp_path / "tone.wav"
    tone = "sine=frequency=80:sample_rate=48000:duration=40"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", tone, sound], check=True)
    with subprocess.Popen(["paplay", "-d", pulse, sound]) as player:
        port, stats = free_port(), tmp_path / "stats.json"
        show = perform("--osc", f"127.0.0.1:{port}", "--stats", stats, "--seconds", 60, *SMALL)
        assert ask(port, 40)
        time.sleep(2)
        shot = ImageGrab.grab()
        to(port, build_msg("/show/quit", 1).dgram)
        status, said = ended(show)
        player.terminate()
    assert status == 0, said
    assert "playing the demo track" not in said
    assert json.loads(stats.read_text("utf-8"))["errors"] == []
    assert colours(shot) > 1000


def colours(picture: Image.Image) -> int:
    """Return how many different colours it shows: both windows draw many."""
    return len(np.unique(np.asarray(picture.convert("RGB")).reshape(-1, 3), axis=0))


def test_a_lost_screen_ends_the_show_at_once_and_leaves_a_film(tmp_path):
    path = tmp_path / "set.mp4"
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x720x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        display = f":{pipe.readline().strip()}"
    show = perform("--audio", "demo", "--osc", f"127.0.0.1:{free_port()}", "--record", path,
                   *SMALL, display=display)  # fmt: skip
    until(lambda: path.exists() and path.stat().st_size > 100_000)
    server.kill()
    server.wait()
    assert ended(show, within=20)[0] == -signal.SIGABRT
    assert len(film.frames(path)) > 15
