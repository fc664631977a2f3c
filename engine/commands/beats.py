"""beats: the live tracker on a file, fed as a show would hear it, or librosa on the whole."""

from pathlib import Path
from typing import Annotated, Any

import typer

from engine.commands.line import AsJson, answer, app, table
from engine.commands.words import read_file

SHOWN = 16  # beats of the table


@app.command()
def beats(
    file: Annotated[Any, typer.Argument(parser=read_file, metavar="FILE")],
    as_json: AsJson = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Analyse the whole file at once, by librosa.")
    ] = False,
) -> int:
    """Find tempo, beats and downbeats of a sound file, as the live tracker predicts them."""
    found = _found(file, offline)
    rows = [{"beat": n, "second": at} for n, at in enumerate(found["beats"][:SHOWN], 1)]
    shown = [f"{name}: {value}" for name, value in found.items() if not isinstance(value, list)]
    return answer(found, as_json, *shown, table("Beats", rows, "beat", "second"))


def _found(file: Path, offline: bool) -> dict:
    from engine.audio import offline as whole
    from engine.audio.block import AudioError

    try:
        return whole.analyse(file) if offline else whole.track(file)
    except AudioError as fault:
        raise typer.BadParameter(str(fault)) from None
