"""info, convert: what a network's file holds, and the same without a pickle around it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from engine.commands.line import AsJson, answer, app, option, say, table
from engine.commands.words import read_file, read_target


def _read(path: Path, kind: str | None = None):
    """Return the network in the file; BadParameter says why not."""
    from engine.networks import files

    try:
        return files.read(path, kind)
    except files.NetworkError as error:
        raise typer.BadParameter(str(error)) from None


Network = Annotated[Any, typer.Argument(parser=read_file, metavar="NETWORK")]


@app.command()
def info(
    network: Network,
    as_json: AsJson = False,
    features: Annotated[
        Any, option(read_file, "PICTURE", "Measure every layer's features for this picture.")
    ] = None,
) -> int:
    """Read a network without running anything in it."""
    from engine.networks import files

    read = _read(network)
    found = files.outline(read)
    title = f"{found['kind']}, {found['resolution']} x {found['resolution']}"
    shown = [table(title, found["layers"], "name", "shape")]
    if features is not None:
        found["features"] = _measured(read, features)
        columns = ("name", "shape", "norm", "mean", "std")
        shown = [table(title, found["features"], *columns)]
    if found["styles"]:
        shown.append(f"Styles that it knows: {', '.join(found['styles'])}")
    return answer(found, as_json, *shown)


def _measured(network, path: Path) -> list[dict]:
    from PIL import Image

    from engine.networks import features
    from engine.networks.discriminator import Discriminator
    from engine.networks.files import NetworkError

    try:
        ready = Discriminator(network)
        return features.measure(ready, features.prepare(path, ready.shapes["from_rgb"][1]))
    except NetworkError as error:
        raise typer.BadParameter(str(error)) from None
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise typer.BadParameter(f"{path}: no picture that can be read ({error})") from None


def _read_safetensors(text: str) -> Path:
    if Path(text).suffix.lower() != ".safetensors":
        raise typer.BadParameter(f"{text}: must end in .safetensors")
    return read_target(text)


@app.command()
def convert(
    network: Network,
    out: Annotated[Any, typer.Argument(parser=_read_safetensors, metavar="OUT.safetensors")],
    generator: Annotated[
        bool, typer.Option("--generator", help="Write the generator of a file that holds both.")
    ] = False,
) -> int:
    """Rewrite a network as safetensors: numbers and names, nothing that could run."""
    from engine.networks import files

    kind = "generator" if generator else None
    read = _read(network, kind)
    if generator and read.kind != kind:
        raise typer.BadParameter(f"{network}: holds no generator")
    beside = out.with_name(out.name + ".part")
    try:
        files.write(read, beside)
        beside.replace(out)
    except (OSError, files.SafetensorError) as error:
        beside.unlink(missing_ok=True)
        raise typer.BadParameter(f"{out}: cannot be written ({error})") from None
    say(f"{out}: {read.kind}, {files.outline(read)['resolution']} pixels")
    return 0
