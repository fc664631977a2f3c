"""Flashes come when asked for, and never more often than is allowed, whoever asks."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.display.flash import SAFE, Flash

FRAME = 1 / 60


def begun(whites):
    """Return at which frames a flash begins."""
    return [n for n, (a, b) in enumerate(pairwise([False, *whites])) if b and not a]


def test_a_flash_lasts_as_long_as_it_is_held():
    flash = Flash()
    held = [False, True, True, True, False, False]
    assert [flash.white(h, False, 2.0, n * FRAME) for n, h in enumerate(held)] == held


@pytest.mark.parametrize(("most", "rate", "count"), [(3, 2, 20), (3, 25, 30), (12, 10, 100)])
def test_the_strobe_flashes_at_its_rate_or_at_what_is_allowed(most, rate, count):
    flash = Flash(most)
    whites = [flash.white(False, True, rate, n / 1000) for n in range(10_000)]
    assert len(begun(whites)) == pytest.approx(count, abs=1)
    assert sum(whites) == pytest.approx(len(whites) / 3, rel=0.05)


@given(
    st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(0.2, 30)), max_size=300),
    st.sampled_from([SAFE, 1.0, 10.0]),
    st.floats(0.001, 0.3),
)
def test_no_second_has_more_flashes_than_allowed_whoever_asks(frames, most, interval):
    flash = Flash(most)
    whites = [
        flash.white(held, strobe, rate, n * interval)
        for n, (held, strobe, rate) in enumerate(frames)
    ]
    moments = [n * interval for n in begun(whites)]
    assert all(b - a >= 1 / most - 1e-9 for a, b in pairwise(moments))


def test_a_flash_too_soon_waits_while_it_is_held():
    flash = Flash()
    assert flash.white(True, False, 2.0, 0.0)
    assert not flash.white(False, False, 2.0, 0.1)
    assert not flash.white(True, False, 2.0, 0.2)
    assert flash.white(True, False, 2.0, 0.34)
