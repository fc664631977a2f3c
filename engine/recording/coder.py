"""Codes pictures and sound: one coder feeds as many files, and as much memory, as want it.

In: pictures by frame number, samples in order. Out: coded packets. Whoever's thread; the recorder's
in a show.
"""

from fractions import Fraction
from typing import NamedTuple

import av
import numpy as np
from av.video.frame import PictureType
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter

from engine.recording.formats import Format

BIT_RATE = 192_000  # of sound that is not lossless
AAC_FRAME = 1024  # samples
BT709 = ColorPrimaries.BT709, ColorTrc.BT709


class Coded(NamedTuple):
    """A coded picture or piece of sound; plain data, so that many may take it."""

    data: bytes
    picture: bool
    key: bool  # a file may begin here
    pts: int
    dts: int
    duration: int
    base: Fraction  # seconds of one unit of these times

    @property
    def seconds(self) -> float:
        """Return when it is shown or heard."""
        return float(self.pts * self.base)


class Coder:
    """Open codecs of `format` for pictures of `size` (width, height), even, `fps` a second.

    rate: samples a second; None: no sound. streams: what a file copies its own from.
    """

    def __init__(self, format: Format, size: tuple[int, int], fps: Fraction, rate: int | None):
        self.format, self.size, self.fps, self.rate = format, size, fps, rate
        *others, last = format.pictures
        self.codec = next((name for name in others if _opens(format, name, size, fps)), last)
        self._container = av.open("-", "w", format="null")  # a holder of codecs, it writes nothing
        options = dict(format.pictures[self.codec])
        self._video = self._container.add_stream(self.codec, fps, options=options)
        _describe(self._video.codec_context, format, size, fps)
        self._audio = self._add_sound(format, rate) if rate else None
        self._container.start_encoding()
        self._reformatter = VideoReformatter()
        self._picture: av.VideoFrame | None = None
        self._samples = 0

    @property
    def lead(self) -> float:
        """Seconds of sound that a decoder needs before the first that it gives out whole."""
        return AAC_FRAME / self.rate if self.format.sound == "aac" else 0.0

    @property
    def streams(self) -> list[av.stream.Stream]:
        """The pictures' stream, then the sound's if there is one."""
        return [stream for stream in (self._video, self._audio) if stream]

    def picture(self, number: int, pixels: np.ndarray, key: bool = False) -> list[Coded]:
        """Code `pixels`, uint8 (height, width, 4) RGBA, as frame `number`; `key`: to begin at."""
        self._picture = self._reformatter.reformat(
            av.VideoFrame.from_numpy_buffer(pixels, format="rgba"),
            format=self.format.pixels,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG if _is_yuv(self.format) else ColorRange.JPEG,
            threads=1,
        )
        self._picture.color_primaries, self._picture.color_trc = BT709  # for ProRes' own header
        return self.hold(number, key)

    def hold(self, number: int, key: bool = False) -> list[Coded]:
        """Code the last picture once more, as frame `number`."""
        self._picture.pts = number
        self._picture.pict_type = PictureType.I if key else PictureType.NONE
        return self._coded(self._video, self._picture)

    def sound(self, samples: np.ndarray) -> list[Coded]:
        """Code `samples`, float32 (2, n), after those before."""
        if samples.shape[1] == 0:
            return []
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        frame.sample_rate = self.rate
        frame.time_base = Fraction(1, self.rate)
        frame.pts = self._samples
        self._samples += samples.shape[1]
        return self._coded(self._audio, frame)

    def flush(self) -> list[Coded]:
        """Return what the codecs still hold; the coder is finished."""
        return [coded for stream in self.streams for coded in self._coded(stream, None)]

    def _coded(self, stream: av.stream.Stream, frame: av.frame.Frame | None) -> list[Coded]:
        return [
            Coded(
                bytes(p),
                stream is self._video,
                p.is_keyframe,
                p.pts,
                p.dts,
                p.duration,
                p.time_base,
            )
            for p in stream.encode(frame)
            if p.size and p.pts is not None
        ]

    def _add_sound(self, format: Format, rate: int) -> av.stream.Stream:
        stream = self._container.add_stream(format.sound, rate)
        if format.sound == "aac":
            stream.codec_context.bit_rate = BIT_RATE
        if format.sound == "flac":
            stream.codec_context.format = "s32"  # of which it keeps 24
        stream.codec_context.flags |= av.codec.context.Flags.global_header
        return stream


def _describe(
    context: av.VideoCodecContext, format: Format, size: tuple[int, int], fps: Fraction
) -> None:
    context.width, context.height = size
    context.pix_fmt = format.pixels
    context.framerate, context.time_base = fps, 1 / fps
    context.gop_size = 1 if format.pixels != "yuv420p" else max(round(fps), 1)
    context.thread_count = 1  # the other cores are the dream's and the stage's
    context.flags |= av.codec.context.Flags.global_header
    context.color_primaries, context.color_trc = BT709
    context.colorspace = 1 if _is_yuv(format) else 0  # AVCOL_SPC_BT709, _RGB
    context.color_range = ColorRange.MPEG if _is_yuv(format) else ColorRange.JPEG


def _is_yuv(format: Format) -> bool:
    return format.pixels.startswith("yuv")


def _opens(format: Format, name: str, size: tuple[int, int], fps: Fraction) -> bool:
    """Return whether this codec opens here; the last of a format is left to speak for itself."""
    context = av.CodecContext.create(name, "w")
    _describe(context, format, size, fps)
    context.options = dict(format.pictures[name])
    try:
        context.open()
    except (av.FFmpegError, OSError):
        return False
    return True
