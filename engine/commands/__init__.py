"""The command line: reads it, refuses at the door what cannot be, and calls the room that does it.

In: the words after `perform.py`. Out: an exit status; with --json one document on stdout, all
else on stderr. Rooms are imported by the command that needs them, so that help comes at once.
"""

import typer

from engine.commands import (  # noqa: F401 - they add their commands
    beats,
    listing,
    networks,
    paper,
    playing,
    rendering,
)
from engine.commands.line import app, say
from engine.mapping import MappingError
from engine.parameters import ParameterError


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
