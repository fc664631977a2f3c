"""The demo track: a minute of house in A minor, written here and synthesised with numpy.

In: nothing. Out: render() -> float32 (n, 2) at RATE, always the same samples, looping without a
seam (everything that rings on rings into the beginning). Audio thread, about a second of work.
Instruments are loops of one to four bars; ARRANGEMENT says how loud each is in which bar.
"""

import numpy as np

RATE = 48000
TEMPO = 125.0  # beats per minute; makes every step a whole number of samples
STEP = 5760  # samples of a sixteenth
BEAT, BAR, LOOP = 4 * STEP, 16 * STEP, 64 * STEP

CHORDS = ((57, 60, 64, 67, 71), (53, 57, 60, 64, 67), (52, 55, 60, 62, 67), (55, 59, 62, 64, 69))
ROOTS = (33, 29, 36, 31)  # Am9, Fmaj9, C add 9 over E, G6/9; MIDI note numbers
BASS = ((2, 0, 2), (3, 0, 1), (6, 0, 2), (8, 12, 1), (10, 0, 2), (11, 0, 1), (14, 0, 2), (15, 7, 1))
ARPEGGIO = (0, 2, 4, 1, 3, 2, 4, 3, 1, 2, 4, 3, 0, 3, 4, 2)  # chord note of each sixteenth
MELODY = (
    (0, 76, 3), (3, 74, 3), (6, 72, 4), (10, 71, 2), (12, 72, 4),
    (16, 69, 6), (22, 72, 2), (24, 76, 4), (28, 74, 4),
    (32, 79, 3), (35, 76, 3), (38, 74, 4), (42, 72, 2), (44, 74, 4),
    (48, 71, 6), (54, 74, 4), (58, 76, 2), (60, 74, 2), (62, 71, 2),
)  # step, note, length in steps  # fmt: skip

# Levels 0..9 of each bar:  intro groove   groove+  theme    break    build    drop
ARRANGEMENT = {
    "kick":  "0066 9999 9999 9998 0000 6660 9999 9999",
    "clap":  "0000 0088 8888 8888 0000 0000 9999 9999",
    "hat":   "0234 6666 7777 7777 0001 2345 8888 8888",
    "open":  "0000 0000 6666 6666 0000 0000 8888 8888",
    "bass":  "0000 8888 8888 8888 0000 0000 9999 9999",
    "warm":  "8888 6555 5555 4444 8876 5433 3333 3333",
    "glow":  "0000 0001 1122 3333 1122 3456 7777 7777",
    "arp":   "3345 5666 6677 4444 6666 7777 6666 6666",
    "lead":  "0000 0000 0000 6666 0000 0000 9999 9999",
    "roll":  "0000 0000 0000 0000 0000 9999 0000 0000",
    "riser": "0000 0000 0000 0000 0000 9999 0000 0000",
    "crash": "5000 7000 0000 5000 6000 0000 9000 5000",
}  # fmt: skip
GLIDING = ("warm", "glow", "arp", "hat")  # these move from level to level over a whole bar
DUCKED = ("bass", "warm", "glow", "arp", "lead")  # these give way to the kick
ROOM = {"clap": 0.25, "warm": 0.25, "glow": 0.3, "arp": 0.5, "lead": 0.4, "crash": 0.4}


def render() -> np.ndarray:
    """Return the whole track, float32 (n, 2), peak below 1; its last sample leads to its first."""
    bars = len(_levels("kick"))
    mix = np.zeros((bars * BAR, 2), np.float32)
    room = np.zeros(bars * BAR, np.float32)
    duck = 1 - 0.8 * np.exp(-(((np.arange(BAR) % BEAT) / (0.11 * RATE)) ** 1.5))
    kick = np.append(_levels("kick"), 0.0)
    for name, loop in _instruments().items():
        levels = _levels(name)
        for bar in np.flatnonzero(levels + levels[np.arange(bars) - 1]):
            gain = np.interp(np.arange(BAR), [0, BAR if name in GLIDING else 240],
                             [levels[bar - 1], levels[bar]])  # fmt: skip
            if name in DUCKED:
                gain *= 1 + kick[bar] * (duck - 1)
            start = bar * BAR % len(loop)
            sound = loop[start : start + BAR] * gain.astype(np.float32)[:, None]
            mix[bar * BAR : (bar + 1) * BAR] += sound
            if name in ROOM:
                room[bar * BAR : (bar + 1) * BAR] += ROOM[name] * (sound[:, 0] + sound[:, 1])
    mix += _reverb(room)
    mix -= mix.mean(axis=0)
    return 0.92 * np.tanh(1.15 * mix)


def _levels(name: str) -> np.ndarray:
    return np.array([int(digit) for digit in ARRANGEMENT[name].replace(" ", "")]) / 9


def _instruments() -> dict[str, np.ndarray]:
    noise = np.random.default_rng(125).standard_normal((LOOP, 2)).astype(np.float32)
    chords = _chords()
    return {
        "kick": _bar(_kick(), range(0, 16, 4)),
        "clap": _bar(_clap(noise), (4, 12)),
        "hat": _hats(noise),
        "open": _bar(_hat(noise, 0.09) * 0.5, (2, 6, 10, 14)),
        "bass": _bass(),
        "warm": 0.55 * _filter(chords, 120, 700),
        "glow": 0.9 * _filter(chords, 250, 8000),
        "arp": _echo(_arpeggio()),
        "lead": _echo(_lead()),
        "roll": _roll(noise),
        "riser": _riser(noise),
        "crash": _crash(noise),
    }


def _hertz(note: float) -> float:
    return 440.0 * 2 ** ((note - 69) / 12)


def _time(seconds: float) -> np.ndarray:
    return np.arange(round(seconds * RATE)) / RATE


def _place(loop: np.ndarray, sound: np.ndarray, at: int, gain: object = 1.0) -> None:
    """Add a sound, mono or stereo, into a loop; what is too long rings into its beginning."""
    sound = np.atleast_2d(sound.T).T * gain
    for start in range(0, len(sound), len(loop)):
        part = sound[start : start + len(loop)]
        begin = at % len(loop)
        first = min(len(part), len(loop) - begin)
        loop[begin : begin + first] += part[:first]
        loop[: len(part) - first] += part[first:]


def _bar(sound: np.ndarray, steps: object) -> np.ndarray:
    loop = np.zeros((BAR, 2), np.float32)
    for step in steps:
        _place(loop, sound, step * STEP)
    return loop


def _filter(loop: np.ndarray, low: float, high: float, order: int = 4) -> np.ndarray:
    """Return a loop's band low..high Hz, by Butterworth's magnitudes, around its ends."""
    hertz = np.fft.rfftfreq(len(loop), 1 / RATE)[:, None] + 1e-9
    gain = 1 / np.sqrt((1 + (low / hertz) ** order) * (1 + (hertz / high) ** order))
    spectrum = np.fft.rfft(loop, axis=0) * gain.astype(np.float32)
    return np.fft.irfft(spectrum, len(loop), axis=0).astype(np.float32)


def _fade(sound: np.ndarray, attack: float, release: float) -> np.ndarray:
    """Return a sound that starts and ends at zero; attack and release in seconds."""
    ends = np.minimum(np.arange(len(sound)) / (attack * RATE), 1)
    ends *= np.minimum(np.arange(len(sound))[::-1] / (release * RATE), 1)
    return sound * (ends if sound.ndim == 1 else ends[:, None])


def _kick() -> np.ndarray:
    t = _time(0.36)
    sweep = 47 * t + 150 / 38 * (1 - np.exp(-38 * t)) + 900 / 400 * (1 - np.exp(-400 * t))
    return _fade(0.78 * np.tanh(1.6 * np.sin(2 * np.pi * sweep)) * np.exp(-6 * t), 0.0008, 0.05)


def _clap(noise: np.ndarray) -> np.ndarray:
    t = _time(0.35)
    bursts = sum(np.exp(-((t - s) % 9) * 160) * (t >= s) for s in (0, 0.011, 0.022))
    tail = np.exp(-(t - 0.03) * 16) * (t >= 0.03)
    shape = (0.7 * bursts + 0.8 * tail)[:, None]
    return _fade(0.62 * _filter(noise[: len(t)], 900, 4200) * shape, 0.0005, 0.05)


def _hat(noise: np.ndarray, fall: float) -> np.ndarray:
    t = _time(min(5 * fall, 0.3))
    sound = _filter(noise[5000 : 5000 + len(t)], 7500, 17000, 6) * np.exp(-t / fall)[:, None]
    return _fade(sound, 0.0005, 0.02)


def _hats(noise: np.ndarray) -> np.ndarray:
    loop = np.zeros((BAR, 2), np.float32)
    for step in range(16):
        gain = (0.36, 0.20, 0.46, 0.24)[step % 4] * (1 + 0.12 * np.sin(1.7 * step))
        pan = 0.25 * np.sin(2.4 * step)
        _place(loop, _hat(noise, 0.022), step * STEP, gain * np.array([1 - pan, 1 + pan]))
    return loop


def _pluck(note: float, seconds: float, harmonics: int, fall: float, bright: float) -> np.ndarray:
    """Return a plucked tone whose harmonics die sooner the higher they are."""
    t = _time(seconds)
    sound = np.zeros(len(t))
    for h in range(1, min(harmonics, int(18000 / _hertz(note))) + 1):
        sound += np.sin(2 * np.pi * h * _hertz(note) * t) * np.exp(-t * (fall + bright * h)) / h
    return _fade(sound, 0.002, 0.02)


def _bass() -> np.ndarray:
    loop = np.zeros((LOOP, 2), np.float32)
    for bar, root in enumerate(ROOTS):
        for step, above, length in BASS:
            seconds = (length * 0.92 + 0.05) * STEP / RATE
            tone = _pluck(root + above, seconds, 14, 2.0, 2.4)
            sub = np.sin(2 * np.pi * _hertz(root + above) * _time(seconds))
            sound = np.tanh(0.9 * tone + 0.7 * _fade(sub, 0.004, 0.03))
            _place(loop, 0.28 * sound, bar * BAR + step * STEP)
    return loop


def _saw(note: float, length: int, phase: float) -> np.ndarray:
    """Return a sawtooth without the harmonics above 16 kHz, from a table of one period."""
    harmonics = np.arange(1, max(2, int(16000 / _hertz(note))))
    spectrum = np.zeros(1025, complex)
    spectrum[harmonics[harmonics < 1024]] = -1j / harmonics[harmonics < 1024]
    table = np.fft.irfft(spectrum, 2048) * 1024 * 2 / np.pi
    turns = np.arange(length) * (_hertz(note) / RATE) + phase
    return table[(turns % 1 * 2048).astype(int)].astype(np.float32)


def _chords() -> np.ndarray:
    """Return four bars of chords: two detuned saws a side for every note, bars overlapping."""
    loop = np.zeros((LOOP, 2), np.float32)
    length = BAR + BEAT
    for bar, chord in enumerate(CHORDS):
        sound = np.zeros((length, 2), np.float32)
        for place, note in enumerate(chord):
            for side, cents in ((0, -9), (0, 4), (1, -4), (1, 9)):
                phase = 0.37 * place + 0.21 * cents
                sound[:, side] += _saw(note + cents / 100, length, phase)
        _place(loop, 0.055 * _fade(sound, 0.25, BEAT / RATE), bar * BAR)
    return loop


def _arpeggio() -> np.ndarray:
    loop = np.zeros((LOOP, 2), np.float32)
    for bar, chord in enumerate(CHORDS):
        plucks = [_pluck(note + 12, 0.5, 10, 6.0, 2.0) for note in chord]
        for step, place in enumerate(ARPEGGIO):
            accent = 0.22 if step % 3 == 0 else 0.14
            pan = 0.35 * np.sin(0.9 * step + bar)
            gain = accent * np.array([1 - pan, 1 + pan])
            _place(loop, plucks[place], bar * BAR + step * STEP, gain)
    return loop


def _lead() -> np.ndarray:
    loop = np.zeros((LOOP, 2), np.float32)
    for step, note, steps in MELODY:
        length = round((steps * 0.95 + 0.4) * STEP)
        sides = [_saw(note + c, length, 0.3 * k) + _saw(note - 12 + c, length, 0.6)
                 for k, c in enumerate((-0.07, 0.07))]  # fmt: skip
        sound = _fade(np.stack(sides, axis=1), 0.006, 0.06)
        sound *= np.exp(-np.arange(length) / (0.55 * RATE))[:, None]
        _place(loop, 0.2 * sound, step * STEP)
    return _filter(loop, 220, 6000)


def _echo(loop: np.ndarray) -> np.ndarray:
    """Return a loop with echoes, three sixteenths apart, that change sides."""
    wet, sound = loop.copy(), loop
    for number in range(1, 5):
        sound = np.roll(sound, 3 * STEP, axis=0)[:, ::-1]
        wet += 0.42**number * sound
    return wet


def _roll(noise: np.ndarray) -> np.ndarray:
    """Return four bars of snare, twice as fast with each bar, louder and louder."""
    loop = np.zeros((LOOP, 2), np.float32)
    t = _time(0.16)
    snap = _filter(noise[: len(t)], 1200, 9000) * np.exp(-t * 28)[:, None]
    body = np.sin(2 * np.pi * 190 * t + 2 * np.exp(-60 * t)) * np.exp(-t * 24)
    snare = _fade(0.5 * snap + 0.45 * body[:, None], 0.0005, 0.03)
    for bar, every in enumerate((4, 2, 1, 0.5)):
        for at in range(bar * BAR, (bar + 1) * BAR, round(every * STEP)):
            _place(loop, snare, at, 0.2 + 0.75 * at / LOOP)
    return loop


def _riser(noise: np.ndarray) -> np.ndarray:
    """Return four bars of noise that climbs in pitch, with a tone that climbs along."""
    part = np.arange(LOOP) / LOOP
    loop = np.zeros((LOOP, 2), np.float32)
    for number, low in enumerate((300, 800, 2000, 5000)):
        near = np.clip(1 - np.abs(3 * part - number), 0, 1)[:, None]
        loop += _filter(noise, low, 2 * low) * (near * 1.2).astype(np.float32)
    turns = np.cumsum(_hertz(57) * 2 ** (3 * part**1.5)) / RATE
    loop += 0.22 * np.sin(2 * np.pi * turns).astype(np.float32)[:, None]
    return _fade(0.55 * loop * (part**2).astype(np.float32)[:, None], 0.01, 0.03)


def _crash(noise: np.ndarray) -> np.ndarray:
    """Return one bar with a cymbal and a deep thump on its first beat."""
    t = _time(BAR / RATE)
    cymbal = 0.36 * _filter(noise[LOOP - BAR :], 3500, 14000) * np.exp(-t * 2.2)[:, None]
    thump = 0.5 * np.sin(2 * np.pi * (36 * t + 2 * (1 - np.exp(-12 * t)))) * np.exp(-t * 3)
    return _fade(cymbal + thump[:, None], 0.001, 0.1)


def _reverb(send: np.ndarray) -> np.ndarray:
    """Return a stereo room of 2 s around a mono track, by convolution around its ends.

    At half the rate: a room's sound is dull, and this is most of the work.
    """
    t = _time(2.4)[::2]
    shape = np.exp(-t * 3.0) * np.minimum(t / 0.02, 1)
    noise = np.random.default_rng(2).standard_normal((len(t), 2)) * shape[:, None]
    room = _filter(noise.astype(np.float32), 500, 10000, 2)  # 250 to 5000 Hz at half the rate
    spectrum = np.fft.rfft(0.5 * (send[::2] + send[1::2]))
    wet = np.empty((len(send), 2), np.float32)
    for side in (0, 1):
        response = np.fft.rfft(room[:, side], len(send) // 2)
        wet[::2, side] = 0.03 * np.fft.irfft(spectrum * response)
    wet[1::2] = 0.5 * (wet[::2] + np.roll(wet[::2], -1, axis=0))
    return wet
