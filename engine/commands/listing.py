"""parameters, actions, devices, bench: what there is, and how fast it is."""

from typing import Annotated

import typer

from engine.commands.line import AsJson, answer, app, say, table
from engine.parameters import ACTIONS, LAYER_FAMILY, STYLE_FAMILY, Parameter, Store


@app.command()
def parameters(as_json: AsJson = False) -> int:
    """List every parameter, with the layers and styles of the starter network."""
    from engine import options
    from engine.dream.layers import first_weights
    from engine.networks import files

    store = Store()
    starter = files.describe(options.STARTER)
    store.fill(LAYER_FAMILY, first_weights([layer["name"] for layer in starter["layers"]]))
    store.fill(STYLE_FAMILY, dict.fromkeys(starter["styles"], 0.0))
    columns = ("id", "group", "min", "max", "default", "unit", "curve", "help")
    rows = [{name: getattr(row, name) for name in columns} for row in store.rows()]
    for row, parameter in zip(rows, store.rows(), strict=True):
        row.update({"choices": list(parameter.choices)} if parameter.choices else {})
    short = [_shown(row) for row in store.rows()]
    return answer(rows, as_json, table("Parameters", short, "id", "range", "default", "help"))


def _shown(row: Parameter) -> dict[str, str]:
    """Return a row as people read it; choices stand with the help, which wraps."""
    span, help = ("", f"{row.help} {row.span}.") if row.choices else (row.span, row.help)
    return {"id": row.id, "range": span, "default": row.written(row.default), "help": help}


@app.command()
def actions(as_json: AsJson = False) -> int:
    """List every action that OSC, MIDI and keys may ask for, and what it takes."""
    rows = [{"id": id, "takes": act.takes, "help": act.help} for id, act in ACTIONS.items()]
    return answer(rows, as_json, table("Actions", rows, "id", "takes", "help"))


@app.command()
def devices(as_json: AsJson = False) -> int:
    """List sound devices, monitors, and what torch runs on."""
    found = {"sound": _sound(), "monitors": _monitors(), "torch": _torch()}
    return answer(
        found,
        as_json,
        table("Sound", found["sound"], "name", "hostapi", "channels", "outputs", "rate"),
        table("Monitors", found["monitors"], "name", "size", "position", "rate"),
        found["torch"]["why"],
    )


def _sound() -> list[dict]:
    from engine.audio import block, soundcard

    if soundcard.HINT:
        say(f"Sound: {soundcard.HINT}.")
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
    return answer(found, as_json, table("Dreams", rows, *rows[0]))
