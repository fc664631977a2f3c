"""The paper's commands, run in this process in a folder of the test's own."""

from pathlib import Path

import pytest
import torch
from quick import Stop

from engine import commands
from engine.paper import command, options


@pytest.fixture(autouse=True)
def one_core():
    """One core, so that a run is the same again, whatever else runs here."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def perform(tmp_path, monkeypatch):
    """Return perform(*words): the exit status of a command, run inside tmp_path."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: commands.main([str(word) for word in words])


@pytest.fixture
def run(perform, capsys):
    """Return run(*words): the run folder of a command that must succeed."""

    def made(*words):
        capsys.readouterr()
        assert perform(*words) == 0, capsys.readouterr().err
        return Path(capsys.readouterr().out.strip())

    return made


@pytest.fixture
def configured(tmp_path):
    """Return configured(name, option=value, ...): a command's settings as its words give them."""

    def make(name, **changes):
        defaults = options.COMMANDS[name] | {"outdir": str(tmp_path)} | changes
        read = {
            key: options.OPTIONS[key].read(value) if isinstance(value, str) else value
            for key, value in defaults.items()
        }
        return {"command": name} | read

    return make


@pytest.fixture
def stopped(configured):
    """Return stopped(name, after, ...): the folder of a run that ended after so many frames."""

    def make(name, after, **changes):
        run, job = command.begin(configured(name, **changes), set())

        def progress(done, total):
            if done == after:
                raise Stop

        with pytest.raises(Stop):
            command.go(run, job, progress)
        return run.folder

    return make
