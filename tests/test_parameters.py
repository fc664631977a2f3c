"""The store: what it takes and refuses, families, mappings' offsets, snapshots, many threads."""

import math
import re
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.parameters import ACTIONS, TABLE, Parameter, ParameterError, Store

ROWS = [row for row in TABLE if not row.id.endswith(".*")]
LAYERS = {"b32_conv1": 0.0, "b16_conv1": 1.0, "b8_conv1": 0.3}


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def filled(store):
    store.fill("dream.layer.", LAYERS)
    return store


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.id)
def test_a_row_is_sound(row):
    assert row.min <= row.default <= row.max
    assert row.min < row.max
    assert row.curve in ("linear", "power", "integer", "toggle", "menu")
    assert row.help.endswith(".")
    assert "." in row.id
    assert row.group == row.id.split(".")[0]
    assert row.read(row.default) == row.default
    if row.curve in ("menu", "toggle"):
        assert len(row.choices) == row.max - row.min + 1
    if row.curve == "power":
        assert row.min >= 0


def test_ids_are_unique():
    ids = [row.id for row in TABLE] + list(ACTIONS)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_an_action_is_a_sentence_and_a_number_stands_only_where_something_is_taken(action):
    assert action.help.endswith(".")
    assert action.takes == action.takes.upper()
    assert action.takes or action.least is None


def test_a_store_begins_with_the_defaults(store):
    assert store.values() == {row.id: row.default for row in ROWS}
    assert dict(store.snapshot()) == store.values()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
@settings(max_examples=30)
@given(value=st.floats(-1e6, 1e6) | st.integers(-(10**9), 10**9))
def test_what_is_set_is_in_range_and_is_what_is_got(row, value):
    store = Store()
    got = store.set(row.id, value)
    assert row.min <= got <= row.max
    assert got == store.get(row.id) == store.snapshot()[row.id]
    if row.min <= value <= row.max and not row.whole:
        assert got == value
    if row.whole:
        assert got == round(got)


def test_beyond_the_range_is_the_end_of_the_range(store):
    assert store.set("motion.zoom", 99) == 2.0
    assert store.set("motion.zoom", -99) == -2.0


def test_whole_numbers_are_rounded(store):
    assert store.set("dream.octaves", 2.6) == 3.0
    assert store.set("dream.octaves", 0.2) == 1.0
    assert store.set("output.blackout", 0.7) == 1.0
    assert store.set("output.blackout", True) == 1.0


def test_a_choice_is_set_by_name_or_number(store):
    assert store.set("motion.edge", "wrap") == 1.0
    assert store.set("motion.edge", 2) == 2.0
    assert store.set("output.freeze", "on") == 1.0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, None, "fast", "0.5", [1], b"1"])
def test_what_is_no_number_is_refused_with_name_value_and_range(store, value):
    before = store.get("motion.zoom")
    with pytest.raises(ParameterError) as caught:
        store.set("motion.zoom", value)
    assert str(caught.value) == f"motion.zoom = {value!r}: must be a number from -2 to 2"
    assert store.get("motion.zoom") == before


def test_a_choice_that_there_is_not_is_refused_with_the_choices(store):
    with pytest.raises(ParameterError, match=r"motion.edge = 'left': must be mirror or wrap or"):
        store.set("motion.edge", "left")


@pytest.mark.parametrize("value", [10**400, 2**70, -(10**309)], ids=["1e400", "2e70", "-1e309"])
def test_a_huge_whole_number_is_clipped_or_refused(store, value):
    """Either is right; what a preset's file may hold must not end in another error."""
    try:
        assert abs(store.set("motion.zoom", value)) == 2.0
    except ParameterError as error:
        assert "motion.zoom" in str(error)


@pytest.mark.parametrize("id", ["motion.zoo", "", "dream.layer.*", "dream.layer.b16_conv1", "x"])
def test_an_unknown_parameter_is_refused_by_name(store, id):
    for ask in (lambda: store.set(id, 1), lambda: store.get(id), lambda: store.row(id)):
        with pytest.raises(ParameterError, match="no parameter of this name") as caught:
            ask()
        assert repr(id) in str(caught.value)


def test_a_snapshot_cannot_be_changed(store):
    with pytest.raises(TypeError):
        store.snapshot()["motion.zoom"] = 1.0


def test_a_snapshot_does_not_change(store):
    before = store.snapshot()
    store.set("motion.zoom", 1.5)
    store.apply({"motion.rotation": 10})
    assert before["motion.zoom"] == 0.12
    assert before["motion.rotation"] == 4


def test_offsets_add_to_the_hand_and_are_never_written_back(store):
    store.set("motion.zoom", 0.5)
    store.apply({"motion.zoom": 0.25})
    assert store.snapshot()["motion.zoom"] == 0.75
    assert store.get("motion.zoom") == 0.5
    store.apply({})
    assert store.snapshot()["motion.zoom"] == 0.5


def test_offsets_are_clipped_and_rounded(store):
    store.apply({"motion.zoom": 50, "dream.strength": -50, "dream.octaves": 0.6, "nothing": 1})
    snapshot = store.snapshot()
    assert snapshot["motion.zoom"] == 2
    assert snapshot["dream.strength"] == 0
    assert snapshot["dream.octaves"] == 4
    assert "nothing" not in snapshot


def test_what_was_applied_is_a_copy(store):
    offsets = {"motion.zoom": 0.25}
    store.apply(offsets)
    offsets["motion.zoom"] = 1.0
    assert store.snapshot()["motion.zoom"] == pytest.approx(0.37)


def test_a_family_is_filled_with_its_defaults_and_its_row(filled):
    assert {id: filled.get(id) for id in filled.values() if id.startswith("dream.layer.")} == {
        "dream.layer." + name: value for name, value in LAYERS.items()
    }
    row = filled.row("dream.layer.b16_conv1")
    assert (row.min, row.max, row.default) == (0, 2, 1.0)


def test_members_stand_where_the_family_stands_in_the_order_given(filled):
    ids = [row.id for row in filled.rows()]
    members = ["dream.layer." + name for name in LAYERS]
    place = ids.index(members[0])
    assert ids[place : place + 3] == members
    table = [row.id for row in TABLE]
    assert ids[place - 1] == table[table.index("dream.layer.*") - 1]
    assert [id for id in ids if id not in members] == [row.id for row in ROWS]


def test_members_that_vanish_keep_their_value(filled):
    filled.set("dream.layer.b16_conv1", 1.7)
    filled.fill("dream.layer.", {"b64_conv0": 0.5})
    with pytest.raises(ParameterError):
        filled.get("dream.layer.b16_conv1")
    assert "dream.layer.b16_conv1" not in filled.snapshot()
    filled.fill("dream.layer.", LAYERS)
    assert filled.get("dream.layer.b16_conv1") == 1.7


def test_a_family_that_is_filled_leaves_the_rest_alone(filled):
    filled.set("motion.zoom", 1.0)
    filled.fill("dream.layer.", {})
    assert filled.get("motion.zoom") == 1.0
    assert len(filled.rows()) == len(ROWS)


def test_a_familys_defaults_are_clipped(store):
    store.fill("dream.layer.", {"a": 9.0, "b": -1.0})
    assert store.get("dream.layer.a") == 2.0
    assert store.get("dream.layer.b") == 0.0


def test_a_small_table_of_ones_own():
    row = Parameter("lamp.dim", 0, 1, 0.5, "", "linear", "How dark.")
    assert dict(Store([row]).snapshot()) == {"lamp.dim": 0.5}


def test_two_writers_and_a_reader_at_once(filled):
    """Zoom and rotation are moved by two threads, families come and go, a third takes snapshots."""
    ended, failures = threading.Event(), []

    def guarded(work):
        try:
            work()
        except Exception as error:  # noqa: BLE001 - a thread's failure must reach the test
            failures.append(error)

    def write(id, scale):
        for i in range(3000):
            filled.set(id, scale * (i % 100))
            filled.apply({id: 0.0})

    def swap():
        while not ended.is_set():
            filled.fill("dream.layer.", {"b64_conv0": 0.5})
            filled.fill("dream.layer.", LAYERS)

    def read():
        while not ended.is_set():
            snapshot = filled.snapshot()
            assert 0 <= snapshot["motion.zoom"] <= 1
            assert 0 <= snapshot["motion.rotation"] <= 100
            assert len(snapshot) in (len(ROWS) + 1, len(ROWS) + 3)
            assert filled.values().keys() >= {row.id for row in ROWS}

    writers = [("motion.zoom", 0.01), ("motion.rotation", 1.0)]
    begun = [threading.Thread(target=guarded, args=(lambda w=w: write(*w),)) for w in writers]
    others = [threading.Thread(target=guarded, args=(work,)) for work in (swap, read)]
    for thread in begun + others:
        thread.start()
    for thread in begun:
        thread.join()
    ended.set()
    for thread in others:
        thread.join()
    assert failures == []
    assert filled.get("motion.zoom") == pytest.approx(0.99)
    assert filled.get("motion.rotation") == 99


# What is held.


def test_what_is_set_is_held_until_it_is_released():
    store = Store()
    assert store.held() == frozenset()
    store.set("dream.octaves", 3)
    store.set("motion.zoom", 0.1)
    assert store.held() == {"dream.octaves", "motion.zoom"}
    store.release("motion.zoom")
    assert store.held() == {"dream.octaves"}
    store.release()
    assert store.held() == frozenset()


def test_what_a_mapping_moves_is_held_while_it_does():
    store = Store()
    store.apply({"dream.octaves": 0.5})
    assert store.held() == {"dream.octaves"}
    store.apply({})
    assert store.held() == frozenset()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_faders_travel_covers_the_range_and_comes_back(row):
    assert (row.from_norm(0), row.from_norm(1)) == (row.min, row.max)
    assert (row.norm(row.min), row.norm(row.max)) == (0, 1)
    for share in (0.1, 0.35, 0.8):
        value = row.from_norm(share)
        assert row.from_norm(row.norm(value)) == pytest.approx(value)
        if not row.whole:
            assert row.norm(value) == pytest.approx(share)
    if row.curve == "power":
        assert row.from_norm(0.5) - row.min == pytest.approx((row.max - row.min) / 8)


# What is locked.


def test_what_is_locked_only_a_hand_moves(filled):
    filled.lock({"motion", "dream.layer", "dream.strength"})
    before = filled.values()
    moved = {"motion.zoom": 1.0, "dream.strength": 9.0, "dream.octaves": 5.0}
    moved |= {id: 1.9 for id in before if id.startswith("dream.layer.")}
    filled.release()
    filled.move(moved)
    assert filled.values() == before | {"dream.octaves": 5.0}
    filled.set("motion.zoom", 1.0)
    assert filled.get("motion.zoom") == 1.0
    filled.release()
    assert "motion.zoom" in filled.held()


def test_a_lock_is_toggled_by_name_and_all_are_by_none(store):
    store.toggle_lock("motion")
    store.toggle_lock("tone.hold")
    assert store.locked("motion.x") and store.locked("tone.hold")
    assert not store.locked("tone.hue_drift") and not store.locked("motional.x")
    store.toggle_lock("motion")
    assert store.locks == {"tone.hold"}
    store.toggle_lock("")
    assert store.locks == frozenset()


@pytest.mark.parametrize("name", ["moti", "motion.", "nothing", "*"])
def test_a_lock_of_what_there_is_none_of_is_refused_by_name(store, name):
    with pytest.raises(ParameterError, match=re.escape(repr(name))):
        store.toggle_lock(name)
