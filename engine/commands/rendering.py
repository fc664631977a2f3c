"""render: a take, or a sound file, to a film."""

from pathlib import Path
from typing import Annotated, Any

import typer

from engine.commands.line import app, option, say, stderr
from engine.commands.paper import COLUMNS
from engine.commands.words import (
    read_file,
    read_folder,
    read_place,
    read_size,
    read_video,
)


@app.command()
def render(
    take: Annotated[
        Any, typer.Argument(parser=read_folder, metavar="[TAKE]", help="The folder of a take.")
    ] = None,
    out: Annotated[
        Any, option(read_video, "FILE", "The film: .mp4, .mov (ProRes), .mkv (FFV1).")
    ] = ...,
    audio: Annotated[
        Any, option(read_file, "FILE", "Instead of a take, a sound file: its music video.")
    ] = None,
    size: Annotated[
        Any, option(read_size, "WxH", "The film's size; dreams grow in proportion.")
    ] = None,
    fps: Annotated[
        float | None, typer.Option(min=1, max=240, help="The film's frames a second.")
    ] = None,
    dreams: Annotated[
        float | None,
        typer.Option(min=1, max=60, help="So many dreams a second, instead of the take's own."),
    ] = None,
    octaves: Annotated[
        int | None, typer.Option(min=1, max=6, help="Octaves of each dream.")
    ] = None,
    iterations: Annotated[
        int | None, typer.Option(min=1, max=20, help="Iterations in each octave.")
    ] = None,
    network: Annotated[Any, option(read_file, "FILE", "Another network.")] = None,
    preset: Annotated[
        str | None, typer.Option(metavar="NAME", help="Another look; the hands stay.")
    ] = None,
    begin: Annotated[Any, option(read_place, "TIME", "From here: 90 or 1:30.", "--from")] = "0",
    end: Annotated[Any, option(read_place, "TIME", "To here.", "--to")] = None,
    jobs: Annotated[
        int, typer.Option(min=1, max=64, help="Parts at once, where the picture began anew.")
    ] = 1,
) -> int:
    """Render a take, or a sound file, to a film."""
    if (take is None) == (audio is None):
        raise typer.BadParameter("name a take, or a sound file by --audio")
    asked = dict(locals())
    from engine.options import OPENING
    from engine.render.job import Job

    look = preset or (OPENING if audio else None)
    return _render(Job(**asked | {"preset": _preset(look) if look else None}))


def _render(job) -> int:
    from rich.progress import Progress

    from engine.audio.block import AudioError
    from engine.autosave import StateError
    from engine.display.output import DisplayError
    from engine.dream.start import PictureError
    from engine.networks.files import NetworkError
    from engine.presets import PresetError
    from engine.recording.lines import TakeError
    from engine.render.render import render as render_film

    try:
        with Progress(*COLUMNS, console=stderr) as bar:
            task = bar.add_task(job.out.name, total=None)
            render_film(job, lambda done, total: bar.update(task, completed=done, total=total))
    except (
        AudioError,
        DisplayError,
        NetworkError,
        PictureError,
        PresetError,
        StateError,
        TakeError,
    ) as fault:
        say(f"Error: {fault}")
        return 2
    except OSError as fault:
        say(f"Error: {job.out} cannot be made: {fault.strerror or fault}")
        return 2
    except KeyboardInterrupt:
        say("Stopped. The same command goes on where this one was.")
        return 130
    print(job.out)
    return 0


def _preset(name: str) -> Path:
    from engine.bank import Bank
    from engine.options import ROOT, own_folder

    bank = Bank([ROOT / "presets", own_folder() / "presets"], say, lambda line: None)
    if path := bank.path(name):
        return path
    raise typer.BadParameter(f"preset {name!r}: there are {', '.join(bank.names())}")
