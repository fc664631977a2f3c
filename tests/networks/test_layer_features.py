"""What a network's layers make of a picture, and the commands that tell it and rewrite networks."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from checkpoints import checkpoint
from checkpoints import discriminator as rosinality
from networks_at_random import discriminator as at_random
from PIL import Image
from snapshots import discriminator, generator, snapshot

from engine import commands
from engine.networks.features import measure, prepare
from engine.networks.files import read

DATA = Path(__file__).resolve().parents[1] / "data"
GOLDEN = json.loads((DATA / "features.json").read_text("utf-8"))
TENSORS = {n: t.float() for n, t in at_random(classes=3).tensors.items()}


def refused(words, capsys):
    """Return the one line with which these words are refused."""
    assert commands.main([str(word) for word in words]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err


def told(words, capsys):
    assert commands.main([str(word) for word in words]) == 0
    return capsys.readouterr().out


@pytest.fixture(scope="module")
def measured(network):
    found = measure(network, prepare(DATA / "start.png", 256))
    return {row["name"]: row for row in found}


@pytest.mark.parametrize("name", GOLDEN)
def test_features_are_those_of_the_public_reference(measured, name):
    golden, found = GOLDEN[name], measured[name]
    scale = golden["norm"] / torch.Size(golden["shape"]).numel() ** 0.5
    assert found["shape"] == golden["shape"]
    assert found["norm"] == pytest.approx(golden["norm"], rel=1e-4)
    assert found["mean"] == pytest.approx(golden["mean"], abs=1e-4 * scale)
    if golden["shape"] != [1, 1]:
        assert found["std"] == pytest.approx(golden["std"], rel=1e-4)


def test_every_layer_is_measured_in_order(network, measured):
    assert tuple(measured) == network.layers


def test_a_picture_of_any_kind_is_stretched_to_the_square(tmp_path):
    path = tmp_path / "gray.png"
    Image.new("LA", (30, 70), (128, 10)).save(path)
    x = prepare(path, 64)
    assert x.shape == (1, 3, 64, 64)
    wanted = [(128 / 255 - m) / d for m, d in ((0.485, 0.229), (0.456, 0.224), (0.406, 0.225))]
    assert x.mean((0, 2, 3)).tolist() == pytest.approx(wanted, abs=1e-5)


def test_a_picture_is_stretched_by_lanczos_of_three_lobes(tmp_path):
    path, pixels = tmp_path / "line.png", np.full((9, 9), 128, np.uint8)
    pixels[:, 4] = 228
    Image.fromarray(pixels).save(path)
    away = (np.arange(18)[:, None] + 0.5) / 2 - (np.arange(9) + 0.5)
    weights = np.where(abs(away) < 3, np.sinc(away) * np.sinc(away / 3), 0)
    wanted = 128 + 100 * (weights / weights.sum(1, keepdims=True))[:, 4]
    red = prepare(path, 18)[0, 0] * 0.229 + 0.485
    assert (255 * red).numpy() == pytest.approx(np.tile(wanted, (18, 1)), abs=1)


def test_info_prints_features_as_one_document(discriminator_path, capsys):
    words = ["info", discriminator_path, "--json", "--features", DATA / "start.png"]
    found = json.loads(told(words, capsys))
    assert (found["kind"], found["resolution"]) == ("discriminator", 256)
    assert [row["name"] for row in found["features"]] == [row["name"] for row in found["layers"]]
    assert found["features"][0]["norm"] == pytest.approx(GOLDEN["from_rgb"]["norm"], rel=1e-3)


def test_info_prints_features_for_people(discriminator_path, capsys):
    out = told(["info", discriminator_path, "--features", DATA / "start.png"], capsys)
    assert "1 x 256 x 8 x 8" in out


def test_features_of_what_is_no_picture(discriminator_path, capsys):
    words = ["info", discriminator_path, "--features", discriminator_path]
    assert "no picture that can be read" in refused(words, capsys)


def test_features_of_a_generator(generator_path, capsys):
    words = ["info", generator_path, "--features", DATA / "start.png"]
    assert "a generator, not a discriminator" in refused(words, capsys)


@pytest.mark.parametrize("name", ["snapshot.pkl", "checkpoint.pt"])
def test_a_converted_network_is_the_same_network(tmp_path, capsys, name):
    tensors = {n: t for n, t in TENSORS.items() if not n.startswith("mapping.")}
    tensors |= {"b4.out.weight": torch.randn(1, 8), "b4.out.bias": torch.randn(1)}
    data = {
        "snapshot.pkl": lambda: snapshot(D=discriminator(TENSORS, clamp=256)),
        "checkpoint.pt": lambda: checkpoint(d=rosinality(tensors)),
    }[name]()
    path, out = tmp_path / name, tmp_path / "safe.safetensors"
    path.write_bytes(data)
    assert commands.main(["convert", str(path), str(out)]) == 0
    before, after = read(path), read(out)
    assert (after.kind, after.notes) == ("discriminator", before.notes)
    assert after.tensors.keys() == before.tensors.keys()
    assert all(torch.equal(after.tensors[n], t) for n, t in before.tensors.items())
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([name, out.name])


def test_the_clamp_and_the_rate_of_the_mapping_are_kept(tmp_path):
    path, out = tmp_path / "snapshot.pkl", tmp_path / "safe.safetensors"
    path.write_bytes(snapshot(D=discriminator(TENSORS, clamp=256)))
    assert commands.main(["convert", str(path), str(out)]) == 0
    assert read(out).notes == {"conv_clamp": "256", "mapping_lr_multiplier": "0.01"}


def test_the_generator_of_a_file_that_holds_both(tmp_path, generator_file):
    path, out = tmp_path / "snapshot.pkl", tmp_path / "safe.safetensors"
    path.write_bytes(snapshot(D=discriminator(TENSORS), G_ema=generator(generator_file.tensors)))
    assert commands.main(["convert", str(path), str(out), "--generator"]) == 0
    found = read(out)
    assert found.kind == "generator"
    assert all(torch.equal(found.tensors[n], t) for n, t in generator_file.tensors.items())


def test_a_network_is_converted_onto_itself(tmp_path, discriminator_path):
    path = tmp_path / "own.safetensors"
    path.write_bytes(discriminator_path.read_bytes())
    assert commands.main(["convert", str(path), str(path)]) == 0
    assert read(path).tensors.keys() == read(discriminator_path).tensors.keys()


def test_what_cannot_be_converted_is_refused(tmp_path, discriminator_path, capsys):
    words = ["convert", discriminator_path, tmp_path / "out.pt"]
    assert "must end in .safetensors" in refused(words, capsys)
    out = tmp_path / "out.safetensors"
    assert "holds no generator" in refused(
        ["convert", discriminator_path, out, "--generator"], capsys
    )
    assert "holds neither" in refused(["convert", _pickled(tmp_path), out], capsys)
    assert not out.exists()


def _pickled(folder):
    path = folder / "text.pkl"
    path.write_bytes(b"\x80\x04\x8c\x04text.")
    return path
