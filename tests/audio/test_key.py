import librosa
import numpy as np
import pytest
from sounds import curve, hear, tone

from engine.audio.key import CLASSES, KEYS, MAJOR, MINOR, Chroma, Harmony, fit

RATE = 48000
MAJOR_CHORDS = ((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7))
MINOR_CHORDS = ((0, 3, 7), (5, 8, 12), (7, 11, 14), (0, 3, 7))


def hertz(note: float) -> float:
    return 440 * 2 ** ((note - 69) / 12)


def chord(notes, seconds: float, harmonics: int = 6) -> np.ndarray:
    t = np.arange(round(seconds * RATE)) / RATE
    sound = sum(
        np.sin(2 * np.pi * h * hertz(note) * t) / h
        for note in notes for h in range(1, harmonics + 1)
    )  # fmt: skip
    return (0.08 * sound * np.exp(-t)).astype(np.float32)


def cadence(tonic: int, minor: bool) -> np.ndarray:
    chords = MINOR_CHORDS if minor else MAJOR_CHORDS
    parts = [chord([tonic + 48 + c[0], *(tonic + 60 + n for n in c)], 0.8) for c in chords * 2]
    return np.concatenate(parts)


@pytest.mark.parametrize("note", range(40, 96, 5))
def test_a_tone_lights_its_own_class_alone(note):
    last = hear(tone(hertz(note), 1.0))[-1].values
    chroma = np.array([last[f"audio.chroma.{name}"] for name in CLASSES])
    assert np.argmax(chroma) == note % 12
    assert chroma[note % 12] > 0.95
    assert np.delete(chroma, note % 12).max() < 0.05


def test_a_chord_lights_its_three_classes():
    chroma = Chroma(RATE)
    found = chroma.of(chord((60, 64, 67), 1.0, 1)[-chroma.length :])
    assert set(np.argsort(found)[-3:]) == {0, 4, 7}
    assert np.sort(found)[-4] < 0.1 * found.max()


@pytest.mark.parametrize("tonic", range(0, 12, 3))
def test_chroma_is_like_librosas(tonic):
    chroma = Chroma(RATE)
    sound = chord((tonic + 60, tonic + 63, tonic + 67, tonic + 48), 1.0)[-chroma.length :]
    found = chroma.of(sound)
    magnitude = np.abs(np.fft.rfft(sound * np.hanning(chroma.length)))
    bank = librosa.filters.chroma(sr=RATE, n_fft=chroma.length, tuning=0.0)
    wanted = bank @ magnitude
    alike = found @ wanted / np.linalg.norm(found) / np.linalg.norm(wanted)
    assert alike > 0.9
    assert set(np.argsort(found)[-3:]) == set(np.argsort(wanted)[-3:])


@pytest.mark.parametrize("minor", (False, True), ids=("major", "minor"))
@pytest.mark.parametrize("tonic", range(12))
def test_a_cadence_tells_its_key(tonic, minor):
    sound, harmony = cadence(tonic, minor), Harmony(RATE, 0.0232)
    length = harmony.chroma.length
    for end in range(length, len(sound), round(0.0232 * RATE)):
        *_, key, fifths, sure = harmony.push(sound[end - length : end], True)
    assert KEYS[int(key)] == f"{CLASSES[tonic].upper()} {'minor' if minor else 'major'}"
    assert sure > 0.7
    relative = tonic + 3 if minor else tonic
    assert fifths == pytest.approx(7 * relative % 12 / 12)


def test_a_profile_fits_its_own_key_perfectly():
    for number, profile in enumerate((MAJOR, MINOR)):
        for tonic in range(12):
            likeness = fit(np.roll(profile, tonic))
            assert np.argmax(likeness) == 12 * number + tonic
            assert likeness.max() == pytest.approx(1)


def test_the_key_holds_through_a_foreign_chord():
    harmony = Harmony(RATE, 0.0232)
    length = harmony.chroma.length
    sound = np.concatenate([cadence(0, False), cadence(0, False), chord((61, 65, 68), 1.0)])
    told = [
        harmony.push(sound[end - length : end], True)[12]
        for end in range(length, len(sound), round(0.0232 * RATE))
    ]
    assert set(told[-100:]) == {1.0}


def test_silence_has_neither_chroma_nor_key():
    hops = hear(np.zeros((RATE, 2), np.float32))
    assert curve(hops, "key").max() == 0
    assert max(curve(hops, f"chroma.{name}").max() for name in CLASSES) == 0
