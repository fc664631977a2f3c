"""A numbered run folder: settings first, then frames, what the run needs to go on, and the video.

In: settings, pictures as uint8 (h, w, 3), the state of a loop as arrays. Out: files, each written
beside and put in place whole, so that a stop at any moment leaves nothing half. Main thread.
"""

import json
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch
from PIL import Image

from engine import clock
from engine.paper.options import OptionError, reread
from engine.recording.encoder import Encoder

CONFIG, STATE = "config.json", "unfinished.npz"
QUALITY = {"quality": 95, "subsampling": 0}  # of a JPEG: colours at full size
EVERY = 2.0  # seconds between two savings of the state
State = Mapping[str, np.ndarray | torch.Tensor]


class Run:
    """One run's folder; `config` is what its config.json holds."""

    def __init__(self, folder: Path, config: Mapping[str, Any]):
        self.folder, self.config = folder, config
        self._saved = clock.now()

    @classmethod
    def begin(cls, config: Mapping[str, Any]) -> "Run":
        """Make the next numbered folder in config["outdir"] and write the settings into it."""
        outdir = Path(config["outdir"])
        outdir.mkdir(parents=True, exist_ok=True)
        name = config["description"] or config["command"]
        while True:
            numbers = [int(m[0]) for p in outdir.iterdir() if (m := re.match(r"\d+", p.name))]
            folder = outdir / f"{max(numbers, default=-1) + 1:05d}-{name}"
            try:
                folder.mkdir()
                break
            except FileExistsError:  # another run took the number just now
                continue
        text = json.dumps(config, indent=4, sort_keys=True)
        _put(folder / CONFIG, lambda path: path.write_text(text + "\n", "utf-8"))
        run = cls(folder, config)
        run.save(0, {}, now=True)
        return run

    @classmethod
    def again(cls, folder: Path) -> "Run":
        """Return the run in `folder`; OptionError if there is none, or one that cannot be."""
        try:
            config = json.loads((folder / CONFIG).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise OptionError(f"{folder}: no run to go on with ({error})") from None
        try:
            return cls(folder, reread(config if isinstance(config, dict) else {}))
        except OptionError as error:
            raise OptionError(f"{folder}: {CONFIG}: {error}") from None

    def path(self, name: str) -> Path:
        """Return where the picture of this name is kept."""
        return self.folder / f"{name}{'.png' if self.config['png'] else '.jpg'}"

    def keep(self, name: str, picture: np.ndarray) -> None:
        """Write a picture under `name`."""
        options = {} if self.config["png"] else QUALITY
        _put(self.path(name), lambda path: Image.fromarray(picture).save(path, **options))

    def save(self, done: int, state: State, now: bool = False) -> None:
        """Save what is needed to go on after `done` frames, every two seconds or `now`."""
        if now or clock.now() - self._saved >= EVERY:
            _put(self.folder / STATE, lambda path: np.savez(path, done=done, **_arrays(state)))
            self._saved = clock.now()

    def state(self, total: int, like: State) -> tuple[int, dict[str, np.ndarray]]:
        """Return how many of `total` frames are done and the loop's state; 0 if nothing was saved.

        OptionError unless its arrays are shaped as those of `like`, and numbers.
        """
        path = self.folder / STATE
        if not path.is_file():
            return 0, {}
        try:
            with np.load(path, allow_pickle=False) as file:
                found = dict(file)
            done = int(found.pop("done"))
        except (OSError, EOFError, TypeError, ValueError, KeyError, BadZipFile) as error:
            raise OptionError(f"{path}: cannot be read ({error}); begin a new run") from None
        if not 0 <= done <= total:
            raise OptionError(f"{path}: done is {done}, must be 0 to {total}; begin a new run")
        wanted = _arrays(like) if done else {}
        for name, x in wanted.items():
            if wrong := _unlike(found.get(name), x):
                raise OptionError(f"{path}: {name} {wrong}; begin a new run")
        return done, {name: found[name] for name in wanted}

    def end(self) -> None:
        """Remove the state: the run is finished."""
        (self.folder / STATE).unlink(missing_ok=True)

    def finished(self) -> bool:
        """Return whether the run has come to its end."""
        made = [path for path in self.folder.iterdir() if path.name != CONFIG]
        return bool(made) and not (self.folder / STATE).exists()

    def film(self, names: Sequence[str]) -> list[Path]:
        """Write the kept pictures as a video, and backwards too if asked; return the files."""
        made = [self._film(self.config["command"], names)]
        if self.config["reverse_video"]:
            made.append(self._film(f"{self.config['command']}_reversed", names[::-1]))
        return made

    def _film(self, name: str, names: Sequence[str]) -> Path:
        path = self.folder / f"{name}.mp4"
        fps = Fraction(self.config["fps"])
        beside = self.folder / f".{name}.part.mp4"
        encoder = None
        for number, picture in enumerate(names):
            pixels = _even(self.path(picture))
            if encoder is None:
                encoder = Encoder(beside, pixels.shape[1::-1], fps, None)
            encoder.picture(number, pixels)
        encoder.close()
        beside.replace(path)
        return path


def _even(path: Path) -> np.ndarray:
    """Return a kept picture as RGBA, its sides made even as the video needs them."""
    with Image.open(path) as image:
        w, h = image.size
        return np.array(image.convert("RGBA").crop((0, 0, w - w % 2, h - h % 2)))


def _arrays(state: State) -> dict[str, np.ndarray]:
    return {name: torch.as_tensor(x).cpu().numpy() for name, x in state.items()}


def _unlike(found: np.ndarray | None, wanted: np.ndarray) -> str:
    """Return in what an array that was saved differs in kind from the one wanted, or nothing."""
    if found is None:
        return "is missing"
    if (found.dtype, found.shape) != (wanted.dtype, wanted.shape):
        return f"is {found.dtype} {found.shape}, must be {wanted.dtype} {wanted.shape}"
    return "" if np.isfinite(found).all() else "is not all numbers"


def _put(path: Path, write) -> None:
    """Call `write` with a name beside `path`, and put the file in its place in one step."""
    beside = path.with_name(f".part-{path.name}")
    write(beside)
    beside.replace(path)
