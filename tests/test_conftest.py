"""On CI a missing part fails the run: a skip is not forgiven there, but for a missing GPU."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")


@pytest.mark.parametrize(
    ("ci", "body", "status"),
    [
        ("true", "pytest.skip('no sound card')", 1),
        ("", "pytest.skip('no sound card')", 0),
        ("true", "pass", 0),
        ("true", "pytest.importorskip('no_such_module')", 1),
    ],
)
def test_a_skip_fails_on_ci(tmp_path, ci, body, status):
    assert run(tmp_path, ci, f"import pytest\ndef test_part():\n    {body}\n") == status


def test_a_module_that_skips_itself_fails_on_ci(tmp_path):
    text = "import pytest\npytest.skip('not here', allow_module_level=True)\n"
    ready = "def test_ready():\n    pass\n"
    assert run(tmp_path, "true", text, ready) == 1


def test_a_missing_gpu_is_forgiven(tmp_path):
    text = "import pytest\n@pytest.mark.gpu\ndef test_card():\n    pytest.skip('no card')\n"
    assert run(tmp_path, "true", text) == 0


def run(folder, ci, *texts):
    """Run pytest on these test files beside our conftest.py; return its exit status."""
    shutil.copy(CONFTEST, folder)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = gpu: needs a card\n")
    for number, text in enumerate(texts):
        (folder / f"test_{number}.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    environment = {**os.environ, "CI": ci}
    return subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL
    ).returncode
