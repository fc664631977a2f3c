"""A curve goes where it is pulled."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.mapping import CURVES, Mapping
from engine.panel.editor import SCALES, bent

INNER = st.floats(0.02, 0.98)


def of(curve="power", **more):
    return Mapping("lfo.1", "motion.zoom", 1.0, curve=curve, **more)


@given(x=INNER, y=INNER, curve=st.sampled_from(["linear", "power"]), invert=st.booleans())
def test_a_power_goes_through_the_point_or_as_near_as_it_bends(x, y, curve, invert):
    m = of(curve, invert=invert)
    new = replace(m, **bent(m, x, y))
    scale = SCALES["power"]
    if scale.low < new.shape < scale.high:
        assert new.shaped(x) == pytest.approx(y, abs=0.01)
    else:
        assert new.shape in (scale.low, scale.high)


@given(x=INNER, y=INNER, invert=st.booleans())
def test_a_threshold_lies_where_it_is_pulled(x, y, invert):
    m = of("threshold", invert=invert)
    new = replace(m, **bent(m, x, y))
    below, above = new.shaped(x - 0.01), new.shaped(x + 0.01)
    assert (below, above) == ((1.0, 0.0) if invert else (0.0, 1.0))


@given(x=INNER, y=INNER, curve=st.sampled_from(CURVES), invert=st.booleans())
def test_whatever_is_pulled_stays_a_mapping(x, y, curve, invert):
    m = of(curve, invert=invert)
    new = replace(m, **bent(m, x, y))
    assert (new.signal, new.amount, new.invert) == (m.signal, m.amount, m.invert)
