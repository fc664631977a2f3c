"""A real show without a screen, in a home folder of the tests' own."""

import socket

import pytest
from waiting import until

from engine.messages import Messages
from engine.options import Options
from engine.show import Show


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home folder of the tests' own: nobody's presets and videos are touched."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(folder))
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        patch.setenv("XDG_VIDEOS_DIR", str(folder / "videos"))
        yield folder


@pytest.fixture(scope="module")
def playing(home):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    show = Show(
        Options(headless=True, audio="demo", size=(96, 64), output=(160, 90),
                osc=("127.0.0.1", port)),
        Messages(),
    )  # fmt: skip
    show.start()
    yield show
    show.close()


@pytest.fixture
def show(playing, home):
    """The show as it began, with no line said."""
    playing.beat.release()
    playing.bank.folders[-1] = home / "data" / "Other Half" / "presets"
    playing.looks.cut("Pearl")
    playing.messages.errors.clear()
    playing.messages._last.clear()
    return playing


@pytest.fixture
def on_the_bar(show):
    """A show whose presets wait for a bar that does not come until `bar` is called."""
    show._tick()  # what the fixture has done is no act to be undone here
    real, count = show.beat.signals, [1e6]

    def signals(moment, *more):
        return real(moment, *more) | {"bar.count": count[0], "bar.phase": 0.0}

    show.beat.signals = signals
    show.store.set("preset.on", "bar")
    until(lambda: show.signals.read("bar.count") == count[0])
    show._tick()

    def bar():
        count[0] += 1
        until(lambda: not show.looks.waiting)
        show._tick()

    yield bar
    show.looks.drop()
    del show.beat.signals
    show.store.set("preset.on", "at once")
    show._tick()
