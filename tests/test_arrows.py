"""The house's laws that the source itself can break: who imports whom, one table, one clock, size.

The allowed arrows are read from ARCHITECTURE.md: the paragraph that begins "Allowed imports:",
as `room, room -> room, room;` for each. "nothing" and "all" mean what they say.
"""

import ast
import re
import sys
from pathlib import Path

import pytest

from engine.parameters import TABLE

ROOT = Path(__file__).resolve().parent.parent
ENGINE = sorted((ROOT / "engine").rglob("*.py"))
SOURCES = [*ENGINE, ROOT / "perform.py", *sorted((ROOT / "benchmarks").rglob("*.py"))]
LINES, FRONT_DOOR_LINES, FUNCTION_LINES = 400, 100, 50
LISTED = 5  # parameter ids in one literal that make it a second list
CLOCKS = {
    "time",
    "time_ns",
    "monotonic",
    "monotonic_ns",
    "perf_counter",
    "perf_counter_ns",
    "sleep",
}
HARDWARE = {  # a library that is a window or a sound card, and the rooms that may know it
    "glfw": {"display", "panel", "commands", "control"},  # control: the names of keys
    "moderngl": {"display", "panel"},
    "imgui_bundle": {"panel"},
    "sounddevice": {"audio"},
    "av": {"recording", "audio"},
    "pythonosc": {"control"},
    "aiohttp": {"control"},
    "zeroconf": {"control"},
    "mido": {"control"},
    "rtmidi": {"control"},
    "torch": {
        "cores",
        "dream",
        "latent",
        "networks",
        "opening",
        "paper",
        "render",
        "rooms",
        "commands",
    },
    "triton": {"dream", "networks"},
    "cuda": {"display"},
    "typer": {"commands"},
}
STANDARD_ONLY = ("setup", "machine")


def room(path):
    """Return the room that a file of engine/ belongs to: a folder's name or its own."""
    return path.relative_to(ROOT / "engine").with_suffix("").parts[0]


def imports(path):
    """Return the full name of everything that the file imports, wherever in it."""
    package = path.relative_to(ROOT).parent.parts
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *filter(None, [node.module])])
            names |= {f"{base}.{alias.name}" for alias in node.names}
    return names


def rooms_used(path):
    """Return the rooms of engine/ that the file imports, but its own."""
    parts = [name.split(".") for name in imports(path)]
    used = {part[1] for part in parts if part[0] == "engine" and len(part) > 1}
    return used - {room(path)}


def arrows():
    """Return for each room the rooms that ARCHITECTURE.md lets it import."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    paragraph = re.search(r"Allowed imports:(.*?)(?:\n\s*\n|\Z)", text, re.DOTALL).group(1)
    plain = re.sub(r"\([^)]*\)|`", "", paragraph).replace("→", "->").strip().rstrip(".")
    allowed = {}
    for rule in plain.split(";"):
        left, right = (re.findall(r"[\w.]+", side) for side in rule.split("->"))
        for name in left:
            allowed.setdefault(name, set()).update(part.split(".")[0] for part in right)
    return allowed


def name(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", ENGINE, ids=name)
def test_a_room_imports_only_what_the_architecture_allows(path):
    allowed = arrows().get(room(path), {"nothing"})
    assert "all" in allowed or rooms_used(path) <= allowed, f"{room(path)} may import {allowed}"


def test_no_room_knows_the_show_that_it_is_in():
    knowing = {room(path) for path in ENGINE if "show" in rooms_used(path)}
    assert knowing == {"play"}


def test_every_room_stands_in_the_architecture():
    rooms = {room(path) for path in ENGINE} - {"__init__"}
    assert rooms - set(arrows()) == set()


@pytest.mark.parametrize("path", ENGINE, ids=name)
def test_windows_sound_cards_and_the_like_stay_in_their_rooms(path):
    libraries = {name.split(".")[0] for name in imports(path)}
    assert {name for name in libraries & set(HARDWARE) if room(path) not in HARDWARE[name]} == set()


@pytest.mark.parametrize("module", STANDARD_ONLY)
def test_the_set_up_needs_no_package(module):
    used = {name.split(".")[0] for name in imports(ROOT / f"engine/{module}.py")}
    assert used - {"engine"} <= sys.stdlib_module_names
    assert rooms_used(ROOT / f"engine/{module}.py") <= set(STANDARD_ONLY)


@pytest.mark.parametrize("path", ENGINE, ids=name)
def test_there_is_one_list_of_parameters(path):
    """No literal outside the table names many parameters, and nobody else declares one."""
    if path.name == "parameters.py":
        return
    ids = {row.id for row in TABLE}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict):
            words = {n.value for n in ast.walk(node) if isinstance(n, ast.Constant)} & ids
            assert len(words) < LISTED, f"line {node.lineno}: a second list: {sorted(words)}"
        if isinstance(node, ast.Call):
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            assert called != "Parameter", f"line {node.lineno}: a parameter is declared here"


@pytest.mark.parametrize("path", ENGINE, ids=name)
def test_only_the_clock_reads_the_clock(path):
    if path.name == "clock.py":
        return
    tree = ast.parse(path.read_text("utf-8"))
    used = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr in CLOCKS]
    found = [n.lineno for n in used if isinstance(n.value, ast.Name) and n.value.id == "time"]
    assert found == [], "lines that read the system's clock"
    assert not {f"time.{clock}" for clock in CLOCKS} & imports(path)


@pytest.mark.parametrize("path", ENGINE, ids=name)
def test_only_the_cores_say_how_many_threads_torch_takes(path):
    """Set anywhere else, the number would hold for other threads too."""
    words = {getattr(n, "attr", "") for n in ast.walk(ast.parse(path.read_text("utf-8")))}
    assert path.name == "cores.py" or not {"set_num_threads", "set_num_interop_threads"} & words


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_files_and_functions_are_short(path):
    text = path.read_text("utf-8")
    most = FRONT_DOOR_LINES if path.name == "perform.py" else LINES
    assert len(text.splitlines()) < most
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, functions) and node.end_lineno - node.lineno >= FUNCTION_LINES
    ]
    assert long == []


@pytest.mark.parametrize("path", ENGINE, ids=name)
def test_a_module_says_what_it_is_for(path):
    tree = ast.parse(path.read_text("utf-8"))
    assert not tree.body or ast.get_docstring(tree), "the module opens without a word"
