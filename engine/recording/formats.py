"""The kinds of video file that a recording can be, one table.

In: a file's ending, and the kind that is asked for. Out: its Format. Any thread.
No B-frames and no look-ahead anywhere: a picture is in the file at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

Codecs = Mapping[str, Mapping[str, str]]

# Fragments of half a second, each whole in itself: a kill costs only what was being filled.
FRAGMENTS = {"frag_duration": "500000", "movflags": "delay_moov+default_base_moof"}  # microseconds
CLUSTERS = {"cluster_time_limit": "500"}  # milliseconds
X264 = {
    "preset": "superfast", "crf": "20", "bf": "0", "rc-lookahead": "0", "forced-idr": "1",
    "x264-params": "threads=1:sync-lookahead=0:mbtree=0:scenecut=0",
}  # fmt: skip
X265 = {
    "preset": "ultrafast", "crf": "22", "forced-idr": "1", "x265-params":
    "bframes=0:rc-lookahead=0:scenecut=0:pools=none:frame-threads=1:log-level=error",
}  # fmt: skip
PRORES = {"profile": "3", "vendor": "apl0"}  # 3: HQ
FFV1 = {"level": "3", "slices": "4"}
NVENC = {"preset": "p4", "rc": "vbr", "cq": "21", "bf": "0", "delay": "0", "forced-idr": "1"}


@dataclass(frozen=True)
class Format:
    """One kind of file; of its picture codecs the first that opens is used."""

    name: str  # as the parameter recording.format calls it
    ending: str
    container: str
    pictures: Codecs
    pixels: str  # of the coded picture
    sound: str
    muxing: Mapping[str, str]
    tag: str = ""  # of the coded picture, where players ask for another than the usual one

    @property
    def indexed(self) -> bool:
        """Whether a finished file is to be rewritten with one index in front."""
        return self.container in ("mp4", "mov")


TABLE = (
    Format(
        "h264", ".mp4", "mp4", {"h264_nvenc": NVENC, "libx264": X264}, "yuv420p", "aac", FRAGMENTS
    ),
    Format(
        "hevc", ".mp4", "mp4", {"hevc_nvenc": NVENC, "libx265": X265}, "yuv420p", "aac", FRAGMENTS,
        "hvc1",
    ),
    Format(
        "prores", ".mov", "mov", {"prores_aw": PRORES}, "yuv422p10le", "pcm_s24le", FRAGMENTS
    ),
    Format("ffv1", ".mkv", "matroska", {"ffv1": FFV1}, "bgr0", "flac", CLUSTERS),
)  # fmt: skip
BY_NAME = MappingProxyType({format.name: format for format in TABLE})


def of(path: Path, asked: str = "") -> Format | None:
    """Return the format of a file of this name: the one `asked` for, if its ending fits."""
    fitting = [format for format in TABLE if format.ending == path.suffix.lower()]
    return next((format for format in fitting if format.name == asked), next(iter(fitting), None))


def told() -> str:
    """Return the endings that there are, for whoever named another."""
    return " or ".join(dict.fromkeys(format.ending for format in TABLE))
