"""Undo and redo lead through all acts and back; a drag is one; their number is bounded."""

from hypothesis import given
from hypothesis import strategies as st

from engine.history import MOST, REST, History

BEGIN = {"zoom": 0.0, "hue": 0.0, "preset": "Pearl", "mappings": ()}


class Played:
    """A state, its history, and a clock."""

    def __init__(self):
        self.state, self.history, self.now = dict(BEGIN), History(), 0.0
        self.history.note(self.state, self.now)

    def set(self, after=1.0, **values):
        self.now += after
        self.state |= values
        self.history.note(self.state, self.now)

    def undo(self):
        self.state |= (act := self.history.undo())
        self.history.note(self.state, self.now)
        return bool(act)

    def redo(self):
        self.state |= (act := self.history.redo())
        self.history.note(self.state, self.now)
        return bool(act)


def test_a_drag_is_one_act_and_two_drags_are_two():
    one = Played()
    for value in (0.1, 0.2, 0.3):
        one.set(REST / 2, zoom=value)
    for value in (5.0, 6.0):
        one.set(REST / 2, hue=value)
    one.set(REST * 2, zoom=0.9)
    seen = []
    while one.undo():
        seen.append((one.state["zoom"], one.state["hue"]))
    assert seen == [(0.3, 6.0), (0.3, 0.0), (0.0, 0.0)]


def test_two_hands_at_once_are_undone_one_after_the_other():
    one = Played()
    for step in range(1, 5):
        one.set(REST / 4, zoom=step / 10)
        one.set(REST / 4, hue=float(step))
    one.undo()
    assert (one.state["zoom"], one.state["hue"]) == (0.4, 0.0)
    one.undo()
    assert one.state == BEGIN


def test_what_is_numbered_alike_is_one_stroke_with_all_that_it_passes():
    one = Played()
    one.state |= (steps := {f"lane.1.step.{number}": 0.1 * number for number in range(1, 17)})
    one.set(0.0)
    for id in steps:
        one.set(REST / 2, **{id: 2.0, "lane.2.step.1": steps[id]})
    assert one.undo()
    one.undo()
    assert {id: one.state[id] for id in steps} == steps
    one.redo()
    one.redo()
    assert all(one.state[id] == 2.0 for id in steps)


def test_presets_in_quick_succession_are_undone_one_by_one():
    one = Played()
    one.set(0.01, preset="Reef", zoom=1.0, mappings=("a",))
    one.set(0.01, preset="Tide", zoom=2.0, mappings=("b",))
    one.undo()
    assert one.state == BEGIN | {"preset": "Reef", "zoom": 1.0, "mappings": ("a",)}
    one.undo()
    assert one.state == BEGIN
    assert not one.undo()


def test_a_preset_is_undone_whole_whatever_came_by_itself_after_it():
    one = Played()
    one.set(preset="Reef", zoom=1.0)
    one.set(hue=5.0)
    for preset, values in (("Tide", {"zoom": 2.0, "hue": 6.0}), ("Silk", {"mappings": ("c",)})):
        one.state |= {"preset": preset, **values}
        one.history.note(one.state, one.now, {"preset", *values})
    assert one.undo()
    assert one.state == {"preset": "Silk", "zoom": 2.0, "hue": 0.0, "mappings": ("c",)}
    assert one.undo()
    assert one.state == BEGIN
    assert not one.undo()
    assert one.redo()
    assert one.state == BEGIN | {"preset": "Reef", "zoom": 1.0}


def test_after_a_new_act_nothing_can_be_redone():
    one = Played()
    one.set(zoom=1.0)
    one.undo()
    one.set(hue=2.0)
    assert not one.redo()
    assert one.state == BEGIN | {"hue": 2.0}


def test_an_act_that_led_nowhere_is_none():
    one = Played()
    one.set(zoom=1.0)
    one.set(hue=2.0)
    one.set(REST / 2, hue=0.0)
    one.undo()
    assert one.state == BEGIN


def test_what_is_carried_along_is_no_act_and_leaves_the_way_forth_open():
    one = Played()
    one.set(hue=5.0)
    assert one.undo()
    for zoom in (0.1, 0.2):
        one.state["zoom"] = zoom
        one.history.note(one.state, one.now, {"zoom"})
    assert one.redo() and one.state == BEGIN | {"hue": 5.0, "zoom": 0.2}
    one.set(zoom=0.9)
    assert one.undo() and one.state["zoom"] == 0.2


def test_names_that_come_and_go_are_no_acts():
    one = Played()
    one.set(layer=1.0)
    assert not one.undo()
    one.set(layer=0.5)
    assert one.undo()
    assert one.state["layer"] == 1.0


def test_what_is_passed_over_is_not_undone():
    one = Played()
    one.state["zoom"] = 1.0
    one.history.skip(one.state)
    assert not one.undo()


def test_only_so_many_acts_are_remembered():
    one = Played()
    for number in range(MOST + 50):
        one.set(zoom=number + 1.0)
    undone = 0
    while one.undo():
        undone += 1
    assert undone == MOST
    assert one.state["zoom"] == 50.0


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["zoom", "hue", "preset", "mappings"]),
        st.integers(0, 3),
        st.sampled_from([REST / 3, REST * 2]),
    ),
    max_size=25,
)


@given(ACTS)
def test_all_undone_is_the_beginning_and_all_redone_the_end(acts):
    one = Played()
    for id, value, after in acts:
        one.set(after, **{id: value})
    end, ways = dict(one.state), [dict(one.state)]
    while one.undo():
        ways.append(dict(one.state))
    assert one.state == BEGIN
    for state in reversed(ways[:-1]):
        assert one.redo()
        assert one.state == state
    assert one.state == end
    assert not one.redo()
