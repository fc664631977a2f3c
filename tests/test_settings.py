"""The performer's settings: what is wrong in them is one line, and the usual ones are in force."""

import pytest

from engine.control.keyboard import KEYS, Keyboard, key_help
from engine.parameters import SAFE_FLASHES, Store
from engine.settings import FILE, Followed, Settings


class File:
    """A settings' file that is followed, what was said, and what stands."""

    def __init__(self, folder):
        self.path, self.said, self.standing = folder / FILE, [], ()
        self.followed = Followed(folder, Store(), self.said.append, self.stand)

    def stand(self, *lines):
        self.standing = lines

    def write(self, text):
        self.path.write_text(text, "utf-8")
        return self.followed.follow()


@pytest.fixture
def told(tmp_path):
    """told(text) -> the settings in a file of this text, and the lines that were said."""

    def tell(text):
        (tmp_path / FILE).unlink(missing_ok=True)
        file = File(tmp_path)
        file.write(text)
        return file.followed.now, [*file.said, *file.standing]

    return tell


def test_without_a_file_all_is_as_usual(tmp_path):
    file = File(tmp_path)
    assert (file.followed.now, file.said, file.standing) == (Settings(SAFE_FLASHES, KEYS), [], ())


def test_the_file_is_followed_and_one_that_cannot_be_read_leaves_what_was(tmp_path):
    file = File(tmp_path)
    assert file.write('version = 1\nflashes = 2\n[keys]\nQ = "beat.tap"\n')
    assert not file.followed.follow()
    assert not file.write("version = 1\nflashes = ")
    assert "settings.toml" in file.standing[0]
    assert (file.followed.now.flashes, file.followed.now.keys["Q"]) == (2, "beat.tap")
    file.path.unlink()
    assert not file.followed.follow()
    assert file.write("version = 1\n")
    assert (file.followed.now, file.standing) == (Settings(), ())


def test_keys_are_changed_added_and_taken_away_and_listed_so(told):
    settings, lines = told(
        'version = 1\n[keys]\nq = "preset.load Reef"\n"ctrl+shift+b" = "output.freeze"\nR = ""\n'
        'Esc = "output.dark"\n"Ctrl++" = "beat.double"\n"ß" = "beat.halve"\n'
    )
    assert lines == []
    changed = {
        "Q": "preset.load Reef", "Ctrl+Shift+B": "output.freeze", "Escape": "output.dark",
        "Ctrl++": "beat.double", "SS": "beat.halve",
    }  # fmt: skip
    assert settings.keys == {k: v for k, v in {**KEYS, **changed}.items() if k != "R"}
    store, acts = Store(), []
    board = Keyboard(store, lambda *act: acts.append(act), print, settings.keys)
    for key in ("Q", "Ctrl+Shift+B", "R"):
        board.press(key, 0.0)
    assert acts == [("preset.load", "Reef")]
    assert (store.get("output.freeze"), store.get("recording.on")) == (1, 0)
    listed = dict(key_help(store, settings.keys))
    assert listed["Q"].startswith("Reef: Load")
    assert "R" not in listed
    assert listed["Z, Ctrl+Shift+B"] == store.row("output.freeze").help


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('Foo = "beat.tap"', "'Foo': must be a letter"),
        ('"" = "beat.tap"', "'': must be a letter"),
        ('"Alt+B" = "beat.tap"', "'Alt+B': must be a letter"),
        ('"Shift+B" = "beat.tap"', "'Shift+B': must be a letter"),
        ('B = "output.drak"', "'output.drak': must be an action or a switch"),
        ('B = "motion.zoom"', "'motion.zoom': must be an action or a switch"),
        ('B = "output.freeze 1"', "'output.freeze 1': must be an action or a switch"),
        ("B = 1", "1: must be an action or a switch"),
    ],
)
def test_a_broken_key_is_one_line_and_the_usual_one_stays(told, row, said):
    settings, (line,) = told(f"version = 1\n[keys]\n{row}\n")
    assert line.startswith(f"{FILE}: key ")
    assert said in line
    assert settings.keys == KEYS


def test_a_key_that_is_there_twice_is_one_line_and_the_first_counts(told):
    settings, (line,) = told('version = 1\n[keys]\nq = "beat.tap"\nQ = "beat.halve"\n')
    assert "Q is there twice" in line
    assert settings.keys["Q"] == "beat.tap"
    settings, (line,) = told('version = 1\n[keys]\nq = "beat.tap"\nq = "beat.halve"\n')
    assert line.startswith(f"{FILE}: not readable")
    assert settings == Settings()


def test_more_flashes_are_allowed_with_a_warning(told):
    settings, (line,) = told("version = 1\nflashes = 10\n")
    assert settings.flashes == 10
    assert "seizures" in line


@pytest.mark.parametrize("flashes", ["0", "1000", "nan", "inf", "true", '"many"', "[]"])
def test_flashes_that_cannot_be_are_one_line_and_three_a_second(told, flashes):
    settings, (line,) = told(f"version = 1\nflashes = {flashes}\n")
    assert "must be a number from 0.2 to 30" in line
    assert settings.flashes == SAFE_FLASHES


@pytest.mark.parametrize(
    "text", ["", "version = 2", "version = 1\nkeys = 3", "version = 1\ncolour = 1", "[[", "\0"]
)
def test_a_broken_file_is_one_line(told, text):
    settings, lines = told(text)
    assert len(lines) == 1
    assert settings == Settings()


def test_receivers_are_addresses_and_ports(told):
    settings, lines = told('version = 1\nreceivers = ["192.168.1.20:9010", "127.0.0.1:7000"]\n')
    assert settings.receivers == (("192.168.1.20", 9010), ("127.0.0.1", 7000))
    assert lines == []


@pytest.mark.parametrize(
    "receivers",
    ['"127.0.0.1:7000"', "[7000]", '["lights:7000"]', '["10.0.0.1"]', '["10.0.0.1:0"]',
     '["::1:7000"]', str(["10.0.0.1:7000"] * 17)],
)  # fmt: skip
def test_receivers_that_cannot_be_are_one_line_and_nobody_is_told(told, receivers):
    settings, (line,) = told(f"version = 1\nreceivers = {receivers}\n")
    assert "receivers" in line
    assert settings.receivers == ()
