"""Reads what torch.save writes, the zip and the old stream of pickles, as data.

In: an open file. Out: plain data with a Tensor wherever one stands; `load` makes torch's of them.
Any thread. Storages stay in the file until a tensor of theirs is loaded, and no more is read for
all tensors together than the file holds. Storages nested in a network's pickle are such streams.
"""

import io
import math
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO

import torch

from engine.networks.pickles import (
    FAULTS,
    PLAIN,
    Builders,
    Machine,
    Name,
    Reader,
    Span,
    Unreadable,
    damaged,
    listed,
)  # fmt: skip

MAGIC = 0x1950A86A20F9469CFC6C  # the first object of an old-style file
PROTOCOL = 1001
DIMENSIONS = 8
DIRECTORY = 1 << 20  # bytes that are read at once of a zip's list of contents
DTYPES = {
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "DoubleStorage": torch.float64,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}


@dataclass(eq=False)
class Storage:
    """Numbers of one type in the file; where they begin is known once the file is read."""

    dtype: torch.dtype
    numel: int
    file: BinaryIO
    place: int | None = None


@dataclass(eq=False)
class Nested:
    """A storage that stands as a file in the file."""

    data: Span | bytes

    def open(self) -> Storage:
        data = self.data
        reader = data.reader() if type(data) is Span else Reader(io.BytesIO(data), 0, len(data))
        root = read_stream(reader)
        if type(root) is not Storage:
            raise Unreadable("a nested file that is no storage")
        return root


@dataclass(eq=False)
class Tensor:
    """A view of a storage."""

    storage: Storage | Nested
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


def _tensor(storage, offset, size, stride, *_) -> Tensor:
    whole = [offset, *size, *stride]
    if type(storage) not in (Storage, Nested) or len(size) != len(stride):
        raise Unreadable("a tensor without a storage")
    if len(size) > DIMENSIONS or any(type(n) is not int or not 0 <= n < 2**40 for n in whole):
        raise Unreadable("a tensor of an impossible shape")
    return Tensor(storage, offset, tuple(size), tuple(stride))


def _nested(data: Any) -> Nested:
    if type(data) not in (Span, bytes, bytearray):
        raise Unreadable("a storage that is no bytes")
    return Nested(data)


def _parameter(tensor: Any, *_) -> Any:
    return tensor


BUILDERS: Builders = PLAIN | {
    "torch._utils _rebuild_tensor": _tensor,
    "torch._utils _rebuild_tensor_v2": _tensor,
    "torch._utils _rebuild_parameter": _parameter,
    "torch._utils _rebuild_parameter_with_state": _parameter,
    "torch Size": listed,
    "torch.storage _load_from_bytes": _nested,
}


def _storage(storages: dict[str, Storage], file: BinaryIO, reference: Any) -> Storage:
    """Return the storage that a pickle refers to, the same for the same key."""
    word, name, key, _, numel, *view = reference[:6]
    if word != "storage" or type(key) is not str or type(numel) is not int or any(view):
        raise Unreadable("a reference that is no storage")
    if type(name) is not Name or name.text.removeprefix("torch ") not in DTYPES:
        raise Unreadable(f"numbers of a type that is not known ({name})")
    dtype = DTYPES[name.text.removeprefix("torch ")]
    storage = storages.setdefault(key, Storage(dtype, numel, file))
    if (storage.dtype, storage.numel) != (dtype, numel):
        raise Unreadable("one storage of two kinds")
    return storage


def read_pickle(reader: Reader, builders: Builders = BUILDERS) -> Any:
    """Return the object of a pickle, or of an old-style torch file, which begins like one."""
    root = Machine(reader, builders).run()
    return _after_magic(reader) if type(root) is int and root == MAGIC else root


def read_stream(reader: Reader) -> Any:
    """Return the object of an old-style torch file: pickles, and then the storages' numbers."""
    if Machine(reader, {}).run() != MAGIC:
        raise Unreadable("a nested file that is not torch's")
    return _after_magic(reader)


def _after_magic(reader: Reader) -> Any:
    protocol, system = (Machine(reader, {}).run() for _ in range(2))
    if protocol != PROTOCOL or type(system) is not dict or system.get("little_endian") is not True:
        raise Unreadable("an old torch file of another kind of machine")
    storages: dict[str, Storage] = {}
    root = Machine(reader, BUILDERS, partial(_storage, storages, reader.file)).run()
    keys = Machine(reader, {}).run()
    try:
        if not all(type(key) is str for key in keys):
            raise Unreadable("damaged: a storage without a name")
        if not storages.keys() <= {*keys}:
            raise Unreadable("cut off, or damaged: a storage without its numbers")
        for storage in [storages[key] for key in keys]:
            if struct.unpack("<q", reader.read(8)) != (storage.numel,):
                raise Unreadable("cut off, or damaged: a storage of another size than it says")
            storage.place = reader.tell()
            reader.skip(storage.numel * storage.dtype.itemsize)
    except FAULTS as fault:
        raise damaged(fault) from None
    return root


class _Directory(io.FileIO):
    """A file of which a zip's list of contents is read, if that is of a sane size."""

    def read(self, size: int = -1) -> bytes:
        if size > DIRECTORY:
            raise Unreadable("a zip file with too many entries")
        return super().read(size if size >= 0 else DIRECTORY)


def read_zip(whole: Reader) -> Any:
    """Return the object of a torch file that is a zip; it has a name."""
    file = whole.file
    try:
        with _Directory(file.name) as own, zipfile.ZipFile(own) as archive:
            entries = {info.filename: info for info in archive.infolist()}
        top = {name.rpartition("/")[0] for name in entries if name.endswith("/data.pkl")}
        (folder,) = {name for name in top if "/" not in name}
        if f"{folder}/byteorder" in entries:
            start, end = _stored(file, entries[f"{folder}/byteorder"])
            if Reader(file, start, end).read(end - start) != b"little":
                raise Unreadable("a torch file of a big-endian machine")
        storages: dict[str, Storage] = {}
        reader = Reader(file, *_stored(file, entries[f"{folder}/data.pkl"]))
        root = Machine(reader, BUILDERS, partial(_storage, storages, file)).run()
        for key, storage in storages.items():
            storage.place, end = _stored(file, entries[f"{folder}/data/{key}"])
            if end - storage.place != storage.numel * storage.dtype.itemsize:
                raise Unreadable("cut off, or damaged: a storage of another size than it says")
    except (zipfile.BadZipFile, NotImplementedError, *FAULTS) as fault:
        raise damaged(fault) from None
    return root


def _stored(file: BinaryIO, info: zipfile.ZipInfo) -> tuple[int, int]:
    """Return where an entry's bytes begin and end in the file: they are never compressed."""
    if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
        raise Unreadable("a compressed or locked zip file, not one of torch's")
    whole = Reader(file, 0, file.seek(0, io.SEEK_END))
    whole.skip(info.header_offset)
    signature, lengths = struct.unpack("<4s22x4s", whole.read(30))
    if signature != b"PK\3\4":
        raise Unreadable("cut off, or damaged: an entry of the zip file is not there")
    whole.skip(sum(struct.unpack("<HH", lengths)))
    start = whole.tell()
    whole.skip(info.file_size)
    return start, start + info.file_size


def load(tensors: Mapping[str, Tensor], most: int) -> dict[str, torch.Tensor]:
    """Return the tensors as stored, contiguous; together they may take `most` bytes of the file."""
    loaded, read = {}, 0
    for name, tensor in tensors.items():
        storage = tensor.storage
        if type(storage) is Nested:
            read += len(storage.data)
            storage = _open(name, storage, read, most)
        extent = sum((n - 1) * s for n, s in zip(tensor.size, tensor.stride, strict=True)) + 1
        numel = math.prod(tensor.size)
        if numel == 0:
            raise Unreadable(f"{name} is empty")
        if max(numel, tensor.offset + extent) > storage.numel:
            raise Unreadable(f"{name} reaches beyond its storage")
        if type(tensor.storage) is Storage:
            read += max(numel, extent) * storage.dtype.itemsize
        if read > most:
            raise Unreadable("its tensors claim more than the file holds")
        loaded[name] = _numbers(storage, tensor, extent)
    return loaded


def _open(name: str, nested: Nested, read: int, most: int) -> Storage:
    if read > most:
        raise Unreadable("its tensors claim more than the file holds")
    try:
        return nested.open()
    except FAULTS as fault:
        raise Unreadable(f"{name}: {damaged(fault)}") from None


def _numbers(storage: Storage, tensor: Tensor, extent: int) -> torch.Tensor:
    size = storage.dtype.itemsize
    storage.file.seek(storage.place + tensor.offset * size)
    data = bytearray(extent * size)
    if storage.file.readinto(data) != len(data):
        raise Unreadable("cut off while it was read")
    flat = torch.frombuffer(data, dtype=storage.dtype)
    return flat.as_strided(tensor.size, tensor.stride).contiguous()
