"""Reads a pickle as data: nothing that it names is imported, called or given attributes.

In: a Reader of an open file, and a table of our own functions for the names that are known.
Out: dicts, lists, tuples, numbers and text; Opaque objects for whatever has another name; a Span
for what is long, left in the file until it is asked for. Unreadable says in a line why not.
Any thread. A stack machine over pickletools.genops: a pickle is a program, and of its commands
only those are done that make data. Sizes, depth, steps and what builders copy are limited.
"""

import io
import pickletools
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

STEPS = 1_000_000  # commands in a pickle; a network of 1024 x 1024 has some 50 thousand
DEEPEST = 1000  # marks that are open at once
LARGEST = 1 << 28  # bytes of one object; the largest known layer has a quarter of that
LINE = 1024  # bytes of a name
LONG = 4096  # bytes from which text and bytes stay in the file
WIDEST = 1 << 61  # keys from here on can be made to collide

FAULTS = (ValueError, LookupError, TypeError, AttributeError, OverflowError, struct.error)


class Unreadable(ValueError):
    """A file whose data cannot be read here."""


def damaged(fault: Exception) -> Unreadable:
    """Return what to say of a fault met in a file's data: its own line, or that it is broken."""
    return fault if isinstance(fault, Unreadable) else Unreadable("cut off, or damaged")


class Reader:
    """A part of an open file, read forward from `start` and never beyond `end`."""

    def __init__(self, file: BinaryIO, start: int, end: int):
        self.file, self.end = file, end
        file.seek(start)

    def read(self, size: int) -> bytes:
        """Return the next bytes; none of them where fewer are left, or where they are too many."""
        if not 0 <= size <= min(self.end - self.file.tell(), LARGEST):
            return b""
        return self.file.read(size)

    def readline(self) -> bytes:
        """Return the next line, or as much of it as a name may have."""
        return self.file.readline(max(0, min(self.end - self.file.tell(), LINE)))

    def tell(self) -> int:
        """Return the place in the file."""
        return self.file.tell()

    def skip(self, size: int) -> None:
        """Go on behind the next bytes, which must be there."""
        if not 0 <= size <= self.end - self.file.tell():
            raise Unreadable("cut off, or damaged: it claims more than there is")
        self.file.seek(size, io.SEEK_CUR)


@dataclass(frozen=True)
class Span:
    """Bytes that stay in the file; `text` where UTF-8 stands there for characters below 256."""

    file: BinaryIO
    start: int
    end: int
    text: bool = False

    def __len__(self) -> int:
        return self.end - self.start

    def reader(self) -> Reader:
        """Return a reader of these bytes."""
        if not self.text:
            return Reader(self.file, self.start, self.end)
        data = Reader(self.file, self.start, self.end).read(len(self))
        data = data.decode("utf-8").encode("latin1")
        return Reader(io.BytesIO(data), 0, len(data))


@dataclass(frozen=True)
class Name:
    """What a pickle calls by its module and name, as text and nothing else."""

    text: str

    def __str__(self) -> str:
        return ascii(self.text.replace(" ", "."))[1:-1][:80]


@dataclass(eq=False)
class Opaque:
    """An object of a name that is not known: what it was to be made from."""

    name: Name
    arguments: tuple
    state: Any = None


Builders = Mapping[str, Callable[..., Any]]


class Machine:
    """Does the commands of one pickle, from where `reader` stands to its end."""

    def __init__(self, reader: Reader, builders: Builders, persistent: Callable | None = None):
        self.reader, self.builders, self.persistent = reader, builders, persistent
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        self.steps, self.room = 0, reader.end - reader.tell()

    def run(self) -> Any:
        """Return the pickle's object."""
        try:
            for opcode, argument, place in pickletools.genops(self.reader):
                self._count(1)
                self._step(opcode.name, argument, place)
            (made,) = self.stack
        except FAULTS as fault:
            raise damaged(fault) from None
        return made

    def _count(self, steps: int) -> None:
        self.steps += steps
        if self.steps > STEPS:
            raise Unreadable(f"more than {STEPS} steps of a pickle")

    def _hold(self, size: int) -> None:
        """Hold characters or bytes: honest ones stand in the pickle, each at least once."""
        self.room -= size
        if self.room < 0:
            raise Unreadable("a pickle that makes more than it holds")

    def _step(self, name: str, argument: Any, place: int) -> None:
        if name in LITERALS:
            self.stack.append(argument)
        elif name in HEADS:
            self.stack.append(self._long(name, argument, place + HEADS[name]))
        elif name in CONSTANTS:
            self.stack.append(CONSTANTS[name])
        elif name in EMPTY:
            self.stack.append(EMPTY[name]())
        elif name in COMMANDS:
            COMMANDS[name](self, argument)
        elif name not in SILENT:
            raise Unreadable(f"a pickle with {name}, which no network's file needs")

    def _long(self, name: str, argument: Any, start: int) -> Any:
        """Return text or bytes, or where they stand, so that only what is used is held."""
        end = self.reader.tell()
        if end - start < LONG:
            return argument
        return Span(self.reader.file, start, end, name == "BINUNICODE")

    def _mark(self, _) -> None:
        if len(self.below) >= DEEPEST:
            raise Unreadable("a pickle nested too deep")
        self.below.append(self.stack)
        self.stack = []

    def _marked(self) -> list[Any]:
        """Return what was put since the last mark, and take it away."""
        items, self.stack = self.stack, self.below.pop()
        return items

    def _push(self, value: Any) -> None:
        self.stack.append(value)

    def _tuple(self, size: int) -> None:
        if len(self.stack) < size:
            raise Unreadable("damaged: a tuple of what is not there")
        self.stack[-size:] = [tuple(self.stack[-size:])]

    def _set_items(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if type(target) is dict:
            put(target, zip(items[::2], items[1::2], strict=True))
        elif type(target) is not Opaque:
            raise Unreadable("items for what is no dictionary")

    def _append(self, items: list[Any], kind: type) -> None:
        target = self.stack[-1]
        if type(target) is kind:
            target.extend(items) if kind is list else target.update(filter(_is_key, items))
        elif type(target) is not Opaque:
            raise Unreadable(f"items for what is no {kind.__name__}")

    def _stack_global(self, _) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        if type(name) is not str or type(module) is not str:
            raise Unreadable("a name that is no text")
        self._hold(len(module) + len(name))
        self.stack.append(Name(f"{module} {name}"))

    def _call(self, _) -> None:
        """Make what a name stands for, if it is known; nothing is looked up.

        What a builder copies counts as steps, or one list could be copied without end.
        """
        arguments, name = self.stack.pop(), self.stack.pop()
        if type(name) is not Name or type(arguments) is not tuple:
            raise Unreadable("it calls what is no name")
        builder = self.builders.get(name.text)
        if builder is None:
            self.stack.append(Opaque(name, arguments))
            return
        self._count(len(arguments) + sum(len(a) for a in arguments if type(a) in COPIED))
        made = builder(*arguments)
        self._hold(len(made) if type(made) is bytes else 0)
        self.stack.append(made)

    def _build(self, _) -> None:
        """Keep the state of an object that is not known; a dictionary's own attributes go."""
        state, target = self.stack.pop(), self.stack[-1]
        if type(target) is Opaque and target.state is None:
            target.state = state
        elif type(target) is not dict:
            raise Unreadable("a state for what has none")

    def _persistent(self, _) -> None:
        if self.persistent is None:
            raise Unreadable("a reference out of the pickle")
        self.stack.append(self.persistent(self.stack.pop()))


def _is_key(value: Any) -> bool:
    """Tell whether a value may be looked up: tuples can be nested until their hash fails."""
    return type(value) is str or (type(value) is int and abs(value) < WIDEST)


def put(target: dict, pairs) -> dict:
    """Put the pairs into the dictionary, but those whose key is neither text nor a number."""
    target.update((key, value) for key, value in pairs if _is_key(key))
    return target


def _memoize(machine: Machine, place: int | None) -> None:
    machine.memo[len(machine.memo) if place is None else place] = machine.stack[-1]


LITERALS = {
    "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT",
    "SHORT_BINUNICODE", "SHORT_BINBYTES", "SHORT_BINSTRING", "BINSTRING",
}  # fmt: skip
HEADS = {"BINUNICODE": 5, "BINBYTES": 5, "BINBYTES8": 9, "BYTEARRAY8": 9}  # bytes before the data
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
EMPTY = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple, "EMPTY_SET": set}
SILENT = {"PROTO", "FRAME", "STOP"}
COPIED = {list, tuple, dict, set}
COMMANDS: dict[str, Callable[[Machine, Any], None]] = {
    "MARK": Machine._mark,
    "TUPLE": lambda m, _: m._push(tuple(m._marked())),
    "TUPLE1": lambda m, _: m._tuple(1),
    "TUPLE2": lambda m, _: m._tuple(2),
    "TUPLE3": lambda m, _: m._tuple(3),
    "SETITEM": lambda m, _: m._set_items([m.stack.pop(-2), m.stack.pop()]),
    "SETITEMS": lambda m, _: m._set_items(m._marked()),
    "APPEND": lambda m, _: m._append([m.stack.pop()], list),
    "APPENDS": lambda m, _: m._append(m._marked(), list),
    "ADDITEMS": lambda m, _: m._append(m._marked(), set),
    "MEMOIZE": _memoize,
    "BINPUT": _memoize,
    "LONG_BINPUT": _memoize,
    "BINGET": lambda m, place: m.stack.append(m.memo[place]),
    "LONG_BINGET": lambda m, place: m.stack.append(m.memo[place]),
    "GLOBAL": lambda m, name: m.stack.append(Name(name)),
    "STACK_GLOBAL": Machine._stack_global,
    "REDUCE": Machine._call,
    "NEWOBJ": Machine._call,
    "BUILD": Machine._build,
    "BINPERSID": Machine._persistent,
}


def listed(items: Any) -> list | tuple:
    """Return a list or a tuple as it is; of text each letter would be an object of its own."""
    if type(items) not in (list, tuple):
        raise Unreadable("items that are no list")
    return items


def _dictionary(pairs: Any = ()) -> dict:
    return put({}, map(listed, listed(pairs)))


def _set(items: Any) -> set:
    return set(filter(_is_key, listed(items)))


def _no_bytes() -> bytes:
    """Return the empty bytes, for which protocol 2 has a call of its own."""
    return b""


def _bytes(text: Any, encoding: str = "latin1") -> bytes | Span:
    """Return the bytes that a pickle of protocol 2 writes as text."""
    if encoding != "latin1":
        raise Unreadable("bytes in another encoding than latin1")
    if type(text) is Span:
        return text
    return text.encode("latin1")


NUMBERS = {"f2": "e", "f4": "f", "f8": "d", "i4": "i", "i8": "q", "b1": "?"}


def _number(dtype: Opaque, data: bytes) -> float | int | bool:
    """Return a numpy scalar as Python's number."""
    kind, order = dtype.arguments[0], dtype.state[1]
    if type(kind) is not str or kind not in NUMBERS or order == ">":
        raise Unreadable("a number of a kind that no network's file needs")
    return struct.unpack("<" + NUMBERS[kind], data)[0]


PLAIN: Builders = {
    "collections OrderedDict": _dictionary,
    "dnnlib.util EasyDict": _dictionary,
    "builtins set": _set,
    "__builtin__ set": _set,
    "_codecs encode": _bytes,
    "__builtin__ bytes": _no_bytes,
    "numpy.core.multiarray scalar": _number,
    "numpy._core.multiarray scalar": _number,
}
