"""The figures of a show against numpy's own percentiles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.stats import LONGEST, STEP, Times, rss_mb


def counted(seconds):
    times = Times()
    for value in seconds:
        times.add(value)
    return times


def test_nothing_counted_is_0():
    assert Times().summary(50, 99) == {"p50": 0.0, "p99": 0.0, "max": 0.0}
    assert Times().count == Times().over(0.0) == 0


@given(ms=st.lists(st.floats(0, LONGEST - 1), min_size=1, max_size=60), percent=st.floats(1, 100))
def test_percentiles_are_numpys_to_the_width_of_a_class(ms, percent):
    exact = np.percentile(ms, percent, method="inverted_cdf")
    assert counted(np.array(ms) / 1000).percentile(percent) == pytest.approx(exact, abs=STEP * 1.01)


def test_a_summary_names_its_percentiles():
    times = counted([0.010] * 98 + [0.050] * 2)
    assert times.summary(50, 99) == pytest.approx({"p50": 10.1, "p99": 50.1, "max": 50.1}, abs=0.11)


def test_what_takes_longer_than_the_longest_class_is_counted_there():
    times = counted([0.01, 5.0, 3600.0])
    assert times.count == 3
    assert times.percentile(100) == pytest.approx(LONGEST, abs=2 * STEP)


def test_how_many_took_longer():
    assert counted([0.01, 0.02, 0.03, 0.04]).over(0.025) == 2


def test_the_recent_average_follows_in_about_twenty():
    times = counted([0.010])
    assert times.recent == pytest.approx(10)
    for _ in range(100):
        times.add(0.020)
    assert times.recent == pytest.approx(20, abs=0.1)


def test_memory_is_that_of_this_process():
    before = rss_mb()
    ballast = np.ones(20_000_000)
    assert 150 < rss_mb() - before < 400
    assert ballast[-1] == 1
