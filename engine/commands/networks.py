"""info: what a network's file holds."""

from typing import Annotated, Any

import typer

from engine.commands.line import AsJson, answer, app, table
from engine.commands.words import read_file


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
    return answer(found, as_json, table(title, found["layers"], "name", "shape"))
