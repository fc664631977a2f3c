"""A preset comes by cut or morph, at once or on the beat; the hand on the way wins."""

import pytest

from engine import presets
from engine.bank import Bank
from engine.history import History
from engine.looks import Looks
from engine.mapping import Mapper, Mapping, Signals
from engine.parameters import Store
from engine.presets import PresetError

FAR = """version = 1
[motion]
zoom = 1.0
edge = "black"
[output]
hue = -170
[dream]
strength = 8.0
[dream.channels]
seed = 900
[dream.layer]
b = 2.0
[[mapping]]
signal = "hand"
parameter = "motion.x"
amount = 1.0
"""
OLD = Mapping("hand", "motion.y", 1.0)


class House:
    """Looks over a store with two layers, at 120 beats a minute."""

    def __init__(self, folder):
        (folder / "Far.toml").write_text(FAR)
        (folder / "Broken.toml").write_text("version = 2")
        self.store, self.signals, self.mapper = Store(), Signals(), Mapper([OLD])
        self.store.fill("dream.layer.", {"a": 1.0, "b": 0.0})
        self.said, self.restarts = [], []
        self.bank = Bank([folder], self.said.append, self.said.append)
        self.looks = Looks(
            self.store, self.signals, self.mapper, self.bank,
            lambda: self.restarts.append(self.store.get("dream.channels.seed")), self.said.append,
        )  # fmt: skip
        self.begin = {"motion.zoom": 0.0, "output.hue": 170.0, "dream.strength": 1.0}
        for id, value in self.begin.items():
            self.store.set(id, value)
        self.signals.publish({"tempo.bpm": 120.0, "hand": 1.0}, 0.0)

    def get(self, *ids):
        return [self.store.get(id) for id in ids]

    def added(self):
        return self.mapper.step(self.signals, 1.0)


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def test_without_a_morph_the_look_is_there_at_once(house):
    house.looks.load("Far")
    assert house.get("motion.zoom", "motion.edge", "output.hue") == [1.0, 2.0, -170.0]
    assert house.get("dream.layer.a", "dream.layer.b") == [0.0, 2.0]
    assert house.added() == {"motion.x": 1.0}
    assert house.store.held() == frozenset()
    assert house.restarts == [900]
    assert not house.looks.waiting


def test_half_way_all_is_between_and_at_the_end_it_is_there(house):
    house.store.set("preset.morph", 4)  # beats: two seconds
    house.looks.load("Far")
    assert house.get("motion.zoom") == [0.0]
    house.looks.step(10.0)
    house.looks.step(10.999)
    assert house.get("motion.edge", "dream.channels.seed") == [0.0, 0.0]
    assert house.restarts == []
    house.looks.step(11.0)
    assert house.get("motion.zoom", "dream.layer.a", "dream.layer.b") == [0.5, 0.5, 1.0]
    assert abs(house.store.get("output.hue")) == 180.0
    row = house.store.row("dream.strength")
    assert row.norm(row.clip(house.store.get("dream.strength"))) == pytest.approx(
        (row.norm(1.0) + row.norm(8.0)) / 2
    )
    assert house.get("motion.edge", "dream.channels.seed") == [2.0, 900.0]
    assert house.restarts == [900]
    assert house.added() == {"motion.x": 0.5, "motion.y": 0.5}
    house.looks.step(12.0)
    whole = dict(house.store.values())
    assert house.added() == {"motion.x": 1.0}
    house.looks.cut("Far")
    assert house.store.values() == whole


def test_a_hand_on_the_way_wins_for_what_it_moves(house):
    house.store.set("preset.morph", 4)
    house.looks.load("Far")
    house.looks.step(10.0)
    house.looks.step(10.5)
    house.store.set("motion.zoom", -1.5)
    mine = Mapping("hand", "output.hue", 3.0)
    house.mapper.replace([mine])
    for moment in (10.6, 11.0, 12.5):
        house.looks.step(moment)
    assert house.get("motion.zoom", "dream.strength") == [-1.5, 8.0]
    assert house.mapper.mappings == (mine,)
    assert house.added() == {"output.hue": 3.0}


@pytest.mark.parametrize(("unit", "seconds"), [("beats", 2.0), ("bars", 8.0), ("seconds", 4.0)])
def test_a_morph_lasts_beats_bars_or_seconds(house, unit, seconds):
    house.store.set("preset.morph", 4)
    house.store.set("preset.morph_in", unit)
    house.looks.load("Far")
    for moment in (10.0, 10.0 + seconds / 2):
        house.looks.step(moment)
    assert house.get("motion.zoom") == [pytest.approx(0.5)]
    house.looks.step(10.0 + seconds)
    assert house.get("motion.zoom") == [1.0]


@pytest.mark.parametrize(("on", "signal"), [("beat", "beat.count"), ("bar", "bar.count")])
@pytest.mark.parametrize("beats", [0, 2])
def test_it_waits_for_the_beat_or_the_bar(house, on, signal, beats):
    house.store.set("preset.on", on)
    house.store.set("preset.morph", beats)
    house.signals.publish({"beat.count": 7.0, "bar.count": 1.0}, 0.0)
    house.looks.load("Far")
    house.looks.step(1.0)
    assert house.get("motion.zoom") == [0.0]
    house.store.set("motion.zoom", -1.0)  # it begins from what is there then
    house.signals.publish({signal: house.signals.read(signal) + 1}, 0.0)
    house.looks.step(2.0)
    assert house.get("motion.zoom") == [-1.0 if beats else 1.0]
    house.looks.step(2.5)
    assert house.get("motion.zoom") == [pytest.approx(0.0) if beats else 1.0]


@pytest.mark.parametrize("counts", [(10, 9, 10, 11), (10, 2, 3), (10, 10, 11)])
def test_a_count_that_goes_back_is_no_beat(house, counts):
    house.store.set("preset.on", "beat")
    begun = []
    for count in counts:
        house.signals.publish({"beat.count": float(count)}, 0.0)
        if not begun:
            house.looks.load("Far")
        house.looks.step(1.0)
        begun.append(not house.looks.waiting)
    assert begun == [False] * (len(counts) - 1) + [True]


def test_the_last_one_asked_for_comes(house, tmp_path):
    (tmp_path / "Near.toml").write_text("version = 1\n[motion]\nzoom = 0.25\n")
    house.store.set("preset.morph", 4)
    house.looks.load("Far")
    house.looks.step(10.0)
    house.looks.step(11.0)
    house.looks.load("Near")
    for moment in (11.0, 12.0, 13.0):
        house.looks.step(moment)
    assert house.get("motion.zoom", "dream.layer.a") == [0.25, 0.5]
    assert house.looks.playing == "Near"


@pytest.mark.parametrize("beats", [0, 4])
def test_what_waits_plays_as_soon_as_it_begins_to_come_and_no_sooner(house, tmp_path, beats):
    (tmp_path / "Near.toml").write_text("version = 1\n[motion]\nzoom = 0.25\n")
    house.looks.cut("Near")
    house.signals.publish({"bar.count": 1.0}, 0.0)
    house.looks.load("Far", beats, on=2)
    house.looks.step(1.0)
    assert (house.looks.playing, house.looks.waiting, house.looks.asked) == ("Near", "Far", "Far")
    assert house.looks.state()["preset"] == "Near"
    assert [house.bank.lamp("preset.load", name) for name in ("Near", "Far")] == [1, 0]
    house.signals.publish({"bar.count": 2.0}, 0.0)
    house.looks.step(2.0)
    assert (house.looks.playing, house.looks.waiting, house.looks.asked) == ("Far", "", "Far")
    assert house.bank.lamp("preset.load", "Far") == 1


def test_what_is_called_while_another_waits_comes_in_its_place(house, tmp_path):
    (tmp_path / "Near.toml").write_text("version = 1\n[motion]\nzoom = 0.25\n")
    house.signals.publish({"bar.count": 1.0}, 0.0)
    house.looks.load("Far", on=2)
    house.looks.load("Near", on=2)
    assert house.looks.waiting == "Near"
    house.signals.publish({"bar.count": 2.0}, 0.0)
    house.looks.step(1.0)
    assert (house.get("motion.zoom"), house.looks.playing) == ([0.25], "Near")


def test_what_is_dropped_does_not_come_and_what_is_on_its_way_goes_on(house, tmp_path):
    (tmp_path / "Near.toml").write_text("version = 1\n[motion]\nzoom = 0.25\n")
    assert house.looks.drop() == ""
    house.looks.load("Far", 4)
    house.looks.step(10.0)
    house.looks.load("Near", on=2)
    assert house.looks.drop() == "Near"
    house.signals.publish({"bar.count": 2.0}, 0.0)
    house.looks.step(12.0)
    assert (house.get("motion.zoom"), house.looks.playing) == ([1.0], "Far")


def test_a_network_that_comes_on_the_way_ends_nothing(house):
    house.store.set("preset.morph", 4)
    house.looks.load("Far")
    house.looks.step(10.0)
    house.store.fill("dream.layer.", {"other": 1.0})
    house.looks.step(11.0)
    house.looks.step(12.0)
    assert house.get("motion.zoom") == [1.0]


def test_begun_anew_nothing_of_the_look_before_is_left(house):
    house.store.set("preset.morph", 64)
    house.store.set("preset.on", "bar")
    house.looks.load("Far")
    for id in ("output.blackout", "output.freeze", "tone.hold"):
        house.store.set(id, 1)
    house.store.set("audio.gain", 6)
    house.looks.begin_anew("Far")
    assert house.get("motion.zoom", "output.blackout", "output.freeze") == [1.0, 0.0, 0.0]
    assert house.get("tone.hold", "audio.gain") == [0.0, 6.0]
    house.looks.step(100.0)
    assert not house.looks.waiting


def test_begun_anew_without_its_preset_all_is_at_rest(house):
    house.store.set("output.brightness", 0)
    with pytest.raises(PresetError):
        house.looks.begin_anew("Broken")
    assert house.get("output.brightness") == [1.0]
    assert house.mapper.mappings == ()


def test_a_preset_of_no_layer_here_dreams_in_the_networks_own(house, tmp_path):
    (tmp_path / "Elsewhere.toml").write_text("version = 1\n[dream.layer]\nother = 1.0\n")
    house.looks.load("Elsewhere")
    assert any(house.get("dream.layer.a", "dream.layer.b"))
    assert any(line.startswith("none of those in use") for line in house.said)


def test_saving_keeps_the_place_of_the_walk(house, tmp_path):
    house.store.apply({"dream.channels.seed": 3.5})
    house.looks.save("Mine")
    assert presets.read(tmp_path / "Mine.toml").values["dream.channels.seed"] == 3.5


def test_a_state_is_put_back_whole_and_no_switch_is_part_of_it(house):
    house.store.set("output.blackout", 1)
    before, mappings = house.looks.state(), house.mapper.mappings
    house.looks.load("Far")
    house.looks.put(before)
    assert house.looks.state() == before
    assert house.mapper.mappings == mappings
    assert "output.blackout" not in before
    assert house.get("output.blackout") == [1.0]
    assert house.store.held() == frozenset()


def test_what_is_on_its_way_is_taken_to_be_there_and_put_back_at_once(house):
    before = house.looks.state()
    house.store.lock({"tone"})
    house.store.set("preset.morph", 4)
    house.looks.load("Far")
    house.looks.step(10.0)
    house.store.set("output.hue", 30.0)
    house.looks.step(11.0)
    there = house.looks.state()
    assert (there["motion.zoom"], there["output.hue"], there["preset"]) == (1.0, 30.0, "Far")
    house.looks.step(12.0)
    assert house.looks.state() == there
    house.looks.load("Far")
    house.looks.step(20.0)
    house.looks.step(21.0)
    house.looks.put(before)
    house.looks.step(22.0)
    assert house.looks.state() == before
    assert house.added() == {"motion.y": 1.0}


def test_a_value_that_is_put_back_on_the_way_stays_and_the_others_go_on(house):
    house.looks.cut("Far")
    house.store.set("motion.zoom", 0.2)
    history = History()
    history.note(house.looks.state(), 0.0)
    house.looks.load("Far", 4)
    house.looks.step(10.0)
    history.note(house.looks.state(), 1.0)
    house.store.set("output.hue", 30.0)
    history.note(house.looks.state(), 2.0)
    house.looks.put(history.undo())
    house.looks.step(11.0)
    assert house.get("output.hue", "motion.zoom") == [-170.0, pytest.approx(0.6)]
    house.looks.put(history.undo())
    for moment in (11.5, 12.5):
        house.looks.step(moment)
        assert house.get("motion.zoom") == [0.2]


def test_what_came_by_itself_is_told_once_but_for_what_a_hand_has_moved_since(house):
    for by_hand in (True, False):
        house.looks.load("Far", 4, by_hand=by_hand)
        assert "preset" not in house.looks.news()[1]
        house.looks.step(10.0)
        house.store.set("motion.zoom", 0.3)
        state, brought = house.looks.news()
        assert state["preset"] == "Far" and state["motion.zoom"] == 0.3
        assert ({"preset", "mappings", "dream.strength"} <= brought) != by_hand
        assert "motion.zoom" not in brought
        house.looks.step(11.0)
        assert not house.looks.news()[1]


@pytest.mark.parametrize("beats", [0, 4])
def test_what_is_locked_stays_with_its_mappings_whatever_comes(house, beats):
    tilt = Mapping("hand", "dream.octave_tilt", 0.5)
    house.mapper.replace([OLD, tilt])
    house.store.lock({"motion", "dream.layer"})
    house.store.set("preset.morph", beats)
    house.looks.load("Far")
    for moment in (10.0, 11.0, 12.0):
        house.looks.step(moment)
    assert house.get("motion.zoom", "motion.edge", "dream.layer.a") == [0.0, 0.0, 1.0]
    assert house.get("dream.strength", "output.hue") == [8.0, -170.0]
    assert house.mapper.mappings == (OLD,)
    assert house.added() == {"motion.y": 1.0}


def test_the_crossfader_leaves_what_is_locked(house):
    house.store.lock({"motion"})
    house.looks.take("a", "")
    house.looks.take("b", "Far")
    house.store.set("mix.ab", 1.0)
    house.looks.step(0.0)
    assert house.get("motion.zoom", "dream.strength") == [0.0, 8.0]
    assert house.mapper.mappings == (OLD,)


def test_panic_unlocks_and_undo_locks_again(house):
    history = History()
    house.store.lock({"motion"})
    history.note(house.looks.state(), 0.0)
    house.looks.begin_anew("Far")
    history.note(house.looks.state(), 1.0)
    assert house.get("motion.zoom") == [1.0]
    house.looks.put(history.undo())
    assert house.store.locks == {"motion"}
    house.looks.put(history.redo())
    assert house.store.locks == frozenset()


def test_an_undo_on_the_way_of_the_crossfader_leaves_its_mappings_between(house):
    house.looks.take("a", "")
    house.looks.take("b", "Far")
    house.store.set("mix.ab", 0.25)
    house.looks.step(0.0)
    house.looks.put({"dream.leak": 1.0})
    assert house.added() == {"motion.x": 0.25, "motion.y": 0.75}
