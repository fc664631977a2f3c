"""Plays the lines of a score on rooms of its own, display frame by display frame.

In: a score's lines in order. Out: after each display frame the effective values, the camera path,
the beat; all of it from the lines alone, so that it is the same each time. No thread, no clock.
"""

import random
from collections.abc import Mapping
from typing import Any

from engine.autosave import state_of
from engine.camera import CameraPath
from engine.clock import Clock, Grid, Lead
from engine.dream.layers import fill
from engine.mapping import ChannelWalk, Mapper, Signals
from engine.networks.discriminator import Discriminator
from engine.parameters import Snapshot, Store
from engine.presets import Preset, mappings_of, wanted
from engine.render.ears import Ears
from engine.steering import LONGEST, Steering


class Playback:
    """The show of a score's head; `preset`, where given, plays in place of the looks of then."""

    def __init__(
        self, head: Mapping[str, Any], network: Discriminator, preset: Preset | None = None
    ):
        self.store, self.signals, self.path = Store(), Signals(), CameraPath()
        self.ears, self._looks = Ears(), preset is None
        self._mapper = Mapper(luck=random.Random(head["luck"]).random)
        self._beat = Clock(self.store.effective)
        self._beat.waves.free.update({k: tuple(v) for k, v in head["waves"].items()})
        walk, state = ChannelWalk(), state_of(head["state"])
        self._steering = Steering(self.store, self.signals, self._mapper, walk)
        self._blend: Mapping[str, Any] | None = None
        fill(self.store, network)
        state.put(self.store, self._mapper)
        walk.resume(self.store.get("dream.channels.seed"), state.gone)
        self._hand: dict[str, float] = {}  # all that has been set, whether there is a row or not
        if preset:
            self._begin(preset)
        self.now: float | None = None
        self.snapshot: Snapshot = self.store.snapshot()

    def _begin(self, preset: Preset) -> None:
        values, _ = wanted(preset, self.store)
        self._set(values)
        if preset.mappings is not None:
            self._mapper.replace(preset.mappings)

    def use(self, network: Discriminator) -> None:
        """Have the rows of this network."""
        fill(self.store, network)
        self._set(self._hand)

    def tick(self, line: Mapping[str, Any], waited: float) -> Snapshot:
        """Go on to a display frame, where the newest dream is `waited` seconds old or long."""
        now = line["t"]
        dt = 0.0 if self.now is None else min(now - self.now, LONGEST)
        self.now = now
        leader, *grid, sure = line["lead"]
        self._take_controls(line)
        beat = self._beat.signals(now + line["ahead"], Lead(leader, Grid(*grid), sure))
        offset = max(self.store.get("audio.offset") / 1000, 0.0)
        heard = self.ears.at(line["heard"], offset)
        self.signals.publish({**beat, **line["signals"], **heard}, now)
        self.snapshot = self._steering.step(now, dt)
        self.path.advance(self.snapshot, dt, waited)
        return self.snapshot

    def _take_controls(self, line: Mapping[str, Any]) -> None:
        """Set what the hand and, unless a preset stands for them, the looks have set."""
        self._set({**(line["set"] if self._looks else {}), **line["hand"]})
        if self._looks and line["blend"] is not self._blend:
            self._blend = blend = line["blend"]
            playing, leaving = (mappings_of(blend[name]) for name in ("mappings", "leaving"))
            self._mapper.play(playing, leaving, blend["share"])
            self._mapper.solo = next(iter(mappings_of([blend["solo"]])), None)

    def _set(self, values: Mapping[str, float]) -> None:
        if values:
            self._hand.update(values)
            self.store.set_all({id: v for id, v in values.items() if self.store.has(id)})
