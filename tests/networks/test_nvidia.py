"""NVIDIA's snapshots: the tensors and settings that went in, whatever else stands beside them."""

import tracemalloc
from dataclasses import replace

import hostile
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from networks_at_random import discriminator as at_random
from networks_at_random import generator as random_generator
from snapshots import Layer, discriminator, generator, snapshot

from engine.networks.discriminator import Discriminator
from engine.networks.files import NetworkError, NetworkFile, read
from engine.networks.generator import Generator

SHAPES = {
    "resnet": {},
    "skip": {"architecture": "skip"},
    "orig": {"architecture": "orig"},
    "conditional": {"classes": 5},
    "wide": {"most": 24, "base": 512, "deviations": 2},
}


def tensors_of(**shape):
    """Return a random discriminator's tensors in float32."""
    return {n: t.float() for n, t in at_random(**shape).tensors.items()}


def written(path, data):
    path.write_bytes(data)
    return path


def refusal(path, data, kind=None):
    """Return the line with which this file is refused."""
    with pytest.raises(NetworkError) as caught:
        read(written(path, data), kind)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "network-snapshot-000100.pkl"


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_snapshot_is_its_own_tensors(path, shape, protocol):
    tensors = tensors_of(**SHAPES[shape])
    data = snapshot(protocol, G=None, D=discriminator(tensors), G_ema=None)
    network = read(written(path, data))
    assert network.kind == "discriminator"
    assert network.tensors.keys() == tensors.keys()
    assert all(torch.equal(network.tensors[n], t) for n, t in tensors.items())


@pytest.mark.parametrize("shape", SHAPES)
def test_a_snapshot_makes_the_same_features_as_its_own_tensors(path, shape):
    tensors = tensors_of(**SHAPES[shape])
    notes = {"conv_clamp": "3"} | (
        {"mapping_lr_multiplier": "0.01"} if shape == "conditional" else {}
    )
    network = read(written(path, snapshot(D=discriminator(tensors, clamp=3))))
    assert network.notes == notes
    theirs = Discriminator(network)
    ours = Discriminator(NetworkFile(path, "discriminator", tensors, notes))
    x = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    found, wanted = (d.forward(x, d.layers)[0] for d in (theirs, ours))
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)


def test_no_clamp_is_no_note(path):
    data = snapshot(D=discriminator(tensors_of(), clamp=None))
    assert read(written(path, data)).notes == {}


def test_weights_in_half_precision_come_in_float32(path):
    half = {n: t.half() for n, t in tensors_of().items()}
    network = read(written(path, snapshot(D=discriminator(half))))
    assert all(torch.equal(network.tensors[n], t.float()) for n, t in half.items())


def test_weights_in_channels_last_order_come_in_order(path):
    tensors = tensors_of()
    last = {n: t.contiguous(memory_format=torch.channels_last) if t.dim() == 4 else t
            for n, t in tensors.items()}  # fmt: skip
    network = read(written(path, snapshot(D=discriminator(last))))
    assert all(torch.equal(network.tensors[n], t) for n, t in tensors.items())
    assert all(t.is_contiguous() for t in network.tensors.values())


def test_a_frozen_layer_keeps_its_weights_among_the_buffers(path):
    tensors = tensors_of()
    data = snapshot(D=discriminator(tensors, frozen=("b32.conv0.", "b32.fromrgb.")))
    network = read(written(path, data))
    assert all(torch.equal(network.tensors[n], t) for n, t in tensors.items())


def test_a_file_holds_both_and_the_kind_chooses(path, generator_file):
    tensors = tensors_of()
    whole = generator(generator_file.tensors)
    written(path, snapshot(G=whole, D=discriminator(tensors), G_ema=whole))
    assert read(path).kind == "discriminator"
    assert read(path, "discriminator").tensors.keys() == tensors.keys()
    drawn = read(path, "generator")
    assert drawn.kind == "generator"
    assert drawn.tensors.keys() == generator_file.tensors.keys()
    assert all(torch.equal(drawn.tensors[n], t) for n, t in generator_file.tensors.items())


@pytest.mark.parametrize(
    "shape", [{}, {"architecture": "resnet"}, {"classes": 4}, {"noise": False}], ids=str
)
def test_a_generator_draws_what_its_own_tensors_draw(path, shape):
    wanted = random_generator(**shape, clamp=256, mapping_lr_multiplier="0.01")
    wanted = replace(wanted, tensors={n: t.float() for n, t in wanted.tensors.items()})
    found = read(written(path, snapshot(G_ema=generator(wanted.tensors))))
    assert (found.tensors.keys(), found.notes) == (wanted.tensors.keys(), wanted.notes)
    z = torch.randn(1, 7, generator=torch.Generator().manual_seed(1))
    theirs, ours = Generator(found), Generator(wanted)
    label = 2 if "classes" in shape else None
    assert torch.equal(theirs.draw(theirs.map(z, 0.7, label)), ours.draw(ours.map(z, 0.7, label)))


def test_a_generator_alone_is_a_generator_and_no_discriminator(path, generator_file):
    data = snapshot(G_ema=generator(generator_file.tensors))
    assert read(written(path, data)).kind == "generator"
    assert "holds no discriminator (D), only G_ema" in refusal(path, data, "discriminator")


def test_the_averaged_generator_is_preferred(path, generator_file):
    other = {n: t + 1 for n, t in generator_file.tensors.items()}
    data = snapshot(G=generator(other), G_ema=generator(generator_file.tensors))
    found = read(written(path, data), "generator").tensors["mapping.w_avg"]
    assert torch.equal(found, generator_file.tensors["mapping.w_avg"])


@pytest.mark.parametrize("protocol", [2, 4])
def test_no_more_is_held_in_memory_than_is_asked_for(path, protocol):
    large = Layer("Large", {f"w{i}": torch.rand(1 << 21) for i in range(8)})
    tensors = tensors_of()
    size = len(written(path, snapshot(protocol, G=large, D=discriminator(tensors))).read_bytes())
    assert size > 64 << 20
    tracemalloc.start()
    try:
        read(path)
        assert tracemalloc.get_traced_memory()[1] < size / 2
    finally:
        tracemalloc.stop()


def test_poison_where_nobody_looks_changes_nothing(path, tmp_path):
    """Source text, augmentation, data sets: never read, so never refused, and never run."""
    canary, tensors = tmp_path / "canary", tensors_of()
    system = hostile.called("posix", "system", f"touch {canary}")
    poisoned = {"D": discriminator(tensors, source=f"import os\nos.system('touch {canary}')\n")}
    data = snapshot(2, **poisoned)
    extra = hostile.emit("augment_pipe") + system + hostile.emit("progress") + system
    assert data.endswith(b"u.")
    network = read(written(path, data[:-2] + extra + b"u."))
    assert all(torch.equal(network.tensors[n], t) for n, t in tensors.items())
    assert not canary.exists()


def test_where_the_trainer_kept_the_pictures_is_told_nowhere(path):
    network = read(written(path, snapshot(D=discriminator(tensors_of()))))
    assert "/home/them" not in repr(network.notes)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"D": Layer("Projected", modules={"net": Layer("Net")})}, "its D, a Projected, is no"),
        ({"D": None, "G": None}, "holds no generator (G_ema or G), only none"),
        ({"D": [1, 2]}, "D has a list where it should have a layer"),
        ({"D": discriminator({"b4.fc.weight": torch.ones(2), "b4.fromrgb.weight": torch.ones(2)})},
         "b4.fromrgb.weight is [2], not [2, 3, 1, 1]"),
        ({"G_ema": Layer("Generator", modules={"synthesis": Layer("S", modules={
            "input": Layer("Input", buffers={"freqs": torch.ones(3, 2)})})})},
         "its G_ema is StyleGAN3's"),
    ],
    ids=["other", "none", "list", "shape", "stylegan3"],
)  # fmt: skip
def test_what_is_no_such_network_is_refused(path, parts, said):
    assert said in refusal(path, snapshot(**parts))


def test_a_discriminator_of_another_library_is_named(path):
    projected = hostile.called("pg_modules.discriminator", "ProjectedDiscriminator")
    line = refusal(path, hostile.pickled({"G": None, "D": projected}))
    assert "D needs pg_modules.discriminator.ProjectedDiscriminator, which is not" in line


def test_a_network_of_tensorflow_is_told_how_to_come_in(path):
    network = hostile.Raw(hostile.name("dnnlib.tflib.network", "Network") + b")\x81}b")
    assert "convert it first to PyTorch's pickle" in refusal(path, hostile.pickled((network,) * 3))


def test_another_low_pass_is_refused(path):
    data = snapshot(D=discriminator(tensors_of(), low_pass=torch.ones(4, 4) / 16))
    assert "resample_filter is another low pass than [1, 3, 3, 1]" in refusal(path, data)


def test_a_layer_of_an_endless_name_is_refused(path):
    data = snapshot(D=Layer("D", modules={"b" * 101: Layer("E")}))
    assert "a module whose _modules are no table" in refusal(path, data)


def test_layers_that_clamp_differently_are_refused(path):
    layers = discriminator(tensors_of(), clamp=256)
    layers.state["_modules"]["b32"].state["_modules"]["conv0"].state["conv_clamp"] = 64
    assert "its layers differ in conv_clamp: 256, 64" in refusal(path, snapshot(D=layers))


def test_another_rectifier_is_refused(path):
    data = snapshot(D=discriminator(tensors_of(), activation="relu"))
    assert "relu" in refusal(path, data)


@pytest.mark.parametrize("rate", [float("nan"), -1.0, "fast food", [0.01], 1e300], ids=str)
def test_a_setting_that_cannot_be_is_refused(path, rate):
    layers = discriminator(tensors_of(classes=5))
    layers.state["_modules"]["mapping"].state["_modules"]["fc0"].state["bias_gain"] = rate
    assert "a layer whose rate cannot be" in refusal(path, snapshot(D=layers))


SNAPSHOT = snapshot(D=discriminator(tensors_of(resolution=8)))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SNAPSHOT) - 1))
def test_a_snapshot_cut_anywhere_is_refused(tmp_path_factory, size):
    path = tmp_path_factory.getbasetemp() / "cut.pkl"
    refusal(path, SNAPSHOT[:size])


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SNAPSHOT) - 1), st.integers(0, 255))
def test_a_snapshot_with_a_wrong_byte_is_read_or_refused(tmp_path_factory, place, byte):
    path = tmp_path_factory.getbasetemp() / "wrong.pkl"
    path.write_bytes(SNAPSHOT[:place] + bytes([byte]) + SNAPSHOT[place + 1 :])
    try:
        read(path)
    except NetworkError as fault:
        assert "\n" not in str(fault)


def test_a_cut_snapshot_is_said_to_be_cut(path):
    line = refusal(path, SNAPSHOT[: len(SNAPSHOT) // 2])
    assert line == f"{path}: cut off, or damaged"
