"""The command line: reads it, refuses at the door what cannot be, and calls the room that does it.

In: the words after `perform.py`. Out: an exit status; with --json one document on stdout, all
else on stderr. Rooms are imported by the command that needs them, so that help comes at once.
"""

import json
import math
import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from engine.mapping import MappingError
from engine.parameters import LAYER_FAMILY, TABLE, ParameterError, Store

SLIMMEST = 4  # times that a dream's longer side may be the shorter
SIDES = (16, 4096)  # pixels that a picture's side may have
SETUP_HELP = (
    "About the set-up, before or after any command: --here uses this Python as it is and installs"
    " nothing; --torch cpu and --torch cuda choose the build of torch. The command test runs the"
    " tests; what follows it goes to pytest. Without a command the show plays."
)

stdout, stderr = Console(), Console(stderr=True)
app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Other Half plays the half of a GAN that everyone throws away.",
    epilog=SETUP_HELP,
)


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
    from engine.audio.listener import SOUNDS

    path = Path(text)
    if path.suffix.lower() in SOUNDS and not path.is_file():
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


def read_video(text: str) -> Path:
    """Read the path of an MP4 file that is to be written."""
    if Path(text).suffix.lower() != ".mp4":
        raise typer.BadParameter(f"{text}: must end in .mp4")
    return read_target(text)


def _option(parser, metavar: str, help: str, *names: str):
    return typer.Option(*names, parser=parser, metavar=metavar, help=help)


@app.command()
def play(
    audio: Annotated[
        Any, _option(read_source, "DEVICE|FILE", "Sound: a device's name, a file, or demo.")
    ] = None,
    network: Annotated[Any, _option(read_file, "FILE", "The discriminator to dream with.")] = None,
    preset: Annotated[
        str | None, typer.Option(metavar="NAME", help="The preset to start with.")
    ] = None,
    size: Annotated[Any, _option(read_dream_size, "WxH", "The dream's size.")] = None,
    output: Annotated[Any, _option(read_size, "WxH", "The output's size.")] = None,
    single: Annotated[bool, typer.Option("--single", help="One window, no panel.")] = False,
    headless: Annotated[
        bool, typer.Option("--headless", help="No window: draw without a screen.")
    ] = False,
    seconds: Annotated[Any, _option(read_seconds, "S", "End the show after this time.")] = None,
    record: Annotated[Any, _option(read_video, "FILE", "Record to this MP4 file.")] = None,
    osc: Annotated[
        Any, _option(read_address, "HOST:PORT", "Where OSC is heard.")
    ] = "127.0.0.1:9000",
    settings: Annotated[
        list[Any] | None, _option(read_setting, "ID=VALUE", "Set a parameter; many.", "--set")
    ] = None,
    stats: Annotated[Any, _option(read_target, "FILE", "Write figures of the show here.")] = None,
) -> int:
    """Play the show."""
    from engine import show

    return show.play(
        show.Options(
            audio=audio,
            network=network,
            preset=preset,
            size=size,
            output=output,
            single=single,
            headless=headless,
            seconds=seconds,
            record=record,
            osc=osc,
            settings=dict(settings or ()),
            stats=stats,
        )
    )


AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


def _answer(document: Any, as_json: bool, *tables: Table | str) -> int:
    """Print the document, or the tables made from it."""
    if as_json:
        print(json.dumps(document, indent=1))
    else:
        stdout.print(*tables, sep="\n")
    return 0


def _table(title: str, rows: list[dict], *columns: str) -> Table | str:
    """Return a table of these columns, of which only the last one wraps; a line if it is empty."""
    if not rows:
        return f"{title}: none\n"
    table = Table(title=title, title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(column, no_wrap=column != columns[-1])
    for row in rows:
        table.add_row(*(_cell(row[column]) for column in columns))
    return table


def _cell(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " x ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


@app.command()
def info(
    network: Annotated[Any, typer.Argument(parser=read_file, metavar="NETWORK")],
    as_json: AsJson = False,
) -> int:
    """Read a network without running anything in it."""
    from engine.networks import files

    try:
        found = files.describe(network)
    except files.NetworkError as error:
        raise typer.BadParameter(str(error)) from None
    title = f"{found['kind']}, {found['resolution']} x {found['resolution']}"
    return _answer(found, as_json, _table(title, found["layers"], "name", "shape"))


@app.command()
def parameters(as_json: AsJson = False) -> int:
    """List every parameter, with the layers of the starter network."""
    from engine import show
    from engine.networks import files

    store = Store()
    layers = [layer["name"] for layer in files.describe(show.STARTER)["layers"]]
    store.fill(LAYER_FAMILY, {name: show.LAYERS.get(name, 0.0) for name in layers})
    columns = ("id", "group", "min", "max", "default", "unit", "curve", "help")
    rows = [{name: getattr(row, name) for name in columns} for row in store.rows()]
    for row, parameter in zip(rows, store.rows(), strict=True):
        row.update({"choices": list(parameter.choices)} if parameter.choices else {})
    short = [
        {**row, "range": f"{row['min']:g} to {row['max']:g} {row['unit']}".rstrip()} for row in rows
    ]
    return _answer(rows, as_json, _table("Parameters", short, "id", "range", "default", "help"))


@app.command()
def devices(as_json: AsJson = False) -> int:
    """List sound devices, monitors, and what torch runs on."""
    found = {"sound": _sound(), "monitors": _monitors(), "torch": _torch()}
    return _answer(
        found,
        as_json,
        _table("Sound", found["sound"], "name", "hostapi", "channels", "outputs", "rate"),
        _table("Monitors", found["monitors"], "name", "size", "position", "rate"),
        found["torch"]["why"],
    )


def _sound() -> list[dict]:
    from engine.audio import block, soundcard

    try:
        return soundcard.devices()
    except block.AudioError as error:
        say(f"No sound devices: {error}")
        return []


def _monitors() -> list[dict]:
    """Return name, size (pixels), position and rate (Hz) of each monitor."""
    import glfw

    glfw.ERROR_REPORTING = "ignore"
    if not glfw.init():
        say("No monitors: there is no display here; play --headless needs none.")
        return []
    monitors = glfw.get_monitors()
    modes = [glfw.get_video_mode(monitor) for monitor in monitors]
    found = [
        {
            "name": glfw.get_monitor_name(monitor).decode(errors="replace"),
            "size": [mode.size.width, mode.size.height],
            "position": list(glfw.get_monitor_pos(monitor)),
            "rate": mode.refresh_rate,
        }
        for monitor, mode in zip(monitors, modes, strict=True)
    ]
    glfw.terminate()
    return found


def _torch() -> dict:
    """Return torch's version, the CUDA that it was built for, the card, and why this build."""
    import torch

    from engine import machine

    card = machine.nvidia_card()
    return {
        "version": torch.__version__,
        "cuda": torch.version.cuda,
        "card": torch.cuda.get_device_name() if torch.cuda.is_available() else card or None,
        "used": torch.cuda.is_available(),
        "threads": torch.get_num_threads(),
        "why": machine.torch_words(torch.__version__, card),
    }


@app.command()
def bench(
    as_json: AsJson = False,
    full: Annotated[bool, typer.Option("--full", help="The longer cases too.")] = False,
) -> int:
    """Measure the dream's speed against the plain loop."""
    from benchmarks import dream

    found = dream.run(full=full)
    rows = found["cases"]
    return _answer(found, as_json, _table("Dreams", rows, *rows[0]))


def say(text: str) -> None:
    """Tell the performer one line, on stderr."""
    stderr.print(text, markup=False, highlight=False, soft_wrap=True)


def main(arguments: list[str]) -> int:
    """Run the command line; return the exit status: 2 for what could not start."""
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in ("--help", "-h")):
        arguments = ["play", *arguments]
    try:
        status = app(arguments, prog_name="perform.py", standalone_mode=False)
        return int(status or 0)
    except (typer.TyperException, ParameterError, MappingError) as error:
        message = error.format_message() if isinstance(error, typer.TyperException) else error
        say(f"Error: {message}")
        return 2
    except typer.Abort:
        return 130
