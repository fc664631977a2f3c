"""The performer's own presets: renamed, put aside and brought back, with all that goes along."""

import numpy as np
import pytest
from banks import filled, play, put

from engine.mapping import Mapper
from engine.presets import PresetError


def test_an_own_preset_is_renamed_with_its_picture_and_numbers(bank, said):
    put(bank, 1, "Mine", "version = 1\norder = 3")
    put(bank, 1, "Zoo")
    bank.show("Mine", np.random.default_rng(0).integers(0, 255, (90, 160, 4), np.uint8))
    play(bank, "Mine", filled(), Mapper())
    bank.keep("7 Mine")
    bank.rename("Mine/Yours")
    assert bank.names() == ["Yours", "Zoo"] and bank.picture("Yours")
    assert (bank.current, bank.numbered("7")) == ("Yours", "Yours")
    assert said[-1] == "Mine is called Yours now"


@pytest.mark.parametrize(
    ("words", "refusal"),
    [("House/New", "came along"), ("Mine/House", "there is a preset"), ("Mine/../out", "letters"),
     ("Mine", "OLD/NEW"), ("Mine/", "OLD/NEW"), ("", "OLD/NEW"), ("Gone/New", "no preset")],
)  # fmt: skip
def test_a_name_that_cannot_be_is_refused(bank, words, refusal):
    put(bank, 0, "House")
    put(bank, 1, "Mine")
    with pytest.raises(PresetError, match=refusal):
        bank.rename(words)
    assert bank.names() == ["House", "Mine"]


def test_a_deleted_preset_is_kept_aside_and_none_is_written_over(bank, said):
    for text in ("first", "second"):
        put(bank, 1, "Mine", text)
        bank.delete("Mine")
        assert bank.names() == []
    asides = [(bank.folders[1] / f"Mine{n}.deleted").read_text() for n in ("", " 2")]
    assert asides == ["first", "second"]


def test_what_is_renamed_and_deleted_comes_back_step_by_step_and_goes_again(bank, said):
    put(bank, 1, "Mine", "version = 1\norder = 3")
    bank.show("Mine", np.random.default_rng(0).integers(0, 255, (90, 160, 4), np.uint8))
    play(bank, "Mine", filled(), Mapper())
    ways = []
    for change in (lambda: None, lambda: bank.rename("Mine/Yours"), lambda: bank.delete("Yours")):
        change()
        files = {path.name: path.read_bytes() for path in bank.folders[1].iterdir()}
        ways.append((bank.moves, files, bank.names(), bank.current))
    assert [names for _, _, names, _ in ways] == [["Mine"], ["Yours"], []]
    assert len({frozenset(files.values()) for _, files, _, _ in ways}) == 1  # nothing is lost
    for moves, files, names, current in (ways[1], ways[0], ways[2], ways[0]):
        bank.put_moves(moves)
        assert {path.name: path.read_bytes() for path in bank.folders[1].iterdir()} == files
        assert (bank.moves, bank.names()) == (moves, names)
        assert bank.current == current
        assert not names or bank.picture(names[0])
    assert said[-1] == "Yours.toml is Mine.toml again"


def test_a_preset_does_not_come_back_over_another_of_its_name(bank):
    put(bank, 1, "Mine", "first")
    bank.delete("Mine")
    put(bank, 1, "Mine", "second")
    with pytest.raises(PresetError, match=r"Mine\.deleted stays: Mine\.toml is there"):
        bank.put_moves(())
    assert bank.path("Mine").read_text() == "second" and len(bank.moves) == 1


def test_one_that_is_deleted_still_has_its_neighbours(bank):
    for order, name in enumerate("DACB"):
        put(bank, 1, name, f"version = 1\norder = {order}")
    assert bank.names() == ["D", "A", "C", "B"]
    bank.delete("A")
    assert (bank.step("A", 1), bank.step("A", -1), bank.step("A", 2)) == ("C", "D", "B")
    bank.delete("B")
    assert (bank.step("B", 1), bank.step("B", -1)) == ("D", "C")


def test_what_came_along_stays_and_is_there_again_when_its_own_version_is_deleted(bank, said):
    put(bank, 0, "Pearl")
    with pytest.raises(PresetError, match="came along"):
        bank.delete("Pearl")
    put(bank, 1, "Pearl")
    bank.delete("Pearl")
    assert "the one that came along is there again" in said[-1]
