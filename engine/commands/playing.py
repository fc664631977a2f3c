"""play: the show itself."""

from typing import Annotated, Any

import typer

from engine.commands.line import app, option
from engine.commands.words import (
    read_address,
    read_dream_size,
    read_file,
    read_new_folder,
    read_seconds,
    read_setting,
    read_size,
    read_source,
    read_target,
    read_video,
)  # fmt: skip


@app.command()
def play(
    audio: Annotated[
        Any, option(read_source, "DEVICE|FILE", "Sound: a device's name, a file, or demo.")
    ] = None,
    network: Annotated[Any, option(read_file, "FILE", "The discriminator to dream with.")] = None,
    preset: Annotated[
        str | None, typer.Option(metavar="NAME", help="The preset to start with.")
    ] = None,
    size: Annotated[
        Any,
        option(read_dream_size, "WxH", "The dream's size; the governor leaves it then."),
    ] = None,
    output: Annotated[Any, option(read_size, "WxH", "The output's size.")] = None,
    single: Annotated[bool, typer.Option("--single", help="One window, no panel.")] = False,
    headless: Annotated[
        bool, typer.Option("--headless", help="No window: draw without a screen.")
    ] = False,
    seconds: Annotated[Any, option(read_seconds, "S", "End the show after this time.")] = None,
    record: Annotated[
        Any, option(read_video, "FILE", "Record to this .mp4, .mov (ProRes) or .mkv (FFV1).")
    ] = None,
    take: Annotated[
        Any, option(read_new_folder, "DIR", "Write a take, to be rendered or replayed.")
    ] = None,
    osc: Annotated[
        Any, option(read_address, "HOST:PORT", "Where OSC is heard.")
    ] = "127.0.0.1:9000",
    oscquery: Annotated[
        Any, option(read_address, "HOST:PORT", "Where OSCQuery and the phone's page are.")
    ] = "127.0.0.1:9001",
    announce: Annotated[
        bool, typer.Option("--announce", help="Tell the network of both by mDNS.")
    ] = False,
    settings: Annotated[
        list[Any] | None, option(read_setting, "ID=VALUE", "Set a parameter; many.", "--set")
    ] = None,
    stats: Annotated[Any, option(read_target, "FILE", "Write figures of the show here.")] = None,
) -> int:
    """Play the show."""
    asked = dict(locals())  # each option has the name of its field
    from engine.options import Options
    from engine.play import play as play_show

    return play_show(Options(**asked | {"settings": dict(settings or ())}))
