"""Presets that come by themselves: when, which, and what a hand does to it."""

from itertools import pairwise

import pytest

from engine.autoplay import Autoplay
from engine.bank import Bank
from engine.cues import Cues
from engine.looks import Looks
from engine.mapping import Mapper, Signals
from engine.parameters import Store
from engine.presets import PresetError

LIST = 'version = 1\n[[song]]\n[[song.cue]]\npreset = "c"\nfollow = 4\n[[song.cue]]\npreset = "d"\n'
NAMES = ("a", "b", "c", "d")


class House:
    """Four presets, `every` bars each, of which a plays; in bar 10."""

    def __init__(self, folder, every=2, shuffle=0):
        for place, name in enumerate(NAMES):
            (folder / f"{name}.toml").write_text(
                f"version = 1\norder = {place}\n[motion]\nzoom = 1"
            )
        self.store, self.signals = Store(), Signals()
        say = [].append
        bank = Bank([folder], say, say)
        self.looks = Looks(self.store, self.signals, Mapper(), bank, lambda: None, say)
        self.file = folder / "night" / "setlist.toml"
        self.cues = Cues(self.file, self.store, self.looks, lambda *lines: None)
        self.autoplay = Autoplay(self.store, self.looks, self.cues)
        self.store.set_all({"preset.every": every, "preset.shuffle": shuffle})
        self.bar(10)
        self.looks.cut("a")
        self.tick()

    def bar(self, count, phase=0.0):
        values = {"bar.count": float(count), "bar.phase": phase, "tempo.bpm": 120.0}
        self.signals.publish(values, 0.0)

    def tick(self):
        """Do what the stage and the main loop do, twice: what begins is also seen."""
        for _ in range(2):
            self.looks.step(0.0)
            self.cues.step()
            self.autoplay.step()

    def come(self, bars, begin=11):
        """Let these bars pass; return what begins to play with each: None where nothing does."""
        begun = []
        for bar in range(begin, begin + bars):
            waited = self.looks.waiting
            self.bar(bar)
            self.looks.step(0.0)
            begun.append(self.looks.playing if waited and not self.looks.waiting else None)
            self.tick()
        return begun


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def test_each_plays_its_bars_and_begins_with_one_round_the_end_of_the_list(house):
    assert house.come(10) == [None, "b", None, "c", None, "d", None, "a", None, "b"]


def test_with_one_bar_each_there_is_one_on_every_bar(tmp_path):
    assert House(tmp_path, every=1).come(5) == ["b", "c", "d", "a", "b"]


def test_what_a_hand_calls_has_its_full_time(tmp_path):
    house = House(tmp_path, every=4)
    assert house.come(2) == [None, None]
    assert house.autoplay.bars == 2
    house.looks.cut("c")
    house.tick()
    assert house.autoplay.bars == 4
    assert house.come(4, begin=13) == [None, None, None, "d"]


def test_nothing_comes_where_it_is_off(house):
    house.store.set("preset.every", 0)
    assert house.come(9) == [None] * 9
    assert house.autoplay.bars is None


def test_one_that_is_called_in_the_middle_of_a_bar_has_whole_bars_from_the_next_one_on(house):
    house.bar(10, phase=0.6)
    house.looks.cut("c")
    house.tick()
    assert house.autoplay.bars == 3
    assert house.come(4) == [None, None, "d", None]


def test_while_the_set_list_leads_nothing_comes(house):
    house.file.parent.mkdir()
    house.file.write_text(LIST)
    house.tick()
    house.cues.go()
    house.tick()
    assert house.autoplay.bars is None
    assert house.come(4) == [None] * 3 + ["d"]
    assert house.autoplay.bars == 2, "the last cue leads to none"
    assert house.come(2, begin=15) == [None, "a"]


def test_a_main_loop_that_was_held_up_for_bars_calls_the_next_one_on_the_next_bar(house):
    for bar in (11, 12, 13, 14):
        house.bar(bar)
        house.looks.step(0.0)  # the stage goes on
    assert house.looks.playing == "a"
    house.tick()
    assert house.looks.waiting == "b"
    assert house.come(1, begin=15) == ["b"]


def test_what_a_hand_calls_again_has_its_full_time_though_it_played_before(tmp_path):
    house = House(tmp_path, every=3)
    assert house.come(1) == [None]
    house.looks.cut("a")
    house.tick()
    assert house.come(3, begin=12) == [None, None, "b"]


def test_a_shuffle_plays_each_once_before_one_comes_again(tmp_path):
    rounds = ["a", *House(tmp_path, every=1, shuffle=1).come(23)]
    assert [sorted(rounds[begin : begin + 4]) for begin in range(0, 24, 4)] == [list(NAMES)] * 6
    assert all(before != after for before, after in pairwise(rounds))


def test_one_that_cannot_be_read_is_told_and_passed_over(house, tmp_path):
    (tmp_path / "b.toml").write_text("version = ")
    assert house.come(4) == [None, "c", None, "d"]  # what is torn stands last
    house.bar(15)
    with pytest.raises(PresetError, match=r"b\.toml"):
        house.tick()
    house.tick()
    assert house.looks.playing == "d"
    assert house.come(2, begin=16) == [None, "a"]
