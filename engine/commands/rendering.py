"""render, replay: a take to a film, and a take played live once more."""

from pathlib import Path
from typing import Annotated, Any

import typer

from engine.commands.line import app, option, say, stderr
from engine.commands.paper import COLUMNS
from engine.commands.words import (
    read_count,
    read_dream_size,
    read_file,
    read_folder,
    read_new_folder,
    read_place,
    read_rate,
    read_seconds,
    read_size,
    read_target,
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
    fps: Annotated[Any, option(read_rate(1, 240), "N", "The film's frames a second.")] = None,
    dreams: Annotated[
        Any, option(read_rate(1, 60), "N", "So many dreams a second, instead of the take's own.")
    ] = None,
    octaves: Annotated[Any, option(read_count(1, 6), "N", "Octaves of each dream.")] = None,
    iterations: Annotated[Any, option(read_count(1, 20), "N", "Iterations in each octave.")] = None,
    network: Annotated[Any, option(read_file, "FILE", "Another network.")] = None,
    preset: Annotated[
        str | None, typer.Option(metavar="NAME", help="Another look; the hands stay.")
    ] = None,
    begin: Annotated[Any, option(read_place, "TIME", "From here: 90 or 1:30.", "--from")] = "0",
    end: Annotated[Any, option(read_place, "TIME", "To here.", "--to")] = None,
    jobs: Annotated[
        Any, option(read_count(1, 64), "N", "Parts at once, where the picture began anew.")
    ] = "1",
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
    from engine.networks.files import NetworkError
    from engine.presets import PresetError
    from engine.recording.take import TakeError
    from engine.render.render import render as render_film

    try:
        with Progress(*COLUMNS, console=stderr) as bar:
            task = bar.add_task(job.out.name, total=None)
            render_film(job, lambda done, total: bar.update(task, completed=done, total=total))
    except (
        AudioError,
        DisplayError,
        NetworkError,
        PresetError,
        StateError,
        TakeError,
        OSError,
    ) as fault:
        say(f"Error: {fault}")
        return 2
    except KeyboardInterrupt:
        say("Stopped. The same command goes on where this one was.")
        return 130
    print(job.out)
    return 0


def _preset(name: str) -> Path:
    from engine.bank import Bank
    from engine.options import ROOT, own_folder

    bank = Bank([ROOT / "presets", own_folder() / "presets"], say)
    if path := bank.path(name):
        return path
    raise typer.BadParameter(f"preset {name!r}: there are {', '.join(bank.names())}")


@app.command()
def replay(
    take: Annotated[Any, typer.Argument(parser=read_folder, metavar="TAKE")],
    new: Annotated[
        Any, option(read_new_folder, "DIR", "The new take; else one beside the old.", "--take")
    ] = None,
    size: Annotated[Any, option(read_dream_size, "WxH", "The dream's size.")] = None,
    output: Annotated[Any, option(read_size, "WxH", "The output's size.")] = None,
    single: Annotated[bool, typer.Option("--single", help="One window, no panel.")] = False,
    headless: Annotated[
        bool, typer.Option("--headless", help="No window: draw without a screen.")
    ] = False,
    seconds: Annotated[Any, option(read_seconds, "S", "End after this time.")] = None,
    record: Annotated[Any, option(read_video, "FILE", "Record to this video file.")] = None,
    stats: Annotated[Any, option(read_target, "FILE", "Write figures of the show here.")] = None,
) -> int:
    """Play a take live; what a hand moves leaves the take, and a new one is written."""
    from engine.options import Options
    from engine.play import play
    from engine.recording.naming import free

    return play(
        Options(
            replay=take,
            take=new or free(take.with_name(f"{take.name} again")),
            size=size,
            output=output,
            single=single,
            headless=headless,
            seconds=seconds,
            record=record,
            stats=stats,
        )
    )
