"""Reads the words of the command line: sizes, times, addresses, files; refuses what cannot be.

In: one word. Out: its value, or typer.BadParameter with the word and what would be right.
"""

import math
import os
from pathlib import Path

import typer

from engine.parameters import TABLE, ParameterError
from engine.recording import formats

SLIMMEST = 4  # times that a dream's longer side may be the shorter
SIDES = (16, 4096)  # pixels that a picture's side may have


def read_size(text: str) -> tuple[int, int]:
    """Read WIDTHxHEIGHT."""
    low, high = SIDES
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise typer.BadParameter(f"{text!r}: must be WIDTHxHEIGHT, as 640x360")
    size = int(width), int(height)
    if not all(low <= side <= high for side in size):
        raise typer.BadParameter(f"{text!r}: width and height must be {low} to {high} pixels")
    return size


def read_dream_size(text: str) -> tuple[int, int]:
    """Read WIDTHxHEIGHT of a dream, which may not be longer than four times its other side."""
    size = read_size(text)
    if max(size) > SLIMMEST * min(size):
        raise typer.BadParameter(f"{text!r}: one side may be at most {SLIMMEST} times the other")
    return size


def read_seconds(text: str) -> float:
    """Read a length of time."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (0 < seconds < math.inf):
        raise typer.BadParameter(f"{text!r}: must be a number of seconds above 0")
    return seconds


def read_address(text: str) -> tuple[str, int]:
    """Read HOST:PORT; an IPv6 host may stand in brackets."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise typer.BadParameter(f"{text!r}: must be HOST:PORT with a port from 1 to 65535")
    return host.strip("[]"), int(port)


def read_setting(text: str) -> tuple[str, float]:
    """Read ID=VALUE against the table; a member of a family is read by the family's row."""
    id, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r}: must be ID=VALUE, as motion.zoom=0.2")
    row = next((r for r in TABLE if id == r.id or _member(id, r.id)), None)
    if row is None:
        raise typer.BadParameter(f"{id!r}: no parameter of this name; `parameters` lists them")
    try:
        number = float(value)
    except ValueError:
        number = value
    if isinstance(number, float) and not row.min <= number <= row.max:
        raise typer.BadParameter(f"{id} = {value}: must be from {row.min:g} to {row.max:g}")
    try:
        return id, row.read(number)
    except ParameterError as error:
        raise typer.BadParameter(str(error).replace(row.id, id, 1)) from None


def _member(id: str, family: str) -> bool:
    return family.endswith(".*") and id.startswith(family[:-1]) and len(id) >= len(family)


def read_source(text: str) -> str:
    """Read a device's name or a sound file, which must be there."""
    from engine.audio.filetrack import ENDINGS

    path = Path(text)
    if path.suffix.lower() in ENDINGS and not path.is_file():
        raise typer.BadParameter(f"{text}: no such sound file")
    return text


def read_file(text: str) -> Path:
    """Read the path of a file that must be there."""
    path = Path(text)
    if not path.is_file():
        raise typer.BadParameter(f"{text}: no such file")
    return path


def read_target(text: str) -> Path:
    """Read the path of a file that is to be written, where that can be done."""
    path = Path(text)
    if path.is_dir():
        raise typer.BadParameter(f"{text}: is a folder; give the name of a file")
    if not path.parent.is_dir():
        raise typer.BadParameter(f"{text}: there is no folder {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise typer.BadParameter(f"{text}: no right to write there; choose another place")
    return path


def read_folder(text: str) -> Path:
    """Read the path of a folder that must be there."""
    path = Path(text)
    if not path.is_dir():
        raise typer.BadParameter(f"{text}: no such folder")
    return path


def read_place(text: str) -> float:
    """Read a place in a recording, in seconds: 90 or 1:30."""
    minutes, _, seconds = text.rpartition(":")
    try:
        place = 60 * int(minutes or 0) + float(seconds)
    except ValueError:
        place = math.nan
    if not (0 <= place < math.inf):
        raise typer.BadParameter(f"{text!r}: must be a place in seconds, as 90 or 1:30")
    return place


def read_new_folder(text: str) -> Path:
    """Read the path of a folder that is to be made."""
    path = Path(text)
    if path.exists():
        raise typer.BadParameter(f"{text}: is there already; name a new folder")
    return path


def read_video(text: str) -> Path:
    """Read the path of a video file that is to be written."""
    if not formats.of(Path(text)):
        raise typer.BadParameter(f"{text}: must end in {formats.told()}")
    return read_target(text)
