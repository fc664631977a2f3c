"""A whole file at once: the live tracker run through it, or librosa's analysis.

In: a sound file. Out: tempo, beats and downbeats in seconds from its start. Never on the live path:
librosa takes many seconds the first time.
"""

from pathlib import Path

import numpy as np
import soundfile

from engine.audio.beat import Rhythm
from engine.audio.block import AudioError, stereo
from engine.audio.spectra import Spectra
from engine.clock import BEATS_A_BAR, Clock
from engine.parameters import Store

BLOCK = 256  # frames, as a sound card hands them over
SAME = 0.02  # tempos this near are one
HELD = 4.0  # seconds for which a tempo must stay to be locked


def track(path: Path) -> dict:
    """Return what the live tracker and the show's clock say, hearing the file block by block.

    bpm: median after the lock; beats, downbeats: seconds, each told before it came; lock_seconds:
    from when on the tempo was that one, None if it never was.
    """
    samples, rate = read(path)
    said: list[tuple[float, float]] = []  # moment, bpm
    beats, downbeats = [], []
    get = Store().get
    clock = Clock(get)
    heard = 0.0

    def follow(bpm, beat, bar, sure):
        clock.follow(bpm, beat, bar, sure, heard)
        said.append((heard, bpm))

    rhythm, spectra = Rhythm(get, follow), Spectra(rate)
    for start in range(0, len(samples), BLOCK):
        block = samples[start : start + BLOCK]
        if said:
            _count(clock, heard, heard + len(block) / rate, beats, downbeats)
        heard = (start + len(block)) / rate
        for hop in spectra.push(block, start / rate):
            rhythm.push(hop.samples, rate, hop.moment)
    return _summary(said, beats, downbeats)


def read(path: Path) -> tuple[np.ndarray, int]:
    """Return float32 (n, 2) and the rate; AudioError if the file is no sound."""
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as fault:
        raise AudioError(f"{path}: cannot be read as sound ({fault})") from fault
    if not len(samples):
        raise AudioError(f"{path}: there is no sound in this file")
    return stereo(samples), rate


def _count(clock: Clock, start: float, end: float, beats: list, downbeats: list) -> None:
    """Add the beat that the clock, as it is at `start`, puts before `end`."""
    before, after = clock.at(start), clock.at(end)
    if np.floor(after) == np.floor(before):
        return
    moment = start + (np.floor(after) - before) / (after - before) * (end - start)
    if beats and moment - beats[-1] < 0.1:  # a correction has moved the clock back and on again
        return
    beats.append(round(moment, 4))
    if np.floor(after) % BEATS_A_BAR == 0:
        downbeats.append(round(moment, 4))


def _summary(said: list, beats: list, downbeats: list) -> dict:
    if not said:
        return {"bpm": None, "beats": [], "downbeats": [], "lock_seconds": None}
    moments, tempos = np.array(said).T
    same = np.abs(tempos / np.median(tempos) - 1) < SAME
    breaks = np.flatnonzero(~same)
    starts = [0, *(breaks + 1)]
    ends = [*breaks, len(said)]
    held = (
        float(moments[a])
        for a, b in zip(starts, ends, strict=True)
        if b > a and moments[b - 1] - moments[a] >= min(HELD, moments[-1] / 2)
    )
    lock = next(held, None)
    after = tempos[moments >= lock] if lock is not None else tempos
    return {
        "bpm": round(float(np.median(after)), 2),
        "beats": beats,
        "downbeats": downbeats,
        "lock_seconds": None if lock is None else round(lock, 2),
    }


def analyse(path: Path) -> dict:
    """Return librosa's beats of the whole file, sections by their sound, and the mean chroma."""
    import librosa

    samples, rate = read(path)
    mono = samples.mean(axis=1)
    harmonic, percussive = librosa.effects.hpss(mono)
    tempo, beats = librosa.beat.beat_track(y=percussive, sr=rate, units="time")
    chroma = librosa.feature.chroma_stft(y=harmonic, sr=rate)
    return {
        "bpm": round(float(np.atleast_1d(tempo)[0]), 2),
        "beats": [round(float(beat), 4) for beat in beats],
        "downbeats": [],
        "lock_seconds": 0.0,
        "sections": _sections(mono, rate),
        "chroma": [round(float(value), 3) for value in chroma.mean(axis=1)],
    }


def _sections(mono: np.ndarray, rate: int) -> list[float]:
    """Return the seconds at which the sound's character changes: one section per 20 s or so."""
    import librosa

    hop = rate // 4
    timbre = librosa.feature.mfcc(y=mono, sr=rate, n_fft=4096, hop_length=hop)
    count = min(max(2, round(len(mono) / rate / 20)), timbre.shape[1])
    starts = librosa.segment.agglomerative(timbre, count)
    return [round(float(start) * hop / rate, 2) for start in starts]
