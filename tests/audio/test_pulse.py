import time

import numpy as np
import pytest
from conftest import AT_ONCE
from sounds import tone
from test_soundcard import capture, pitch

from engine.audio import pulse
from engine.audio.soundcard import SoundCard, devices, find
from engine.clock import now

MONITOR = "Monitor of Null Output"


def named(name: str, description: str, channels: int = 2) -> tuple[str, ...]:
    words = ("load-module", "module-null-sink", f"sink_name={name}", f"channels={channels}")
    return (*words, "rate=48000", f"sink_properties=device.description={description}", AT_ONCE)


def until(card: SoundCard, ready, seconds: float = 8.0) -> list:
    """Read until ready(blocks); the blocks that came."""
    blocks, end = [], now() + seconds
    while not ready(blocks):
        assert now() < end, "it did not happen"
        if (block := card.read()) is not None:
            blocks.append(block)
    return blocks


def test_the_monitor_of_each_output_is_listed_by_a_name_that_can_be_found(sound_server):
    sound_server.pactl(*named("bar", "Bar_speakers"))
    there = {device["name"]: device for device in devices()}
    assert there[MONITOR]["hostapi"] == "PulseAudio"
    assert there[MONITOR]["channels"] == 2
    assert there[MONITOR]["rate"] == 48000
    assert find("bar speakers".replace(" ", "_")) == "Monitor of Bar_speakers"
    assert find("vj.monitor") == MONITOR


def test_a_monitor_hears_what_its_own_output_plays_and_no_other(sound_server):
    sound_server.pactl(*named("other", "Other"))
    card = SoundCard("Monitor of Other", print)
    players = [sound_server.play(tone(500, 20)), sound_server.play(tone(900, 20), sink="other")]
    try:
        blocks = capture(card, 1)
    finally:
        for player in players:
            player.kill()
            player.wait()
        card.close()
    sound = np.concatenate([block.samples for block in blocks])[-24000:]
    assert pitch(sound, blocks[-1].rate) == pytest.approx(900, abs=2)
    assert now() - blocks[-1].moment < 0.5


def test_two_channels_of_many_are_chosen_while_playing(sound_server):
    sound_server.pactl(*named("many", "Many", 6))
    sound = np.stack([tone(hertz, 20)[:, 0] for hertz in range(400, 1000, 100)], axis=1)
    picked = [1, 2]
    card = SoundCard("Monitor of Many", print, lambda: tuple(picked))
    player = sound_server.play(sound, sink="many")
    try:
        capture(card, 0.1)
        picked[:] = 3, 5
        blocks = until(card, lambda blocks: len(blocks) > 150)
    finally:
        player.kill()
        player.wait()
        card.close()
    samples = np.concatenate([block.samples for block in blocks])[-24000:]
    assert pitch(samples, 48000) == pytest.approx(600, abs=2)
    assert pitch(samples[:, ::-1], 48000) == pytest.approx(800, abs=2)


def test_a_channel_that_is_not_there_is_said_once_and_the_last_one_heard(sound_server):
    lines = []
    card = SoundCard(MONITOR, lines.append, lambda: (7, 8))
    blocks = capture(card, 0.5)
    card.close()
    assert blocks[-1].samples.shape[1] == 2
    assert lines == [f"{MONITOR} has no channel 8, only 2"]


def test_a_source_that_is_taken_away_is_not_replaced_and_comes_back(sound_server):
    """Even where the server would move the stream to another source."""
    sound_server.pactl("load-module", "module-rescue-streams")
    sink = sound_server.pactl(*named("stage", "Stage"))
    lines = []
    card = SoundCard("Monitor of Stage", lines.append, stand=lambda *new: lines.extend(new))
    capture(card, 0.3)
    sound_server.pactl("unload-module", sink)
    until(card, lambda _: lines)
    end = now() + 1
    while now() < end:
        assert card.read() is None
    sound_server.pactl(*named("stage", "Stage"))
    returned = now()
    until(card, lambda _: "Other Half" in sound_server.pactl("list", "source-outputs"))
    took = now() - returned
    until(card, lambda blocks: blocks)
    card.close()
    assert lines[1:] == ["Monitor of Stage is back"]
    assert "trying until it is back" in lines[0]
    assert took < 2


def test_the_end_of_the_process_ends_what_it_started(sound_server):
    card = SoundCard(MONITOR, print)
    capture(card, 0.3)
    assert "Other Half" in sound_server.pactl("list", "source-outputs")
    card._child.kill()
    time.sleep(0.5)
    assert "Other Half" not in sound_server.pactl("list", "source-outputs")
    card.close()


def test_without_a_server_there_are_no_sources(no_sound_card):
    assert pulse.sources() == []
