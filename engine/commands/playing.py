"""play, replay: the show itself, and one that has been played already."""

from typing import Annotated, Any

import typer

from engine.commands.line import app, option
from engine.commands.words import (
    read_address,
    read_dream_size,
    read_file,
    read_folder,
    read_new_folder,
    read_seconds,
    read_setting,
    read_size,
    read_source,
    read_target,
    read_video,
)  # fmt: skip

Audio = Annotated[
    Any, option(read_source, "DEVICE|FILE", "Sound: a device's name, a file, or demo.")
]
Network = Annotated[Any, option(read_file, "FILE", "The discriminator to dream with.")]
Preset = Annotated[str | None, typer.Option(metavar="NAME", help="The preset to start with.")]
Size = Annotated[
    Any, option(read_dream_size, "WxH", "The dream's size; the governor leaves it then.")
]
Output = Annotated[Any, option(read_size, "WxH", "The output's size.")]
Single = Annotated[bool, typer.Option("--single", help="One window, no panel.")]
Headless = Annotated[bool, typer.Option("--headless", help="No window: draw without a screen.")]
Seconds = Annotated[Any, option(read_seconds, "S", "End the show after this time.")]
Record = Annotated[
    Any, option(read_video, "FILE", "Record to this .mp4, .mov (ProRes) or .mkv (FFV1).")
]
Take = Annotated[Any, option(read_new_folder, "DIR", "Write a take, to be rendered or replayed.")]
Osc = Annotated[Any, option(read_address, "HOST:PORT", "Where OSC is heard.")]
OscQuery = Annotated[
    Any, option(read_address, "HOST:PORT", "Where OSCQuery and the phone's page are.")
]
Announce = Annotated[bool, typer.Option("--announce", help="Tell the network of both by mDNS.")]
Setting = Annotated[
    list[Any] | None, option(read_setting, "ID=VALUE", "Set a parameter; many.", "--set")
]
Stats = Annotated[Any, option(read_target, "FILE", "Write figures of the show here.")]
OSC, OSCQUERY = "127.0.0.1:9000", "127.0.0.1:9001"


@app.command()
def play(
    audio: Audio = None,
    network: Network = None,
    preset: Preset = None,
    size: Size = None,
    output: Output = None,
    single: Single = False,
    headless: Headless = False,
    seconds: Seconds = None,
    record: Record = None,
    take: Take = None,
    osc: Osc = OSC,
    oscquery: OscQuery = OSCQUERY,
    announce: Announce = False,
    settings: Setting = None,
    stats: Stats = None,
) -> int:
    """Play the show."""
    return _play(dict(locals()))


@app.command()
def replay(
    replay: Annotated[Any, typer.Argument(parser=read_folder, metavar="TAKE")],
    size: Size = None,
    output: Output = None,
    single: Single = False,
    headless: Headless = False,
    seconds: Seconds = None,
    record: Record = None,
    take: Take = None,
    osc: Osc = OSC,
    oscquery: OscQuery = OSCQUERY,
    announce: Announce = False,
    settings: Setting = None,
    stats: Stats = None,
) -> int:
    """Play a take live; what a hand moves leaves the take, and a new one is written."""
    asked = dict(locals())
    from engine.recording.naming import free

    return _play(asked | {"take": take or free(replay.with_name(f"{replay.name} again"))})


def _play(asked: dict[str, Any]) -> int:
    """Play what is asked for; each option has the name of its field."""
    from engine.options import Options
    from engine.play import play as play_show

    return play_show(Options(**asked | {"settings": dict(asked["settings"] or ())}))
