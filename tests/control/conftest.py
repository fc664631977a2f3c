"""A running OSC server and its client; a browser; a JACK server, controllers and shows at it."""

import os

import pytest
from browser import Browser
from jack_server import Controller, JackServer
from midi_show import MidiShow
from osc_client import Show
from query_client import QueryShow

from engine.control import binding_file, midi


@pytest.fixture
def show():
    show = Show()
    yield show
    show.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.close()


@pytest.fixture
def query():
    query = QueryShow()
    yield query
    query.server.stop()


@pytest.fixture(scope="module")
def jack():
    """A running server, which every JACK client of this test finds."""
    server = JackServer(f"midi-{os.getpid()}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JACK_DEFAULT_SERVER", server.name)
        patch.setenv("JACK_NO_AUDIO_RESERVATION", "1")
        server.start()
        yield server
        server.stop()


@pytest.fixture
def plug(jack):
    """Plug in a controller of this name; all are unplugged at the end."""
    there = []

    def plugged(name):
        there.append(Controller(name))
        return there[-1]

    yield plugged
    for controller in there:
        if controller.there:
            controller.unplug()


@pytest.fixture
def begin(jack, tmp_path, monkeypatch):
    """Begin shows that look for controllers ten times a second, with this text as their file."""
    made = []
    for module in (midi, binding_file):
        monkeypatch.setattr(module, "LOOK", 0.1)

    def begun(text=""):
        file = tmp_path / "midi.toml"
        if text:
            file.write_text(text)
        made.append(MidiShow(file))
        return made[-1]

    yield begun
    for each in made:
        each.midi.stop()
