"""A run's folder: its number, settings before anything else, nothing half, and going on."""

import json

import numpy as np
import pytest
from PIL import Image
from quick import Stop

from engine.dream import memory
from engine.paper import command
from engine.paper.options import OptionError
from engine.paper.run import Run

SMALL = {"size": "32", "iterations": "2", "num_octaves": "2", "png": True}
ONE = SMALL | {"layers": "from_rgb"}
FILMS = {
    "zoom": ONE | {"duration_sec": "0.24"},
    "channels": SMALL | {"layer": "out", "frames_per_channel": "6", "num_octaves": "1"},
    "interp": ONE | {"seeds": "0,4", "seed_sec": "0.24"},
}
FILMS["channels"] |= {"size": "64"}


def pictures(folder):
    return {p.name: np.asarray(Image.open(p)) for p in sorted(folder.glob("*.png"))}


def assert_same(folder, other):
    ours, theirs = pictures(folder), pictures(other)
    assert ours.keys() == theirs.keys()
    for name, picture in ours.items():
        assert np.array_equal(picture, theirs[name]), name


def whole(config):
    run, job = command.begin(config, set())
    command.go(run, job, lambda done, total: None)
    return run.folder


def go_on(folder):
    run, job = command.begin(
        {"command": Run.again(folder).config["command"], "resume": folder}, set()
    )
    command.go(run, job, lambda done, total: None)


def test_folders_are_numbered_on_from_the_highest(tmp_path, configured):
    (tmp_path / "00041-old").mkdir()
    (tmp_path / "notes").mkdir()
    names = [Run.begin(configured("zoom", description=d)).folder.name for d in ("", "moss")]
    assert names == ["00042-zoom", "00043-moss"]


def test_settings_are_there_before_the_first_picture(stopped):
    folder = stopped("zoom", 0, **FILMS["zoom"])
    text = (folder / "config.json").read_text()
    config = json.loads(text)
    assert text == json.dumps(config, indent=4, sort_keys=True) + "\n"
    assert config["layers"] == ["from_rgb"]
    assert config["command"] == "zoom"
    assert list(folder.glob("dreamed_*[1-9]*")) == []


@pytest.mark.parametrize("classic", [False, True], ids=["fast", "classic"])
@pytest.mark.parametrize("name", FILMS)
def test_a_run_that_was_stopped_goes_on_to_the_same_pictures(stopped, configured, name, classic):
    how = FILMS[name] | {"classic": classic}
    folder = stopped(name, 3, **how)
    assert not list(folder.glob("*.mp4"))
    go_on(folder)
    assert_same(folder, whole(configured(name, **how)))
    assert (folder / f"{name}.mp4").is_file()
    assert not [p for p in folder.iterdir() if p.name.startswith((".", "unfinished"))]


def test_to_go_on_the_folder_is_all_that_is_asked_for(stopped, run):
    folder = stopped("interp", 2, **FILMS["interp"])
    assert run("interp", "--resume", folder) == folder
    assert (folder / "interp.mp4").is_file()


def test_pictures_and_a_style_go_on_too(stopped, configured, tmp_path):
    how = ONE | {"seeds": "0-3"}
    folder = stopped("dream", 2, **how)
    go_on(folder)
    assert_same(folder, whole(configured("dream", **how)))
    a, b = (tmp_path / f"{name}.png" for name in "ab")
    for path, seed in ((a, 0), (b, 1)):
        pixels = np.random.default_rng(seed).integers(0, 255, (40, 60, 3), np.uint8)
        Image.fromarray(pixels).save(path)
    how = {"content": str(a), "style": str(b), "size": "48x32", "iterations": "6", "png": True}
    how |= {"content_layer": "b128_conv0", "style_layers": "from_rgb,b128_conv0"}
    folder = stopped("style", 4, **how)
    go_on(folder)
    assert_same(folder, whole(configured("style", **how)))


def test_a_run_whose_state_was_lost_begins_again(stopped, configured):
    """As after a power cut in its first two seconds, before anything was saved."""
    folder = stopped("zoom", 3, **FILMS["zoom"])
    Run.again(folder).save(0, {}, now=True)
    go_on(folder)
    assert_same(folder, whole(configured("zoom", **FILMS["zoom"])))


def test_a_stop_while_a_picture_is_made_loses_that_picture_only(configured, monkeypatch):
    run, job = command.begin(configured("zoom", **FILMS["zoom"]), set())
    keep = run.keep

    def stop_at_two(name, picture):
        if name.endswith("2"):
            raise Stop
        keep(name, picture)

    monkeypatch.setattr(run, "keep", stop_at_two)
    with pytest.raises(Stop):
        command.go(run, job, lambda done, total: None)
    go_on(run.folder)
    assert_same(run.folder, whole(configured("zoom", **FILMS["zoom"])))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "config.json").unlink(), "no run to go on with"),
        (lambda folder: (folder / "config.json").write_text("{"), "no run to go on with"),
        (lambda folder: (folder / "config.json").write_text("[]"), "command '': must be dream or"),
        (
            lambda folder: (folder / "config.json").write_text('{"command": "zoom"}'),
            "lacks channels",
        ),
        (lambda folder: (folder / "unfinished.npz").unlink(), "that run is finished"),
    ],
)
def test_what_cannot_go_on_is_refused(stopped, spoil, said):
    folder = stopped("zoom", 1, **FILMS["zoom"])
    spoil(folder)
    with pytest.raises(OptionError, match=said):
        command.begin({"command": "zoom", "resume": str(folder)}, set())


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("command", "film", "command 'film': must be dream or zoom or"),
        ("command", ["zoom"], "must be dream or zoom or"),
        ("iterations", "x", "--iterations 'x': must be a whole number from 1 to 1e+06"),
        ("iterations", 0, "--iterations '0': must be a number from 1 to 1e+06"),
        ("iterations", None, "--iterations 'None': must be a whole number"),
        ("layers", 7, "'7': no layer of ornament-256-discriminator; it has from_rgb"),
        ("layers", [], "--layers '': must name at least one"),
        ("lr", float("nan"), "--lr 'nan': must be a number above 0, at most 1000"),
        ("size", [32, 8], "--size '32x8': must be WIDTHxHEIGHT"),
        ("png", "yes", "--png 'yes': must be true or false"),
        ("translate_x", 1e308, "must be a number from -100000 to 100000"),
    ],
)
def test_settings_that_were_edited_are_held_to_what_the_words_must_be(stopped, name, value, said):
    folder = stopped("zoom", 1, **FILMS["zoom"])
    config = json.loads((folder / "config.json").read_text()) | {name: value}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(OptionError) as error:
        command.begin({"command": config["command"], "resume": str(folder)}, set())
    assert said in str(error.value)
    assert "\n" not in str(error.value)


PICTURE = np.zeros((1, 3, 32, 32), np.float32)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"done": -5, "picture": PICTURE}, "done is -5, must be 0 to 6"),
        ({"done": 7, "picture": PICTURE}, "done is 7, must be 0 to 6"),
        ({"done": [1, 2], "picture": PICTURE}, "cannot be read"),
        ({"picture": PICTURE}, "cannot be read"),
        ({"done": 1}, "picture is missing"),
        ({"done": 1, "picture": PICTURE[..., :16]}, r"must be float32 \(1, 3, 32, 32\)"),
        ({"done": 1, "picture": PICTURE.astype(np.uint8)}, "picture is uint8"),
        ({"done": 1, "picture": PICTURE * np.nan}, "picture is not all numbers"),
    ],
)
def test_a_state_that_is_not_this_runs_is_refused(stopped, state, said):
    folder = stopped("zoom", 2, **FILMS["zoom"])
    np.savez(folder / "unfinished.npz", **state)
    with pytest.raises(OptionError, match=rf"unfinished\.npz: .*{said}.*; begin a new run"):
        go_on(folder)


def test_a_frame_that_is_missing_is_named_before_more_are_made(stopped):
    folder = stopped("zoom", 3, **FILMS["zoom"])
    (folder / "dreamed_2.png").unlink()
    with pytest.raises(OptionError, match=r"dreamed_2\.png: this frame is missing"):
        go_on(folder)
    assert not (folder / "dreamed_4.png").exists()


def test_a_run_goes_on_at_its_own_size_whatever_the_memory_holds_now(stopped, monkeypatch):
    folder = stopped("zoom", 3, **FILMS["zoom"])
    monkeypatch.setattr(memory, "free", lambda device: 1000)
    run, job = command.begin({"command": "zoom", "resume": str(folder)}, set())
    assert job.size == (32, 32)
    assert job.said == "32x32 needs more memory than there is: the system may end it"
    command.go(run, job, lambda done, total: None)
    assert (folder / "zoom.mp4").is_file()


def test_a_state_that_is_broken_is_named(stopped):
    folder = stopped("zoom", 2, **FILMS["zoom"])
    (folder / "unfinished.npz").write_bytes(b"PK\3\4 broken")
    with pytest.raises(OptionError, match=r"unfinished\.npz: cannot be read"):
        go_on(folder)


def test_an_option_that_is_not_the_runs_is_refused(stopped, configured):
    folder = stopped("zoom", 1, **FILMS["zoom"])
    other = configured("zoom", **FILMS["zoom"] | {"pixel_zoom": "-4"}) | {"resume": str(folder)}
    with pytest.raises(OptionError, match="--pixel-zoom is 2 there, not -4"):
        command.begin(other, {"pixel_zoom"})
    with pytest.raises(OptionError, match="command is 'zoom' there, not 'dream'"):
        command.begin({"command": "dream", "resume": str(folder)}, set())


def test_a_picture_too_large_for_the_memory_is_made_smaller_and_that_is_said(configured):
    run, job = command.begin(configured("zoom", **ONE | {"size": "8192x4096"}), set())
    (w, h), config = job.size, json.loads((run.folder / "config.json").read_text())
    assert [w, h] == config["size"]
    if (w, h) != (8192, 4096):
        assert job.said == f"8192x4096 needs more memory than there is: {w}x{h} instead"
        assert w / h == pytest.approx(2, rel=0.01)
