import io
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sounds import clicks

from engine.audio.analysis import (
    HEADER,
    READY,
    RECORD,
    SETTINGS,
    Analysis,
    Found,
    Word,
    analyse,
    pack,
    unpack,
)
from engine.audio.block import Block
from engine.audio.features import SILENT
from engine.parameters import Store

RATE = 48000
numbers = st.floats(allow_nan=False)
words = st.builds(
    Word, st.floats(20, 1000), numbers, st.none() | st.integers(0, 3), st.floats(0, 1)
)


def settings(**changed: float) -> dict[str, float]:
    store = Store()
    return {id: store.get(id) for id in SETTINGS} | changed


def blocks(sound: np.ndarray, start: float = 5.0):
    for place in range(0, len(sound), 256):
        yield Block(sound[place : place + 256], RATE, start + place / RATE)


@given(st.lists(numbers, min_size=len(SILENT), max_size=len(SILENT)), numbers, st.none() | words)
def test_a_record_holds_all_that_was_found(values, moment, word):
    found = Found(3, moment, dict(zip(SILENT, values, strict=True)), word)
    assert unpack(pack(found, 7)) == (found, 7)


def test_clicks_have_onsets_and_a_beat_on_the_clock_of_the_blocks():
    analysis, sound = Analysis(), clicks(np.arange(0, 8, 0.5), 8)
    found = [f for block in blocks(sound) for f in analysis.push(block, 1, settings())]
    assert np.allclose(np.diff([f.moment for f in found]), 279 / RATE)
    assert sum(f.values["audio.onset"] == 1.0 for f in found) >= 14
    word = [f.word for f in found if f.word][-1]
    assert math.isclose(word.bpm, 120, rel_tol=0.02)
    assert abs((word.beat - 5.0 + 0.25) % 0.5 - 0.25) < 0.03


def test_another_source_is_heard_anew_and_the_settings_are_heeded():
    loud, quiet = np.full((RATE, 2), 0.0, np.float32), np.zeros((2560, 2), np.float32)
    loud[:] = 0.5 * np.sin(2 * np.pi * 60 / RATE * np.arange(RATE))[:, None]
    analysis, last = Analysis(), []
    for block in blocks(loud):
        last = list(analysis.push(block, 1, settings())) or last
    same = [f for block in blocks(quiet) for f in analysis.push(block, 1, settings())]
    anew = [f for block in blocks(quiet) for f in analysis.push(block, 2, settings())]
    assert last[-1].values["audio.loudness"] > 0.2
    assert same[0].values["audio.loudness"] > 0.2
    assert anew[0].values["audio.loudness"] == 0
    plain, louder = Analysis(), Analysis()
    for block in blocks(loud[:2560]):
        before = list(plain.push(block, 1, settings()))
        after = list(louder.push(block, 1, settings(**{"audio.gain": 12.0})))
    difference = after[-1].values["audio.dbfs"] - before[-1].values["audio.dbfs"]
    assert math.isclose(difference, 12, abs_tol=0.01)


def test_it_says_that_it_is_ready_and_answers_until_its_input_ends_even_within_a_block():
    sound = np.zeros((1024, 2), np.float32)
    header = HEADER.pack(1.0, RATE, 1024, 1, *settings().values())
    for cut in (0, 1, 100, 8 * 1024):
        asked, answered = io.BytesIO((header + sound.tobytes()) * 2), io.BytesIO()
        asked.truncate(2 * (len(header) + 8 * 1024) - cut)
        analyse(asked, answered)
        answer = answered.getvalue()
        assert answer.startswith(READY)
        records = (len(answer) - len(READY)) / RECORD.size
        assert records == (1024 // 279 if cut else 2048 // 279)
