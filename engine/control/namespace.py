"""The namespace as OSCQuery tells it: a node for every parameter, action and signal.

In: the table's rows with their values, the signals (some are texts), the presets' names. Out: a
tree of dictionaries that JSON can hold. Plain functions, any thread. Attributes and their forms:
OSCQueryProposal.
"""

from collections.abc import Iterable, Mapping

from engine.control.osc_packets import Argument
from engine.parameters import ACTIONS, Action, Parameter

Node = dict[str, object]
GIVEN = (
    *("FULL_PATH", "CONTENTS", "TYPE", "ACCESS", "VALUE", "RANGE", "DESCRIPTION", "UNIT"),
    *("CLIPMODE", "CURVE"),  # CURVE is our own: the curve of the row, for a fader's travel
)
OTHERS = ("TAGS", "EXTENDED_TYPE", "CRITICAL", "OVERLOADS", "HTML")  # of the proposal; we have none
NOBODY, READ, WRITE, BOTH = range(4)  # what ACCESS tells
UNITS = {"deg": "angle.degree", "px": "distance.pixels", "beats/min": "time.bpm"}


def address_of(id: str) -> str:
    """Return the OSC address of a parameter, an action or a signal."""
    return "/" + id.replace(".", "/")


def id_of(address: str) -> str:
    """Return the id whose address this is, empty where it can be none's."""
    return address[1:].replace("/", ".") if "." not in address else ""


def tree(
    rows: Iterable[Parameter],
    values: Mapping[str, float],
    signals: Mapping[str, Argument],
    presets: Iterable[str],
) -> Node:
    """Return the root of the whole namespace."""
    root = _container("/")
    for row in rows:
        if row.id in values:
            _place(root, row.id, _parameter(row, values[row.id]))
    for id, action in ACTIONS.items():
        _place(root, id, _action(action, presets))
    for id, value in signals.items():
        if id not in values:  # a macro is both, and is to be set
            _place(root, id, {"TYPE": _tag(value), "ACCESS": READ, "VALUE": [value]})
    return root


def find(root: Node, path: str) -> Node | None:
    """Return the node at this path, None if there is none."""
    node = root
    for part in path.strip("/").split("/") if path.strip("/") else ():
        node = node.get("CONTENTS", {}).get(part)
        if node is None:
            return None
    return node


def typed(row: Parameter, value: float) -> Argument:
    """Return a row's value in the type that its node tells."""
    if row.curve == "menu":
        return row.choices[int(value)]
    if row.curve == "toggle":
        return value > 0
    return int(value) if row.whole else value


def _container(path: str) -> Node:
    return {"FULL_PATH": path, "ACCESS": NOBODY, "CONTENTS": {}}


def _place(root: Node, id: str, attributes: Node) -> None:
    """Put a node where it belongs; a signal may be at a place that holds others, as lfo.1 does."""
    node, path = root, ""
    parts = id.split(".")
    for part in parts[:-1]:
        path += "/" + part
        node = node.setdefault("CONTENTS", {}).setdefault(part, _container(path))
    leaf = node.setdefault("CONTENTS", {}).setdefault(parts[-1], {"FULL_PATH": address_of(id)})
    leaf.update(attributes)


def _parameter(row: Parameter, value: float) -> Node:
    told = typed(row, value)
    node = {"TYPE": _tag(told), "ACCESS": BOTH, "VALUE": [told], "DESCRIPTION": row.help}
    if row.curve == "toggle":
        node["RANGE"] = [{"VALS": [False, True]}]
    elif row.curve == "menu":
        node["RANGE"] = [{"VALS": list(row.choices)}]
    else:
        low, high = typed(row, row.min), typed(row, row.max)
        node |= {"RANGE": [{"MIN": low, "MAX": high}], "CLIPMODE": ["both"]}
    if row.unit:
        node["UNIT"] = [UNITS.get(row.unit, row.unit)]
    return node | {"CURVE": [row.curve]}


def _tag(value: Argument) -> str:
    if isinstance(value, bool):
        return "T" if value else "F"
    return {float: "f", int: "i", str: "s"}[type(value)]


def _action(action: Action, presets: Iterable[str]) -> Node:
    kind = "s" if action.takes else "I"
    node = {"TYPE": kind, "ACCESS": WRITE, "DESCRIPTION": action.help}
    return node | ({"RANGE": [{"VALS": list(presets)}]} if action.takes == "PRESET" else {})
