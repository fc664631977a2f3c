"""The sound of a film, from what was heard in its take, on the film's clock.

In: a score. Out: float32 (2, n) at 48 kHz, second by second, gapless. The calling thread.
"""

from collections.abc import Iterator

import numpy as np

from engine.recording.score import Score
from engine.recording.soundtrack import Soundtrack

RATE = 48000  # samples a second
BEFORE = 1.0  # seconds of sound before the film that are of no use


def heard(score: Score, begin: float, seconds: float) -> Iterator[np.ndarray]:
    """Yield the sound from the moment `begin` on, for so many seconds; silence where none was."""
    track, sounds, end, taken = Soundtrack(RATE), score.sounds(), round(seconds * RATE), 0
    for line in score.lines():
        if line["kind"] != "sound":
            continue
        block, start = sounds.next(line), line["t"] - begin
        if start > -BEFORE and len(block):
            track.put(block, line["rate"], start)
        while min(track.end, end) >= taken + RATE:
            taken += RATE
            yield track.take(taken)
        if taken + RATE > end and track.end >= end:
            break
    while taken < end:
        taken = min(taken + RATE, end)
        track.fill(taken)
        yield track.take(taken)
