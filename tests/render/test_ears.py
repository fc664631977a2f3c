"""What is heard in a take again is what was heard, to the bit, at the same moments."""

import numpy as np
import pytest

from engine.audio.analysis import SETTINGS, Analysis
from engine.audio.block import Block, whole
from engine.audio.features import SILENT
from engine.parameters import Store
from engine.render.ears import Ears

RATE, FRAMES = 48000, 256
HEARD = {id: Store().get(id) for id in SETTINGS}


def blocks(count=300, hearing=1, start=5.0):
    """Return lines and samples of as many blocks of a beaten tone."""
    t = np.arange(count * FRAMES) / RATE
    tone = 0.4 * np.sin(2 * np.pi * 110 * t) * (t % 0.5 < 0.2)
    samples = whole(np.stack([tone, tone], axis=1).astype(np.float32))
    for number in range(count):
        line = {
            "rate": RATE, "source": 1, "settings": HEARD, "hearing": hearing,
            "t": start + number * FRAMES / RATE,
        }  # fmt: skip
        yield line, samples[number * FRAMES : (number + 1) * FRAMES]


def told():
    """Return what the process that hears would have told of them."""
    analysis = Analysis()
    return [
        found
        for line, samples in blocks()
        for found in analysis.push(Block(samples, RATE, line["t"]), 1, HEARD)
    ]


def test_each_moment_has_the_signals_that_it_had_then_to_the_bit():
    ears = Ears()
    for line, samples in blocks():
        ears.hear(line, samples)
    found = told()
    assert len(found) > 200
    assert all(ears.at(each.moment, 0.0) == each.values for each in found)


def test_what_was_told_later_by_an_offset_is_heard_as_much_later():
    ears = Ears()
    for line, samples in blocks():
        ears.hear(line, samples)
    found = told()[40]
    assert ears.at(found.moment + 0.25, 0.25) == found.values


def test_a_block_that_the_show_did_not_hear_is_not_heard_again():
    ears = Ears()
    for line, samples in blocks(hearing=0):
        ears.hear(line, samples)
    assert ears.at(5.5, 0.0) == SILENT


def test_where_the_source_was_lost_it_is_silent():
    ears = Ears()
    for line, samples in blocks():
        ears.hear(line, samples)
    assert ears.at(told()[-1].moment, 0.0) != SILENT
    assert ears.at(60.0, 0.0) == SILENT


def test_before_any_sound_nothing_is_heard():
    assert Ears().at(None, 0.0) == {}


@pytest.mark.parametrize("gap", [0, 7])
def test_a_hearing_that_began_again_begins_again(gap):
    ears, first = Ears(), list(blocks(80))
    for line, samples in first:
        ears.hear(line, samples)
    start = 5.0 + (80 + gap) * FRAMES / RATE
    analysis, found = Analysis(), []
    for line, samples in blocks(80, hearing=2, start=start):
        ears.hear(line, samples)
        found += analysis.push(Block(samples, RATE, line["t"]), 1, HEARD)
    assert ears.at(found[-1].moment, 0.0) == found[-1].values
