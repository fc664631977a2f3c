"""What a bound control does: taking over, endless knobs, buttons and keys."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.control.bindings import Binding
from engine.control.hands import DETENT, Hand, steps
from engine.control.midi_messages import Control
from engine.parameters import Store

ZOOM, BLACK, EDGE, POWER = "motion.zoom", "output.blackout", "motion.edge", "dream.strength"
PLACE, PLACES = st.integers(0, 127), st.lists(st.integers(0, 127), min_size=1, max_size=30)


class Bound:
    """A store, one control bound to a parameter of it, and what it asked for."""

    def __init__(self, to, mode="", takeover="pickup", encoding="twos", control="1.cc.7"):
        self.store, self.acts = Store(), []
        row = Binding("pad", Control.read(control), to, mode, takeover, encoding)
        self.hand, self.id = Hand(row, self.store, lambda *act: self.acts.append(act)), to

    def move(self, *values):
        for value in values:
            self.hand.move(value)
        return self.value

    @property
    def value(self):
        return self.store.get(self.id)

    @property
    def share(self):
        return self.store.row(self.id).norm(self.value)


@given(PLACES)
def test_a_control_that_jumps_sets_where_it_is(values):
    for id in (ZOOM, POWER):
        bound = Bound(id, takeover="jump")
        bound.move(*values)
        assert bound.share == pytest.approx(values[-1] / 127)


@given(st.floats(0, 1), PLACES)
def test_a_picked_up_control_never_jumps_and_holds_once_it_met_the_value(begin, values):
    bound = Bound(ZOOM)
    bound.store.set(ZOOM, bound.store.row(ZOOM).from_norm(begin))
    met, last = False, None
    for value in values:
        before, place = bound.share, value / 127
        passed = last is not None and min(last, place) <= begin <= max(last, place)
        met = met or passed or abs(place - begin) <= 0.02
        bound.move(value)
        assert bound.share == pytest.approx(place if met else before)
        last = place


def test_another_hand_makes_it_wait_to_be_met_again():
    bound = Bound(ZOOM, takeover="pickup")
    bound.store.set(ZOOM, 0.0)
    bound.move(63, 64, 70)
    assert bound.value != 0.0
    bound.store.set(ZOOM, 1.9)
    assert bound.move(75, 80) == 1.9
    assert bound.move(127) == 2.0


def test_a_menu_is_picked_up_on_its_choice():
    bound = Bound(EDGE)
    bound.store.set(EDGE, 2)
    assert bound.move(10, 20) == 2
    assert bound.move(127, 64) == 1
    assert bound.move(0) == 0


@given(st.floats(0.05, 0.95), st.lists(st.integers(1, 126), min_size=2, max_size=30))
def test_a_scaled_control_moves_the_same_way_and_meets_the_value_at_the_end(begin, values):
    bound = Bound(ZOOM, takeover="scale")
    bound.store.set(ZOOM, bound.store.row(ZOOM).from_norm(begin))
    bound.move(values[0])
    for last, value in pairwise(values):
        before = bound.share
        bound.move(value)
        moved = bound.share - before
        assert moved * (value - last) >= -1e-12
        assert abs(moved) <= 1 + 1e-9
    assert bound.move(0) == pytest.approx(-2.0)
    assert bound.move(64, 127) == pytest.approx(2.0)
    bound.move(32)
    assert bound.share == pytest.approx(32 / 127)


def test_a_scaled_control_moves_what_counts_whole_numbers_too():
    bound = Bound("dream.iterations", takeover="scale")
    bound.store.set(bound.id, 10)
    bound.move(100)
    assert [bound.move(place) for place in range(101, 128)][-1] == 20


@pytest.mark.parametrize(
    ("encoding", "right", "left"), [("twos", 1, 127), ("offset", 65, 63), ("sign", 1, 65)]
)
@pytest.mark.parametrize("count", [1, 3, 9])
def test_an_endless_knob_steps_both_ways(encoding, right, left, count):
    fast = left + 1 - count if left == 127 or encoding == "offset" else left - 1 + count
    assert steps(encoding, right - 1 + count) == count
    assert steps(encoding, fast) == -count
    bound = Bound(ZOOM, "relative", encoding=encoding)
    before = bound.share
    bound.move(right - 1 + count)
    assert bound.share == pytest.approx(before + count * DETENT)
    bound.move(fast)
    assert bound.share == pytest.approx(before)


def test_an_endless_knob_counts_whole_numbers_and_choices_one_by_one_and_stops_at_the_ends():
    bound = Bound("latent.seed", "relative")
    assert [bound.move(1), bound.move(2), bound.move(127)] == [1, 3, 2]
    bound = Bound(EDGE, "relative")
    assert [bound.move(1), bound.move(1), bound.move(1), bound.move(126)] == [1, 2, 2, 0]
    bound = Bound(ZOOM, "relative")
    assert bound.move(*[10] * 40) == 2.0


@pytest.mark.parametrize("control", ["1.note.36", "1.cc.36"])
def test_a_button_toggles_when_it_is_pressed_not_when_it_is_let_go(control):
    bound = Bound(BLACK, control=control)
    assert [bound.move(value) for value in (127, 0, 127, 0)] == [1, 1, 0, 0]
    bound = Bound(ZOOM, "toggle", control=control)
    assert [bound.move(value) for value in (127, 0, 127)] == [-2, -2, 2]


def test_a_key_holds_the_value_of_its_velocity_and_gives_back_what_was():
    bound = Bound(ZOOM, control="1.note.36")
    bound.store.set(ZOOM, 0.25)
    assert bound.move(1) == pytest.approx(-2 + 4 / 127)
    assert bound.move(0) == 0.25
    bound.move(127)
    bound.store.set(ZOOM, 1.0)  # another hand, meanwhile
    assert bound.move(0) == 1.0


def test_a_trigger_sets_once_for_each_press():
    bound = Bound(ZOOM, "trigger", control="1.note.36")
    assert bound.move(127) == 2.0
    bound.store.set(ZOOM, 0.0)
    assert bound.move(0) == 0.0
    assert bound.move(64) == pytest.approx(-2 + 4 * 64 / 127)


@pytest.mark.parametrize(("control", "low"), [("1.note.36", 1), ("1.cc.36", 64)])
def test_an_action_is_asked_for_once_a_press_with_its_argument(control, low):
    store, acts = Store(), []
    hand = Hand(Binding("pad", Control.read(control), "preset.load Reef 2"), store,
                lambda *act: acts.append(act))  # fmt: skip
    for value in (low, 127, 0, 0, 100, low - 1, 127):
        hand.move(value)
    assert acts == [("preset.load", "Reef 2")] * 3


def test_a_layer_that_this_network_has_not_is_left_alone():
    store = Store()
    hand = Hand(Binding("pad", Control(1, "cc", 1), "dream.layer.b4"), store, print)
    hand.move(5)
    store.fill("dream.layer.", {"b4": 0.0})
    hand.move(0)
    hand.move(127)
    assert store.get("dream.layer.b4") == 2.0


def test_a_button_that_is_let_go_from_outside_gives_back_what_was_and_only_once():
    bound = Bound("output.flash", control="1.note.36")
    bound.hand.let_go()
    assert bound.move(90) == 1
    bound.hand.let_go()
    assert bound.value == 0
    bound.store.set(bound.id, 1)  # another hand
    assert bound.move(0) == 1
    bound.hand.let_go()
    assert bound.value == 1
