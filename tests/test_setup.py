"""The first start, on real clones with real venvs and a small package in place of the large ones.

The clones hold the real perform.py and engine/setup.py; behind them stands a command that says
where it runs. Their folder has spaces and accents.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine import setup

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys._base_executable  # outside any venv
BEHIND = """
import json, os, sys, time
from importlib import metadata

def installed(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None

def main(arguments):
    if arguments[:1] == ["exit"]:
        return int(arguments[1])
    if arguments[:1] == ["wait"]:
        try:
            print("ready", flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            return 7
    import typing
    versions = {name: installed(name) for name in ("dot", "dash", "torch")}
    print(json.dumps({"prefix": sys.prefix, "path": sys.path, "environment": dict(os.environ),
        "typing": typing.__file__, "arguments": arguments, **versions}))
    return 0
"""


def wheel(folder, name, version):
    """Make a wheel with one empty module and return its path."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": "",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{f},,\n" for f in (*files, f"{info}/RECORD"))
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return path


class Clone:
    """A folder with the front door, and how to start it."""

    def __init__(self, root, wheels):
        self.root, self.wheels, self.venv = root, wheels, root / ".venv"

    def lay(self):
        (self.root / "engine").mkdir(parents=True)
        for file in ("perform.py", "engine/__init__.py", "engine/setup.py", "engine/machine.py"):
            shutil.copy(ROOT / file, self.root / file)
        (self.root / "engine/commands.py").write_text(BEHIND)
        self.require("dot")
        return self

    def require(self, *names):
        """Write the requirements: these packages, from their wheels."""
        lines = [
            f"{name} @ {(self.wheels / f'{name}-1.0-py3-none-any.whl').as_uri()}" for name in names
        ]
        (self.root / "requirements.txt").write_text("\n".join(lines) + "\n")

    def command(self, *arguments, python=PYTHON):
        return [str(python), str(self.root / "perform.py"), *arguments]

    def start(self, *arguments, python=PYTHON, before=(), **environment):
        """Start it without network; return the finished process."""
        command = [*before, *self.command(*arguments, python=python)]
        return subprocess.run(command, capture_output=True, text=True, env=offline(**environment))

    def answer(self, *arguments, **how):
        """Start it and return what the command behind says about where it runs."""
        done = self.start(*arguments, **how)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def mark(self):
        return json.loads((self.venv / setup.MARK).read_text())


def offline(**environment):
    """Return this process's environment, without index or tests' folders for pip and Python."""
    foreign = ("PYTHONPATH", "VIRTUAL_ENV")
    kept = {k: v for k, v in os.environ.items() if k not in foreign and not k.startswith("PIP_")}
    return {**kept, "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, **environment}


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheels")
    for name in ("dot", "dash"):
        wheel(folder, name, "1.0")
    return folder


@pytest.fixture(scope="module")
def starts(tmp_path_factory, wheels):
    """A clone, and what its two first starts at once said: the one that sets up, the other."""
    clone = Clone(tmp_path_factory.mktemp("first") / "Ärger & Töne", wheels).lay()
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(clone.start, ("hello", "hello")))
    return clone, sorted(done, key=lambda each: "Another start" in each.stderr)


@pytest.fixture(scope="module")
def first(starts):
    """A clone after its first start, and what that start said; to be left as it is."""
    return starts[0], starts[1][0]


@pytest.fixture
def new(tmp_path, wheels):
    """A clone that was never started."""
    return Clone(tmp_path / "Früh stück", wheels).lay()


@pytest.fixture
def made(tmp_path, first):
    """A clone that is set up, in a place of its own, to be broken."""
    clone = Clone(tmp_path / "Été 2", first[0].wheels)
    shutil.copytree(first[0].root, clone.root, symlinks=True)
    mark = setup.read_mark(clone.venv)
    setup.write_mark(clone.venv, setup.replace(mark, place=str(clone.venv)))
    return clone


def test_the_first_start_installs_and_goes_on_inside(first):
    clone, done = first
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert Path(said["prefix"]).samefile(clone.venv)
    assert said["dot"] == "1.0"
    assert said["arguments"] == ["hello"]
    assert "Installing requirements.txt" in done.stderr
    assert clone.mark()["place"] == str(clone.venv)


def test_of_two_first_starts_at_once_one_sets_up_and_the_other_waits(starts):
    done = starts[1]
    assert [each.returncode for each in done] == [0, 0], done
    assert all(json.loads(each.stdout)["dot"] == "1.0" for each in done)
    assert [each.stderr.count("Installing requirements.txt") for each in done] == [1, 0]
    assert ["Another start is setting up" in each.stderr for each in done] == [False, True]


def test_a_later_start_installs_nothing_and_is_silent(first):
    before = (first[0].venv / setup.MARK).stat().st_mtime_ns
    done = first[0].start()
    assert (done.returncode, done.stderr) == (0, "")
    assert (first[0].venv / setup.MARK).stat().st_mtime_ns == before


def test_spinning_threads_are_off_unless_the_performer_says_otherwise(first):
    environment = first[0].answer()["environment"]
    assert (environment["OMP_WAIT_POLICY"], environment["GOMP_SPINCOUNT"]) == ("PASSIVE", "0")
    assert first[0].answer(GOMP_SPINCOUNT="9")["environment"]["GOMP_SPINCOUNT"] == "9"


def test_pythonpath_hides_neither_the_standard_library_nor_the_engine(first, tmp_path):
    for name in ("json.py", "subprocess.py", "dataclasses.py", "engine.py", "venv.py"):
        (tmp_path / name).write_text("raise SystemExit('the wrong one')\n")
    said = first[0].answer(PYTHONPATH=str(tmp_path))
    assert str(tmp_path) not in said["path"]
    assert "PYTHONPATH" not in said["environment"]


def test_an_unfinished_venv_is_made_again_even_from_a_foreign_venv(made, tmp_path):
    (made.venv / setup.MARK).unlink()
    (made.venv / "junk").touch()
    shutil.rmtree(made.venv / "bin")
    foreign = tmp_path / "foreign"
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", foreign], check=True)
    said = made.answer(python=setup.python_of(foreign), VIRTUAL_ENV=str(foreign))
    assert Path(said["prefix"]).samefile(made.venv)
    assert not [path for path in said["path"] if str(foreign) in path]
    assert "VIRTUAL_ENV" not in said["environment"]
    assert not (made.venv / "junk").exists()
    assert str(foreign) not in (made.venv / "pyvenv.cfg").read_text().split("command")[0]


def test_changed_requirements_are_added_to_the_venv_that_is_there(made):
    (made.venv / "kept").touch()
    made.require("dot", "dash")
    assert made.answer()["dash"] == "1.0"
    assert (made.venv / "kept").exists()
    assert made.start().stderr == ""


def test_an_update_that_failed_is_said_and_goes_on_at_the_next_start(made):
    (made.venv / "kept").touch()
    (made.root / "requirements.txt").write_text("dot==1.0\ndash==1.0\n")
    done = made.start()
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("Error: pip could not install")
    assert "Traceback" not in done.stderr
    made.require("dot", "dash")
    assert made.answer()["dash"] == "1.0"
    assert (made.venv / "kept").exists()


def test_an_interrupted_update_is_not_taken_for_a_finished_one(made):
    text = (made.root / "requirements.txt").read_text()
    (made.root / "requirements.txt").write_text("nothing-of-this-name==1.0\n")
    assert made.start().returncode == 2
    (made.root / "requirements.txt").write_text(text)
    assert "Installing requirements.txt" in made.start().stderr


def test_a_moved_clone_is_noticed_and_mended_without_network(made, tmp_path):
    moved = Clone(tmp_path / "Où donc", made.wheels)
    made.root.rename(moved.root)
    done = moved.start()
    assert f"{made.venv} has moved to {moved.venv}" in done.stderr
    said = json.loads(done.stdout)
    assert Path(said["prefix"]).samefile(moved.venv)
    assert said["dot"] == "1.0"
    assert str(moved.venv) in (moved.venv / "bin/activate").read_text()
    assert moved.start().stderr == ""


def test_a_venv_whose_interpreter_is_gone_or_another_is_not_used(made):
    mark = setup.read_mark(made.venv)
    assert setup.usable(made.venv, mark)
    assert not setup.usable(made.venv, setup.replace(mark, python="3.0"))
    (made.venv / "bin/python").unlink()
    assert not setup.usable(made.venv, mark)


def test_a_folder_that_cannot_be_written_to_gets_its_venv_among_the_users_data(new, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    before = read_only(new.root)
    done = new.start(before=before, XDG_DATA_HOME=str(data))
    assert done.returncode == 0, done.stderr
    assert f"{new.root}: Read-only file system" in done.stderr
    assert Path(json.loads(done.stdout)["prefix"]).is_relative_to(data)
    assert not new.venv.exists()
    assert new.start(before=before, XDG_DATA_HOME=str(data)).stderr == ""


def test_where_nothing_can_be_written_one_line_says_so(new, tmp_path):
    done = new.start(before=read_only(tmp_path), XDG_DATA_HOME=str(tmp_path / "data"))
    assert done.returncode == 2
    assert "copy Other Half into one of yours" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def read_only(folder):
    """Return the words before a command that make it see `folder` read-only (root too)."""
    script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", "--mount", *user, "sh", "-c", script, str(folder)]


def test_a_complete_venv_in_a_read_only_folder_is_used(made, tmp_path):
    said = made.answer(before=read_only(made.root), XDG_DATA_HOME=str(tmp_path / "data"))
    assert Path(said["prefix"]) == made.venv


def test_a_python_without_venv_says_what_to_install(new, tmp_path):
    library = Path(os.__file__).parent
    bare = tmp_path / "bare" / "lib" / library.name
    bare.mkdir(parents=True)
    for entry in library.iterdir():
        if entry.name not in ("venv", "ensurepip"):
            (bare / entry.name).symlink_to(entry)
    done = new.start(PYTHONHOME=str(tmp_path / "bare"))
    assert done.returncode == 2
    version = "python{}.{}-venv".format(*sys.version_info)
    assert version in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_here_installs_nothing_and_names_what_is_missing(new):
    (new.root / "requirements.txt").write_text("dot==1.0\npip==1\nno-such-package==2\n")
    (new.root / "engine/commands.py").write_text("import dot\n")
    done = new.start("--here", "info")
    assert done.returncode == 2
    assert "lacks dot, no-such-package;" in done.stderr
    assert not new.venv.exists()


def test_here_keeps_the_interpreter_and_its_path(new, tmp_path):
    said = new.answer("--here", "info", PYTHONPATH=str(tmp_path))
    assert Path(said["prefix"]).samefile(sys.base_prefix)
    assert said["arguments"] == ["info"]
    assert str(tmp_path) in said["path"]


@pytest.mark.parametrize("words", [["exit", "5"], ["--torch=cpu", "exit", "5"]])
def test_the_exit_status_is_handed_on(first, made, words):
    mark = setup.read_mark(made.venv)
    setup.write_mark(made.venv, setup.replace(mark, torch="cpu"))
    assert made.start(*words).returncode == 5


@pytest.mark.parametrize("child", [False, True], ids=["becomes it", "waits for it, as on Windows"])
def test_interrupt_and_exit_status_reach_the_show(first, child):
    root, python = first[0].root, setup.python_of(first[0].venv)
    code = (
        f"import sys; sys.path.insert(0, {str(root)!r}); from pathlib import Path;"
        f"from engine import setup; sys.exit(setup.enter(Path({str(python)!r}),"
        f" [{str(root / 'perform.py')!r}, 'wait'], child={child}))"
    )
    show = subprocess.Popen(
        [PYTHON, "-c", code], stdout=subprocess.PIPE, env=offline(), start_new_session=True
    )
    assert show.stdout.readline() == b"ready\n"
    os.killpg(show.pid, signal.SIGINT)  # as the terminal does: to every process of the group
    assert show.wait(20) == 7


def test_an_old_python_is_told_which_one_is_needed(tmp_path):
    code = (
        "import sys; sys.version_info = (3, 10, 2); sys.version = '3.10.2 (old)';"
        f"path = {str(ROOT / 'perform.py')!r}; __file__ = path; exec(open(path).read())"
    )
    done = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("Other Half needs Python 3.11 or newer; this is Python 3.10.2")
    assert done.stderr.count("\n") == 1


def test_a_bad_torch_build_is_refused(first):
    done = first[0].start("--torch", "gpu", "play")
    assert (done.returncode, done.stderr) == (2, "Error: --torch = 'gpu': must be cpu or cuda\n")


def test_torchs_build_is_taken_from_its_own_index_and_kept(made, tmp_path):
    index = tmp_path / "index"
    for build in ("cpu", "cu130"):
        page = index / build / "torch"
        page.mkdir(parents=True)
        name = wheel(page, "torch", f"2.13.0+{build}").name
        (page / "index.html").write_text(f'<a href="{name.replace("+", "%2B")}">{name}</a>')
    with (made.root / "requirements.txt").open("a") as file:
        file.write("torch==2.13.0\n")

    def prepare(torch):
        code = (
            f"import sys; sys.path.insert(0, {str(made.root)!r}); from engine import setup;"
            f"setup.prepare({str(made.root)!r}, {torch!r}, index={index.as_uri() + '/'!r})"
        )
        environment = offline()
        del environment["PIP_NO_INDEX"]
        environment["PIP_INDEX_URL"] = index.as_uri()
        done = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr
        return made.answer()["torch"]

    assert prepare("cpu") == "2.13.0+cpu"
    assert prepare("") == "2.13.0+cpu"
    assert prepare("cuda") == "2.13.0+cu130"
    assert setup.read_mark(made.venv).torch == "cuda"
