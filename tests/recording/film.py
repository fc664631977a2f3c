"""Numbered pictures to record, and what a file holds when it is decoded again."""

import json
import subprocess
from pathlib import Path

import av
import numpy as np

from engine.recording import formats
from engine.recording.recorder import Recorder

BITS = 10


class OneFile(Recorder):
    """A recorder of one file, from the first frame to the last."""

    def __init__(self, path, size, fps, say, format="h264"):
        self.path = Path(path)
        common = formats.BY_NAME[format], say, say, self.path.parent / "refuge"
        super().__init__(size, fps, *common)
        try:
            self.file = self.begin(self.path)
        finally:
            if self.reel is None:
                self.close()

    @property
    def dropped(self):
        return self.file.dropped

    def stop(self):
        (report,) = super().stop()
        return report


def open_recorder(folder, format="h264", say=print, size=(320, 180)) -> Recorder:
    """Return a recorder without a file."""
    return Recorder(size, 30, formats.BY_NAME[format], say, say, folder / "refuge")


def numbered(number: int, size: tuple[int, int] = (320, 180)) -> np.ndarray:
    """Return a picture whose upper half shows `number` as black and white columns."""
    width, height = size
    pixels = np.full((height, width, 4), 255, np.uint8)
    for bit in range(BITS):
        left, right = bit * width // BITS, (bit + 1) * width // BITS
        pixels[: height // 2, left:right, :3] = 235 if number >> bit & 1 else 20
    return pixels


def read_number(picture: np.ndarray) -> int:
    """Return the number that a decoded grey picture shows."""
    height, width = picture.shape
    columns = picture[: height // 2 - 8].reshape(height // 2 - 8, -1)
    middles = [(2 * bit + 1) * width // (2 * BITS) for bit in range(BITS)]
    return sum(int(columns[:, x].mean() > 128) << bit for bit, x in enumerate(middles))


def pictures(path) -> list[tuple[float, np.ndarray]]:
    """Return the time and the grey picture of every frame that decodes."""
    with av.open(str(path)) as file:
        return [(frame.time, frame.to_ndarray(format="gray")) for frame in file.decode(video=0)]


def numbers(path) -> list[int]:
    """Return the number that each frame shows, in the file's order."""
    return [read_number(picture) for _, picture in pictures(path)]


def sound(path) -> np.ndarray:
    """Return the first channel, 48 kHz, from the file's time 0 on."""
    with av.open(str(path)) as file:
        frames = list(file.decode(audio=0))
        begin = round(frames[0].time * 48000)
        floats = av.AudioResampler("fltp")
        parts = [part.to_ndarray()[0] for frame in frames for part in floats.resample(frame)]
    return np.concatenate([np.zeros(begin), *parts])


def probe(path) -> dict:
    """Return ffprobe's account of the file, streams by kind under "video" and "audio"."""
    command = ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(path)]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return found | {stream["codec_type"]: stream for stream in found["streams"]}


def coloured(path) -> list[np.ndarray]:
    """Return every frame as uint8 (height, width, 3) RGB."""
    with av.open(str(path)) as file:
        return [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
