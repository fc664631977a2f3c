"""A pickle read as data: what it holds, and that nothing in it runs, whatever it asks for."""

import io
import json
import os
import pickle
import subprocess
import sys
from collections import OrderedDict
from pathlib import Path

import hostile
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.networks.pickles import PLAIN, Machine, Name, Opaque, Reader, Unreadable
from engine.networks.torchfile import BUILDERS

ROOT = Path(__file__).resolve().parents[2]
MEGABYTES = 250  # that any of the small hostile files may take beyond what reading takes
FILES = hostile.files()
RUNS = ("system", "system4", "eval", "exec", "getattr", "text", "inst", "obj", "ext")
NAMED = {  # what a needed part asks for stands in the refusal
    "system.pkl": "posix.system",
    "eval.pkl": "builtins.eval",
    "dotted.pkl": "pickle.sys.modules",
    "in-D.pkl": "posix.system",
    "in-module.pkl": "posix.system",
    "in-tensor.pkl": "posix.system",
    "getattr-needed.pkl": "builtins.getattr",
    "storage-posix.pkl": "posix.system",
    "other-class.pkl": "timm.models.Net",
    "zip-system.pt": "posix.system",
    "old.pt": "posix.system",
}

SAID = {
    "dimensions.pkl": "a tensor of an impossible shape",
    "placeless.pkl": "a storage without its numbers",
    "old-placeless.pt": "a storage without its numbers",
    "clamp.pkl": "a layer whose conv_clamp cannot be",
    "module-twice.pkl": "holds a module twice",
    "table-names.pkl": "whose _parameters are no table",
    "bomb-size.pkl": "more than 1000000 steps",
    "bomb-dict.pkl": "more than 1000000 steps",
    "bomb-text.pkl": "items that are no list",
    "bomb-encode.pkl": "makes more than it holds",
    "bomb-names.pkl": "makes more than it holds",
    "bomb-paths.pkl": "more than 10000 layers and tensors",
    "bomb-strides.pt": "claim more than the file holds",
    "bomb-mapping.pt": "wider than 2048 numbers",
    "bomb-mapping-inside.pt": "wider than 2048 numbers",
    "bomb-noise.pt": "b2048 is no block",
}

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False)
    | st.text() | st.binary(),
    lambda values: st.lists(values, max_size=4)
    | st.lists(values, max_size=4).map(tuple)
    | st.dictionaries(st.text(), values, max_size=4)
    | st.sets(st.text(), max_size=4),
    max_leaves=30,
)  # fmt: skip


def load(data, builders=PLAIN):
    return Machine(Reader(io.BytesIO(data), 0, len(data)), builders).run()


@given(plain, st.sampled_from([2, 3, 4, 5]))
def test_plain_data_comes_back_as_it_was(value, protocol):
    assert load(pickle.dumps(value, protocol)) == value


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("number", [np.float64(0.1), np.float32(2.5), np.int64(-7), np.bool_(True)])
def test_a_number_of_numpy_is_a_number(number, protocol):
    assert load(pickle.dumps(number, protocol)) == number.item()


def test_ordered_dictionaries_are_dictionaries():
    assert load(pickle.dumps(OrderedDict(a=1, b=[2]))) == {"a": 1, "b": [2]}


def test_many_arguments_that_are_not_used_are_counted_too():
    call = b"(ctorch._utils\n_rebuild_parameter\nq\x01(" + b"N" * 90_000 + b"tq\x02R"
    with pytest.raises(Unreadable, match="more than 1000000 steps"):
        load(b"\x80\x02" + call + b"h\x01h\x02R" * 20 + b"t.", BUILDERS)


@pytest.mark.parametrize("call", ["collections OrderedDict", "builtins set", "torch Size"])
@pytest.mark.parametrize("items", ["ab", {"ab": 1}, ["ab"]], ids=repr)
def test_letters_are_not_made_objects_of_their_own(call, items):
    data = hostile.pickled(hostile.called(*call.split(), items))
    try:
        assert load(data, BUILDERS) in (["ab"], {"ab"})
    except Unreadable as refusal:
        assert str(refusal) == "items that are no list"


def test_no_object_is_larger_than_a_quarter_of_a_gigabyte(tmp_path):
    """Sparse; the largest known layer has a quarter of that."""
    path = tmp_path / "zeros"
    with path.open("wb") as file:
        file.truncate((256 << 20) + 1)
    with path.open("rb") as file:
        reader = Reader(file, 0, (256 << 20) + 1)
        assert reader.read((256 << 20) + 1) == b""
        assert len(reader.read(64 << 20)) == 64 << 20


def test_one_object_met_twice_stays_one():
    value = [1]
    first, second = load(pickle.dumps([value, value]))
    assert first is second


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_long_bytes_stay_in_the_file(protocol):
    data = bytes(range(256)) * 100
    span = load(pickle.dumps(data, protocol))
    assert span.reader().read(len(data)) == data


def test_an_unknown_object_is_a_name_and_what_it_was_to_be_made_of():
    found = load(pickle.dumps(Path("a"), 4))
    assert type(found) is Opaque
    assert found.name.text.startswith("pathlib ")
    assert found.arguments == ("a",)


def test_a_name_is_told_without_what_a_terminal_would_obey():
    assert str(Name("a b\x1b[2J\n")) == r"a.b\x1b[2J\n"
    assert len(str(Name("a " + "b" * 5000))) == 80


@given(st.binary(max_size=200))
def test_random_commands_make_data_or_a_refusal(data):
    try:
        load(b"\x80\x04" + data)
    except Unreadable as refusal:
        assert "\n" not in str(refusal)


@given(st.data())
def test_a_pickle_cut_anywhere_is_refused(data):
    whole = pickle.dumps({"a": [1.5, b"x" * 300, ("b", None)], "c": {1, 2}}, 4)
    with pytest.raises(Unreadable):
        load(whole[: data.draw(st.integers(0, len(whole) - 1))])


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What came of each hostile file, read in an interpreter of its own that is watched."""
    folder, empty = tmp_path_factory.mktemp("hostile"), tmp_path_factory.mktemp("empty")
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    command = [sys.executable, hostile.__file__, str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=empty)
    assert done.returncode == 0, done.stderr
    assert not list(empty.iterdir())
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_runs_nothing_and_is_refused_in_a_line(outcomes, name):
    found = outcomes[name]
    assert found["events"] == []
    assert name in found["said"]
    assert "\n" not in found["said"]
    assert len(found["said"]) < 400
    assert found["taken"] < MEGABYTES * 1024


@pytest.mark.parametrize("name", NAMED)
def test_the_name_that_a_needed_part_asks_for_is_told(outcomes, name):
    assert NAMED[name] in outcomes[name]["said"]


@pytest.mark.parametrize("name", SAID)
def test_what_is_wrong_is_told(outcomes, name):
    assert SAID[name] in outcomes[name]["said"]


def test_a_tensor_may_have_eight_dimensions(outcomes):
    assert "impossible" not in outcomes["dimensions-8.pkl"]["said"]


@pytest.mark.parametrize("name", RUNS)
def test_the_attacks_would_work_on_a_reader_that_trusts(name, tmp_path, monkeypatch):
    """Or else the tests above would prove nothing."""
    monkeypatch.chdir(tmp_path)
    pickle.loads(FILES[f"{name}.pkl"])
    assert (tmp_path / "canary").exists()
