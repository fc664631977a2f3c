"""Sound files as tracks: what libsndfile reads, else what FFmpeg does (M4A, AAC, films, ...).

In: a path. Out: float32 (n, 2) at the file's rate, from any place in it. FileTrack() refuses a bad
file in the thread that asks for it; the rest belongs to the audio thread.
"""

from pathlib import Path

import av
import numpy as np
import soundfile

from engine.audio.block import AudioError, stereo

ENDINGS = (
    ".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au", ".caf",
    ".m4a", ".aac", ".mp4", ".m4b", ".mov", ".mkv", ".mka", ".webm", ".wma", ".ac3",
)  # fmt: skip


class FileTrack:
    """A sound file, looped or not: `loop` is asked at its end."""

    def __init__(self, path: str | Path):
        """Open the file; AudioError if it is missing, broken or empty."""
        self.path = Path(path)
        if not self.path.is_file():
            raise AudioError(f"{self.path}: there is no such file")
        self._file = _open(self.path)
        self.rate = self._file.rate
        if not len(self._file.read(1)):
            raise AudioError(f"{self.path}: there is no sound in this file")
        self.seconds = self._file.frames / self.rate  # 0 where the file does not tell
        self._file.seek(0)
        self.place = 0  # frames since the beginning

    def next(self, frames: int, loop: bool = True) -> np.ndarray:
        """Return the next frames; after the last comes the first, or fewer without `loop`."""
        parts, missing = [], frames
        while missing:
            part = self._file.read(missing)
            self.place += len(part)
            if len(part) < missing:
                if not loop:
                    return np.concatenate([*parts, part])
                if self.place == 0:
                    raise AudioError(f"{self.path}: there is no sound in this file any more")
                self.seek(0)
            parts.append(part)
            missing -= len(part)
        return np.concatenate(parts)

    def seek(self, frame: int) -> None:
        """Go on from this frame, at most the last."""
        if self.seconds:
            frame = min(frame, round(self.seconds * self.rate) - 1)
        self.place = max(frame, 0)
        try:
            self._file.seek(self.place)
        except (soundfile.LibsndfileError, av.FFmpegError):  # some do not find back after a fault
            self._file.close()
            self._file, self.place = _open(self.path), 0

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _open(path: Path) -> "SndFile | AvFile":
    try:
        return SndFile(path)
    except (soundfile.LibsndfileError, OSError, UnicodeError) as fault:
        reason = str(getattr(fault, "error_string", fault)).rstrip(".")
    try:
        return AvFile(path)
    except (av.FFmpegError, LookupError, ValueError, OSError) as fault:
        raise AudioError(f"{path}: cannot be read as sound ({reason})") from fault


class SndFile:
    """What libsndfile reads: WAV, FLAC, Ogg, Opus, MP3, AIFF, ..."""

    def __init__(self, path: Path):
        self._file = soundfile.SoundFile(path)
        self.rate, self.frames = self._file.samplerate, self._file.frames

    def read(self, frames: int) -> np.ndarray:
        """Return float32 (n, 2), fewer than asked for at the end or where the file is broken."""
        try:
            return stereo(self._file.read(frames, "float32", always_2d=True))
        except soundfile.LibsndfileError:
            return np.zeros((0, 2), np.float32)

    def seek(self, frame: int) -> None:
        """Go to a frame."""
        self._file.seek(frame)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class AvFile:
    """What FFmpeg reads: the first sound of M4A, AAC, MP4, MKV, WMA, ..."""

    def __init__(self, path: Path):
        self._container = av.open(str(path))
        try:
            self._stream = self._container.streams.audio[0]
        except LookupError:
            self._container.close()
            raise
        self.rate = self._stream.rate
        length = self._stream.duration
        seconds = float(length * self._stream.time_base) if length else 0.0
        self.frames = round(seconds * self.rate)
        self.seek(0)

    def seek(self, frame: int) -> None:
        """Go to a frame; what lies between it and the packet before is decoded and left out."""
        start = (self._stream.start_time or 0) + round(frame / self.rate / self._stream.time_base)
        self._container.seek(start, stream=self._stream)
        self._first = float(start * self._stream.time_base)  # seconds, of what is wanted
        self._resampler = av.AudioResampler("flt", "stereo", self.rate)
        self._frames = self._container.decode(self._stream)
        self._rest = np.zeros((0, 2), np.float32)

    def read(self, frames: int) -> np.ndarray:
        """Return float32 (n, 2), fewer than asked for at the end or where the file is broken."""
        parts, have = [self._rest], len(self._rest)
        while have < frames and (part := self._decode()) is not None:
            parts.append(part)
            have += len(part)
        sound = np.concatenate(parts)
        self._rest = sound[frames:]
        return sound[:frames]

    def _decode(self) -> np.ndarray | None:
        """Return the next piece of sound, None at the end."""
        try:
            frame = next(self._frames, None)
        except av.FFmpegError:
            frame = None
        if frame is None:
            return None
        begins = frame.time
        pieces = [out.to_ndarray().reshape(-1, 2) for out in self._resampler.resample(frame)]
        sound = np.concatenate(pieces or [np.zeros((0, 2), np.float32)])
        early = round((self._first - begins) * self.rate) if begins is not None else 0
        return sound[min(max(early, 0), len(sound)) :]

    def close(self) -> None:
        """Close the file."""
        self._container.close()
