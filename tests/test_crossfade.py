"""Between A and B every value is where the fader is; hands, mappings and presets go before it."""

from dataclasses import replace

import pytest

from engine.bank import Bank
from engine.history import History
from engine.looks import Looks
from engine.mapping import Mapper, Mapping, Signals
from engine.parameters import Store

A, B = Mapping("hand", "motion.x", 1.0), Mapping("hand", "motion.y", 1.0)


class House:
    """Looks over a store with two layers; the presets Near and Far, 20 degrees of hue apart."""

    def __init__(self, folder):
        for name, zoom, hue, layer, to in (
            ("Near", 0.0, 170, "a", "x"),
            ("Far", 1.0, -170, "b", "y"),
        ):
            (folder / f"{name}.toml").write_text(
                f"version = 1\n[motion]\nzoom = {zoom}\n[output]\nhue = {hue}\n[dream.layer]\n"
                f"{layer} = 2.0\n[[mapping]]\n"
                f'signal = "hand"\nparameter = "motion.{to}"\namount = 1.0'
            )
        self.store, self.signals, self.mapper = Store(), Signals(), Mapper()
        self.store.fill("dream.layer.", {"a": 1.0, "b": 0.0})
        self.bank = Bank([folder], print, print)
        self.looks = Looks(self.store, self.signals, self.mapper, self.bank, lambda: None, print)
        self.signals.publish({"hand": 1.0, "tempo.bpm": 120.0}, 0.0)

    def at(self, place):
        """Return what plays where the fader stands at `place`."""
        self.store.set("mix.ab", place)
        self.looks.step(0.0)
        values = self.store.values()
        return values["motion.zoom"], values["dream.layer.a"], values["dream.layer.b"]


def undone(house, act):
    """Do this, undo it, and return what looks are made of before, after it, and in the end."""
    history, states = History(), []
    for moment, step in enumerate((lambda: None, act, lambda: house.looks.put(history.undo()))):
        step()
        house.looks.step(float(moment))
        states.append(house.looks.state())
        history.note(states[-1], float(moment))
    return states


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path)
    house.looks.take("a", "Near")
    house.looks.take("b", "Far")
    return house


def test_two_looks_of_now_are_taken_one_after_the_other_with_presets_loaded_between(tmp_path):
    house = House(tmp_path)
    for side, name in (("a", "Near"), ("b", "Far")):
        house.looks.cut(name)
        house.looks.take(side, "")
        assert house.store.get("mix.ab") == (side == "b"), "the wall stays"
        assert house.store.get("motion.zoom") == (name == "Far")
    assert house.looks.ends == ("Near", "Far")
    assert house.at(0.5)[0] == pytest.approx(0.5)


def test_values_lie_between_and_angles_go_the_short_way(house):
    assert house.at(0.0) == (0.0, 2.0, 0.0)
    assert house.at(0.5) == (0.5, 1.0, 1.0)
    assert abs(house.store.get("output.hue")) == 180
    assert house.at(1.0) == (1.0, 0.0, 2.0)
    assert house.at(0.25) == (0.25, 1.5, 0.5)
    assert house.looks.ends == ("Near", "Far")


@pytest.mark.parametrize("place", [0.0, 0.25, 0.75, 1.0])
def test_mappings_cross_over_by_their_amounts_and_the_nearer_ones_count_as_there(house, place):
    house.at(place)
    added = house.mapper.step(house.signals, 1.0)
    assert (added.get("motion.x", 0.0), added.get("motion.y", 0.0)) == (1 - place, place)
    assert house.mapper.mappings == ((A,) if place < 0.5 else (B,))


def test_a_mapping_moves_the_fader_too(house):
    house.at(0.0)
    house.store.apply({"mix.ab": 0.5})
    house.looks.step(0.0)
    assert house.store.get("motion.zoom") == 0.5


def test_what_the_fader_carries_is_told_and_what_a_hand_has_is_the_hands(house):
    assert {"motion.zoom", "dream.layer.a"} <= house.looks.news()[1]
    house.store.set("motion.zoom", 0.3)
    assert "motion.zoom" not in house.looks.news()[1] and "mix.ab" not in house.looks.news()[1]
    house.looks.resume({})
    assert not house.looks.news()[1]


def test_until_both_are_there_the_fader_moves_nothing(tmp_path):
    house = House(tmp_path)
    before = house.at(0.0)
    house.looks.take("b", "Far")
    assert house.at(1.0) == before
    assert house.looks.ends == ("", "Far")


def test_the_look_of_now_is_taken_where_no_name_is_given(house):
    house.looks.cut("Near")
    house.store.set("motion.zoom", -1.0)
    house.looks.take("a", "")
    house.looks.take("b", "Far")
    assert house.at(0.0)[0] == -1.0
    assert house.at(1.0)[0] == 1.0
    assert house.at(0.5)[0] == 0.0
    assert house.looks.ends == ("Near", "Far")


def test_a_hand_on_the_way_wins_for_what_it_moves(house):
    house.at(0.25)
    house.store.set("motion.zoom", 2.0)
    assert house.at(0.5) == (2.0, 1.0, 1.0)


def test_mappings_made_by_hand_on_the_way_stay(house):
    house.at(0.25)
    house.mapper.replace((A, B))
    house.at(0.75)
    assert house.mapper.mappings == (A, B)


def test_a_preset_that_is_loaded_takes_over(house):
    house.at(0.5)
    house.looks.load("Near")
    assert house.at(1.0) == (0.0, 2.0, 0.0)
    assert house.looks.ends == ("", "")


def test_a_network_with_other_layers_leaves_the_rest_on_its_way(house):
    house.at(0.25)
    house.store.fill("dream.layer.", {"b": 0.0, "c": 1.0})
    house.store.set("mix.ab", 0.5)
    house.looks.step(0.0)
    assert house.store.get("dream.layer.b") == 1.0
    assert house.store.get("dream.layer.c") == 1.0


@pytest.mark.parametrize("place", [0.0, 0.25, 1.0])
def test_what_is_taken_and_what_a_preset_took_over_from_comes_back_by_one_undo(house, place):
    house.at(place)
    house.store.set("motion.zoom", 0.7)
    for act in (lambda: house.looks.take("a", "Far"), lambda: house.looks.load("Near")):
        before, after, end = undone(house, act)
        assert after["ends"] != before["ends"]
        assert end == before
    assert house.looks.ends == ("Near", "Far")
    assert house.at(0.5)[1:] == (1.0, 1.0)


@pytest.mark.parametrize("place", [0.25, 0.75])
def test_looks_that_are_taken_up_again_move_nothing_until_the_fader_does(house, tmp_path, place):
    house.at(place)
    added = house.mapper.step(house.signals, 1.0)
    again = House(tmp_path)
    again.store.set_all(house.store.values())
    again.store.release()
    again.store.apply({})
    again.mapper.replace([*house.mapper.mappings])
    again.store.set("motion.zoom", 1.9)
    again.looks.resume({side: replace(look) for side, look in house.looks.sides.items()})
    again.looks.step(0.0)
    assert again.store.get("motion.zoom") == 1.9
    assert again.mapper.step(again.signals, 1.0) == added
    again.store.release()
    assert again.at(0.5) == (0.5, 1.0, 1.0)
    again.at(1.0)
    assert again.mapper.mappings == (B,)
