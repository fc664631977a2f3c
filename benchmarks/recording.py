"""Times the recording: how many frames a second the encoder reaches, and what 30 a second cost.

python3 benchmarks/recording.py [SECONDS]        at 640x360 and 1280x720, six seconds each
"""

import resource
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine import clock
from engine.recording import formats
from engine.recording.encoder import Encoder
from engine.recording.recorder import Recorder

SIZES = ((640, 360), (1280, 720))
FPS = 30
CYCLE = 60  # pictures made beforehand and shown in turn


def textures(size: tuple[int, int]) -> np.ndarray:
    """Return CYCLE pictures of a drifting, smooth-edged texture, about as fine as a dream."""
    width, height = size
    y, x = np.mgrid[:height, :width] / height * 40
    pictures = np.full((CYCLE, height, width, 4), 255, np.uint8)
    for number, phase in enumerate(np.linspace(0, 2 * np.pi, CYCLE, endpoint=False)):
        bend = 2 * np.sin(y / 3 + phase)
        for channel in range(3):
            wave = np.sin(x + bend + phase) * np.sin(y * (1 + channel / 4) - 2 * bend)
            pictures[number, :, :, channel] = 127 + 100 * wave
    return pictures


def fastest(pictures: np.ndarray, size: tuple[int, int], path: Path) -> tuple[str, float]:
    """Return the codec's name and the frames a second that it writes without pause."""
    encoder = Encoder(path, size, Fraction(FPS), 48000)
    start = clock.now()
    for number in range(2 * CYCLE):
        encoder.picture(number, pictures[number % CYCLE])
        encoder.sound(np.zeros((2, 1600), np.float32))
    seconds = clock.now() - start
    encoder.close()
    return encoder.codec, 2 * CYCLE / seconds


def share(pictures: np.ndarray, size: tuple[int, int], path: Path, seconds: float) -> dict:
    """Return what recording in real time costs: share of one core, slowest frame(), drops."""
    recorder = Recorder(size, FPS, formats.TABLE[0], print, print, path.parent)
    recorder.ring.seconds = 30
    recorder.begin(path)
    begin, cpu, slowest = clock.now(), time.process_time(), 0.0
    for number in range(round(seconds * FPS)):
        moment = begin + number / FPS
        clock.sleep_until(moment)
        start = clock.now()
        recorder.frame(pictures[number % CYCLE], moment)
        for part in range(6):  # blocks of about the 256 samples that a source hands out
            at = moment + part / 6 / FPS
            recorder.sound(np.zeros((267, 2), np.float32), 48000, at)
        slowest = max(slowest, clock.now() - start)
    core = (time.process_time() - cpu) / (clock.now() - begin)
    (report,) = recorder.stop()
    rate = path.stat().st_size * 8e-6 / report.seconds
    return {"core": core, "slowest": slowest * 1e3, "drops": report.dropped, "rate": rate}


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 6.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "benchmark.mp4"
        for size in SIZES:
            pictures = textures(size)
            codec, reached = fastest(pictures, size, path)
            cost = share(pictures, size, path, seconds)
            print(
                f"{size[0]}x{size[1]} {codec}: up to {reached:.0f} fps; at {FPS} fps "
                f"{cost['core']:.0%} of a core, slowest frame() {cost['slowest']:.1f} ms, "
                f"{cost['drops']} dropped, {cost['rate']:.1f} Mbit/s"
            )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"peak memory {peak} MB, the pictures included")


if __name__ == "__main__":
    main()
