"""A video file that plays up to its last second at any moment of its making.

In: coded packets. Out: the file, in fragments of half a second, so that a kill or a full disk costs
only the fragment that was being filled; finished, it has one index in front. Whoever's thread.
"""

import io
import os
import shutil
import struct
from pathlib import Path

import av

from engine.recording.coder import Coded, Coder
from engine.recording.formats import Format

PIECE = 1 << 20  # bytes copied at a time


class VideoFile:
    """An open file for what `coder` codes; the first packet written is its time 0."""

    def __init__(self, path: Path, coder: Coder):
        self.path, self._format = path, coder.format
        self._disk = _Disk(path, "wb+")
        options = dict(coder.format.muxing)
        self._container = av.open(self._disk, "w", coder.format.container, options=options)
        self._streams = [self._container.add_stream_from_template(s) for s in coder.streams]
        if coder.format.tag:
            self._streams[0].codec_context.codec_tag = coder.format.tag
        self._container.flags |= av.container.Flags.flush_packets.value
        self._container.start_encoding()

    def write(self, coded: Coded, begin: float = 0.0) -> None:
        """Write a packet, `begin` seconds earlier than it says."""
        packet, shift = av.Packet(coded.data), round(begin / coded.base)
        packet.stream = self._streams[not coded.picture]
        packet.time_base, packet.duration = coded.base, coded.duration
        packet.pts, packet.dts = coded.pts - shift, coded.dts - shift
        packet.is_keyframe = coded.key
        self._container.mux(packet)

    @property
    def gone(self) -> bool:
        """Whether the file has been removed; what is written goes nowhere then."""
        return os.fstat(self._disk.fileno()).st_nlink == 0

    def rescue(self, path: Path) -> None:
        """Copy a file that is gone, as far as it was written, to `path`, which becomes its own."""
        with path.open("xb") as target:
            place = 0
            while piece := os.pread(self._disk.fileno(), PIECE, place):
                place += target.write(piece)
        self.path = path

    def finish(self) -> None:
        """Write what is still on its way."""
        self._container.close()

    def close(self) -> None:
        """Close the file; what was not finished is lost."""
        self._disk.close()

    def cut(self) -> None:
        """Cut a closed file, whose making was broken off, to its last whole fragment."""
        if self._format.indexed and self.path.is_file():
            _cut_to_whole_fragments(self.path)


class _Disk(io.FileIO):
    """A file that takes all of what it is given, or raises why it does not."""

    def write(self, data: bytes) -> int:
        left = memoryview(data)
        while left:
            left = left[super().write(left) :]
        return len(data)


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


def move_index_to_front(path: Path, format: Format) -> bool:
    """Rewrite a finished file with one index in front, replaced in one step.

    False if there is no room for it, or if the file has no use for it.
    """
    if not (format.indexed and path.is_file()):
        return False
    if shutil.disk_usage(path.parent).free < 2 * path.stat().st_size:
        return False
    beside = path.with_name(f".{path.name}.part")
    try:
        _remux(path, beside, format)
        with beside.open("rb+") as file:
            os.fsync(file.fileno())  # before it takes the place of what is on the disk
        beside.replace(path)
    except (av.FFmpegError, OSError):
        beside.unlink(missing_ok=True)
        return False
    return True


def _remux(path: Path, beside: Path, format: Format) -> None:
    options = {"movflags": "faststart"}
    with (
        av.open(str(path)) as source,
        av.open(str(beside), "w", format.container, options=options) as target,
    ):
        streams = [target.add_stream_from_template(stream) for stream in source.streams]
        if format.tag:
            streams[0].codec_context.codec_tag = format.tag
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                target.mux(packet)
