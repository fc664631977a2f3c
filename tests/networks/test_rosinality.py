"""Rosinality's checkpoints, as torch writes them, old and new: the same tensors, NVIDIA's names."""

import checkpoints
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from networks_at_random import discriminator as at_random

from engine.networks.discriminator import Discriminator
from engine.networks.files import NetworkError, NetworkFile, read
from engine.networks.generator import Generator

TENSORS = {n: t.float() for n, t in at_random().tensors.items()}
FORMATS = pytest.mark.parametrize("is_zip", [True, False], ids=["zip", "old"])


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
    return tmp_path / "550000.pt"


@FORMATS
def test_a_checkpoint_is_its_own_tensors(path, is_zip):
    data = checkpoints.checkpoint(is_zip, d=checkpoints.discriminator(TENSORS))
    network = read(written(path, data))
    assert (network.kind, network.notes) == ("discriminator", {})
    assert network.tensors.keys() == TENSORS.keys()
    assert all(torch.equal(network.tensors[n], t) for n, t in TENSORS.items())


def test_a_checkpoint_makes_the_same_features_as_its_own_tensors(path):
    data = checkpoints.checkpoint(d=checkpoints.discriminator(TENSORS))
    theirs = Discriminator(read(written(path, data)))
    ours = Discriminator(NetworkFile(path, "discriminator", TENSORS, {}))
    x = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    found, wanted = (d.forward(x, d.layers)[0] for d in (theirs, ours))
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)


@FORMATS
def test_a_generator_is_its_own_tensors(path, generator_file, is_zip):
    state, average = checkpoints.generator(generator_file.tensors)
    data = checkpoints.checkpoint(
        is_zip, d=checkpoints.discriminator(TENSORS), g_ema=state, latent_avg=average
    )
    assert read(written(path, data)).kind == "discriminator"
    drawn = read(path, "generator")
    assert drawn.tensors.keys() == generator_file.tensors.keys()
    assert all(torch.equal(drawn.tensors[n], t) for n, t in generator_file.tensors.items())


def test_without_an_average_w_it_is_that_of_many_latents(path, generator_file):
    state, _ = checkpoints.generator(generator_file.tensors)
    drawn = read(written(path, checkpoints.checkpoint(g_ema=state)))
    whole = {**generator_file.tensors, "mapping.w_avg": torch.zeros(256)}
    mapping = Generator(NetworkFile(path, "generator", whole, {}))
    z = torch.randn(20_000, 256, generator=torch.Generator().manual_seed(9))
    w = mapping.map(z)
    error = w.std(0) / 4096**0.5
    assert ((drawn.tensors["mapping.w_avg"] - w.mean(0)).abs() < 6 * error).all()


def test_without_noise_it_is_drawn_and_always_the_same(path, generator_file):
    state, average = checkpoints.generator(generator_file.tensors)
    old = {name: tensor for name, tensor in state.items() if not name.startswith("noises.")}
    written(path, checkpoints.checkpoint(g_ema=old, latent_avg=average))
    first, second = read(path).tensors, read(path).tensors
    noise = first["synthesis.b64.conv1.noise_const"]
    assert noise.shape == (64, 64)
    assert float(noise.std()) == pytest.approx(1, abs=0.1)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_generator_alone_is_no_discriminator(path, generator_file):
    state, average = checkpoints.generator(generator_file.tensors)
    data = checkpoints.checkpoint(g_ema=state, latent_avg=average)
    assert "holds no discriminator (d)" in refusal(path, data, "discriminator")


def test_a_missing_tensor_is_named(path):
    state = checkpoints.discriminator(TENSORS)
    del state["convs.2.skip.1.weight"]
    line = refusal(path, checkpoints.checkpoint(d=state))
    assert "its d lacks convs.2.skip.1.weight" in line


def test_another_low_pass_is_refused(path):
    state = checkpoints.discriminator(TENSORS)
    state["convs.1.conv2.0.kernel"] = torch.ones(4, 4) / 16
    line = refusal(path, checkpoints.checkpoint(d=state))
    assert "convs.1.conv2.0.resample_filter is another low pass" in line


def test_a_mapping_that_contradicts_itself_is_refused(path, generator_file):
    state, _ = checkpoints.generator(generator_file.tensors)
    state["style.2.weight"] = torch.ones(5, 7)
    line = refusal(path, checkpoints.checkpoint(g_ema=state))
    assert "its mapping network does not fit together" in line


@FORMATS
@pytest.mark.parametrize("root", [{"net": torch.ones(3)}, [1, 2], torch.ones(3), "text"], ids=repr)
def test_a_torch_file_of_something_else_is_refused(path, root, is_zip):
    torch.save(root, path, _use_new_zipfile_serialization=is_zip)
    assert "holds neither NVIDIA's networks" in refusal(path, path.read_bytes())


def test_tensors_that_share_a_storage_are_read_each(path):
    """A view of a larger storage brings no more than its own numbers."""
    state = checkpoints.discriminator(TENSORS)
    whole = torch.cat([torch.zeros(100), *(t.flatten() for t in TENSORS.values())])
    place = 100
    for tensor in TENSORS.values():
        theirs = next(name for name, t in state.items() if t is tensor)
        state[theirs] = whole[place : place + tensor.numel()].view(tensor.shape)
        place += tensor.numel()
    network = read(written(path, checkpoints.checkpoint(d=state)))
    assert all(torch.equal(network.tensors[n], t) for n, t in TENSORS.items())


SMALL = {n: t.float() for n, t in at_random(resolution=8).tensors.items()}
FILES = [
    checkpoints.checkpoint(is_zip, d=checkpoints.discriminator(SMALL)) for is_zip in (True, False)
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FILES), st.floats(0, 1, exclude_max=True))
def test_a_checkpoint_cut_anywhere_is_refused(tmp_path_factory, whole, share):
    path = tmp_path_factory.getbasetemp() / "cut.pt"
    refusal(path, whole[: int(share * len(whole))])


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FILES), st.floats(0, 1, exclude_max=True), st.integers(0, 255))
def test_a_checkpoint_with_a_wrong_byte_is_read_or_refused(tmp_path_factory, whole, share, byte):
    place = int(share * len(whole))
    path = tmp_path_factory.getbasetemp() / "wrong.pt"
    path.write_bytes(whole[:place] + bytes([byte]) + whole[place + 1 :])
    try:
        read(path)
    except NetworkError as fault:
        assert "\n" not in str(fault)
