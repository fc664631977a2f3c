"""One MP4 file of H.264 pictures and AAC sound that plays up to its last second at any moment.

In: pictures by frame number, samples in order. Out: the file, in fragments of a second, so that
a kill or a full disk costs only the fragment that was being filled. Recorder thread.
"""

import contextlib
import shutil
import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter

# The first that opens is used. No B-frames and no look-ahead: a picture is in the file at once.
CODECS = {
    "h264_nvenc": {"preset": "p4", "rc": "vbr", "cq": "21", "bf": "0", "delay": "0"},
    "libx264": {
        "preset": "superfast",
        "crf": "20",
        "bf": "0",
        "rc-lookahead": "0",
        "x264-params": "threads=1:sync-lookahead=0:mbtree=0:scenecut=0",
    },
}
FRAGMENTS = {"movflags": "frag_keyframe+delay_moov+default_base_moof", "flush_packets": "1"}


class Encoder:
    """An open file; `size` (width, height) even, `fps` frames and `rate` samples a second.

    Without a rate the file has no sound.
    """

    def __init__(self, path: Path, size: tuple[int, int], fps: Fraction, rate: int | None):
        self._path = path
        self.codec = next(name for name in CODECS if _opens(name, size, fps))
        self._container = av.open(str(path), "w", format="mp4", options=FRAGMENTS)
        self._video = self._container.add_stream(self.codec, fps, options=CODECS[self.codec])
        _describe(self._video.codec_context, size, fps)
        self._audio = self._container.add_stream("aac", rate, bit_rate=192_000) if rate else None
        self._container.start_encoding()
        self._reformatter = VideoReformatter()
        self._picture: av.VideoFrame | None = None
        self._samples = 0

    def picture(self, number: int, pixels: np.ndarray) -> None:
        """Write `pixels`, uint8 (height, width, 4) RGBA, as frame `number`."""
        self._picture = self._reformatter.reformat(
            av.VideoFrame.from_numpy_buffer(pixels, format="rgba"),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )
        self.hold(number)

    def hold(self, number: int) -> None:
        """Write the last picture once more, as frame `number`."""
        self._picture.pts = number
        self._container.mux(self._video.encode(self._picture))

    def sound(self, samples: np.ndarray) -> None:
        """Write `samples`, float32 (2, n), after those written before."""
        if samples.shape[1] == 0:
            return
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        frame.sample_rate = self._audio.rate
        frame.time_base = Fraction(1, self._audio.rate)
        frame.pts = self._samples
        self._samples += samples.shape[1]
        self._container.mux(self._audio.encode(frame))

    def close(self) -> None:
        """Write what the encoders still hold and close the file."""
        self._container.mux(self._video.encode(None))
        if self._audio:
            self._container.mux(self._audio.encode(None))
        self._container.close()

    def abandon(self) -> None:
        """Close the file after an error, cut to its last whole fragment."""
        with contextlib.suppress(av.FFmpegError, OSError):  # the error has been told already
            self._container.close()
        with contextlib.suppress(OSError):
            _cut_to_whole_fragments(self._path)


def _describe(context: av.VideoCodecContext, size: tuple[int, int], fps: Fraction) -> None:
    context.width, context.height = size
    context.pix_fmt = "yuv420p"
    context.framerate, context.time_base = fps, 1 / fps
    context.gop_size = max(round(fps), 1)  # a keyframe, and with it a fragment, each second
    context.thread_count = 1  # the other cores are the dream's and the stage's
    context.color_primaries = ColorPrimaries.BT709
    context.color_trc = ColorTrc.BT709
    context.colorspace = 1  # AVCOL_SPC_BT709
    context.color_range = ColorRange.MPEG


def _opens(name: str, size: tuple[int, int], fps: Fraction) -> bool:
    """Return whether this codec opens here; libx264, the last, is left to speak for itself."""
    if name == "libx264":
        return True
    context = av.CodecContext.create(name, "w")
    _describe(context, size, fps)
    context.options = CODECS[name]
    try:
        context.open()
    except (av.FFmpegError, OSError):
        return False
    return True


def _cut_to_whole_fragments(path: Path) -> None:
    """Cut what follows the last whole index or media box (ISO/IEC 14496-12, 4.2: length, kind)."""
    size, place, whole = path.stat().st_size, 0, 0
    with path.open("r+b") as file:
        while len(head := file.read(8)) == 8:
            length, kind = struct.unpack(">I4s", head)
            place += length
            if length < 8 or place > size:
                break
            whole = place if kind in (b"moov", b"mdat") else whole
            file.seek(place)
        file.truncate(whole)


def move_index_to_front(path: Path) -> bool:
    """Rewrite a finished MP4 with one index in front, replaced in one step; False if no room."""
    if shutil.disk_usage(path.parent).free < 2 * path.stat().st_size:
        return False
    beside = path.with_name(f".{path.name}.part")
    try:
        _remux(path, beside)
        beside.replace(path)
    except (av.FFmpegError, OSError):
        beside.unlink(missing_ok=True)
        return False
    return True


def _remux(path: Path, beside: Path) -> None:
    options = {"movflags": "faststart"}
    with av.open(str(path)) as source, av.open(str(beside), "w", "mp4", options=options) as target:
        streams = [target.add_stream_from_template(stream) for stream in source.streams]
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                target.mux(packet)
