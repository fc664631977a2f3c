"""A run's folder: its number, settings before anything else, nothing half, and going on."""

import json

import numpy as np
import pytest
from PIL import Image
from quick import Stop

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
        (lambda folder: (folder / "config.json").write_text("[]"), "config.json lacks command"),
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
