"""From one network to the next: whose turn each dream is, when it begins, what a failure does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dream.crossing import FADE, Crossing

A, B, C = "a", "b", "c"


def dreams(crossing, seconds, rate=10.0, on_bar=False, bar=0.0):
    """Return whose turn each dream of these seconds is; all go well."""
    turns = []
    for _ in range(round(seconds * rate)):
        turns.append(crossing.next(1 / rate, on_bar, bar))
        crossing.worked(turns[-1])
    return turns


@pytest.fixture
def crossing():
    return Crossing(A)


def test_one_network_dreams_alone(crossing):
    assert set(dreams(crossing, 5)) == {A}


@pytest.mark.parametrize("rate", [3, 8, 30, 60])
def test_the_new_ones_share_grows_from_none_to_all_at_any_rate(crossing, rate):
    dreams(crossing, 1, rate)
    crossing.ask(B)
    turns = dreams(crossing, FADE, rate)
    assert dreams(crossing, 1, rate) == [B] * rate
    assert crossing.old is None
    half = len(turns) // 2
    first, second = (part.count(B) / max(len(part), 1) for part in (turns[:half], turns[half:]))
    assert first == pytest.approx(0.25, abs=1 / half + 0.05)
    assert second == pytest.approx(0.75, abs=1 / half + 0.05)


def test_turns_alternate_and_do_not_come_in_blocks(crossing):
    dreams(crossing, 1, 30)
    crossing.ask(B)
    turns = "".join(dreams(crossing, FADE, 30))
    assert "aaa" not in turns[20:]
    assert "bbb" not in turns[:40]


def test_the_new_ones_first_turn_comes_when_half_a_dream_is_owed(crossing):
    crossing.ask(B)
    turns = dreams(crossing, FADE, 10)  # shares grow by a twentieth: 0.5 are owed after 4 dreams
    assert turns.index(B) == 3


@given(rate=st.floats(1, 60))
def test_each_dream_goes_through_one_of_the_two(rate):
    crossing = Crossing(A)
    crossing.ask(B)
    assert set(dreams(crossing, 3 * FADE, rate)) <= {A, B}
    assert crossing.new == B
    assert crossing.old is None


def test_on_the_bar_it_waits_for_the_bars_first_beat(crossing):
    crossing.next(0.1, True, 0.5)
    crossing.ask(B)
    for phase in (0.6, 0.75, 0.9, 0.99):
        assert crossing.next(0.1, True, phase) == A
        assert crossing.old is None
    crossing.next(0.1, True, 0.02)
    assert (crossing.old, crossing.new) == (A, B)


def test_while_one_waits_for_the_bar_a_newer_one_takes_its_place(crossing):
    crossing.next(0.1, True, 0.5)
    for network in (B, C):
        crossing.ask(network)
        crossing.next(0.1, True, 0.6)
    crossing.next(0.1, True, 0.1)
    assert crossing.new == C


def test_one_that_waits_comes_at_once_when_the_bar_is_no_longer_asked_for(crossing):
    crossing.next(0.1, True, 0.5)
    crossing.ask(B)
    crossing.next(0.1, True, 0.6)
    crossing.next(0.1, False, 0.7)
    assert crossing.new == B


def test_one_that_fails_leaves_the_one_before(crossing):
    crossing.ask(B)
    while crossing.next(0.1, False, 0.0) != B:
        crossing.worked(A)
    assert crossing.failed(B)
    assert set(dreams(crossing, 3)) == {A}


def test_one_that_never_got_to_dream_is_not_yet_trusted(crossing):
    crossing.ask(B)
    for _ in range(3):
        assert crossing.next(10.0, False, 0.0) == B
        assert crossing.old == A
    assert crossing.failed(B)
    assert crossing.new == A


def test_a_network_that_plays_alone_has_none_before_it_to_go_back_to(crossing):
    assert not crossing.failed(A)
    crossing.ask(B)
    dreams(crossing, FADE + 1)
    assert not crossing.failed(B)
    assert crossing.new == B


def test_a_third_one_in_the_middle_comes_after_the_second(crossing):
    crossing.ask(B)
    dreams(crossing, FADE / 4)
    crossing.ask(C)
    assert A not in dreams(crossing, FADE)
    assert crossing.new == C
