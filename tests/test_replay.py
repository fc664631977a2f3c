"""A take that plays live: its controls come when its sound does, and hands may leave its lanes."""

import json
import math
import subprocess
import sys
from dataclasses import asdict

import numpy as np
import pytest
from waiting import until

from engine.autosave import State
from engine.clock import Clock, Grid, Lead, now
from engine.mapping import Mapper, Mapping, Signals
from engine.options import ROOT, STARTER
from engine.parameters import Store
from engine.recording.heard import RATE
from engine.recording.score import Score
from engine.recording.take import Take, Tick
from engine.replay import Replay

ZOOM = Mapping("audio.bass", "motion.zoom", 0.5)
DREAM = {
    "seconds": 0.1, "size": (32, 18), "octaves": 2, "iterations": 1, "latent": None,
    "threads": 1, "beside": False, "layers": {}, "network": str(STARTER),
}  # fmt: skip


@pytest.fixture
def score(tmp_path):
    """A take of three seconds: the hue turns at 1 s, a mapping comes and the hand taps at 2 s."""
    head = {
        "output": (64, 36), "dream": (32, 18), "fps": 30, "rate": 60, "flashes": 3, "luck": 1,
        "waves": {}, "state": asdict(State(Store().values())),
    }  # fmt: skip
    take = Take(tmp_path / "take", json.loads(json.dumps(head)), (), print)
    for step in range(181):
        second = step // 60
        blend = ((ZOOM,) if second >= 2 else (), (), 1.0, None)
        grid = Grid(150.0, 100.0) if second >= 2 else Grid(120.0, 100.0)
        lead = Lead("tap" if second >= 2 else "tracker", grid, 1.0)
        moved = {"output.hue": 90.0, "motion.zoom": Store().get("motion.zoom") + 0.5}
        values = {**Store().values(), **(moved if second else {}), "recording.on": 1.0}
        outside, shows = {"midi.1.cc.7": second / 2}, step + 1
        take.tick(
            Tick(step, 100 + step / 60, 0.0, None, shows, lead, values, (), outside.copy, blend)
        )
        if step == 90:
            take.dream(number=1, after=90, anew=True, **DREAM)
        take.sound(
            np.full((800, 2), second / 4, np.float32),
            t=100 + step / 60, rate=48000, source=1, settings={}, hearing=1,
        )  # fmt: skip
    take.stop()
    return Score(take.folder)


@pytest.fixture
def replay(score):
    """The replay of it; `at(seconds)` plays until its sound is there."""
    store, mapper, signals = Store(), Mapper(), Signals()
    place, acts, anew, presets, errors = [None], [], [], [], []
    beat = Clock(store.effective)
    made = Replay(
        score, store, mapper, signals, beat, lambda *act: acts.append(act), lambda: place[0],
        lambda: anew.append(1), presets.append, errors.append,
    )  # fmt: skip
    made.store, made.mapper, made.signals, made.beat = store, mapper, signals, beat
    made.acts, made.anew, made.presets, made.errors = acts, anew, presets, errors

    def there(seconds):
        made.play(now())
        line = None if made._again.is_set() else made._next
        return line and line["t"] - made.begun > seconds

    def at(seconds):
        place[0] = seconds
        until(lambda: there(seconds))

    made.at, made.place = at, place
    yield made
    made.stop()


def test_the_example_of_the_documents_smooths_a_lane(score, tmp_path):
    new = tmp_path / "new"
    script = [sys.executable, ROOT / "docs" / "smoother_zoom.py", score.folder, new]
    subprocess.run(script, check=True)
    zoom = [t["hand"]["motion.zoom"] for t in Score(new).lines() if t["kind"] == "tick"]
    wanted = Store().get("motion.zoom") + 0.5  # what the hand sets at 1 s
    assert zoom[0] == Store().get("motion.zoom") and zoom[-1] == pytest.approx(wanted, abs=0.02)
    assert zoom[90] == pytest.approx(wanted - 0.5 * math.exp(-31 / 60 / 0.5), abs=0.01)


def test_nothing_moves_before_the_sound_is_there(replay):
    replay.play(now())
    assert replay.signals.all() == {}


def test_controls_and_signals_come_when_the_sound_does(replay):
    replay.at(0.5)
    assert replay.store.get("output.hue") == 0
    replay.at(1.5)
    assert replay.store.get("output.hue") == 90
    assert replay.signals.read("midi.1.cc.7") == 0.5
    assert replay.mapper.mappings == ()
    replay.at(2.5)
    assert replay.mapper.mappings == (ZOOM,)


def test_a_hand_that_moves_a_control_leaves_its_lane(replay):
    replay.at(0.5)
    replay.store.set("output.hue", -30)
    replay.at(1.5)
    assert replay.store.get("output.hue") == -30
    replay.store.release("output.hue")
    assert replay.store.held() == frozenset(), "what the take sets is held by no hand"


def test_what_a_hand_lets_go_of_is_again_where_the_take_has_it(replay):
    replay.at(0.5)
    replay.store.set("output.hue", -30)
    replay.at(1.5)
    replay.store.release("output.hue")
    replay.play(now())
    assert replay.store.get("output.hue") == -30, "a preset lets go too, and stays"
    replay.take_back(["dream.layer.gone", "output.hue"])
    replay.play(now())
    assert replay.store.get("output.hue") == 90


def test_a_take_starts_no_recording(replay):
    replay.at(1.5)
    assert replay.store.get("recording.on") == 0


def test_a_picture_that_began_anew_begins_anew(replay):
    replay.at(1.0)
    assert replay.anew == []
    replay.at(2.0)
    assert replay.anew == [1]


def test_the_beat_of_the_takes_hands_leads_until_the_performer_taps(replay):
    replay.at(1.5)
    assert replay.beat.led(now()).leader == "fixed", "the music tells the tracker's beat again"
    replay.at(2.5)
    assert replay.beat.led(now()).leader == "tap"
    assert replay.beat.led(now()).grid.bpm == 150


def test_where_the_sound_goes_back_the_controls_do(replay):
    replay.at(2.5)
    replay.at(0.5)
    assert replay.store.get("output.hue") == 0
    assert replay.mapper.mappings == ()
    replay.at(1.5)
    assert replay.store.get("output.hue") == 90


def test_a_jump_forward_does_not_play_what_lies_between(replay):
    replay.at(0.1)
    replay.place[0] = 10.0  # as a seek does, beyond the end
    until(lambda: (replay.play(now()), replay._again.is_set())[1])
    until(lambda: (replay.play(now()), not replay._again.is_set())[1])
    assert replay.anew == [] and replay.errors == []


def test_a_network_comes_each_time_that_the_take_dreams_through_it(replay):
    replay.at(2.9)
    assert replay.acts == []
    for name in ("b", "a", "a", "b"):
        replay._do({"kind": "dream", "network": name, "anew": False}, now())
    assert replay.acts == [("network.load", name) for name in ("b", "a", "b")]


def test_a_beat_that_the_performer_has_taken_stays_his(replay):
    replay.beat_is_ours = True
    replay.at(2.5)
    assert replay.beat.led(now()).leader == "fixed"


def test_the_sound_is_one_track_from_any_place(replay):
    track = replay.track()
    assert (track.rate, round(track.seconds, 2)) == (RATE, 3.0)
    track.seek(round(1.5 * RATE))
    assert track.next(480)[:, 0] == pytest.approx(0.25, abs=1e-3)
    track.seek(round(2.9 * RATE))
    rest = track.next(RATE, loop=False)
    assert len(rest) == pytest.approx(0.1 * RATE, abs=2)
