"""Networks and guide pictures are asked for and come in beside a real show."""

import shutil

import pytest
from asking import do
from PIL import Image
from waiting import until

from benchmarks.switching import variants
from engine.dream import crossing
from engine.figures import figures
from engine.options import STARTER


def test_a_network_is_loaded_beside_the_show_and_dreams(show, tmp_path):
    shutil.copy(STARTER, tmp_path / "mine.safetensors")
    do(show, "network.load", str(tmp_path / "mine.safetensors"))
    until(lambda: show.runner.network.name == "mine")
    assert not show.messages.errors
    until(lambda: "network: dreaming through mine" in show.messages.lines)
    do(show, "network.load", str(STARTER))
    until(lambda: show.runner.network.name == STARTER.stem)


@pytest.fixture(autouse=True)
def short_fades(monkeypatch):
    """From one network to the next in 0.3 s; tests/dream/ shows the fade itself."""
    monkeypatch.setattr(crossing, "FADE", 0.3)


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """The starter, one with other channels, and a small one that has fewer layers."""
    return variants(tmp_path_factory.mktemp("networks"))


def load(show, path):
    do(show, "network.load", str(path))
    until(lambda: show.runner.network.name == path.stem, 90)
    until(lambda: show.runner._crossing.old is None)


def test_networks_follow_each_other_and_the_show_goes_on(show, three):
    frames = show.stage.intervals.count
    for path in (*three[1:], three[0]):
        load(show, path)
        assert show.store.members("dream.layer.") == show.runner.network.layers
    assert not show.messages.errors
    assert show.stage.intervals.count > frames + 30
    assert show.runner.dreamer.picture.std() > 0.05


def test_network_and_guide_are_undone_beside_the_show(show, three, tmp_path):
    Image.new("RGB", (64, 64), "red").save(tmp_path / "guide.png")
    load(show, three[0])
    show._tick()
    load(show, three[1])
    show._tick()
    do(show, "guide.load", str(tmp_path / "guide.png"))
    until(lambda: show.guide)
    show._tick()
    do(show, "edit.undo")
    until(lambda: show.runner.dreamer.guide is None)
    do(show, "edit.undo")
    until(lambda: show.runner.network.name == three[0].stem)
    show._tick()
    do(show, "edit.redo")
    until(lambda: show.runner.network.name == three[1].stem)
    show._tick()
    do(show, "edit.redo")
    until(lambda: show.runner.dreamer.guide is not None)
    (tmp_path / "guide.png").unlink()
    do(show, "guide.load")
    until(lambda: not show.guide)
    show._tick()
    assert not show.messages.errors
    do(show, "edit.undo")  # its file is gone
    until(lambda: show.messages.errors)
    assert (show.guide, "guide.png" in show.messages.errors[-1]) == ("", True)
    load(show, three[0])


def test_a_network_comes_in_on_the_bar_if_asked(show, three, monkeypatch):
    phase, before = [0.5], show.runner.network
    assert 0 <= show.runner._bar() < 1
    monkeypatch.setattr(show.runner, "_bar", lambda: phase[0])
    show.store.set("network.on_bar", 1)
    do(show, "network.load", str(three[1]))
    until(lambda: not show.opener._work.unfinished_tasks)
    dreamed = show.runner._number
    phase[0] = 0.9
    until(lambda: show.runner._number > dreamed + 3)
    assert show.runner.network is before
    phase[0] = 0.1
    until(lambda: show.runner.network.name == three[1].stem)
    show.store.set("network.on_bar", 0)
    load(show, three[0])


@pytest.mark.parametrize("preset_first", [True, False])
def test_a_network_without_the_presets_layers_dreams_in_its_own(show, three, home, preset_first):
    for name in show.store.members("dream.layer."):
        show.store.set(f"dream.layer.{name}", 0)
    show.store.set("dream.layer.b256_conv0", 1)
    do(show, "preset.save", "Fine")
    steps = [lambda: do(show, "preset.load", "Fine"), lambda: load(show, three[2])]
    for step in steps if preset_first else reversed(steps):
        step()
    assert "dream.layer.b256_conv0" not in show.store.values()
    assert show.store.get("dream.layer.b16_conv1") == 1
    assert any(line.startswith("layers: none of those in use") for line in show.messages.lines)
    load(show, three[0])
    (home / "data" / "Other Half" / "presets" / "Fine.toml").unlink()
    assert not show.messages.errors


def test_the_governor_lowers_what_no_hand_holds_and_the_figures_tell(show):
    show.store.set("dream.rate", 60)
    show.store.set("dream.iterations", 20)
    until(lambda: show.runner.quality.iterations == 20)
    show.store.release("dream.iterations")
    until(lambda: show.runner.quality.iterations < 20)
    told = figures(show)
    assert told["iterations"] < show.store.get("dream.iterations") == 20
    assert told["size"] == [96, 64]  # which was asked for
    show.store.set("dream.iterations", 19)
    until(lambda: show.runner.quality.iterations == 19)
    show.store.set("dream.rate", 8)
    assert not show.messages.errors


def test_a_file_that_is_no_network_is_said_and_the_dream_goes_on(show, tmp_path):
    (tmp_path / "broken.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0no network at all")
    before = show.runner.network
    do(show, "network.load", str(tmp_path / "broken.safetensors"))
    until(lambda: show.messages.errors)
    (said,) = show.messages.errors
    assert said.startswith("network: ")
    assert "broken.safetensors" in said
    assert show.runner.network is before


def test_a_guide_picture_is_taken_and_given_back(show, tmp_path):
    path = tmp_path / "guide.png"
    Image.new("RGB", (50, 40), (200, 30, 10)).save(path)
    do(show, "guide.load", str(path))
    until(lambda: show.runner.dreamer.guide is not None)
    assert show.runner.dreamer.guide.picture.shape == (1, 3, 64, 96)
    show.store.set("guide.style", 1.0)
    number = show.runner.dreamer.number
    until(lambda: show.runner.dreamer.number > number + 2)
    do(show, "guide.load", str(tmp_path / "none.png"))
    until(lambda: show.messages.errors)
    assert "none.png" in show.messages.errors[-1]
    assert show.runner.dreamer.guide is not None
    do(show, "guide.load")
    until(lambda: show.runner.dreamer.guide is None)
    assert len(show.messages.errors) == 1
