"""The one table of parameters and actions, the store of their values, and the snapshot.

In: set() by hand, OSC, panel or preset; apply() by the mappings. Any thread.
Out: rows for whoever draws or publishes them; an immutable snapshot for whoever renders.
A value is always a number: a toggle is 0 or 1, a menu the index of its choice.
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from engine.parameter import Action, Parameter, ParameterError


def _row(id, low, high, default, unit, help, curve="linear", choices=()):
    return Parameter(id, float(low), float(high), float(default), unit, curve, help, choices)


def _toggle(id, help, default=0):
    return _row(id, 0, 1, default, "", help, "toggle", ("off", "on"))


SAFE_FLASHES = 3.0  # a second: the most within any second by WCAG 2.3.1
SHAPES = ("sine", "triangle", "saw", "square", "random", "smooth")
TURNS = ("free", "1/4", "1/2", "1", "2", "4", "8", "16", "32")


def _wave(id, shape, beats):
    """Rows of a wave, the signal `id`."""
    shape, beats = SHAPES.index(shape), TURNS.index(beats)
    return (
        _row(f"{id}.shape", 0, 5, shape, "", "Shape of this wave.", "menu", SHAPES),
        _row(f"{id}.beats", 0, 8, beats, "beats", "Length of a turn; free goes by the rate.",
             "menu", TURNS),
        _row(f"{id}.rate", 0.01, 10, 0.2, "1/s", "Turns a second where it runs free.", "power"),
    )  # fmt: skip


MACROS = tuple(f"macro.{number}" for number in range(1, 9))  # rows, and signals of the same name


def _lane(id, steps):
    """Rows of a sequencer lane, the signal `id`."""
    return (
        _row(f"{id}.beats", 0, 4, 0, "beats", "Length of a step.", "menu", ("1/4", "1/2", "1", "2", "4")),
        _row(f"{id}.steps", 1, 16, 16, "", "How many of its steps play.", "integer"),
        *(_row(f"{id}.step.{number}", 0, 1, value, "", "What the lane is in this step.")
          for number, value in enumerate(steps, 1)),
    )  # fmt: skip


# fmt: off
TABLE = (
    _row("mix.reaction", 0, 2, 1, "", "How strongly music and waves move what is mapped: 0 not at all, 1 as it is set, 2 twice as much."),
    _row("mix.ab", 0, 1, 0, "", "Crossfader between the looks A and B, once both are taken."),
    *(_row(id, 0, 1, 0, "", "A knob for mappings: one that moves many.") for id in MACROS),
    _row("motion.zoom", -2, 2, 0.12, "1/s", "Growth of the picture; 0 is still, positive flies in."),
    _row("motion.rotation", -180, 180, 4, "deg/s", "Turning, counter-clockwise positive."),
    _row("motion.x", -1, 1, 0, "heights/s", "Drift of the picture to the right."),
    _row("motion.y", -1, 1, 0, "heights/s", "Drift of the picture downwards."),
    _row("motion.center_x", -1, 1, 0, "heights", "Where zoom and rotation turn, right of the middle."),
    _row("motion.center_y", -0.5, 0.5, 0, "heights", "Where zoom and rotation turn, below the middle."),
    _row("motion.edge", 0, 2, 0, "", "What comes in over the picture's edge.", "menu", ("mirror", "wrap", "black")),
    _row("motion.mirrors", 0, 12, 0, "", "Mirrors through the middle: 1 the sides, 2 the quarters, both grown together by the dream; more a kaleidoscope.", "integer"),
    _row("output.brightness", 0, 2, 1, "", "Brightness of the output."),
    _row("output.black", 0, 0.9, 0, "", "What is darker than this is black, the rest lighter for it: 0 all as it is."),
    _row("output.saturation", 0, 2, 1, "", "Colours of the output: 0 black and white."),
    _row("output.hue", -180, 180, 0, "deg", "Turn of the output's hues."),
    _row("output.tint", 0, 1, 0, "", "How far all colours become one light: black, over the tint's hue, to white."),
    _row("output.tint_hue", -180, 180, 30, "deg", "Hue of the tint: 0 red, 30 fire, 120 green, -150 ice, -60 magenta."),
    _row("output.sharpness", 0, 1, 0.6, "", "How crisp a small dream stands on a large wall: its edges drawn together."),
    _toggle("output.blackout", "Black output; the dream goes on."),
    _row("output.blackout_fade", 0, 10, 0.5, "s", "How long a blackout fades, out and in; 0 cuts.", "power"),
    _toggle("output.freeze", "Hold the picture that is shown now."),
    _toggle("output.flash", "White, held as long as the key is; flashing light can cause seizures."),
    _toggle("output.strobe", "White flashes by themselves; flashing light can cause seizures."),
    _row("output.strobe_rate", 0.2, 30, 2, "1/s", f"Flashes of the strobe; at most {SAFE_FLASHES:g} a second, unless settings.toml allows more."),
    _row("dream.strength", 0, 10, 2, "1/s", "How fast the dream changes the picture, whatever the octaves.", "power"),
    _row("dream.octaves", 1, 6, 3, "", "Sizes of form dreamed at once.", "integer"),
    _row("dream.octave_scale", 1.2, 3, 2, "", "Size of one octave over the next."),
    _row("dream.octave_tilt", -2, 2, 0, "", "Weight of large forms (positive) against small ones (negative)."),
    _toggle("dream.unzoom", "Every octave at the picture's full size: finer forms, slower dreams."),
    _row("dream.iterations", 1, 20, 1, "", "Gradient steps in each octave.", "integer"),
    _toggle("dream.governor", "Keep the dream rate: fewer iterations, a smaller picture, fewer octaves, unless held by hand.", 1),
    _row("dream.rate", 1, 60, 8, "1/s", "Dreams a second that the governor keeps."),
    _row("dream.leak", 0, 6, 1.5, "1/s", "How fast old forms fade.", "power"),
    _row("dream.smooth", 0, 3, 0.5, "px", "Blur of the gradient."),
    _row("dream.chroma", 0, 8, 4, "px", "Blur of the gradient's colours: 0 rainbow fringes, 4 calm regions."),
    _row("dream.jitter", 0, 32, 0, "px", "Shift of the picture under the network, anew for each step.", "integer"),
    _row("dream.layer.*", 0, 2, 0, "", "Weight of this layer of the discriminator."),
    _row("dream.channels.seed", 0, 9999, 0, "", "Which channels of each layer dream; between two seeds, some of both."),
    _row("dream.channels.width", 1, 512, 6, "", "How many channels dream: 1 one pattern, 6 a mix, 256 whole shells and eyes.", "power"),
    _row("dream.channels.walk", 0, 4, 0.12, "seeds/s", "Walk from one channel seed to the next.", "power"),
    _row("dream.channels.step", 0, 3, 0, "", "A step to the next seed on each beat, bar or onset.", "menu", ("off", "beat", "bar", "onset")),
    _row("dream.channels.layers", 0, 4, 0, "seeds", "How far each dreaming layer's channels lie from those of the one before."),
    _row("dream.channels.octaves", 0, 8, 0, "seeds", "How far each octave's channels lie from those of the larger one."),
    _row("dream.channels.choice", 0, 1, 0, "", "Channels by the seed, or side by side at the place.", "menu", ("seed", "place")),
    _row("dream.channels.place", 0, 1, 0, "", "Where in the layer the channels lie that dream: 0 first, 1 last."),
    _row("dream.regions.kind", 0, 2, 0, "", "Where other channels dream: in the right half, or in rings.", "menu", ("off", "halves", "rings")),
    _row("dream.regions.apart", 0, 8, 4, "seeds", "How far the other region's channels lie from the first's."),
    _row("dream.norm", 0, 3, 0, "", "A layer's share: even (its weight alone), or as the paper weighs it.", "menu", ("even", "plain", "normed", "sqrt-normed")),
    _row("dream.ambiguous", 0, 2, 0, "", "Pull to where the network cannot tell the style."),
    _row("dream.real", -2, 2, 0, "", "Pull to what the network takes for real (positive) or generated (negative)."),
    _row("tone.mean", 0, 6, 1, "1/s", "Pull of each colour's mean to half of the first picture's."),
    _row("tone.hold", 0, 6, 0, "1/s", "Pull of the contrast to the first picture's."),
    _row("tone.saturation", 0.5, 4, 1.35, "x/s", "Growth of the colours; 1 keeps them."),
    _row("tone.hue_drift", -180, 180, 12, "deg/s", "Turning of all hues."),
    _row("tone.contrast", 0.5, 4, 1, "x/s", "Growth of the contrast; 1 keeps it."),
    _row("latent.mix", 0, 4, 0.15, "1/s", "Flow of the generator's picture into the dream.", "power"),
    _row("latent.speed", 0, 90, 8, "deg/s", "Walk through the generator's latent space.", "power"),
    _row("latent.psi", 0, 1.5, 0.8, "", "Truncation: 0 the average picture, 1 the whole range."),
    _row("latent.seed", 0, 9999, 0, "", "Where the latent walk starts.", "integer"),
    _row("network.class", 0, 999, 0, "", "Class by which a network that knows classes judges; between two numbers, between two classes."),
    _row("network.style.*", 0, 2, 0, "", "Pull towards this style of a network that knows styles."),
    _row("guide.content", 0, 2, 0, "", "Pull to the guide picture's forms, in the layers that keep them."),
    _row("guide.style", 0, 2, 0, "", "Pull of the dreaming layers to the guide picture's textures."),
    _toggle("network.on_bar", "A network that is loaded comes in on the next bar."),
    _row("audio.gain", -24, 24, 0, "dB", "Gain before the analysis."),
    _toggle("audio.auto", "Learn what is loud in this music; off holds what was learned.", 1),
    _row("audio.left", 1, 64, 1, "", "Channel of the input that is heard on the left.", "integer"),
    _row("audio.right", 1, 64, 2, "", "Channel of the input that is heard on the right.", "integer"),
    _row("audio.offset", -500, 500, 0, "ms", "Picture later (positive); negative, only the beat comes earlier."),
    _toggle("audio.loop", "Play a sound file again and again.", 1),
    _row("tempo.leader", 0, 5, 0, "", "Who leads the beat; auto: your taps, else Ableton Link, else MIDI clock, else the music, else the fixed tempo.", "menu", ("auto", "tap", "link", "midi", "tracker", "fixed")),
    _toggle("tempo.link", "Take part in Ableton Link on this network (an extra: see the README)."),
    _row("tempo.low", 40, 200, 85, "beats/min", "Slowest tempo that the music is heard at; a slower one counts double."),
    _row("tempo.high", 60, 240, 170, "beats/min", "Fastest tempo that the music is heard at; a faster one counts half."),
    _row("tempo.fixed", 40, 240, 120, "beats/min", "The tempo while nobody else leads."),
    _row("tempo.phrase", 0, 2, 1, "bars", "Length of a phrase.", "menu", ("4", "8", "16")),
    *_wave("lfo.1", "sine", "4"),
    *_wave("lfo.2", "triangle", "16"),
    *_wave("lfo.3", "smooth", "free"),
    *_lane("lane.1", (1, 0, 0, 0.5) * 4),
    *_lane("lane.2", (round(step / 15, 2) for step in range(16))),
    _row("note.attack", 0, 10, 0.01, "s", "How long a note's envelope takes to rise.", "power"),
    _row("note.decay", 0, 10, 0.3, "s", "How long it then takes to fall to its sustain.", "power"),
    _row("note.sustain", 0, 1, 0.5, "", "Where it stays while the key is down."),
    _row("note.release", 0, 10, 0.5, "s", "How long it fades when the key is let go.", "power"),
    _row("preset.morph", 0, 64, 0, "", "How long a preset that is loaded takes to come; 0 cuts.", "power"),
    _row("preset.morph_in", 0, 2, 0, "", "What that is counted in.", "menu", ("beats", "bars", "seconds")),
    _row("preset.on", 0, 2, 0, "", "When a preset that is loaded begins to come.", "menu", ("at once", "beat", "bar")),
    _row("preset.every", 0, 128, 0, "bars", "How long a preset plays before the next one comes by itself; 0: till you call it. A cue that is followed by the next one goes first.", "integer"),
    _toggle("preset.shuffle", "In any order instead of the list's, each once before one comes again."),
    _row("wander.far", 0, 1, 0, "", "How far the picture's parameters stray from your settings: share of their range."),
    _row("wander.speed", 0.005, 2, 0.05, "1/s", "How often each of them turns to another place.", "power"),
    _toggle("recording.on", "Record picture and sound to a video file."),
    _row("recording.source", 0, 2, 0, "", "What is recorded: the output; the dream, without the output's levels, colours, blackout and flash; or both, a file each.", "menu", ("output", "dream", "both")),
    _toggle("recording.blackout", "Blackout, flash and strobe are in the output's recording too.", 1),
    _row("recording.format", 0, 3, 0, "", "H.264 or HEVC to share (.mp4), ProRes (.mov) or FFV1 (.mkv, lossless) to edit; from the next file on.", "menu", ("h264", "hevc", "prores", "ffv1")),
    _row("recording.keep", 0, 120, 0, "s", "How many of the last seconds are kept in memory, to be saved by a key; 0 keeps none.", "integer"),
)

# The performer's own, whatever the look: in no preset, and undo leaves them alone.
SWITCHES = ("output.blackout", "output.freeze", "output.flash", "output.strobe")
MOMENTARY = ("output.flash",)  # toggles that are on as long as a key or a pad is held

LAYER_FAMILY = "dream.layer."  # the families that a network fills
STYLE_FAMILY = "network.style."

ACTIONS = {
    "beat.tap": Action("Tap the tempo."),
    "beat.release": Action("Take the hand off the tempo: taps, nudges, x2 and /2 are forgotten."),
    "beat.resync": Action("Let a phrase begin now."),
    "beat.downbeat": Action("Let the nearest beat be the first of its bar."),
    "beat.earlier": Action("Nudge the beat 10 ms earlier."),
    "beat.later": Action("Nudge the beat 10 ms later."),
    "beat.double": Action("Count the beat twice as fast."),
    "beat.halve": Action("Count the beat half as fast."),
    "preset.load": Action("Load the preset of this name.", "PRESET"),
    "preset.save": Action("Save the present state under this name.", "NAME"),
    "preset.rename": Action("Call a preset of your own otherwise: this is OLD/NEW.", "OLD/NEW"),
    "preset.delete": Action("Put this preset of your own aside, as NAME.deleted beside it.", "PRESET"),
    "preset.next": Action("Load the next preset."),
    "preset.previous": Action("Load the previous preset."),
    "preset.number": Action("Load the preset in this numbered slot, else the one at this place of the list.", "NUMBER", 1),
    "preset.slot": Action("Keep the preset that plays under this number, which the digits call.", "NUMBER [PRESET]", 1),
    "lock.toggle": Action("Lock this parameter or group against presets, cues, crossfader and wandering, or unlock it; without a name, unlock all.", "PARAMETER"),
    "hand.release": Action("Take the hand off this parameter: the governor, or the take that is replayed, may move it again; without a name, off all but the locked.", "PARAMETER"),
    "mix.a": Action("Let this preset be the crossfader's look A; without a name, the look of now.", "PRESET"),
    "mix.b": Action("Let this preset be the crossfader's look B; without a name, the look of now.", "PRESET"),
    "cue.go": Action("Call the next cue of the set list."),
    "cue.back": Action("Call the cue before."),
    "cue.jump": Action("Call the cue of this number, counted through all songs.", "NUMBER", 1),
    "take.mark": Action("Set a marker in the take that is being written; a name may stand with it.", "NAME"),
    "song.next": Action("Make the next song's first cue the next one."),
    "song.previous": Action("Make this song's first cue the next one, or the song's before."),
    "midi.learn": Action("Bind the next MIDI control that moves to this parameter or action.", "PARAMETER"),
    "midi.forget": Action("Unbind this parameter's or action's MIDI controls; without a name, learn no more.", "PARAMETER"),
    "audio.open": Action("Listen to this device or file; 'demo' is the demo track.", "SOUND"),
    "audio.pause": Action("Hold the sound file that plays, or let it go on."),
    "audio.seek": Action("Go in the sound file: +10 or -10 seconds from here, 90 or 1:30 from its beginning.", "SECONDS", 0),
    "guide.load": Action("Take the picture in this file as the guide; without a name, none.", "FILE"),
    "network.load": Action("Dream through the network in this file.", "FILE"),
    "edit.undo": Action("Undo what was done last: a move, a preset, a mapping."),
    "edit.redo": Action("Do again what was undone."),
    "recording.save": Action("Save the last seconds, which recording.keep keeps, to a video file."),
    "recording.still": Action("Save a picture of the wall, 16 bits a colour, without blackout and flash."),
    "output.dark": Action("Black out, and back; a second press while it fades cuts."),
    "output.fullscreen": Action("Switch the output window to fullscreen and back."),
    "panel.toggle": Action("Show or hide the panel."),
    "panel.help": Action("Show or hide the list of keys."),
    "show.panic": Action("Back to a safe picture: begun anew, light, nothing frozen, the opening preset."),
    "show.quit": Action("End the show."),
}
# fmt: on

Snapshot = Mapping[str, float]


class Store:
    """Every parameter's value: the hand's, and the effective one that mappings make of it."""

    def __init__(self, table: Iterable[Parameter] = TABLE):
        self._lock = threading.Lock()
        self._families = {row.id[:-1]: row for row in table if row.id.endswith(".*")}
        self._rows = {row.id: row for row in table if not row.id.endswith(".*")}
        self._values = {id: row.default for id, row in self._rows.items()}
        self._offsets: dict[str, float] = {}
        self._held: set[str] = set()
        self._locks: frozenset[str] = frozenset()

    def rows(self) -> tuple[Parameter, ...]:
        """Return the rows in the table's order, families filled."""
        return tuple(self._rows.values())

    def fill(self, family: str, defaults: Mapping[str, float]) -> None:
        """Give `family` (as "dream.layer.") these members; vanished ones keep their value."""
        row = self._families[family]
        members = {
            family + name: replace(row, id=family + name, default=row.clip(value))
            for name, value in defaults.items()
        }
        with self._lock:
            others = {id: r for id, r in self._rows.items() if not id.startswith(family)}
            self._rows = _in_table_order({**others, **members})
            for id, member in members.items():
                self._values.setdefault(id, member.default)

    def members(self, family: str) -> tuple[str, ...]:
        """Return the names that `family` has now."""
        return tuple(id.removeprefix(family) for id in self._rows if id.startswith(family))

    def has(self, id: str) -> bool:
        """Return whether there is a row of this id now."""
        return id in self._rows

    def row(self, id: str) -> Parameter:
        """Return the row of this id; ParameterError if there is none."""
        if not self.has(id):
            raise ParameterError(f"{id!r}: no parameter of this name")
        return self._rows[id]

    def set(self, id: str, value: object) -> float:
        """Set the hand's value, clipped to the range, and hold it. Returns what was set.

        What is held, nobody but the performer moves (the dream's governor asks).
        """
        number = self.row(id).read(value)
        self.set_all({id: number})
        return number

    def set_all(self, values: Mapping[str, float]) -> None:
        """Set and hold these values, clipped, all in one snapshot. The only way in."""
        numbers = {id: self.row(id).read(value) for id, value in values.items()}
        with self._lock:
            self._values.update(numbers)
            self._held.update(numbers)

    def move(self, values: Mapping[str, float]) -> None:
        """Set those of these values that no hand holds and none locks, clipped, and hold none."""
        numbers = {id: self.row(id).read(v) for id, v in values.items() if not self.locked(id)}
        with self._lock:
            self._values.update({id: n for id, n in numbers.items() if id not in self._held})

    @property
    def locks(self) -> frozenset[str]:
        """The ids and groups (as "motion", "dream.layer") that only hands and mappings move."""
        return self._locks

    def lock(self, names: Iterable[str]) -> None:
        """Lock these ids and groups and no others; what there is none of may come yet."""
        self._locks = frozenset(names)

    def locked(self, id: str) -> bool:
        """Return whether this row is locked, itself or by a group that it is in."""
        locks = self._locks
        return bool(locks) and any(id == name or id.startswith(f"{name}.") for name in locks)

    def toggle_lock(self, name: str) -> None:
        """Lock this id or group, or unlock it; without a name unlock all. ParameterError else."""
        if name and not any(id == name or id.startswith(f"{name}.") for id in self._rows):
            raise ParameterError(f"{name[:60]!r}: no parameter or group of this name")
        self.lock(self._locks ^ {name} if name else ())

    def release(self, *ids: str) -> frozenset[str]:
        """Hold these parameters no longer, without any none but the locked; return which it were."""
        with self._lock:
            gone = self._held & (set(ids) or {id for id in self._held if not self.locked(id)})
            self._held -= gone
        return frozenset(gone)

    def by_hand(self) -> frozenset[str]:
        """Return what was set since it was last released."""
        with self._lock:
            return frozenset(self._held)

    def held(self) -> frozenset[str]:
        """Return what was set since it was last released, and what a mapping moves."""
        with self._lock:
            return frozenset(self._held | self._offsets.keys())

    def get(self, id: str) -> float:
        """Return the hand's value; ParameterError if there is no such parameter."""
        self.row(id)
        return self._values[id]

    def effective(self, id: str) -> float:
        """Return what the mappings make of the hand's value; ParameterError if it is unknown."""
        return self.row(id).clip(self._values[id] + self._offsets.get(id, 0.0))

    def values(self) -> dict[str, float]:
        """Return the hand's value of every row."""
        with self._lock:
            return {id: self._values[id] for id in self._rows}

    def apply(self, offsets: Mapping[str, float]) -> None:
        """Take what the mappings add to the hand's values, in each parameter's own unit."""
        self._offsets = dict(offsets)

    def snapshot(self) -> Snapshot:
        """Return an immutable copy of the effective values."""
        return self.moment()[1]

    def moment(self) -> tuple[dict[str, float], Snapshot]:
        """Return the hand's values and the effective ones, of one and the same moment."""
        offsets = self._offsets
        with self._lock:
            rows, hand = self._rows, {id: self._values[id] for id in self._rows}
        effective = {id: row.clip(hand[id] + offsets.get(id, 0.0)) for id, row in rows.items()}
        return hand, MappingProxyType(effective)


def _in_table_order(rows: dict[str, Parameter]) -> dict[str, Parameter]:
    places = {row.id.removesuffix("*"): place for place, row in enumerate(TABLE)}

    def place(id: str) -> int:
        family = next((f for f in places if f.endswith(".") and id.startswith(f)), id)
        return places.get(family, len(places))

    return dict(sorted(rows.items(), key=lambda item: place(item[0])))
