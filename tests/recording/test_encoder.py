"""The encoder alone: every format, frame by frame, against ffprobe and a decoder."""

import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.recording import formats
from engine.recording.encoder import Encoder
from tests.recording import film

ROOT = Path(__file__).parents[2]
FPS = Fraction(30)
KINDS = [(f.name, f.ending) for f in formats.TABLE]
TONE = 0.5 * np.sin(np.arange(1600) * 2 * np.pi * 30 / 1600).astype(np.float32)


def write(path, name, count=45):
    encoder = Encoder(path, (320, 180), FPS, 48000, name)
    for number in range(count):
        encoder.picture(number, film.numbered(number))
        encoder.sound(np.stack([TONE, TONE]))
    return encoder


@pytest.mark.parametrize(("name", "ending"), KINDS)
def test_each_format_holds_every_frame_and_the_sound(tmp_path, name, ending):
    path = tmp_path / f"a{ending}"
    write(path, name).close()
    found, format = film.probe(path), formats.BY_NAME[name]
    assert found["video"]["codec_name"] == name
    assert found["audio"]["codec_name"] == format.sound
    assert (found["video"]["pix_fmt"], found["video"]["avg_frame_rate"]) == (format.pixels, "30/1")
    assert [found["video"][f"color_{tag}"] for tag in ("transfer", "primaries")] == ["bt709"] * 2
    assert found["video"]["color_space"] == ("gbr" if name == "ffv1" else "bt709")
    assert film.numbers(path) == list(range(45))
    assert float(found["format"]["duration"]) == pytest.approx(1.5, abs=0.03)
    assert np.abs(film.sound(path)).max() == pytest.approx(0.5, abs=0.05)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("ending", [".mp4", ".mov"])
def test_a_finished_file_has_its_index_in_front(tmp_path, ending):
    write(tmp_path / f"a{ending}", "").close()
    data = (tmp_path / f"a{ending}").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert b"moof" not in data


def test_ffv1_keeps_every_pixel(tmp_path):
    pixels = np.random.default_rng(3).integers(0, 256, (64, 96, 4), np.uint8)
    encoder = Encoder(tmp_path / "a.mkv", (96, 64), FPS, None)
    encoder.picture(0, pixels)
    encoder.close()
    assert (film.coloured(tmp_path / "a.mkv")[0] == pixels[..., :3]).all()


def test_a_hevc_file_is_marked_as_players_want_it(tmp_path):
    write(tmp_path / "a.mp4", "hevc").close()
    assert film.probe(tmp_path / "a.mp4")["video"]["codec_tag_string"] == "hvc1"


def test_the_ending_chooses_and_what_does_not_fit_it_is_not_asked_for(tmp_path):
    found = {name: formats.of(Path(name), "hevc") for name in ("a.mp4", "a.MOV", "a.mkv", "a.avi")}
    assert [format and format.name for format in found.values()] == ["hevc", "prores", "ffv1", None]
    with pytest.raises(ValueError, match=r"must end in \.mp4 or \.mov or \.mkv"):
        Encoder(tmp_path / "a.avi", (320, 180), FPS, None)


KILLED = """
import sys
from pathlib import Path
from tests.recording import test_encoder
test_encoder.write(Path(sys.argv[1]), sys.argv[2], 90)
print("there", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize(("name", "ending"), KINDS)
def test_a_killed_file_of_each_format_plays_up_to_its_last_second(tmp_path, name, ending):
    path = tmp_path / f"a{ending}"
    command = [sys.executable, "-c", KILLED, str(path), name]
    child = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "there\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    shown = film.numbers(path)
    assert shown == list(range(len(shown)))
    assert len(shown) >= 59
    assert film.probe(path)["audio"]["codec_name"] == formats.BY_NAME[name].sound
    assert len(film.sound(path)) / 48000 > len(shown) / 30 - 0.1
