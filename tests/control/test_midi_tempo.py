"""The MIDI clock of a controller at a real JACK server leads the beat."""

import time

import numpy as np
import pytest
from waiting import until

from engine import clock
from engine.control import midi


@pytest.mark.parametrize("bpm", [120, 174])
def test_a_jittery_clock_gives_tempo_phase_and_bar(begin, plug, monkeypatch, bpm):
    """The truth is the sender's own time and what the server adds to each tick alike."""
    pad, heard = plug("Pad"), []
    hear = midi.MidiClock.hear

    def note(clock, kind, moment, *more):
        heard.append(moment)
        return hear(clock, kind, moment, *more)

    monkeypatch.setattr(midi.MidiClock, "hear", note)
    show = begin()
    show.sees(pad)
    bars = 8 * 60 / bpm  # two: one to glide, one to settle
    pad.begin(f"clock {bpm} 0.002 {bars + 2}")
    until(lambda: show.beat.signals(clock.now()) and show.beat.leader == "midi")
    time.sleep(bars)
    moments = clock.now() + np.arange(0, 1.5, 0.01)
    beats = []
    for moment in moments:
        clock.sleep_until(moment)
        beats.append(show.beat.at(moment))
    tempo = show.beat.signals(clock.now())["tempo.bpm"]
    begun, tick = float(pad.answer()), 60 / bpm / 24
    way = np.median(((np.array(heard[1:]) - begun) / tick + 0.5) % 1 - 0.5) * tick
    truth = (moments - begun - way) / (24 * tick)
    late = ((np.array(beats) - truth + 2) % 4 - 2) * 24 * tick
    assert tempo == pytest.approx(bpm, rel=0.01)
    assert np.percentile(np.abs(late), 90) < 0.005  # a busy machine may be late for the rest


def test_a_stop_silences_the_clock_and_another_ports_clock_waits_for_it(begin, plug):
    pad, desk = plug("Pad"), plug("Desk")
    show = begin()
    for each in (pad, desk):
        show.sees(each)
    pad.begin("clock 140 0 2")
    until(lambda: show.beat.signals(clock.now()) and show.beat.leader == "midi")
    desk.ask("clock 90 0 0.5")
    assert show.beat.signals(clock.now())["tempo.bpm"] == pytest.approx(140, rel=0.02)
    desk.send("stop")
    time.sleep(0.05)
    assert show.beat.signals(clock.now()) and show.beat.leader == "midi"
    pad.answer()
    pad.send("stop")
    until(lambda: show.beat.signals(clock.now()) and show.beat.leader != "midi", 0.5)
