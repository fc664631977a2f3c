"""What the music does, found in a process of its own: Python's lock is the dream's and the stage's.

    python -m engine.audio.analysis

In, on stdin: for each block a HEADER and its float32 stereo frames; stdin's end ends it.
Out, on stdout: READY, then for each hop a RECORD. Where it fails, stderr's last line says why.
"""

import math
import signal
import struct
import sys
from collections.abc import Iterator, Mapping
from typing import BinaryIO, NamedTuple

import numpy as np

from engine.audio.beat import Rhythm
from engine.audio.block import Block
from engine.audio.features import SILENT, Features
from engine.audio.spectra import Spectra

SETTINGS = ("audio.gain", "audio.auto", "tempo.low", "tempo.high")  # rows that it heeds
# The first sample's moment, rate, frames, which source (another one is heard anew), SETTINGS.
HEADER = struct.Struct(f"<dIII{len(SETTINGS)}d")
# Frames taken until now, which source, the hop's moment, its signals in SILENT's order, the beat's
# word.
RECORD = struct.Struct(f"<QId{len(SILENT)}d4d")
READY = b"\n"
UNSAID = (math.nan,) * 4
ANY_BEAT = -1.0  # of the bar: nobody knows which


class Word(NamedTuple):
    """What is known of the beat: its tempo, the moment of one, its place in the bar, how sure."""

    bpm: float
    beat: float
    bar: int | None
    sure: float


class Found(NamedTuple):
    """What a hop that ends at `moment` told: every signal, and the beat's word if there is one."""

    source: int  # the number of the one that was heard
    moment: float
    values: dict[str, float]
    word: Word | None


class Analysis:
    """Finds signals and beat in blocks of one source after the other."""

    def __init__(self):
        self._settings = dict.fromkeys(SETTINGS, 0.0)
        self._rhythm = Rhythm(self._settings.__getitem__, self._lead)
        self._heard = (0, 0)  # rate and source
        self._word: Word | None = None

    def push(self, block: Block, source: int, settings: Mapping[str, float]) -> Iterator[Found]:
        """Yield what each hop that the block completes told."""
        self._settings.update(settings)
        if self._heard != (block.rate, source):
            self._heard = block.rate, source
            self._features = Features(block.rate)
            self._spectra = Spectra(block.rate, self._features.keep)
        self._features.learning = settings["audio.auto"] > 0
        for hop in self._spectra.push(block.samples, block.moment, settings["audio.gain"]):
            values = self._features.push(hop)
            self._word = None
            self._rhythm.push(hop.samples, block.rate, hop.moment)
            yield Found(source, hop.moment, values, self._word)

    def _lead(self, bpm: float, beat: float, bar: int | None, sure: float) -> None:
        self._features.bar = 4 * 60 / bpm
        self._word = Word(bpm, beat, bar, sure)


def pack(found: Found, taken: int) -> bytes:
    """Return the RECORD of a hop, `taken` frames having come until now."""
    word = found.word or UNSAID
    if found.word and found.word.bar is None:
        word = found.word._replace(bar=ANY_BEAT)
    return RECORD.pack(taken, found.source, found.moment, *found.values.values(), *word)


def unpack(record: bytes) -> tuple[Found, int]:
    """Return what pack() was given."""
    taken, source, moment, *values, bpm, beat, bar, sure = RECORD.unpack(record)
    known = None if bar == ANY_BEAT or math.isnan(bar) else int(bar)
    word = None if math.isnan(bpm) else Word(bpm, beat, known, sure)
    return Found(source, moment, dict(zip(SILENT, values, strict=True)), word), taken


def analyse(blocks: BinaryIO, records: BinaryIO) -> None:
    """Answer the blocks with records until no more come."""
    analysis, taken = Analysis(), 0
    records.write(READY)
    records.flush()
    while len(header := blocks.read(HEADER.size)) == HEADER.size:
        moment, rate, frames, source, *settings = HEADER.unpack(header)
        data = blocks.read(8 * frames)
        if len(data) < 8 * frames:
            return
        taken += frames
        block = Block(np.frombuffer(data, np.float32).reshape(-1, 2), rate, moment)
        for found in analysis.push(block, source, dict(zip(SETTINGS, settings, strict=True))):
            records.write(pack(found, taken))
        records.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when the show ends
    analyse(sys.stdin.buffer, sys.stdout.buffer)
