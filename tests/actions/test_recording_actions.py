"""Pictures and the last seconds, asked of a real show by name."""

from pathlib import Path

import av
import numpy as np
import pytest
from asking import do
from waiting import until


@pytest.fixture
def films(show, home):
    """The folder in which the show leaves films and pictures: films(pattern) -> its files."""
    until(lambda: show.stage.first is not None)
    folder = home / "videos" / "Other Half"
    return lambda pattern: sorted(folder.glob(pattern)) if folder.exists() else []


def test_a_still_is_a_picture_of_sixteen_bits_at_the_outputs_size(show, films):
    show.store.set("output.blackout", 1)
    do(show, "recording.still")
    until(lambda: films("*.png"))
    show.store.set("output.blackout", 0)
    with av.open(str(films("*.png")[0])) as file:
        frame = next(file.decode(video=0))
    assert (frame.format.name, frame.width, frame.height) == ("rgb48be", 160, 90)
    pixels = frame.to_ndarray()
    assert pixels.std() > 2000, "not the blackout"
    assert (pixels % 257 != 0).mean() > 0.5, "not 8 bits made longer"
    assert not show.messages.errors


def test_the_last_seconds_are_saved_where_they_are_kept(show, films):
    do(show, "recording.save")
    assert "recording.keep is 0" in show.messages.errors[-1]
    show.messages.errors.clear()
    show.store.set("recording.keep", 5)
    until(lambda: show._tick() or show.tape.recorders)
    (recorder,) = show.tape.recorders.values()
    until(lambda: recorder.seconds > 2)
    assert not films("*.mp4")
    do(show, "recording.save")
    until(lambda: any("recorded" in line for line in show.messages.lines))
    show.store.set("recording.keep", 0)
    show._tick()
    (path,) = map(Path, films("* last.mp4"))
    with av.open(str(path)) as file:
        light = [frame.to_ndarray(format="gray").mean() for frame in file.decode(video=0)]
    assert len(light) >= 45
    assert np.mean(light) > 20
    assert not show.messages.errors
