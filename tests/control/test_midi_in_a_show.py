"""A controller is learned while a whole show plays: its knob moves the picture, a mapping, undo."""

import threading

import pytest
from waiting import until

from engine.control import midi
from engine.mapping import Mapping
from engine.messages import Messages
from engine.options import Options
from engine.show import Show

ZOOM, HUE = "motion.zoom", "output.hue"


@pytest.fixture
def show(jack, tmp_path, monkeypatch):
    """A show that plays, its main loop in a thread of its own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(midi, "LOOK", 0.1)
    addresses = {"osc": ("127.0.0.1", 0), "oscquery": ("127.0.0.1", 0)}
    options = Options(headless=True, audio="demo", size=(64, 48), output=(160, 90), **addresses)
    show = Show(options, Messages())
    show.start()
    loop = threading.Thread(target=show.run)
    loop.start()
    yield show
    show.end()
    loop.join()
    show.close()


def test_a_knob_is_learned_in_a_show_and_moves_what_is_shown(show, plug, tmp_path):
    pad = plug("Pad")
    until(lambda: any(f"{pad.name} is here" in line for line in list(show.messages.lines)))
    until(lambda: show.stage.first is not None)
    show.mapper.replace(())
    show.act("midi.learn", ZOOM)
    until(lambda: show.midi.learning == ZOOM)
    pad.change(7, *range(20, 40, 2), rest=0.01)
    until(lambda: not show.midi.learning)
    pad.change(7, 0, 127)  # past the value, which it takes over
    until(lambda: show.store.snapshot()[ZOOM] == 2.0)
    assert ZOOM in show.store.held()  # a hand's, which no morph moves
    file = tmp_path / "Other Half" / "midi.toml"
    until(lambda: file.exists() and 'to = "motion.zoom"' in file.read_text())
    pad.change(7, 64)
    until(lambda: show.store.get(ZOOM) == pytest.approx(-2 + 4 * 64 / 127))
    show.mapper.replace([Mapping("midi.1.cc.9", HUE, 90.0)])
    pad.change(9, 127)
    until(lambda: show.store.snapshot()[HUE] == show.store.get(HUE) + 90)
    pad.unplug()
    until(lambda: "midi" in show.messages.faults)
    assert pad.name in show.messages.faults["midi"]
    show.act("edit.undo")  # the mapping
    until(lambda: show.mapper.mappings == ())
    plug("Pad")
    until(lambda: "midi" not in show.messages.faults)
    assert show.messages.faults == {}
