"""The first start: makes .venv, installs what is missing, and goes on inside it.

In: the folder of perform.py and its requirement files. Out: the Python of a venv that has them.
Standard library only: it runs before anything is installed, in any Python from 3.11 on. All it
says goes to stderr. A venv without its mark (MARK, written last) is unfinished and made again.
"""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from pathlib import Path

from engine.machine import nvidia_card, say, say_default, system_parts, torch_build, torch_words

SHOW, TESTS = "requirements.txt", "tests/requirements.txt"
MARK = "complete.json"
# What belongs to another Python or another venv and must not reach ours.
FOREIGN = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
FOREIGN += ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_REQUIRE_VIRTUALENV")

TORCH_INDEX = "https://download.pytorch.org/whl/"
TORCH_BUILDS = {"cpu": "cpu", "cuda": "cu130"}


class SetupError(Exception):
    """Why nothing can start, in one line that says what to do."""


def refuse(reason: object) -> int:
    """Say why nothing can start and return the exit status."""
    say(f"Error: {reason}")
    return 2


@dataclass(frozen=True)
class Asked:
    """The options that are about the set-up itself and come before any command's own."""

    here: bool = False
    torch: str = ""


def read(arguments: Sequence[str]) -> tuple[Asked, list[str]]:
    """Take --here and --torch BUILD out of the arguments; return them and what is left."""
    asked, rest = Asked(), []
    words = iter(arguments)
    for word in words:
        if word == "--here":
            asked = replace(asked, here=True)
        elif word == "--torch" or word.startswith("--torch="):
            build = word.removeprefix("--torch").removeprefix("=") or next(words, "")
            if build not in TORCH_BUILDS:
                raise SetupError(f"--torch = {build!r}: must be {' or '.join(TORCH_BUILDS)}")
            asked = replace(asked, torch=build)
        else:
            rest.append(word)
    return asked, rest


# -- the venv and its mark ------------------------------------------------------------------------


@dataclass(frozen=True)
class Mark:
    """What a finished venv holds: its Python, its place, torch as asked for, hash of each file."""

    python: str
    place: str
    torch: str
    files: dict[str, str]


def read_mark(venv: Path) -> Mark | None:
    """Return the mark of `venv`, None where it is unfinished or not there."""
    try:
        return Mark(**json.loads((venv / MARK).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_mark(venv: Path, mark: Mark) -> None:
    """Write the mark as a whole or not at all."""
    draft = venv / (MARK + ".new")
    draft.write_text(json.dumps(asdict(mark), indent=1), "utf-8")
    draft.replace(venv / MARK)


def hashes(root: Path, files: Sequence[str]) -> dict[str, str]:
    """Return the hash of each requirement file."""
    try:
        return {f: hashlib.sha256((root / f).read_bytes()).hexdigest() for f in files}
    except OSError as error:
        raise SetupError(f"{error.filename}: {error.strerror}; the folder is incomplete") from None


def python_of(venv: Path) -> Path:
    """Return the path of the venv's interpreter."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def version_of(python: Path) -> str:
    """Return the interpreter's version as "3.11", empty where it does not run."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        return subprocess.run(
            [python, "-I", "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def usable(venv: Path, mark: Mark | None) -> bool:
    """Whether the venv was finished and its interpreter is still the one it was made for.

    A set that was made with another Python than today's goes on with its own: nothing is
    downloaded minutes before a show. Only the odd case asks the interpreter itself.
    """
    if mark is None or not (python_of(venv).exists() and (venv / "pyvenv.cfg").exists()):
        return False
    mine = "%d.%d" % sys.version_info[:2]  # noqa: UP031 (a tuple of two, read as one)
    return mark.python == mine or version_of(python_of(venv)) == mark.python


def ready(venv: Path, wanted: dict[str, str], torch: str) -> bool:
    """Whether `venv` is finished, in its place, and has what is wanted."""
    mark = read_mark(venv)
    return (
        usable(venv, mark)
        and mark.place == str(venv)
        and torch in ("", mark.torch)
        and wanted.items() <= mark.files.items()
    )


def data_folder(root: Path) -> Path:
    """Return this clone's folder among the user's data, for a clone that cannot be written to."""
    home = Path.home()
    base = {
        "darwin": home / "Library/Application Support",
        "win32": Path(os.environ.get("LOCALAPPDATA") or home / "AppData/Local"),
    }.get(sys.platform, Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share"))
    return base / "other-half" / hashlib.sha256(str(root).encode()).hexdigest()[:12]


def prepare(
    root: str | Path,
    torch: str = "",
    testing: bool = False,
    files: Sequence[str] = (),
    index: str = TORCH_INDEX,
) -> Path:
    """Return the Python of a venv that has every requirement, making or mending it first.

    root: the folder of perform.py. torch: "cpu" or "cuda" for that build, "" for pip's choice.
    testing: the tools of the tests too. files: requirement files, instead of the show's own.
    """
    root = Path(root)
    wanted = hashes(root, files or ((SHOW, TESTS) if testing else (SHOW,)))
    places = (root / ".venv", data_folder(root) / ".venv")
    venv = next((v for v in places if ready(v, wanted, torch)), None)
    if venv is None:
        venv, lock_file = writable(places)
        with lock(lock_file, venv):
            if not ready(venv, wanted, torch):
                build(root, venv, wanted, torch, index)
    if not inside(python_of(venv)):
        system_parts(testing)
    return python_of(venv)


def writable(places: Sequence[Path]) -> tuple[Path, Path]:
    """Return the first place where a venv can be made, and its lock file."""
    for venv in places:
        lock_file = venv.with_name(".venv.lock")
        try:
            venv.parent.mkdir(parents=True, exist_ok=True)
            lock_file.open("a").close()
            return venv, lock_file
        except OSError as error:
            reason = f"{venv.parent}: {error.strerror}"
            say(f"{reason}.")
    raise SetupError(f"{reason}; no folder can be written to: copy Other Half into one of yours")


@contextmanager
def lock(path: Path, venv: Path) -> Iterator[None]:
    """Hold the lock file, so that of two starts at once one sets up and the other waits."""
    with path.open("a") as file:
        if not _locked(file, wait=False):
            say(f"Another start is setting up {venv}; waiting for it.")
            while not _locked(file, wait=True):
                pass
        yield


def _locked(file, wait: bool) -> bool:
    """Lock the file until it is closed; return whether that succeeded."""
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError as error:
        if os.name != "nt" and not isinstance(error, BlockingIOError):
            raise SetupError(f"{file.name}: {error.strerror}; this disk has no locks") from None
        return False
    return True


def build(root: Path, venv: Path, wanted: dict[str, str], torch: str, index: str) -> None:
    """Make, move or update the venv, then mark it as finished.

    While packages change, the mark lacks the changed files: an interrupted update goes on.
    """
    mark = read_mark(venv)
    if usable(venv, mark):
        if mark.place != str(venv):
            say(f"{mark.place} has moved to {venv}.")
            make(venv, clear=False)
    else:
        say(f"{'Making again' if venv.exists() else 'Making'} {venv}, once:")
        say("0.4 GB are downloaded, 2.8 GB where CUDA comes along; that takes some minutes.")
        (venv / MARK).unlink(missing_ok=True)
        make(venv, clear=True)
        mark = None
    mark = mark or Mark(version_of(python_of(venv)), str(venv), "", {})
    stale = [f for f in wanted if wanted[f] != mark.files.get(f)]
    new_torch = torch if torch != mark.torch else ""
    if mark.files:
        kept = {} if new_torch else {f: h for f, h in mark.files.items() if f not in stale}
        write_mark(venv, replace(mark, place=str(venv), files=kept))
    install(root, venv, list(wanted) if new_torch else stale, new_torch, index)
    files = {**mark.files, **wanted}
    write_mark(venv, replace(mark, place=str(venv), torch=torch or mark.torch, files=files))


def make(venv: Path, clear: bool) -> None:
    """Make an empty venv, or renew the links of one that has moved; its packages stay."""
    try:
        import ensurepip  # noqa: F401 (Debian leaves it out of its Python)
        from venv import EnvBuilder
    except ImportError:
        name = "python%d.%d-venv" % sys.version_info[:2]  # noqa: UP031
        raise SetupError(
            f"{sys.executable} cannot make a venv. Debian, Ubuntu: sudo apt-get install {name};"
            " elsewhere install Python from python.org"
        ) from None
    try:
        EnvBuilder(clear=clear, with_pip=clear, symlinks=os.name != "nt").create(venv)
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        raise SetupError(f"{venv} cannot be made: {error}") from None


# -- packages -------------------------------------------------------------------------------------


def install(root: Path, venv: Path, files: Sequence[str], torch: str, index: str) -> None:
    """Install torch's build, if one is asked for, and the requirement files."""
    pin = torch_pin(root) if SHOW in files else ""
    card = nvidia_card() if pin else ""
    if torch:
        if sys.platform == "darwin":
            raise SetupError("--torch: there is one build for Macs, and pip takes it by itself")
        build = TORCH_BUILDS[torch]
        pip(venv, f"{pin}+{build}", "--index-url", index + build)
    elif pin and torch_build(venv) is None:
        say_default(card)
    for file in files:
        say(f"Installing {file}.")
        pip(venv, "-r", str(root / file))
    if pin and (version := torch_build(venv)):
        say(torch_words(version, card))


def pip(venv: Path, *arguments: str) -> None:
    """Run pip's install in the venv; its own progress goes to stderr."""
    command = [python_of(venv), "-m", "pip", "install", "--no-user", *arguments]
    if subprocess.run(command, stdout=sys.stderr.fileno(), env=own_environment()).returncode:
        raise SetupError("pip could not install that; see above, check the network, start again")


def torch_pin(root: Path) -> str:
    """Return the line of the requirements that pins torch, empty if there is none."""
    found = re.search(r"^torch==[\w.]+", (root / SHOW).read_text("utf-8"), re.MULTILINE)
    return found.group() if found else ""


def lacks(root: str | Path) -> str:
    """Say which packages of the show this interpreter does not have."""
    lines = (Path(root) / SHOW).read_text("utf-8").splitlines()
    names = [line.split("==")[0] for line in lines if "==" in line]
    missing = [name for name in names if not _installed(name)]
    return f"--here: {sys.executable} lacks {', '.join(missing)}; start without --here, or add them"


def _installed(name: str) -> bool:
    try:
        return bool(metadata.version(name))
    except metadata.PackageNotFoundError:
        return False


# -- going on inside ------------------------------------------------------------------------------


def own_environment() -> dict[str, str]:
    """Return the environment without what belongs to another Python or venv."""
    return {name: value for name, value in os.environ.items() if name not in FOREIGN}


def inside(python: Path) -> bool:
    """Whether this process already runs in that Python's venv."""
    venv = python.parent.parent
    return venv.exists() and venv.samefile(sys.prefix)


def enter(python: Path, arguments: Sequence[str], child: bool = os.name == "nt") -> int:
    """Go on in the venv's Python: this process becomes it, or on Windows waits for it.

    A child gets Ctrl-C from the console itself; its exit status is returned.
    """
    command = [str(python), *arguments]
    if not child:
        os.execve(python, command, own_environment())
    signal.signal(signal.SIGINT, lambda *_: None)
    return subprocess.call(command, env=own_environment())
