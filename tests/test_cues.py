"""The set list: what is called when, by hand and by the bars; and any file is read or refused."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import cues
from engine.autoplay import Autoplay
from engine.bank import Bank
from engine.cues import Cue, CueError, Cues
from engine.looks import Looks
from engine.mapping import Mapper, Signals
from engine.parameters import Store

NIGHT = """version = 1
[[song]]
name = "Opening"
[[song.cue]]
preset = "Calm"
[[song.cue]]
preset = "Wild"
morph = 4
on = "bar"
follow = 3
note = "drums"
[[song]]
name = "Second"
[[song.cue]]
preset = "Calm"
"""


class Night:
    """A set list over two presets, in bar 10."""

    def __init__(self, folder, text=NIGHT):
        for name, zoom in (("Calm", 0.1), ("Wild", 1.0)):
            (folder / f"{name}.toml").write_text(f"version = 1\n[motion]\nzoom = {zoom}")
        self.file = folder / "night" / "setlist.toml"
        self.file.parent.mkdir()
        self.file.write_text(text)
        self.store, self.signals, self.said = Store(), Signals(), []
        bank = Bank([folder], self.said.append, self.said.append)
        self.looks = Looks(self.store, self.signals, Mapper(), bank, lambda: None, self.said.append)
        self.bar(10)
        self.standing = ()
        self.cues = Cues(self.file, self.store, self.looks, self.stand)
        self.autoplay = Autoplay(self.store, self.looks, self.cues)

    def stand(self, *lines):
        self.standing = lines
        self.said += lines

    def bar(self, count):
        self.signals.publish({"bar.count": float(count), "tempo.bpm": 120.0}, 0.0)

    def tick(self, now=0.0):
        self.looks.step(now)
        self.cues.step()
        self.autoplay.step()


@pytest.fixture
def night(tmp_path):
    return Night(tmp_path)


def test_the_file_is_the_night_song_after_song(night):
    assert night.cues.cues == (
        Cue("Opening", "Calm"),
        Cue("Opening", "Wild", 4.0, 2.0, 3, "drums"),
        Cue("Second", "Calm"),
    )
    assert night.said == []


def test_go_and_back_call_cues_in_order_as_they_say(night):
    night.store.set("preset.morph", 0)
    night.cues.go()
    night.store.set("preset.on", "beat")
    assert night.looks.playing == "Calm"
    night.cues.go()
    assert (night.looks.playing, night.looks.waiting, night.cues.waits) == ("Calm", "Wild", True)
    assert night.cues.stand("Calm") == (0, True)
    night.tick()
    assert night.store.get("motion.zoom") != 1.0
    night.bar(11)
    night.tick(0.0)
    night.tick(1.0)
    assert 0.1 < night.store.get("motion.zoom") < 1.0
    night.tick(2.0)
    assert night.store.get("motion.zoom") == 1.0
    assert (night.cues.stand("Wild"), night.cues.waits) == ((1, True), False)
    night.cues.go(-1)
    assert (night.looks.waiting, night.cues.next.preset) == ("Calm", "Wild")


def test_a_cue_that_waited_and_is_taken_back_is_the_next_one_again(night):
    night.cues.go()
    night.cues.go()
    night.cues.take_back("Calm")
    assert night.cues.place == 1  # another preset waited
    night.cues.take_back("Wild")
    assert night.cues.place == 0
    night.cues.go()
    night.bar(11)
    night.tick()
    night.tick()
    night.cues.take_back("Wild")
    assert night.cues.place == 1  # it had come


def test_beyond_the_ends_nothing_is_called(night):
    with pytest.raises(CueError, match="no cue 0"):
        night.cues.jump("0")
    night.cues.jump("3")
    with pytest.raises(CueError, match="no cue 4: the list has 3"):
        night.cues.go()
    assert night.cues.next is None
    for number in ("4", "-1", "x", "", "9" * 5000):
        with pytest.raises(CueError):
            night.cues.jump(number)
    assert night.cues.place == 2


def test_a_cue_follows_on_as_the_bar_begins_to_which_it_lasts(night):
    night.cues.jump("2")
    assert night.cues.bars is None
    begun = []
    for bar in range(10, 16):
        night.bar(bar)
        night.tick(100.0 * bar)
        night.tick(100.0 * bar + 50)
        begun.append(night.store.get("motion.zoom"))
        if bar == 11:
            assert night.cues.bars == 3
    assert begun == [0.12, 1.0, 1.0, 1.0, 0.1, 0.1]
    assert night.cues.place == 2


def test_a_tempo_that_is_corrected_brings_the_next_cue_no_bar_early_nor_does_a_new_grid(night):
    night.cues.jump("2")
    left = []
    for now, bar in enumerate((11, 10, 11, 12, 200, 201)):
        night.bar(bar)
        night.tick(100.0 * now)
        night.tick(100.0 * now + 50)
        left.append(night.cues.bars)
    assert left[:4] == [3, 3, 3, 2]
    assert night.store.get("motion.zoom") == 0.1


def test_a_cue_that_would_follow_on_without_its_preset_is_said_once_and_the_picture_stays(night):
    night.cues.jump("2")
    (night.file.parent.parent / "Calm.toml").unlink()
    night.bar(11)
    night.tick(0.0)
    night.tick(50.0)
    night.bar(12)
    night.tick(75.0)
    night.bar(13)
    with pytest.raises(CueError, match=r"called 'Calm' \(cue 3\)"):
        night.tick(100.0)
    night.tick(150.0)
    assert (night.looks.playing, night.cues.place) == ("Wild", 2)


def test_whoever_plays_another_preset_is_not_followed_on(night):
    night.cues.jump("2")
    night.bar(11)
    night.tick()
    assert night.cues.plays
    night.looks.load("Calm")
    assert not night.cues.plays
    for bar in range(12, 20):
        night.bar(bar)
        night.tick(100.0 * bar)
    assert night.cues.place == 1
    assert night.cues.bars is None


def test_a_song_is_made_ready_and_go_begins_it(night):
    night.cues.go()
    night.cues.song(1)
    assert night.looks.playing == "Calm"
    assert night.cues.next == Cue("Second", "Calm")
    with pytest.raises(CueError, match="no song after"):
        night.cues.song(1)
    night.cues.song(-1)
    assert night.cues.next == Cue("Opening", "Calm")
    with pytest.raises(CueError, match="no song before"):
        night.cues.song(-1)


def test_a_cue_without_its_preset_is_known_before_go_and_the_next_go_goes_on(night):
    assert (night.cues.missing, night.standing) == ((), ())
    night.file.write_text(NIGHT.replace("Wild", "Wilde"))
    night.cues.step()
    assert night.cues.missing == ("Wilde",)
    assert night.standing == ("no preset is called 'Wilde'; did you mean Wild?",)
    night.cues.go()
    with pytest.raises(CueError, match=r"called 'Wilde' \(cue 2\); did you mean Wild"):
        night.cues.go()
    night.cues.go()
    assert (night.looks.playing, night.cues.place) == ("Calm", 2)
    (night.file.parent.parent / "Wilde.toml").write_text("version = 1")
    night.cues.step()
    assert (night.cues.missing, night.standing) == ((), ())


def test_of_a_night_without_its_presets_a_few_lines_stand(tmp_path):
    cues = "".join(f'[[song.cue]]\npreset = "None {n}"\n[[song.cue]]\n' for n in range(30))
    night = Night(tmp_path, f"version = 1\n[[song]]\n{cues}")
    assert len(night.cues.missing) == 30
    assert [line for line in night.standing if line.startswith("and ")] == ["and 25 more"] * 2
    assert len(night.standing) == 12


@pytest.mark.parametrize(
    ("row", "seconds"),
    [("morph = 4", 2.0), ('morph = 2\nmorph_in = "bars"', 4.0),
     ('morph = 3\nmorph_in = "seconds"', 3.0), ('morph_in = "seconds"', 8.0), ("", 16.0)],
)  # fmt: skip
def test_a_cues_morph_is_counted_in_beats_bars_or_seconds(tmp_path, row, seconds):
    night = Night(tmp_path, f'version = 1\n[[song]]\n[[song.cue]]\npreset = "Wild"\n{row}\n')
    night.store.set("preset.morph", 8)
    night.store.set("preset.morph_in", "bars")
    night.cues.go()
    night.tick(0.0)
    night.tick(seconds - 0.1)
    assert night.store.get("motion.zoom") < 1.0
    night.tick(seconds + 0.1)
    assert night.store.get("motion.zoom") == 1.0


def test_an_edited_file_is_read_again_and_a_broken_one_leaves_the_cues(night):
    night.cues.jump("3")
    night.file.write_text(NIGHT.partition('[[song]]\nname = "Second"')[0])
    night.cues.step()
    assert (len(night.cues.cues), night.cues.place) == (2, 1)
    night.file.write_text("version = 1\n[[song")
    night.cues.step()
    assert len(night.cues.cues) == 2
    assert night.said[-1].startswith("setlist.toml: not readable")


ROWS = {
    "": "preset = '': must be a text",
    "preset = 3": "preset = 3: must be a text",
    'preset = "A"\nmorph = "long"': "preset.morph = 'long'",
    'preset = "A"\non = "moon"': "must be at once or beat or bar",
    'preset = "A"\nfollow = 0': "follow = 0: must be a whole number from 1",
    'preset = "A"\nfollow = true': "follow = True",
    f'preset = "A"\nfollow = 0x{"f" * 5000}': "cue 1",
    'preset = "A"\ncolour = 1': "'colour': not known here; preset, morph,",
    'preset = "A"\nsong = "x"': "'song': not known here",
}


@pytest.mark.parametrize(("row", "line"), ROWS.items(), ids=lambda text: text[:30])
def test_a_cue_that_cannot_be_is_named_and_the_others_stay(tmp_path, row, line):
    good = '[[song.cue]]\npreset = "Calm"\n'
    text = f'version = 1\n[[song]]\nname = "One"\n[[song.cue]]\n{row}\n{good}'
    night = Night(tmp_path, text)
    assert [cue.preset for cue in night.cues.cues] == ["Calm"]
    (said,) = night.said
    assert said.startswith("setlist.toml: skipped One, cue 1: ")
    assert line.replace("preset = ''", "preset = None") in said


@pytest.mark.parametrize("text", ["", "version = 2", "version = 1\nsong = 3", "\0", "[" * 3000])
def test_a_file_that_is_no_set_list_is_one_line(tmp_path, text):
    night = Night(tmp_path, text)
    assert night.cues.cues == ()
    assert len(night.said) == 1


@given(st.text(st.sampled_from('[]{}="songcuepreset.1\n ') | st.characters(), max_size=200))
def test_any_text_is_read_or_refused(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.toml"
    with contextlib.suppress(CueError, UnicodeEncodeError):
        path.write_text("version = 1\n" + text, "utf-8")
        cues.read(path, Store())
