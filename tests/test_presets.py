"""Presets: what is written is read and played again, and nothing in a file ends the show."""

import contextlib
import tomllib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import presets, tomlfile
from engine.mapping import CURVES, Mapping
from engine.networks.files import describe
from engine.options import STARTER
from engine.parameters import Store
from engine.presets import PresetError
from engine.tomlfile import LARGEST

LAYERS = [layer["name"] for layer in describe(STARTER)["layers"]]
ZOOM = Mapping("audio.bass", "motion.zoom", 0.4, curve="power", attack=0.02, release=0.25)
HERE = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def filled():
    store = Store()
    store.fill("dream.layer.", dict.fromkeys(LAYERS, 0.0))
    return store


def look(store):
    """Return the values that belong to a preset."""
    return {id: v for id, v in store.values().items() if not id.startswith(presets.LEFT_OUT)}


def read(tmp_path, text):
    path = tmp_path / "look.toml"
    path.write_text(text, "utf-8")
    return presets.read(path)


def skipped(tmp_path, text):
    """Return what is skipped when this text is played, and the store that it was played on."""
    store = filled()
    return presets.apply(read(tmp_path, "version = 1\n" + text), store), store


def refusal(path):
    with pytest.raises(PresetError) as caught:
        presets.read(path)
    line = str(caught.value)
    assert path.name in line
    assert "\n" not in line
    assert len(line) < 300
    return line


rows = [row for row in filled().rows() if not row.id.startswith(presets.LEFT_OUT)]
VALUES = st.fixed_dictionaries({}, optional={r.id: st.floats(r.min, r.max) for r in rows})
NUMBER = st.floats(-100, 100)
MAPPINGS = st.lists(
    st.builds(
        Mapping,
        signal=st.sampled_from(["audio.bass", "beat.phase", "osc./1/fader3"]),
        parameter=st.sampled_from([row.id for row in rows]),
        amount=NUMBER,
        low=st.floats(-90, -1),
        high=st.floats(0, 90),
        curve=st.sampled_from(CURVES),
        shape=st.floats(0, 9),
        invert=st.booleans(),
        attack=st.floats(0, 4),
        release=st.floats(0, 4),
    ),
    max_size=4,
)


@settings(HERE, max_examples=200)
@given(values=VALUES, mappings=MAPPINGS)
def test_what_is_written_is_read_and_played_again(tmp_path, values, mappings):
    before, after = filled(), filled()
    for id, value in values.items():
        before.set(id, value)
    for row in rows:
        after.set(row.id, row.max)
    presets.write(tmp_path / "look.toml", before, tuple(mappings))
    preset = presets.read(tmp_path / "look.toml")
    assert presets.apply(preset, after) == []
    assert look(after) == pytest.approx(look(before), abs=1e-6)
    assert preset.mappings == tuple(mappings)
    assert preset.name == "look"


def test_a_file_is_for_reading(tmp_path):
    store = filled()
    store.set("dream.layer.b16_conv1", 1)
    presets.write(tmp_path / "look.toml", store, (ZOOM,))
    text = (tmp_path / "look.toml").read_text("utf-8")
    data = tomllib.loads(text)
    assert data["version"] == 1
    assert data["motion"]["edge"] == "mirror"
    assert data["dream"]["octaves"] == 3
    assert data["dream"]["layer"] == {"b16_conv1": 1.0}
    assert "[motion]\nzoom = 0.12\n" in text
    assert data["mapping"] == [
        {
            "signal": "audio.bass",
            "parameter": "motion.zoom",
            "amount": 0.4,
            "curve": "power",
            "attack": 0.02,
            "release": 0.25,
        }
    ]


def test_blackout_freeze_recording_and_gain_are_no_part_of_a_look(tmp_path):
    store = filled()
    for id in ("output.blackout", "output.freeze", "recording.on", "audio.gain"):
        store.set(id, 1)
    presets.write(tmp_path / "look.toml", store, ())
    other = filled()
    presets.apply(presets.read(tmp_path / "look.toml"), other)
    assert dict(other.values()) == dict(filled().values())


def test_a_preset_leaves_the_tempo_alone(tmp_path):
    store = filled()
    store.set("tempo.link", 1)
    presets.write(tmp_path / "look.toml", store, ())
    assert "tempo" not in (tmp_path / "look.toml").read_text("utf-8")
    assert presets.apply(read(tmp_path, 'version = 1\n[tempo]\nlink = "off"'), store)
    assert store.get("tempo.link") == 1


def test_a_file_cannot_start_a_recording_or_black_out_the_wall(tmp_path):
    lines, store = skipped(tmp_path, "[recording]\non = true\n[output]\nblackout = 1\nhue = 5")
    assert lines == [
        "recording.on: never part of a preset",
        "output.blackout: never part of a preset",
    ]
    assert store.get("recording.on") == store.get("output.blackout") == 0
    assert store.get("output.hue") == 5


def test_a_key_that_is_not_there_keeps_its_value(tmp_path):
    store = filled()
    store.set("motion.rotation", 77)
    store.set("dream.layer.b8_conv1", 0.5)
    presets.apply(read(tmp_path, "version = 1\n[motion]\nzoom = 1.0"), store)
    assert store.get("motion.zoom") == 1
    assert store.get("motion.rotation") == 77
    assert store.get("dream.layer.b8_conv1") == 0.5


def test_a_table_of_layers_stands_for_all_layers(tmp_path):
    store = filled()
    for name in LAYERS:
        store.set("dream.layer." + name, 1.5)
    presets.apply(read(tmp_path, "version = 1\n[dream.layer]\nb16_conv1 = 1"), store)
    left = {name: store.get("dream.layer." + name) for name in LAYERS}
    assert left == dict.fromkeys(LAYERS, 0) | {"b16_conv1": 1}


def test_unknown_keys_are_named_and_the_rest_is_played(tmp_path):
    text = "colour = 3\n[motion]\nzoo = 1\nzoom = 0.5\n[motion.deep]\nx = 1\n[dream.layer]\nb7 = 1"
    lines, store = skipped(tmp_path, text)
    for key in ("'colour'", "'motion.zoo'", "'motion.deep.x'", "'dream.layer.b7'"):
        assert sum(key in line for line in lines) == 1
    assert len(lines) == 4
    assert any(line.endswith("did you mean motion.zoom?") for line in lines)
    assert store.get("motion.zoom") == 0.5


@pytest.mark.parametrize(
    "value", ['"fast"', "[1, 2]", "nan", "inf", "-inf", "2026-11-24", "{ a = 1 }", "[[1]]"]
)
def test_values_of_the_wrong_kind_are_named_and_the_rest_is_played(tmp_path, value):
    lines, store = skipped(tmp_path, f"[motion]\nzoom = {value}\nrotation = 9")
    assert len(lines) == 1
    assert "motion.zoom" in lines[0]
    assert store.get("motion.zoom") == 0.12
    assert store.get("motion.rotation") == 9


def test_values_out_of_range_are_clipped_and_said_with_what_is_taken(tmp_path):
    lines, store = skipped(tmp_path, "[motion]\nzoom = 1e300\n[dream]\noctaves = -9")
    assert lines == [
        "motion.zoom = 1e+300 goes from -2 to 2: 2 is taken",
        "dream.octaves = -9 goes from 1 to 6: 1 is taken",
    ]
    assert (store.get("motion.zoom"), store.get("dream.octaves")) == (2, 1)


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ('signal = "audio.bass"', "lacks"),
        ('signal = "a"\nparameter = "motion.zoom"\namount = 1\nspeed = 3', "'speed'"),
        ('signal = "a"\nparameter = "motion.zoom"\namount = "big"', "amount"),
        ('signal = "a"\nparameter = "motion.zoom"\namount = nan', "amount"),
        ('signal = "a"\nparameter = "motion.zoom"\namount = 1\ncurve = "wavy"', "wavy"),
        ('signal = "a"\nparameter = "motion.zoom"\namount = 1\nlow = 1.0', "empty"),
        ('signal = 3\nparameter = "motion.zoom"\namount = 1', "signal = 3"),
        ('signal = "a"\nparameter = "motion.zoo"\namount = 1', "motion.zoo"),
    ],
)
def test_a_mapping_that_cannot_be_is_named_and_the_rest_is_played(tmp_path, row, word):
    good = '\n[[mapping]]\nsignal = "audio.bass"\nparameter = "motion.x"\namount = 1'
    text = f"version = 1\n[[mapping]]\n{row}{good}"
    preset = read(tmp_path, text)
    lines = presets.apply(preset, filled())
    assert len(lines) == 1
    assert word in lines[0]
    assert "\n" not in lines[0]
    assert preset.mappings[-1] == Mapping("audio.bass", "motion.x", 1)


def test_of_a_file_full_of_what_is_not_here_a_few_lines_are_said(tmp_path, monkeypatch):
    looked, meant = [], tomlfile.meant
    monkeypatch.setattr(tomlfile, "meant", lambda *names: looked.append(names) or meant(*names))
    keys = "".join(f"k{n} = 1\n" for n in range(9000)) + f"{'k' * 9000} = 1\n"
    tables = f"[recording]\n{keys}[motion]\nzoom = 0.5\n{keys}[dream.layer]\n{keys}"
    row = '[[mapping]]\nsignal = "{0}"\nparameter = "{0}"\namount = {1}\n'
    rows = "".join(row.format("a", amount) for amount in [1, "nan"] * 100)
    lines, store = skipped(tmp_path, tables + rows)
    assert store.get("motion.zoom") == 0.5
    assert len(lines) == 4 * 6 + 1
    assert len(looked) == 10
    assert [line for line in lines if line.startswith("and ")] == [
        "and 95 more", "and 95 more", "and 8996 more", "and 8996 more"
    ]  # fmt: skip
    assert lines[-1] == "'dream.layer.k0' and 9000 more: not in this network"
    assert all(len(line) < 200 for line in lines)


@pytest.mark.parametrize("value", ["[1, 2]", '["a"]', "[[1]]"])
def test_a_mapping_that_is_no_table_is_named(tmp_path, value):
    lines, _ = skipped(tmp_path, f"mapping = {value}")
    assert lines
    assert all("must be a table" in line for line in lines)


BROKEN = {
    "missing": None,
    "empty": b"",
    "no version": b"[motion]\nzoom = 1",
    "another version": b"version = 2",
    "a version in words": b'version = "1"',
    "half": b"version = 1\n[motion\nzoom",
    "a key twice": b"version = 1\n[motion]\nzoom = 1\nzoom = 2",
    "no text": bytes(range(256)),
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "utf-16": "version = 1".encode("utf-16"),
    "mapping is a number": b"version = 1\nmapping = 3",
    "mapping is a table": b"version = 1\n[mapping]\nsignal = 'a'",
    "a number of 5000 digits": b"version = 1\n[motion]\nzoom = " + b"9" * 5000,
    "a number of 500 digits": b"version = 1\n[motion]\nzoom = " + b"9" * 500,
    "a number of 20,000 bits": b"version = 1\n[motion]\nzoom = 0x" + b"f" * 5000,
    "a huge version": b"version = 0x" + b"f" * 5000,
    "a huge amount": b"version = 1\n[[mapping]]\namount = 0x" + b"f" * 5000,
    "lists in lists": b"version = 1\nx = " + b"[" * 20_000 + b"]" * 20_000,
    "tables in tables": b"version = 1\nx = " + b"{x=" * 5000 + b"1" + b"}" * 5000,
    "a key of many parts": b"version = 1\n" + b".".join([b"a"] * 5000) + b" = 1",
    "larger than a preset can be": b"# " + b"x" * LARGEST,
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_what_is_no_preset_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "broken.toml"
    if content is not None:
        path.write_bytes(content)
    refusal(path)


def test_what_is_too_large_is_refused_by_its_size(tmp_path):
    (tmp_path / "huge.toml").write_bytes(BROKEN["larger than a preset can be"])
    assert (
        refusal(tmp_path / "huge.toml")
        == "huge.toml: not readable (500,002 bytes, larger than 500,000)"
    )


def test_a_folder_is_no_preset(tmp_path):
    refusal(tmp_path)


@HERE
@given(text=st.text(st.sampled_from('version=1\n[].{}"x#') | st.characters(), max_size=200))
def test_any_text_is_read_or_refused(tmp_path, text):
    with contextlib.suppress(PresetError, UnicodeEncodeError):
        presets.apply(read(tmp_path, "version = 1\n" + text), filled())


def test_a_preset_that_cannot_be_written_is_said_in_one_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(PresetError, match="cannot be written"):
        presets.write(tmp_path / "file/look.toml", filled(), ())


def test_writing_leaves_nothing_else_behind(tmp_path):
    presets.write(tmp_path / "new folder/look.toml", filled(), ())
    assert [p.name for p in (tmp_path / "new folder").iterdir()] == ["look.toml"]


@settings(HERE, max_examples=100)
@given(
    place=st.integers(0, 10**6), junk=st.sampled_from(["[", "=", '"', "\\0", "\n]\n", "1.2.3\n"])
)
def test_a_file_that_broke_anywhere_is_one_line_or_still_a_preset(tmp_path, place, junk):
    presets.write(tmp_path / "look.toml", filled(), (ZOOM,))
    text = (tmp_path / "look.toml").read_text("utf-8")
    place %= len(text)
    (tmp_path / "broken.toml").write_text(text[:place] + junk, "utf-8")
    try:
        skipped = presets.apply(presets.read(tmp_path / "broken.toml"), filled())
        assert all("\n" not in line for line in skipped)
    except PresetError:
        refusal(tmp_path / "broken.toml")
