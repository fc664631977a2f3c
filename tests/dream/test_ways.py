"""The ways to share a dream among the cores, and the tuner that chooses one."""

import os
import sys
import threading
import time

import pytest
import torch

from engine.cores import NICE
from engine.dream import step
from engine.dream import ways as dream
from engine.dream.dreamer import Dreamer, first_picture
from engine.dream.ways import KEPT, TRIED, SideBySide, Tuner, Way

pytestmark = pytest.mark.usefixtures("one_core")


def test_octaves_side_by_side_are_map_with_the_first_in_the_calling_thread():
    where = {}

    def work(item):
        where[item] = threading.get_ident()
        time.sleep(0.01 * (5 - item))  # the last is done first, and the order stays
        return item * item

    assert SideBySide(1)(work, [1, 2, 3, 4]) == [1, 4, 9, 16]
    assert where.pop(1) == threading.get_ident()
    assert threading.get_ident() not in where.values()
    assert SideBySide(1)(work, [5]) == [25]


def test_a_dream_side_by_side_is_the_same_dream(network, snapshot):
    values = snapshot(**{"dream.octaves": 3, "dream.octave_scale": 1.4})
    x, sizes = first_picture((96, 64), 3) * 0.2, [(64, 96), (46, 69), (33, 49)]
    target = Dreamer(network, x).target(values)
    climb = step.Climb.of(0.05, 0.5, 4.0)
    one, other = (
        step.dream(network, x, target, sizes, 2, climb, each) for each in (map, SideBySide(1))
    )
    assert torch.allclose(one, other, atol=1e-4)
    assert float((one - x).abs().mean()) > 0.05


def test_a_failure_beside_the_calling_thread_is_heard():
    def work(item):
        if item == 3:
            raise RuntimeError("octave 3")
        return item

    with pytest.raises(RuntimeError, match="octave 3"):
        SideBySide(1)(work, [1, 2, 3])


def test_the_other_octaves_are_as_nice_as_a_dream_and_keep_to_their_share_of_the_cores():
    def place(item):
        linux = sys.platform == "linux"  # elsewhere threads have no priority of their own
        priority = os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) if linux else item
        return priority, torch.get_num_threads()

    torch.set_num_threads(2)
    (own, _), *others = SideBySide(1)(place, [1, 2, 3])
    if sys.platform == "linux":
        assert {priority for priority, _ in others} == {max(own, NICE)}
    assert {count for _, count in others} == {1}


def trial(tuner, took):
    """Play one trial; `took` gives each way's durations. Return the ways in order."""
    left, played = {way: list(seconds) for way, seconds in took.items()}, []
    for _ in range(TRIED * len(took)):
        played.append(tuner.begin())
        tuner.end(played[-1], left[played[-1]].pop())
    return played


A, B = Way(2), Way(1, SideBySide(1))


def test_the_way_of_the_lesser_median_is_kept_whatever_one_dream_took():
    tuner = Tuner([A, B])
    played = trial(tuner, {A: [0.2, 0.2, 0.01, 0.2, 0.2], B: [0.1, 0.1, 9.0, 0.1, 0.1]})
    assert [played.count(way) for way in (A, B)] == [TRIED, TRIED]
    assert tuner.best == tuner.begin() == B


def test_a_way_is_dreamed_on_its_share_of_the_cores():
    for way in (Way(2), Way(1), Way(2)):
        Tuner([way]).begin()
        assert torch.get_num_threads() == way.threads


def test_the_ways_are_asked_for_again_after_a_while_and_not_before():
    tuner = Tuner([A, B])
    trial(tuner, {A: [0.1] * TRIED, B: [0.2] * TRIED})
    for _ in range(KEPT - 2 * TRIED):
        assert tuner.begin() == A
        tuner.end(A, 5.0)
    played = trial(tuner, {A: [0.3] * TRIED, B: [0.2] * TRIED})
    assert set(played) == {A, B}
    assert tuner.best == tuner.begin() == B


def test_the_first_way_dreams_until_there_is_a_better_one_and_an_only_way_is_never_tried():
    assert Tuner([A, B]).best == A
    tuner = Tuner([B])
    for _ in range(2 * KEPT):
        assert tuner.begin() == B
        tuner.end(B, 1.0)


def test_a_processor_of_one_core_has_one_way(monkeypatch):
    monkeypatch.setattr(dream, "CORES", 1)
    assert dream.ways() == [Way(1)]


@pytest.mark.parametrize("cores", [2, 5, 8])
def test_a_processor_of_more_cores_has_two_ways(monkeypatch, cores):
    monkeypatch.setattr(dream, "CORES", cores)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    whole, shared = dream.ways()
    assert (whole.threads, whole.each) == (cores, map)
    assert shared.threads == cores // 2
    assert isinstance(shared.each, SideBySide)
