"""What moves the picture: how strongly the music does, and what a freeze holds."""

import pytest

from engine.mapping import Mapper, Mapping, Signals
from engine.parameters import Store
from engine.steering import Steering

FRAME = 1 / 60


class House:
    """A store that two mappings move: the music the brightness, a macro the zoom."""

    def __init__(self):
        self.store, self.signals, self.now = Store(), Signals(), 0.0
        music = Mapping("audio.level", "output.brightness", -0.5)
        hand = Mapping("macro.1", "motion.zoom", 1.0)
        self.steering = Steering(self.store, self.signals, Mapper([music, hand]))
        self.store.set("motion.zoom", 0.0)

    def step(self, level):
        """Return the brightness a second after the music has come to this level."""
        for _ in range(60):
            self.now += FRAME
            self.signals.publish({"audio.level": level}, self.now)
            snapshot = self.steering.step(self.now, FRAME)
        return snapshot["output.brightness"]


@pytest.fixture
def house():
    return House()


@pytest.mark.parametrize(("reaction", "brightness"), [(0, 1.0), (0.5, 0.8), (1, 0.6), (2, 0.2)])
def test_the_music_moves_the_picture_as_strongly_as_is_asked(house, reaction, brightness):
    house.store.set("mix.reaction", reaction)
    assert house.step(0.8) == pytest.approx(brightness, abs=1e-3)


def test_what_hands_move_is_theirs_whatever_the_reaction(house):
    house.store.set("mix.reaction", 0)
    house.store.set("macro.1", 0.75)
    house.step(0.8)
    assert house.store.effective("motion.zoom") == pytest.approx(0.75, abs=1e-3)


def test_a_frozen_wall_does_not_flicker_with_the_music_but_obeys_the_hand(house):
    before = house.step(0.8)
    house.store.set("output.freeze", 1)
    house.step(0.8)
    assert [house.step(level) for level in (0.0, 1.0, 0.3)] == [pytest.approx(before)] * 3
    house.store.set("output.brightness", 0.7)
    assert house.step(0.0) == pytest.approx(before - 0.3)
    house.store.set("output.freeze", 0)
    house.store.set("output.brightness", 1.0)
    assert house.step(0.0) == pytest.approx(1.0, abs=1e-3)
