import threading
import time

import numpy as np
import pytest
import soundfile
from conftest import SINK
from sounds import clicks, tone

from engine.audio import listener as room
from engine.audio.analysis import Found, Word
from engine.audio.block import AudioError
from engine.audio.features import SILENT
from engine.audio.listener import Listener
from engine.clock import now
from engine.parameters import Store


class Hearing:
    """A listener, and everything that it says."""

    def __init__(self, memory):
        self.memory = memory
        self.signals: list[tuple[float, dict]] = []
        self.lines: list[str] = []
        self.standing: dict[str, str] = {}
        self.beats: list[tuple[float, float]] = []
        self.blocks: list[tuple[np.ndarray, int, float]] = []
        self.store = Store()
        self.listener = Listener(
            self.store,
            lambda values, moment: self.signals.append((moment, values)),
            self.lines.append,
            lambda bpm, beat, *_: self.beats.append((bpm, beat)),
            lambda heard: self.blocks.append(heard.block),
            memory,
            self.stand,
        )

    def stand(self, room: str, *lines: str) -> None:
        self.lines += lines
        self.standing = {r: line for r, line in self.standing.items() if r != room}
        self.standing |= {room: lines[0]} if lines else {}

    def until(self, ready, seconds: float = 10.0) -> float:
        """Wait until ready() holds and return how long that took; fail after `seconds`."""
        begun = now()
        while not ready():
            assert now() - begun < seconds, self.lines
            time.sleep(0.01)
        return now() - begun

    def newest(self, name: str) -> float:
        return self.signals[-1][1][f"audio.{name}"] if self.signals else 0.0


@pytest.fixture
def hearing(tmp_path):
    hearing = Hearing(tmp_path / "own" / "sound input.txt")
    yield hearing
    hearing.listener.stop()
    assert not any(thread.name == "audio" for thread in threading.enumerate())


@pytest.fixture
def tone_file(tmp_path):
    path = tmp_path / "tone.wav"
    soundfile.write(path, tone(60, 1), 48000)
    return path


def test_a_file_gives_signals_and_blocks_with_their_moments(hearing, tone_file, no_sound_card):
    hearing.listener.open(str(tone_file))
    hearing.until(lambda: len(hearing.signals) > 300)
    assert hearing.listener.source == "tone.wav"
    assert hearing.newest("bass") > 0.7
    assert hearing.newest("treble") < 0.2
    assert hearing.signals[-1][1].keys() == SILENT.keys()
    moments = [moment for moment, _ in hearing.signals]
    assert 1 / np.diff(moments).mean() == pytest.approx(172, rel=0.02)
    assert now() - moments[-1] < 0.1
    samples, rate, moment = hearing.blocks[-1]
    assert samples.shape == (256, 2)
    assert rate == 48000
    assert now() - moment < 0.2
    assert hearing.listener.block_ms == pytest.approx(256 / 48)
    assert 0 < hearing.listener.analysis_ms < 50


def test_gain_moves_the_level_but_not_what_is_recorded(hearing, tone_file, no_sound_card):
    hearing.store.set("audio.gain", 12)
    hearing.listener.open(str(tone_file))
    hearing.until(lambda: len(hearing.signals) > 100)
    assert hearing.newest("dbfs") == pytest.approx(20 * np.log10(0.5 / 2**0.5) + 12, abs=0.2)
    assert max(np.abs(samples).max() for samples, _, _ in hearing.blocks) <= 0.5


@pytest.mark.parametrize("name", ("gone.wav", "gone.opus", "No Such Device"))
def test_what_is_not_there_is_refused_and_the_old_source_plays_on(
    hearing, tone_file, no_sound_card, name
):
    hearing.listener.open(str(tone_file))
    hearing.until(lambda: hearing.signals)
    with pytest.raises(AudioError, match=name):
        hearing.listener.open(name)
    count = len(hearing.signals)
    hearing.until(lambda: len(hearing.signals) > count + 50)
    assert hearing.listener.source == "tone.wav"


def test_without_a_sound_card_the_demo_plays(hearing, no_sound_card):
    hearing.listener.open()
    assert hearing.listener.source == "demo"
    hearing.until(lambda: hearing.newest("level") > 0.2, 30)
    assert "demo" in hearing.lines[0]


def test_the_source_can_be_changed_while_playing(hearing, tone_file, tmp_path, no_sound_card):
    high = tmp_path / "high.wav"
    soundfile.write(high, tone(5000, 1, 44100), 44100)
    hearing.listener.open(str(tone_file))
    hearing.until(lambda: hearing.newest("bass") > 0.7)
    hearing.listener.open(str(high))
    hearing.until(lambda: hearing.newest("treble") > 0.7 and hearing.newest("bass") < 0.2)
    assert hearing.blocks[-1][1] == 44100


def test_what_is_still_to_be_told_of_a_source_ends_with_it(
    hearing, tone_file, tmp_path, no_sound_card
):
    high = tmp_path / "high.wav"
    soundfile.write(high, tone(5000, 1), 48000)
    hearing.store.set("audio.offset", 400)
    hearing.listener.open(str(tone_file))
    hearing.until(lambda: hearing.newest("bass") > 0.7 and len(hearing.listener._later) > 50)
    hearing.listener.open(str(high))
    hearing.until(lambda: any("high.wav" in line for line in hearing.lines))
    count = len(hearing.signals)
    hearing.until(lambda: len(hearing.signals) > count + 50)
    assert sum(values["audio.bass"] > 0.7 for _, values in hearing.signals[count:]) < 20


def test_a_file_that_vanishes_is_said_and_never_ends_the_thread(hearing, tone_file, no_sound_card):
    path = tone_file.rename(tone_file.with_name("lost.wav"))
    hearing.listener._wanted.put(lambda: (_ for _ in ()).throw(AudioError("lost.wav is gone")))
    hearing.listener._thread = threading.Thread(target=hearing.listener._run, name="audio")
    hearing.listener._thread.start()
    hearing.until(lambda: any("lost.wav is gone" in line for line in hearing.lines))
    hearing.listener.open(str(path))
    hearing.until(lambda: hearing.newest("bass") > 0.7)
    assert hearing.listener.source == "lost.wav"


def test_a_hearing_that_ends_is_said_and_begun_again(hearing, tone_file, no_sound_card):
    hearing.listener.open(str(tone_file))
    hearing.until(lambda: hearing.newest("bass") > 0.7)
    hearing.listener._hearing._child.kill()
    hearing.until(lambda: any("begun again" in line for line in hearing.lines))
    count = len(hearing.signals)
    hearing.until(lambda: len(hearing.signals) > count + 50 and hearing.newest("bass") > 0.7)
    assert sum("what hears has ended (it was killed)" in line for line in hearing.lines) == 1
    assert hearing.standing == {}  # it hears again


def test_what_is_found_in_a_source_that_is_closed_is_never_told(hearing):
    found = Found(1, now(), {"audio.bass": 1.0}, Word(120.0, now(), 0, 1.0))
    hearing.listener._number = 2
    for _ in range(3):
        hearing.listener._tell(found)
    assert (hearing.signals, hearing.beats) == ([], [])
    hearing.listener._tell(found._replace(source=2))
    assert (len(hearing.signals), len(hearing.beats)) == (1, 1)


def test_a_hearing_that_dies_at_its_start_is_begun_again_ever_more_seldom(hearing, monkeypatch):
    zero = float(int(now()) + 1)

    def begun(first: int, last: int) -> list[int]:
        seconds = []
        for second in range(first, last):
            monkeypatch.setattr(room, "now", lambda: zero + second)  # noqa: B023 - called at once
            count = len(hearing.lines)
            hearing.listener._hear_again("it was killed")
            seconds += [second] * (len(hearing.lines) - count)
        return seconds

    assert begun(0, 100) == [1, 3, 7, 15, 31, 61, 91]
    hearing.listener._hearing.seconds = 0.003  # it has worked
    assert begun(100, 110) == [100, 102, 106]


def test_live_sound_is_heard_and_a_lost_device_comes_back(hearing, sound_server):
    hearing.listener.open("")
    assert hearing.listener.source == "default"
    player = sound_server.play(tone(60, 20))
    hearing.until(lambda: hearing.newest("bass") > 0.7)
    sound_server.stop()
    player.wait()
    hearing.until(lambda: hearing.newest("silence") == 1.0, 4)
    assert hearing.newest("bass") == 0.0
    assert sum("trying until it is back" in line for line in hearing.lines) == 1, hearing.lines
    assert "default" in hearing.standing["audio"]
    sound_server.start()
    player = sound_server.play(tone(60, 20))
    took = hearing.until(lambda: hearing.newest("bass") > 0.7, 10)
    player.kill()
    player.wait()
    assert took < 5
    assert "default is back" in hearing.lines
    assert hearing.standing == {}


def test_the_beat_of_a_file_is_told_on_the_clock_and_moved_by_the_offset(
    hearing, tmp_path, no_sound_card
):
    """A positive offset brings all later, a negative one the beat earlier."""
    path = tmp_path / "clicks.wav"
    soundfile.write(path, clicks(np.arange(0, 8, 0.5), 8), 48000)

    def lateness() -> float:
        count = len(hearing.signals)
        hearing.until(lambda: len(hearing.signals) > count + 60)
        return now() - hearing.blocks[-1][2] - (now() - hearing.signals[-1][0])

    def off() -> float:
        """How much later than a click the last told beat is."""
        _, beat = hearing.beats[-1]
        return (beat - hearing.blocks[0][2] + 0.25) % 0.5 - 0.25

    hearing.listener.open(str(path))
    hearing.until(lambda: len(hearing.beats) >= 3, 12)
    assert lateness() == pytest.approx(0, abs=0.03)
    hearing.until(lambda: hearing.beats[-1][0] == pytest.approx(120, rel=0.02), 12)
    at_once = off()
    assert abs(at_once) < 0.04
    for offset in (150, -100):
        hearing.store.set("audio.offset", offset)
        count = len(hearing.beats)
        hearing.until(lambda count=count: len(hearing.beats) > count + 1)
        assert off() - at_once == pytest.approx(offset / 1000, abs=0.04)
        assert lateness() == pytest.approx(0, abs=0.03)
    hearing.store.set("audio.offset", 400)
    time.sleep(0.2)
    count = len(hearing.signals)
    time.sleep(0.1)
    assert len(hearing.signals) == count  # what is heard now, is told later
    hearing.until(lambda: len(hearing.signals) > count + 50)


def test_a_file_is_held_sought_and_told_where_it_is(hearing, tone_file, no_sound_card):
    with pytest.raises(AudioError, match="no file plays"):
        hearing.listener.pause()
    hearing.listener.open(str(tone_file))
    hearing.until(lambda: hearing.newest("bass") > 0.7)
    hearing.listener.pause()
    hearing.until(lambda: hearing.newest("silence") == 1.0)
    _, length, held = hearing.listener.place
    assert length == 1
    assert held
    for to, wanted in (
        ("0:00.5", 0.5),
        ("+0.25", 0.75),
        ("-0.5", 0.25),
        ("-9", 0.0),
        (" 0.75", 0.75),
    ):
        hearing.listener.seek(to)
        assert hearing.listener.place[0] == pytest.approx(wanted)
    for nonsense in ("", "soon", "1:2:3", "nan", "--4", "9" * 400 + "x"):
        with pytest.raises(AudioError, match="no place in a track"):
            hearing.listener.seek(nonsense)
    hearing.listener.pause()
    hearing.until(lambda: hearing.newest("bass") > 0.7)


def test_a_chosen_input_is_remembered_with_its_driver_and_waited_for(hearing, sound_server):
    hearing.listener.open("vj.monitor")
    assert hearing.listener.source == "Monitor of Null Output"
    assert hearing.memory.read_text() == "Monitor of Null Output, PulseAudio\n"
    hearing.memory.write_text("Scarlett 2i2, ALSA\n")
    hearing.listener.open()
    assert hearing.listener.source == "Scarlett 2i2, ALSA"
    hearing.until(lambda: any("Scarlett 2i2, ALSA: no single input" in x for x in hearing.lines))
    hearing.listener.open("demo")
    assert hearing.memory.read_text() == "Scarlett 2i2, ALSA\n"


def test_the_sink_of_a_show_is_taken_away_and_made_again(hearing, sound_server):
    """The server lives on, without any source; the sound returns by itself."""
    hearing.listener.open("vj.monitor")
    player = sound_server.play(tone(60, 30))
    hearing.until(lambda: hearing.newest("bass") > 0.7)
    number = sound_server.pactl("list", "short", "modules").splitlines()[0].split()[0]
    sound_server.pactl("unload-module", number)
    player.wait()
    hearing.until(lambda: hearing.newest("silence") == 1.0, 4)
    sound_server.pactl("load-module", *SINK.split())
    player = sound_server.play(tone(60, 30))
    hearing.until(lambda: hearing.newest("bass") > 0.7, 6)
    player.kill()
    player.wait()
    assert sum("trying until it is back" in line for line in hearing.lines) == 1
    assert sum("is back" in line for line in hearing.lines) == 2
