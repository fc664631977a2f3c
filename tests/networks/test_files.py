"""Reading network files: what the starter pair holds, and one clear line for all that is none."""

import json
import os
import struct

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from engine.networks import files
from engine.networks.files import NetworkError

BITS = {"F16": 16, "BF16": 16, "F32": 32, "F64": 64, "F4": 4, "F8_E5M2": 8, "F8_E8M0": 8,
        "C64": 64, "U16": 16, "I32": 32, "BOOL": 8}  # fmt: skip


def refusal(path):
    """Return the line with which this file is refused."""
    with pytest.raises(NetworkError) as caught:
        files.read(path)
    line = str(caught.value)
    assert "\n" not in line
    assert path.name in line
    return line


def test_the_starter_discriminator_is_described(discriminator_path):
    found = files.describe(discriminator_path)
    layers = {layer["name"]: layer["shape"] for layer in found["layers"]}
    assert (found["kind"], found["resolution"]) == ("discriminator", 256)
    assert len(layers) == 16
    assert layers["from_rgb"] == [32, 256, 256]
    assert layers["b16_conv1"] == [256, 8, 8]
    assert layers["b4_conv"] == [256, 4, 4]
    assert (layers["fc"], layers["out"]) == ([256], [1])


def test_the_starter_generator_is_described(generator_path):
    found = files.describe(generator_path)
    assert (found["kind"], found["resolution"]) == ("generator", 256)
    assert found["layers"][0] == {"name": "b4", "shape": [256, 4, 4]}
    assert found["layers"][-1] == {"name": "b256", "shape": [32, 256, 256]}


def test_tensors_are_read_in_float32(discriminator_file):
    assert {t.dtype for t in discriminator_file.tensors.values()} == {torch.float32}


def test_shapes_at_the_own_resolution_are_those_of_the_features(network):
    features, _ = network.forward(torch.zeros(1, 3, 256, 256), network.layers)
    for name, shape in network.shapes.items():
        assert tuple(features[name].shape[1:]) == tuple(shape), name


def test_a_missing_file(tmp_path):
    assert "no such file" in refusal(tmp_path / "nothing.safetensors")


def test_a_folder(tmp_path):
    assert "no such file" in refusal(tmp_path)


def test_an_empty_file(tmp_path):
    path = tmp_path / "empty.safetensors"
    path.touch()
    assert "not a readable safetensors file" in refusal(path)


@pytest.mark.parametrize("size", [7, 8, 100, 20_000, 1_000_000])
def test_a_truncated_file(tmp_path, discriminator_path, size):
    path = tmp_path / "half.safetensors"
    path.write_bytes(discriminator_path.read_bytes()[:size])
    assert "not a readable safetensors file" in refusal(path)


@pytest.mark.parametrize("seed", range(3))
def test_random_bytes(tmp_path, seed):
    path = tmp_path / "noise.safetensors"
    path.write_bytes(bytes((seed * 7 + i * i * 31) % 256 for i in range(5000)) + os.urandom(100))
    assert "not a readable safetensors file" in refusal(path)


def test_a_header_that_claims_more_than_there_is(tmp_path):
    path = tmp_path / "boast.safetensors"
    path.write_bytes(struct.pack("<Q", 2**40) + b"{}")
    assert "not a readable safetensors file" in refusal(path)


def stored(path, **kinds):
    """Write a safetensors file of tensors of zeros: eight bytes each, of these kinds."""
    places = {name: [8 * i, 8 * i + 8] for i, name in enumerate(kinds)}
    header = {
        name: {"dtype": kind, "shape": [64 // BITS[kind]], "data_offsets": places[name]}
        for name, kind in kinds.items()
    }
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(8 * len(kinds)))
    return path


@pytest.mark.parametrize("kind", BITS)
def test_numbers_that_no_network_holds_are_left_alone(tmp_path, recwarn, kind):
    kinds = {"b4.fc.weight": kind, "b4.fromrgb.weight": "F32"}
    line = refusal(stored(tmp_path / "kinds.safetensors", **kinds))
    assert ("holds neither" in line) == (kind not in ("F16", "BF16", "F32", "F64"))
    assert not recwarn.list


@pytest.mark.parametrize("text", ["F\n32", "\x1b[2J" * 99], ids=["line", "screen"])
def test_a_header_is_quoted_without_what_a_terminal_would_obey(tmp_path, text):
    path, header = tmp_path / "kind.safetensors", {"a": {"dtype": text}}
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text)
    line = refusal(path)
    assert line.isprintable()
    assert len(line) < 400


def test_a_renamed_picture(tmp_path):
    path = tmp_path / "picture.safetensors"
    Image.new("RGB", (64, 64), "red").save(path, format="png")
    assert "not a readable safetensors file" in refusal(path)


def test_a_pickle_is_not_run(tmp_path):
    path = tmp_path / "pickle.safetensors"
    mark = tmp_path / "ran"
    path.write_bytes(b"cos\nsystem\n(S'touch %b'\ntR." % str(mark).encode())
    assert "not a readable safetensors file" in refusal(path)
    assert not mark.exists()


@pytest.mark.parametrize("start", [b"", b"\x80\x04", b"PK\3\4"], ids=["plain", "pickle", "zip"])
def test_a_file_larger_than_any_network(tmp_path, start):
    """Sparse: it takes no room, and nothing of it is read."""
    path = tmp_path / "huge.pkl"
    with path.open("wb") as file:
        file.write(start)
        file.truncate(40 << 30)
    assert "40 GB, more than any such network has" in refusal(path)


@pytest.mark.parametrize("start", [b"\x80\x04\x8e" + b"\0\0\0\0\1\0\0\0", b"PK\3\4", b"\x80\x02N."])
def test_a_large_file_of_nothing(tmp_path, start):
    path = tmp_path / "nothing.pkl"
    with path.open("wb") as file:
        file.write(start)
        file.truncate(6 << 30)
    refusal(path)


def test_the_format_is_told_by_what_is_in_the_file(tmp_path, discriminator_path):
    path = tmp_path / "wrongly-named.pkl"
    path.write_bytes(discriminator_path.read_bytes())
    assert files.read(path).kind == "discriminator"


def test_another_network(tmp_path):
    path = tmp_path / "other.safetensors"
    save_file({"encoder.weight": torch.zeros(3, 3)}, path)
    assert "neither a StyleGAN2 discriminator nor a generator" in refusal(path)


def written(network, tensors, path):
    """Write the network with some tensors replaced, and those that are None left out."""
    changed = {n: t for n, t in (network.tensors | tensors).items() if t is not None}
    save_file(changed, path)
    return path


@pytest.mark.parametrize(
    "name", ["b4.out.weight", "b128.conv0.weight", "b64.conv1.weight", "b256.fromrgb.bias"]
)
def test_a_discriminator_that_lacks_a_tensor(tmp_path, discriminator_file, name):
    path = written(discriminator_file, {name: None}, tmp_path / "lacks.safetensors")
    assert f"lacks {name}" in refusal(path)


@pytest.mark.parametrize(
    "name", ["synthesis.b32.conv0.affine.bias", "mapping.fc3.bias", "mapping.w_avg"]
)
def test_a_generator_that_lacks_a_tensor(tmp_path, generator_file, name):
    path = written(generator_file, {name: None}, tmp_path / "lacks.safetensors")
    assert f"lacks {name}" in refusal(path)


def test_a_discriminator_that_lacks_a_whole_block(tmp_path, discriminator_file):
    block = {n: None for n in discriminator_file.tensors if n.startswith("b32.")}
    path = written(discriminator_file, block, tmp_path / "lacks.safetensors")
    assert "lacks b32." in refusal(path)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_weights_that_are_no_numbers(tmp_path, discriminator_file, number):
    weight = discriminator_file.tensors["b64.conv0.weight"].clone()
    weight[3, 2, 1, 0] = number
    path = written(discriminator_file, {"b64.conv0.weight": weight}, tmp_path / "nan.safetensors")
    assert "b64.conv0.weight holds numbers that are not finite" in refusal(path)


def test_a_tensor_that_no_line_could_name_is_left_alone(tmp_path, discriminator_file):
    extra = {"a\x1b[2J\n": torch.tensor(float("nan"))}
    path = written(discriminator_file, extra, tmp_path / "name.safetensors")
    assert files.read(path).tensors.keys() == discriminator_file.tensors.keys()


@pytest.mark.parametrize(
    "name", ["b4.fc.weight", "b256.fromrgb.weight", "b16.conv1.bias", "b16.skip.weight"]
)
@pytest.mark.parametrize("shape", [(5,), (), (0,), (3, 3, 3, 3)], ids=str)
def test_a_tensor_of_the_wrong_shape(tmp_path, discriminator_file, name, shape):
    path = written(discriminator_file, {name: torch.ones(shape)}, tmp_path / "shape.safetensors")
    refusal(path)


def test_the_wrong_shape_is_named(tmp_path, discriminator_file):
    wrong = {"b16.conv1.bias": torch.ones(5)}
    path = written(discriminator_file, wrong, tmp_path / "shape.safetensors")
    assert refusal(path).endswith("b16.conv1.bias is [5], not [256]")


def test_a_generator_of_the_wrong_shape(tmp_path, generator_file):
    for name in ("mapping.fc0.weight", "synthesis.b8.conv1.noise_const", "synthesis.b4.const"):
        for wrong in (torch.ones(7, 7), torch.ones(())):
            refusal(written(generator_file, {name: wrong}, tmp_path / "shape.safetensors"))
