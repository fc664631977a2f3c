"""What the stage gives the recorders: the output as shown, or without what is put on it."""

import av
import numpy as np
import pytest
from test_stage import house, two_halves  # noqa: F401 - a fixture
from waiting import until


def colours(path):
    """The mean colour of each frame's upper half."""
    with av.open(str(path)) as file:
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    return np.array([frame[8:24].mean((0, 1)) for frame in frames])


@pytest.fixture
def recorded(house):  # noqa: F811
    """recorded(**settings) -> the mean colours of each file that half a second is recorded to."""

    def record(**settings):
        there = house()
        for id, value in settings.items():
            there.store.set(id.replace("__", "."), value)
        there.show(two_halves((200, 40, 40), (40, 40, 200)))
        until(lambda: there.stage.first is not None)
        there.record(True)
        until(lambda: there.tape.seconds > 0.3)
        there.record(False)
        return {report.path.stem: colours(report.path) for report in there.tape.close()}

    return record


RED, DARK = (200, 40, 40), (0, 0, 0)
LOOK = {"output__brightness": 0.5, "output__hue": 120}
BLACK = {"output__blackout_fade": 0, "output__blackout": 1}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"set": RED}),
        (LOOK, {"set": (20, 100, 20)}),
        (LOOK | {"recording__source": "dream"}, {"set": RED}),
        (BLACK, {"set": DARK}),
        (BLACK | {"recording__blackout": 0}, {"set": RED}),
        (BLACK | LOOK | {"recording__blackout": 0}, {"set": (20, 100, 20)}),
        (BLACK | {"recording__source": "both"}, {"set": DARK, "set dream": RED}),
    ],
)
def test_the_recording_shows_the_source_that_is_chosen(recorded, settings, expected):
    found = recorded(**settings)
    assert found.keys() == expected.keys()
    for name, colour in expected.items():
        assert np.abs(found[name][2:] - colour).max() < 14
