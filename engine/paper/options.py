"""The options of the paper's commands: one table of names, one of each command's defaults.

In: words of the command line. Out: plain values that JSON can hold, or OptionError with what would
be right. Names and defaults are those of Porres 2021's program. Main thread.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from engine.options import GENERATOR, STARTER

NOISES = ("random", "perlin", "gray", "generator")
WAYS = ("linear", "spherical")
MOST = 1_000_000  # seeds or channels that one range may name; frames of one channel
HIGHEST = 2**32 - 1  # the last seed
DAY = 86400  # seconds
STEEPEST = 1000  # deviations a step: long before, every pixel is at its limit
HEAVIEST = 1e12  # of a weight; the square of its gradient still is a float32
SIDE = 8192  # pixels of the largest picture
FARTHEST = 100_000  # pixels a frame, of which float32 still tells a hundredth
TURNS = 36_000  # degrees a frame


class OptionError(ValueError):
    """An option that cannot be, in one line with what would be right."""


def num_range(text: str) -> list[int]:
    """Read `1,4-6` as [1, 4, 5, 6]; a range may be given from its end."""
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        if not (first.isdecimal() and (last.isdecimal() if dash else True)):
            raise OptionError(f"{text!r}: must be numbers and ranges, as 0,3-7")
        low, high = sorted((int(first), int(last or first)))
        if high > HIGHEST:
            raise OptionError(f"{text!r}: no number may be above {HIGHEST}")
        if high - low + len(found) >= MOST:
            raise OptionError(f"{text!r}: names more than {MOST} numbers")
        found += range(low, high + 1)
    return found


def number(text: str, low: float = -math.inf, high: float = math.inf, above: bool = False) -> float:
    """Read a number from `low` (or above it) to `high`."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (low <= value <= high and math.isfinite(value)) or (above and value == low):
        raise OptionError(f"{text!r}: must be a number{_range(low, high, above)}")
    return value


def whole(text: str, low: float = -math.inf, high: float = math.inf) -> int:
    """Read a whole number from `low` to `high`."""
    value = number(text, low, high) if text.strip().lstrip("+-").isdecimal() else None
    if value is None:
        raise OptionError(f"{text!r}: must be a whole number{_range(low, high)}")
    return int(value)


def parse_fps(text: str) -> int:
    """Read frames a second: at least 1, what follows the point is cut off."""
    return int(number(text, 1, 1000))


def truth(text: str) -> bool:
    """Read True or False, as a word that is a value."""
    word = text.strip().lower()
    if word not in ("true", "false", "1", "0", "yes", "no"):
        raise OptionError(f"{text!r}: must be True or False")
    return word in ("true", "1", "yes")


def one_of(choices: tuple[str, ...], text: str) -> str:
    """Read one of these words."""
    if text not in choices:
        raise OptionError(f"{text!r}: must be {' or '.join(choices)}")
    return text


def names(text: str) -> list[str]:
    """Read names with commas between them."""
    found = [word.strip() for word in text.split(",") if word.strip()]
    if not found:
        raise OptionError(f"{text!r}: must name at least one, as b16_conv1,b8_conv1")
    return list(dict.fromkeys(found))


def size(text: str) -> list[int]:
    """Read WIDTHxHEIGHT, or one number for a square."""
    width, x, height = text.lower().partition("x")
    sides = [width, height if x else width]
    if not all(side.isdecimal() and 16 <= int(side) <= SIDE for side in sides):
        raise OptionError(f"{text!r}: must be WIDTHxHEIGHT, as 640x360, of 16 to {SIDE} pixels")
    return [int(side) for side in sides]


def file(text: str) -> str:
    """Read the path of a file that is there."""
    if not Path(text).is_file():
        raise OptionError(f"{text}: no such file")
    return str(Path(text).resolve())


def folder(text: str) -> str:
    """Read the path of a folder, which need not be there yet."""
    if Path(text).exists() and not Path(text).is_dir():
        raise OptionError(f"{text}: is no folder")
    return text


def description(text: str) -> str:
    """Read what stands in a run folder's name."""
    if "/" in text or "\\" in text or "\0" in text:
        raise OptionError(f"{text!r}: becomes part of a folder's name; leave out / and \\")
    return text


def _range(low: float, high: float, above: bool = False) -> str:
    if math.isinf(high):
        return "" if math.isinf(low) else f" above {low:g}" if above else f" of at least {low:g}"
    return f" above {low:g}, at most {high:g}" if above else f" from {low:g} to {high:g}"


@dataclass(frozen=True)
class Option:
    """One row: `read` turns its word into a value; none is a flag, which takes no word."""

    flags: tuple[str, ...]
    read: Callable[[str], Any] | None
    metavar: str
    help: str


def _row(flags: str, read: Callable[[str], Any] | None, metavar: str, help: str) -> Option:
    return Option(tuple(flags.split()), read, metavar, help)


# fmt: off
OPTIONS = {
    "network": _row("--network", file, "FILE", "The discriminator to dream with."),
    "content": _row("--content", file, "FILE", "The picture whose forms stay."),
    "style": _row("--style", file, "FILE", "The picture whose look is taken."),
    "seed": _row("--seed", partial(whole, low=0, high=HIGHEST), "N", "Seed of the start picture."),
    "seeds": _row("--seeds", num_range, "RANGE", "Seeds of the start pictures, as 0,3-7."),
    "starting_image": _row("--starting-image", file, "FILE", "A picture to start from."),
    "random_image_noise": _row("--random-image-noise -noise", partial(one_of, NOISES), "|".join(NOISES), "What to start from without a picture."),
    "perlin_octaves": _row("--perlin-octaves", partial(whole, low=1, high=12), "N", "Sizes of Perlin noise."),
    "perlin_persistence": _row("--perlin-persistence", partial(number, low=0, high=2), "X", "Strength of each size of Perlin noise beside the larger."),
    "perlin_lacunarity": _row("--perlin-lacunarity", partial(number, low=1, high=8), "X", "Cells of each size of Perlin noise beside the larger."),
    "generator": _row("--generator", file, "FILE", "The generator of -noise generator."),
    "convert_to_grayscale": _row("--convert-to-grayscale -grayscale", None, "", "Start from grey."),
    "size": _row("--size", size, "WxH", "The picture's size; the network's own if left out."),
    "class": _row("--class", partial(whole, low=0, high=MOST), "N", "The class of a conditional network."),
    "layer": _row("--layer", str, "NAME", "The layer whose channels dream, one after the other."),
    "layers": _row("--layers", names, "NAMES", "Layers with commas between; use_all: the sum of all; dream also takes all: a picture each."),
    "channels": _row("--channels", num_range, "RANGE", "Channels of the layers, as 0,3-7; all if left out."),
    "normed": _row("--normed", None, "", "Divide each layer's norm by its size."),
    "sqrt_normed": _row("--sqrt-normed", None, "", "Divide each layer's norm by the root of its size."),
    "lr": _row("--lr", partial(number, low=0, high=STEEPEST, above=True), "X", "Mean change of a step."),
    "iterations": _row("--iterations -it", partial(whole, low=1, high=MOST), "N", "Steps in each octave."),
    "num_octaves": _row("--num-octaves", partial(whole, low=1, high=64), "N", "Sizes of the picture that are dreamed."),
    "octave_scale": _row("--octave-scale", partial(number, low=1, high=16, above=True), "X", "Size of one octave over the next."),
    "unzoom_octave": _row("--unzoom-octave", truth, "True|False", "Bring each octave back to full size first."),
    "pixel_zoom": _row("--pixel-zoom -zoom", partial(whole, low=-SIDE, high=SIDE), "N", "Pixels that each side loses a frame; below 0 zooms out."),
    "rotation_deg": _row("--rotation-deg -rot", partial(number, low=-TURNS, high=TURNS), "DEG", "Degrees a frame, counter-clockwise."),
    "translate_x": _row("--translate-x -tx", partial(number, low=-FARTHEST, high=FARTHEST), "PX", "Pixels a frame to the right."),
    "translate_y": _row("--translate-y -ty", partial(number, low=-FARTHEST, high=FARTHEST), "PX", "Pixels a frame downwards."),
    "frames_per_channel": _row("--frames-per-channel", partial(whole, low=1, high=MOST), "N", "Frames that each channel dreams."),
    "interp_type": _row("--interp-type -interp", partial(one_of, WAYS), "|".join(WAYS), "The way from one picture to the next."),
    "smooth": _row("--smooth", None, "", "Leave and reach each picture slowly."),
    "seed_sec": _row("--seed-sec -sec", partial(number, low=0, high=DAY, above=True), "S", "Seconds from one seed to the next."),
    "content_layer": _row("--content-layer", str, "NAME", "The layer that holds the forms."),
    "style_layers": _row("--style-layers", names, "NAMES", "The layers that hold the look."),
    "content_weight": _row("--content-weight", partial(number, low=0, high=HEAVIEST), "X", "Weight of the forms."),
    "style_weight": _row("--style-weight", partial(number, low=0, high=HEAVIEST), "X", "Weight of the look."),
    "fps": _row("--fps", parse_fps, "N", "Frames a second."),
    "duration_sec": _row("--duration-sec", partial(number, low=0, high=DAY, above=True), "S", "Length of the video."),
    "reverse_video": _row("--reverse-video", None, "", "Write the video backwards too."),
    "include_starting_image": _row("--include-starting-image", truth, "True|False", "Begin the video with the start picture."),
    "png": _row("--png", None, "", "Keep frames as PNG instead of JPEG."),
    "classic": _row("--classic", None, "", "The paper's exact arithmetic, drift and all."),
    "outdir": _row("--outdir", folder, "DIR", "Where run folders are made."),
    "description": _row("--description -desc", description, "TEXT", "What stands in the run folder's name."),
    "resume": _row("--resume", folder, "DIR", "Go on with the run in this folder, with its own settings."),
}
# fmt: on

RUN = {"png": False, "outdir": "out/discriminator_synthesis", "description": "", "resume": None}
PICTURE = {"network": str(STARTER), "size": None}
START = {
    "starting_image": None,
    "perlin_octaves": "6",
    "perlin_persistence": "0.5",
    "perlin_lacunarity": "2",
    "generator": str(GENERATOR),
    "convert_to_grayscale": False,
}
LOOK = {
    "class": None,
    "normed": False,
    "sqrt_normed": False,
    "num_octaves": "5",
    "octave_scale": "1.4",
    "classic": False,
}
VIDEO_LOOK = {"random_image_noise": "random", "lr": "5e-3", "iterations": "10"}
VIDEO_LOOK |= {"unzoom_octave": "False", "fps": "25", "reverse_video": False}
MOTION = {"pixel_zoom": "2", "rotation_deg": "0", "translate_x": "0", "translate_y": "0"}
MOTION |= {"include_starting_image": "True"}
DREAM = PICTURE | START | LOOK
FILM = DREAM | VIDEO_LOOK | RUN

NEEDED = {"interp": ("seeds",), "style": ("content", "style")}  # unless a run goes on
COMMANDS = {
    "dream": DREAM
    | {"seeds": "0", "random_image_noise": "perlin", "layers": "b16_conv1", "channels": None}
    | {"lr": "1e-2", "iterations": "20", "unzoom_octave": "True"}
    | RUN,
    "zoom": FILM
    | {"seed": "0", "layers": "b16_conv0", "channels": None, "duration_sec": "15"}
    | MOTION,
    "channels": FILM | {"seed": "0", "layer": "b8_conv0", "frames_per_channel": "1"} | MOTION,
    "interp": FILM
    | {"seeds": None, "layers": "b16_conv0", "channels": None}
    | {"interp_type": "spherical", "smooth": False, "seed_sec": "5"},
    "style": PICTURE
    | {"content": None, "style": None, "content_layer": "b16_conv1"}
    | {"style_layers": "b64_conv0,b32_conv0,b16_conv0,b8_conv0"}
    | {"content_weight": "1", "style_weight": "1e6", "lr": "0.02", "iterations": "300"}
    | RUN,
}


def reread(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a run's config.json holds, held to what the words must be.

    OptionError if one lacks or cannot be.
    """
    command = str(config.get("command", ""))
    if command not in COMMANDS:
        raise OptionError(f"command {command!r}: must be {' or '.join(COMMANDS)}")
    defaults = {name: value for name, value in COMMANDS[command].items() if name != "resume"}
    if lacking := defaults.keys() - config.keys():
        raise OptionError(f"lacks {', '.join(sorted(lacking))}")
    found = {name: _reread(name, config[name], default) for name, default in defaults.items()}
    return {"command": command} | found


def _reread(name: str, value: Any, default: Any) -> Any:
    """Return one value; none is one where it is the default."""
    option = OPTIONS[name]
    if value is None and default is None:
        return None
    if option.read is None:
        if not isinstance(value, bool):
            raise OptionError(f"{option.flags[0]} {value!r}: must be true or false")
        return value
    if isinstance(value, list):
        value = ("x" if name == "size" else ",").join(map(str, value))
    try:
        return option.read(str(value))
    except OptionError as error:
        raise OptionError(f"{option.flags[0]} {error}") from None
