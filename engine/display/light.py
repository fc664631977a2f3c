"""What light the wall has: blackout, flash and strobe over levels and colours.

In: the effective values and now, once per display frame. Out: the values as they are shown, and
whether the wall is white. Stage thread, or whoever renders.
"""

from engine.display.blackout import Blackout
from engine.display.flash import Flash
from engine.parameters import SAFE_FLASHES, Snapshot


class Light:
    """The wall's light; at most `flashes` flashes a second."""

    def __init__(self, flashes: float = SAFE_FLASHES):
        self.blackout, self.flash = Blackout(), Flash(flashes)

    def step(self, snapshot: Snapshot, now: float) -> tuple[Snapshot, bool]:
        """Return the values as they are shown at `now`, and whether all is white."""
        dark, fade = bool(snapshot["output.blackout"]), snapshot["output.blackout_fade"]
        bright = self.blackout.light(dark, fade, now) * snapshot["output.brightness"]
        held, strobe = bool(snapshot["output.flash"]), bool(snapshot["output.strobe"])
        black, rate = snapshot["output.black"], snapshot["output.strobe_rate"]
        bright, black, white = self.flash.light(bright, black, held, strobe, rate, now)
        colours = self.flash.colours(snapshot, now)
        shown = {"output.brightness": bright, "output.black": black, **colours}
        return {**snapshot, **shown}, white
