"""dream, zoom, channels, interp, style: the paper's own commands, made from their table.

In: engine/paper/options.py's table and a command line. Out: a run folder, which is said last.
"""

from collections.abc import Callable, Mapping
from inspect import Parameter as Argument
from inspect import Signature
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from engine.commands.line import app, say, stderr
from engine.paper.options import COMMANDS, OPTIONS, Option, OptionError

HELP = {
    "dream": "Dream pictures, each by itself.",
    "zoom": "Dream a video that flies into its own dream.",
    "channels": "Fly through the channels of one layer, one after the other.",
    "interp": "Dream the way from one start picture to the next.",
    "style": "Give one picture the look of another, as the discriminator sees them.",
}
COLUMNS = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()


def _command(name: str, defaults: Mapping[str, Any]) -> Callable:
    """Return the function of one command, whose parameters are its options."""

    def run(ctx: typer.Context, **values: Any) -> int:
        given = {key.rstrip("_"): value for key, value in values.items()}
        return _run(ctx, {"command": name} | given)

    context = Argument("ctx", Argument.KEYWORD_ONLY, annotation=typer.Context)
    own = [_parameter(key, OPTIONS[key], defaults[key]) for key in OPTIONS if key in defaults]
    run.__signature__ = Signature([context, *own])
    run.__annotations__ = {}
    run.__doc__ = HELP[name]
    return run


def _parameter(name: str, option: Option, default: Any) -> Argument:
    how = {"help": option.help}
    if option.read:
        how |= {"parser": _reader(option.read), "metavar": option.metavar}
    kind = Annotated[Any if option.read else bool, typer.Option(*option.flags, **how)]
    name = name + "_" if name == "class" else name
    return Argument(name, Argument.KEYWORD_ONLY, annotation=kind, default=default)


def _reader(read: Callable[[str], Any]) -> Callable[[str], Any]:
    def reader(text: str) -> Any:
        try:
            return read(text)
        except OptionError as error:
            raise typer.BadParameter(str(error)) from None

    return reader


def _run(ctx: typer.Context, config: dict[str, Any]) -> int:
    """Run one command to its end, or until it is stopped."""
    from engine.dream.start import PictureError
    from engine.networks.files import NetworkError
    from engine.paper import command

    run = None
    try:
        run, job = command.begin(config, _typed(ctx))
        if job.said:
            say(job.said)
        with Progress(*COLUMNS, console=stderr) as bar:
            task = bar.add_task(run.folder.name)
            command.go(run, job, lambda done, total: bar.update(task, completed=done, total=total))
    except (OptionError, NetworkError, PictureError, OSError) as error:
        raise typer.BadParameter(str(error)) from None
    except KeyboardInterrupt:
        if run:
            say(f"Stopped. To go on: perform.py {ctx.info_name} --resume '{run.folder}'")
        return 130
    print(run.folder)
    return 0


def _typed(ctx: typer.Context) -> set[str]:
    """Return the options that stood in the command line."""
    names = ctx.params
    typed = {n for n in names if ctx.get_parameter_source(n).name == "COMMANDLINE"}
    return {name.rstrip("_") for name in typed}


for _name, _defaults in COMMANDS.items():
    app.command(_name)(_command(_name, _defaults))
