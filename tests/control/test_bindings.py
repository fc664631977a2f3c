"""Bindings as text: what is read, kept, refused line by line; and the layouts that come along."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.control import bindings
from engine.control.bindings import CHOICES, Binding, BindingError
from engine.control.midi_messages import TOPS, Control
from engine.parameters import ACTIONS, Store

ROW = {"port": "pad", "control": "1.cc.7", "to": "motion.zoom"}
WRONG = [
    ({"control": "1.knob.7"}, r"control = '1\.knob\.7': must be channel\.kind\.number"),
    ({"to": "motion.zom"}, "to = 'motion.zom': no parameter or action"),
    ({"to": "motion.zoom 3"}, "takes no argument"),
    ({"mode": "hop"}, "mode = 'hop': must be one of absolute, relative"),
    ({"takeover": ""}, "must be one of pickup, scale, jump"),
    ({"lamp": "lamp 1"}, "control = 'lamp 1'"),
    ({"on": 128}, "on = 128, off = 0: 1.cc.7 takes 0 to 127"),
    ({"on": 1.5}, "on = 1.5: must be a whole number"),
    ({"on": True}, "on = True: must be a whole number"),
    ({"off": -1}, "off = -1: must be a whole number from 0"),
    ({"port": 7}, "port = 7: must be a text"),
    ({"colour": "red"}, "'colour': not known here"),
]
BROKEN = [
    (b"version = 2\n", "version = 2, but only 1 is known here"),
    (b"version = 1\nbinding = 3\n", "must be a list"),
    (b"version = 1\n[[binding]]\nport = ", "not readable"),
    (b"\xff\xfe", "not readable"),
    (b"version = 1\na = " + b"[" * 3000, "not readable"),
    (b"#" * 1_000_001, "larger than"),
]


def text(*rows):
    lines = ["version = 1"]
    for row in rows:
        lines += ["[[binding]]", *(f"{k} = {v!r}".replace("True", "true") for k, v in row.items())]
    return "\n".join(lines)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "mine" / "midi.toml"


def written(file, content):
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return bindings.read(file, Store())


@pytest.mark.parametrize(("change", "line"), WRONG, ids=lambda value: str(value)[:30])
def test_a_broken_row_is_refused_by_its_number_and_the_others_stay(file, change, line):
    good = {**ROW, "control": "2.note.9"}
    rows, lines = written(file, text({**ROW, **change}, good))
    assert [str(row.control) for row in rows] == ["2.note.9"]
    assert len(lines) == 1
    assert lines[0].startswith("midi.toml: binding 1: ")
    with pytest.raises(BindingError, match=line):
        bindings.binding({**ROW, **change}, Store())


@pytest.mark.parametrize("key", ROW)
def test_a_row_must_say_what_moves_what(key):
    with pytest.raises(BindingError, match=f"{key} is missing"):
        bindings.binding({k: v for k, v in ROW.items() if k != key}, Store())


def test_a_number_without_end_is_a_line_too(file):
    content = text(ROW) + "\n[[binding]]\non = 0x" + "f" * 9000
    rows, lines = written(file, content)
    assert (len(rows), len(lines)) == (1, 1)


@pytest.mark.parametrize(("content", "line"), BROKEN, ids=[line for _, line in BROKEN])
def test_a_broken_file_is_one_line(file, content, line):
    with pytest.raises(BindingError, match=line):
        written(file, content)


def test_random_bytes_are_read_or_refused_and_never_lost(file):
    noise, whole = random.Random(3), text(ROW, ROW).encode()
    for _ in range(200):
        broken = bytearray(whole)
        for _ in range(noise.randint(1, 5)):
            broken[noise.randrange(len(broken))] = noise.randrange(256)
        try:
            assert any(written(file, bytes(broken)))
        except BindingError:
            bindings.write(file, [], Store())
            aside = file.parent.glob("midi 20*.toml")
            assert broken in (path.read_bytes() for path in aside)


def test_more_rows_than_anyone_has_are_counted(file, monkeypatch):
    monkeypatch.setattr(bindings, "MOST", 3)
    rows, lines = written(file, text(*({**ROW, "control": f"1.cc.{n}"} for n in range(5))))
    assert len(rows) == 3
    assert lines == ["midi.toml: 2 bindings beyond 3"]


TARGETS = [row.id for row in Store().rows()] + ["preset.load Reef 2", "beat.tap", "dream.layer.b4"]
BINDINGS = st.builds(
    Binding,
    port=st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20),
    control=st.sampled_from([Control(16, kind, 0) for kind in TOPS]),
    to=st.sampled_from(TARGETS),
    lamp=st.sampled_from(["", "none", "2.note.127"]),
    off=st.integers(0, 127),
    on=st.integers(0, 127),
    **{key: st.sampled_from(values) for key, values in CHOICES.items()},
)


@given(st.lists(BINDINGS, max_size=5, unique_by=lambda row: (row.port, row.control)))
def test_what_is_written_is_read_again(tmp_path_factory, rows):
    file = tmp_path_factory.mktemp("midi") / "midi.toml"
    bindings.write(file, rows, Store())
    assert bindings.read(file, Store()) == (rows, [])
    before = file.read_text()
    bindings.write(file, reversed(rows), Store())
    assert file.read_text() == before


MINE = """version = 1  # mine
# the fader on the left
[[binding]]
port = "pad"  # the old one
control = "1.cc.7"
to = "motion.zoom"
takeover = "jump"

# to be mended
[[binding]]
port = "pad"
control = "1.cc.8"
to = "motion.zom"
[[binding]]
port = "pad"
control = "1.cc.9"
to = "motion.x"
"""


def test_what_is_written_leaves_comments_order_and_refused_rows(file):
    rows, _ = written(file, MINE)
    bindings.write(file, rows, Store())
    assert file.read_text() == MINE
    changed = replace(rows[0], to="motion.y", takeover="pickup")
    new = Binding("pad", Control(1, "note", 5), "beat.tap")
    bindings.write(file, [changed, new], Store())
    text = file.read_text()
    for part in ("# mine", "# the fader on the left", "# the old one", "# to be mended", "zom"):
        assert part in text
    assert (bindings.read(file, Store())[0]) == [changed, new]


@pytest.mark.parametrize(
    "rows", ["[]", '[{port = "a", control = "1.cc.1", to = "beat.tap"}]', None]
)
def test_a_file_of_another_form_is_added_to(file, rows):
    there, _ = written(file, f"binding = {rows}\nversion = 1\n" if rows else "version = 1\n")
    new = Binding("pad", Control(1, "note", 5), "beat.tap")
    bindings.write(file, [*there, new], Store())
    assert bindings.read(file, Store()) == ([*there, new], [])


def test_rows_with_another_table_between_them_are_kept(file):
    row = '[[binding]]\nport = "pad"\ncontrol = "1.cc.{}"\nto = "beat.tap"\n'
    rows, _ = written(file, "version = 1\n" + row.format(1) + "[mine]\na = 1\n" + row.format(2))
    new = Binding("pad", Control(1, "note", 5), "beat.tap")
    bindings.write(file, [*rows, new], Store())
    assert set(bindings.read(file, Store())[0]) == {*rows, new}
    assert "[mine]" in file.read_text()


def test_a_folder_that_takes_no_file_is_said(tmp_path):
    (tmp_path / "mine").write_text("in the way")
    with pytest.raises(BindingError, match="cannot be written"):
        bindings.write(tmp_path / "mine" / "midi.toml", [], Store())


LAYOUTS = bindings.layouts()
PORTS = {  # as systems name them
    "APC40 mkII": "APC40 mkII:APC40 mkII MIDI 1",
    "APC mini mk2": "APC mini mk2:APC mini mk2 APC mini mk2 Control",
    "Launchpad X": "Launchpad X:Launchpad X LPX MIDI In",
    "Launchpad Mini mk3": "Launchpad Mini MK3:Launchpad Mini MK3 LPMiniMK3 MIDI",
    "nanoKONTROL2": "nanoKONTROL2:nanoKONTROL2 nanoKONTROL2 _ CTRL",
    "MIDI Fighter Twister": "Midi Fighter Twister:Midi Fighter Twister MIDI 1",
    "X-Touch Mini": "X-TOUCH MINI",
    "MIDImix": "MIDI Mix:MIDI Mix MIDI 1",
}


def test_the_layouts_are_those_of_the_controllers_and_none_is_taken_for_another():
    assert {layout.name for layout in LAYOUTS} == PORTS.keys()
    for name, port in PORTS.items():
        assert [layout.name for layout in LAYOUTS if layout.fits(port)] == [name]
    for port in ("Launchpad X:Launchpad X LPX DAW In", "Keystation 49", "APC mini mk2 Notes"):
        assert not [layout for layout in LAYOUTS if layout.fits(port)]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_a_layouts_rows_are_bindings_and_each_control_does_one_thing(layout):
    rows = layout.bindings("there", Store())
    assert len({row.control for row in rows}) == len(rows) >= 40
    lamps = [str(row.shows_on) for row in rows if row.shows_on]
    assert len(set(lamps)) == len(lamps)
    targets = {row.target for row in rows}
    assert {"output.blackout", "output.freeze", "beat.tap", "preset.number"} <= targets
    assert targets <= ACTIONS.keys() | {row.id for row in Store().rows()}
    numbers = [int(row.argument) for row in rows if row.target == "preset.number"]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    for message in (*layout.begin, *layout.end):
        assert message.type == "sysex"
