"""The command line as a person types it: what is refused at the door, and what --json prints."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine import commands
from engine.commands import words
from engine.dream.layers import WEIGHTS
from engine.parameters import ACTIONS, TABLE

ROOT = Path(__file__).resolve().parent.parent
STARTER = "networks/ornament-256-discriminator.safetensors"


def perform(*arguments, **how):
    """Run the front door in this interpreter, and return the finished process."""
    command = [sys.executable, str(ROOT / "perform.py"), "--here", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, **how)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["play", "--size", "8x8"], "'8x8': width and height must be 16 to 4096 pixels"),
        (["play", "--output", "640x9000"], "must be 16 to 4096 pixels"),
        (["play", "--size", "large"], "'large': must be WIDTHxHEIGHT"),
        (["play", "--size", "-640x360"], "must be WIDTHxHEIGHT"),
        (["play", "--seconds", "0"], "'0': must be a number of seconds above 0"),
        (["play", "--seconds", "nan"], "must be a number of seconds above 0"),
        (["play", "--seconds", "inf"], "must be a number of seconds above 0"),
        (["play", "--oscquery", "9001"], "'9001': must be HOST:PORT"),
        (["play", "--osc", "9000"], "'9000': must be HOST:PORT"),
        (["play", "--osc", "localhost:0"], "a port from 1 to 65535"),
        (["play", "--osc", "localhost:70000"], "a port from 1 to 65535"),
        (["play", "--set", "motion.zoom"], "must be ID=VALUE"),
        (["play", "--set", "no.such=1"], "'no.such': no parameter of this name"),
        (["play", "--set", "dream.layer.=1"], "no parameter of this name"),
        (["play", "--set", "motion.zoom=9"], "motion.zoom = 9: must be from -2 to 2"),
        (["play", "--set", "motion.zoom=nan"], "motion.zoom = nan: must be from -2 to 2"),
        (["play", "--set", "motion.zoom=fast"], "'fast': must be a number from -2 to 2"),
        (["play", "--set", "motion.edge=torn"], "'torn': must be mirror or wrap or black"),
        (["play", "--set", "dream.layer.b16_conv1=3"], "dream.layer.b16_conv1 = 3: must be from 0"),
        (["play", "--audio", "not there.wav"], "not there.wav: no such sound file"),
        (["play", "--network", "nothing.safetensors"], "nothing.safetensors: no such file"),
        (["play", "--record", "film.avi"], "film.avi: must end in .mp4"),
        (["play", "--record", "no folder/film.mp4"], "there is no folder no folder"),
        (["play", "--stats", "."], "is a folder"),
        (["play", "--loud"], "No such option: --loud"),
        (["--size", "8x8"], "must be 16 to 4096 pixels"),
        (["dance"], "No such command 'dance'"),
        (["info"], "Missing argument 'NETWORK'"),
        (["info", "nothing.safetensors"], "no such file"),
        (["info", "requirements.txt"], "neither NVIDIA's .pkl"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_is_refused_in_one_line(words, said, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert commands.main(words) == 2
    out, err = capsys.readouterr()
    assert said in err
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    assert out == ""


def test_a_plain_error_ends_with_status_two_and_without_traceback():
    done = perform("play", "--size", "8x8")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


def test_help_names_every_command(capsys):
    assert commands.main(["--help"]) == 0
    out = capsys.readouterr().out
    for word in ("play", "info", "parameters", "devices", "bench", "test", "--here", "--torch"):
        assert word in out


def test_parameters_prints_the_whole_table_as_one_document():
    done = perform("parameters", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    rows = {row["id"]: row for row in json.loads(done.stdout)}
    for row in TABLE:
        if not row.id.endswith(".*"):
            found = rows[row.id]
            for field in ("group", "min", "max", "default", "unit", "curve", "help"):
                assert found[field] == getattr(row, field)
    assert rows["motion.edge"]["choices"] == ["mirror", "wrap", "black"]
    assert rows["dream.layer.b16_conv1"]["max"] == 2


def test_parameters_can_be_read_by_people(capsys):
    assert commands.main(["parameters"]) == 0
    out = capsys.readouterr().out
    assert "motion.zoom" in out
    assert "-2 to 2 1/s" in out
    assert "mirror, wrap, black" in " ".join(out.split())


def test_actions_are_listed_with_what_they_take(capsys):
    assert commands.main(["actions", "--json"]) == 0
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows.keys() == ACTIONS.keys()
    assert rows["preset.load"] == {
        "id": "preset.load", "takes": "PRESET", "help": "Load the preset of this name.",
    }  # fmt: skip


def test_info_tells_kind_resolution_and_layers(capsys):
    assert commands.main(["info", str(ROOT / STARTER), "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    found = json.loads(out)
    assert (found["kind"], found["resolution"]) == ("discriminator", 256)
    assert {"name": "b16_conv1", "shape": [256, 8, 8]} in found["layers"]


def test_info_and_parameters_tell_the_styles_that_a_network_knows(capsys):
    def said(*asked):
        assert commands.main(asked) == 0
        return capsys.readouterr().out

    styles = json.loads(said("info", str(ROOT / STARTER), "--json"))["styles"]
    assert len(styles) == 16
    shown = " ".join(said("info", str(ROOT / STARTER)).split())
    assert shown.endswith(f"Styles that it knows: {', '.join(styles)}")
    rows = {row["id"] for row in json.loads(said("parameters", "--json"))}
    assert {f"network.style.{name}" for name in styles} <= rows


def test_devices_prints_one_document_with_screen_sound_and_torch(screen, pulse):
    done = perform("devices", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["monitors"][0]["size"] == [1920, 1080]
    assert "default" in [device["name"] for device in found["sound"]]
    assert found["torch"]["version"].startswith("2.")
    assert found["torch"]["why"].startswith("torch 2.")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("motion.zoom=-0.5", ("motion.zoom", -0.5)),
        ("motion.edge=wrap", ("motion.edge", 1.0)),
        ("output.freeze=on", ("output.freeze", 1.0)),
        ("dream.octaves=2.4", ("dream.octaves", 2.0)),
        ("dream.layer.b16_conv1=0.25", ("dream.layer.b16_conv1", 0.25)),
    ],
)
def test_settings_are_read_as_the_table_says(text, value):
    assert words.read_setting(text) == value


def test_addresses_are_read():
    assert words.read_address("0.0.0.0:7000") == ("0.0.0.0", 7000)
    assert words.read_address("[::1]:9000") == ("::1", 9000)


def test_the_defaults_listed_are_the_ones_that_a_show_begins_with(capsys):
    assert commands.main(["parameters", "--json"]) == 0
    rows = {row["id"]: row["default"] for row in json.loads(capsys.readouterr().out)}
    for name, weight in WEIGHTS.items():
        assert rows[f"dream.layer.{name}"] == weight
