"""What a take's writer puts down, a score reads again, whatever cut it off."""

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from waiting import until

from engine.audio.block import whole
from engine.clock import Grid, Lead
from engine.mapping import Mapping
from engine.options import ROOT, STARTER
from engine.recording import take as taking
from engine.recording.lines import KINDS
from engine.recording.score import Score
from engine.recording.take import Take, TakeError, Tick

HEAD = {
    "output": [64, 36], "dream": [32, 18], "fps": 30, "rate": 60.0, "flashes": 3.0, "luck": 1,
    "waves": {}, "state": {"degrees": 0.0},
}  # fmt: skip
BLEND = (Mapping("audio.bass", "motion.zoom", 0.5),), (), 1.0, None
DREAM = {
    "seconds": 0.1, "size": (32, 18), "octaves": 2, "iterations": 1, "latent": None, "anew": False,
    "threads": 1, "beside": False, "layers": {}, "network": str(STARTER),
}  # fmt: skip
HEARD = {"rate": 48000, "source": 1, "settings": {"audio.gain": 0.0}, "hearing": 1}


def tick(step, values=(), held=(), signals=(), heard=None, shows=0, blend=BLEND):
    lead = Lead("fixed", Grid(120.0, 0.1 + 0.2), 1.0)
    published = dict(signals)
    return Tick(
        step, step / 60, 1 / 60, heard, shows, lead, dict(values), held, lambda: published, blend
    )


@pytest.fixture
def take(tmp_path):
    """A take that is being written, what it complained of, and then its lines."""
    errors = []
    made = Take(tmp_path / "night", HEAD, ("audio.bass",), errors.append)
    made.errors = errors
    yield made
    made.stop()


def lines(take, kind):
    take.stop()
    return [line for line in Score(take.folder).lines() if line["kind"] == kind]


def test_every_display_frame_comes_back_with_all_that_holds_and_what_has_changed(take):
    take.tick(tick(1, {"a": 0.1, "b": 1 / 3}, held=("b",), signals={"midi.1": 0.5}))
    take.tick(tick(2, {"a": 0.1, "b": 1 / 3}, signals={"midi.1": 0.5}))
    take.tick(tick(3, {"a": 0.2, "b": 1 / 3}, signals={"midi.1": 0.7, "audio.bass": 0.9}))
    first, second, third = lines(take, "tick")
    assert (first["hand"], first["set"]) == ({"b": 1 / 3}, {"a": 0.1})
    assert (second["hand"], second["set"], second["signals"]) == ({}, {}, {})
    assert (third["set"], third["signals"]) == ({"a": 0.2}, {"midi.1": 0.7}), "no sound's signals"
    assert [line["t"] for line in (first, second, third)] == [1 / 60, 2 / 60, 3 / 60]
    assert third["lead"] == ["fixed", 120.0, 0.1 + 0.2, 0.0, 0.0, 1.0]
    assert third["blend"]["mappings"][0]["signal"] == "audio.bass"


def test_what_has_not_changed_is_not_written_again(take):
    for step in range(1, 100):
        take.tick(tick(step, {f"row.{n}": n for n in range(200)}))
    take.stop()
    assert (take.folder / taking.LOG).stat().st_size < 99 * 60 + 5000


@given(values=st.dictionaries(st.sampled_from("abc"), st.floats(-1e9, 1e9)))
def test_any_number_comes_back_to_the_bit(values, tmp_path_factory):
    made = Take(tmp_path_factory.mktemp("takes") / "one", HEAD, (), print)
    made.tick(tick(1, values))
    assert lines(made, "tick")[0]["set"] == values


def test_a_dream_stands_after_the_frame_that_it_began_with_and_sound_before_its_ear(take):
    block = np.zeros((256, 2), np.float32)
    for step in (1, 2, 3):
        take.tick(tick(step, heard=step / 60))
    take.dream(number=1, after=1, **DREAM)
    take.sound(block, t=2.5 / 60, **HEARD)
    take.stop()
    told = [(line["kind"], line.get("step")) for line in Score(take.folder).lines()]
    assert told == [
        ("tick", 1), ("network", None), ("dream", None), ("tick", 2), ("sound", None), ("tick", 3),
    ]  # fmt: skip


def test_the_sound_comes_back_to_the_bit_through_files_of_other_rates(take):
    random = np.random.default_rng(1)
    parts = [whole(random.normal(0, 0.4, (256, 2)).astype(np.float32)) for _ in range(40)]
    for number, part in enumerate(parts):
        rate = 48000 if number < 20 else 44100
        take.sound(part, t=number / 100, **HEARD | {"rate": rate})
    sounds = lines(take, "sound")
    reader = Score(take.folder).sounds()
    assert all((reader.next(line) == part).all() for line, part in zip(sounds, parts, strict=True))
    assert soundfile.info(take.folder / "sound-2.flac").samplerate == 44100


START = {
    "picture": np.zeros((1, 3, 4, 5), np.float32), "moved": np.eye(3),
    "mean": np.zeros((1, 3, 1, 1), np.float32), "deviation": np.ones((1, 1, 1, 1), np.float32),
    "number": np.array(0),
}  # fmt: skip


def test_what_the_first_dream_begins_with_comes_back(take):
    picture = np.random.default_rng(2).normal(size=(1, 3, 4, 5)).astype(np.float32)
    take.begin(**START | {"picture": picture})
    take.stop()
    assert (Score(take.folder).start()["picture"] == picture).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"picture": np.zeros((3, 4, 5))}, {"moved": np.full((3, 3), np.nan)},
        {"mean": np.array(["x"] * 3).reshape(1, 3, 1, 1)}, {"number": None},
    ],
)  # fmt: skip
def test_what_cannot_be_begun_with_is_refused(take, wrong):
    take.begin(**START | wrong)
    take.stop()
    with pytest.raises(TakeError, match=r"of the shape|cannot be read"):
        Score(take.folder).start()


def test_a_start_that_was_cut_off_is_refused(take):
    take.begin(**START)
    take.stop()
    path = take.folder / taking.START
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(TakeError, match="cannot be read"):
        Score(take.folder).start()


def test_a_file_that_has_gone_is_said_and_the_take_goes_on(take, tmp_path):
    take.copy("guide", tmp_path / "nothing.png")
    take.copy("guide", tmp_path)  # a folder
    take.dream(number=1, after=0, **DREAM | {"network": str(tmp_path / "gone.pkl")})
    take.say("mark", t=1.0, name="here")
    kinds = [line["kind"] for line in (take.stop(), list(Score(take.folder).lines()))[1]]
    assert kinds == ["network", "dream", "mark"]
    assert len(take.errors) == 3 and "nothing.png: No such file" in take.errors[0]
    assert "Is a directory: the take lacks it" in take.errors[1]


def test_a_copy_of_what_plays_a_part_is_kept_and_no_path_leaves_the_folder(take, tmp_path):
    (tmp_path / "Pearl.toml").write_text("version = 1")
    take.copy("preset", tmp_path / "Pearl.toml")
    (line,) = lines(take, "preset")
    score = Score(take.folder)
    assert score.file(line["file"]).read_text() == "version = 1"
    with pytest.raises(TakeError, match="there is no"):
        score.file("../Pearl.toml")


def test_a_folder_that_is_there_is_never_written_into(tmp_path):
    with pytest.raises(TakeError, match="is there already"):
        Take(tmp_path, HEAD, (), print)


def test_a_disk_that_stands_still_ends_the_take_with_one_line_and_nobody_waits(take):
    stands = threading.Event()
    take._note(stands.wait, 30)
    for step in range(1, taking.WAITING + 50):
        take.tick(tick(step))
    stands.set()
    assert len(take.errors) == 1 and "the disk is too slow" in take.errors[0]


def test_the_end_does_not_wait_for_a_disk_that_never_answers(take, monkeypatch):
    monkeypatch.setattr(taking, "PATIENCE", 0.2)
    stands = threading.Event()
    take._note(stands.wait, 30)
    take.stop()
    assert len(take.errors) == 1 and "the disk does not answer" in take.errors[0]
    stands.set()


def test_a_fault_of_the_disk_ends_the_take_with_one_line(take):
    take._note(Path(take.folder / "nothing.png").read_bytes)
    until(lambda: take.errors)
    take.tick(tick(1))
    take.stop()
    assert len(take.errors) == 1 and str(take.folder) in take.errors[0]


WRITER = """
import sys, time, numpy as np
sys.path[:0] = [{root!r}, {tests!r}, {tests!r} + "/.."]
from pathlib import Path
from test_take import *
take = Take(Path(sys.argv[1]), HEAD, (), print)
for step in range(1, 10**6):
    take.tick(tick(step, {{"a": step}}))
    take.sound(np.full((800, 2), 0.25, np.float32), t=step / 60, **HEARD)
    time.sleep(1 / 60)
    if step == 150:
        print("go", flush=True)
"""


def test_a_kill_costs_no_more_than_the_last_second(tmp_path):
    folder = tmp_path / "killed"
    code = WRITER.format(root=str(ROOT), tests=str(Path(__file__).parent))
    process = subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"go\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    score = Score(folder)
    ticks = [line for line in score.lines() if line["kind"] == "tick"]
    sounds, reader = [x for x in score.lines() if x["kind"] == "sound"], score.sounds()
    samples = sum(len(reader.next(line)) for line in sounds)
    assert ticks[-1]["step"] >= 150 - 75 and samples >= (150 - 75) * 800
    assert ticks[-1]["set"] == {"a": ticks[-1]["step"]}


BROKEN = {
    "no take at all": ({}, "no take"),
    "no JSON": ({taking.HEAD: "{"}, "cannot be read"),
    "another version": ({taking.HEAD: json.dumps({"version": 9})}, "version 9"),
    "a head that lacks": ({taking.HEAD: json.dumps({"version": 1})}, "missing required field"),
    "no log": ({taking.HEAD: json.dumps({"version": 1, **HEAD})}, "there is no log.jsonl"),
    "a broken line": (
        {taking.HEAD: json.dumps({"version": 1, **HEAD}), taking.LOG: "{}\n"}, "line 1",
    ),
    "a line that lacks": (
        {taking.HEAD: json.dumps({"version": 1, **HEAD}), taking.LOG: '{"kind":"tick"}\n'},
        "line 1: lacks t, ahead",
    ),
}  # fmt: skip


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(data=st.data())
def test_whatever_stands_in_a_line_is_whole_or_refused_in_one_line(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    kind = data.draw(st.sampled_from(list(KINDS)))
    line = data.draw(st.dictionaries(st.sampled_from([*KINDS[kind], "hand", "set"]), ANY))
    (folder / taking.HEAD).write_text(json.dumps({"version": 1, **HEAD}))
    (folder / taking.LOG).write_text(json.dumps({**line, "kind": kind}) + "\n")
    try:
        (read,) = Score(folder).lines()
        assert KINDS[kind].keys() <= read.keys()
    except TakeError as refusal:
        assert "\n" not in str(refusal) and "line 1" in str(refusal)


@given(name=st.sampled_from(list(HEAD)), value=ANY)
def test_whatever_stands_in_a_head_is_whole_or_refused_in_one_line(name, value, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    (folder / taking.HEAD).write_text(json.dumps({"version": 1, **HEAD, name: value}))
    (folder / taking.LOG).write_text("")
    try:
        Score(folder)
    except TakeError as refusal:
        assert name in str(refusal)


@pytest.mark.parametrize("files, said", BROKEN.values(), ids=BROKEN)
def test_what_is_no_take_is_refused_in_one_line(files, said, tmp_path):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(TakeError, match=said) as refusal:
        list(Score(tmp_path).lines())
    assert "\n" not in str(refusal.value)
