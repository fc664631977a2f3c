"""Network files that mean harm, written command by command; run as a script, it reads a folder.

`python hostile.py FOLDER` reads every file there and prints a JSON document: for each what came of
it, what the interpreter did meanwhile, and how much memory it took beyond the most taken before.
"""

import copyreg
import io
import json
import resource
import struct
import sys
import zipfile
from pathlib import Path

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
UNWANTED = ("os.", "subprocess.", "exec", "compile", "import", "pickle.", "socket.", "ctypes.")


class Raw(bytes):
    """Commands that stand for a value."""


def emit(value):
    """Return the commands, of protocol 2 and 3, that make a plain value."""
    match value:
        case Raw():
            return bytes(value)
        case None:
            return b"N"
        case bool():
            return b"\x88" if value else b"\x89"
        case int():
            data = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
            return b"\x8a" + bytes([len(data)]) + data
        case float():
            return b"G" + struct.pack(">d", value)
        case str():
            data = value.encode()
            return b"X" + struct.pack("<I", len(data)) + data
        case bytes():
            return b"B" + struct.pack("<I", len(value)) + value
        case tuple():
            return b"(" + b"".join(map(emit, value)) + b"t"
        case list():
            return b"](" + b"".join(map(emit, value)) + b"e"
        case dict():
            return b"}(" + b"".join(emit(k) + emit(v) for k, v in value.items()) + b"u"
    raise TypeError(value)


def name(module, attribute):
    return Raw(b"c%s\n%s\n" % (module.encode(), attribute.encode()))


def called(module, attribute, *arguments):
    return Raw(name(module, attribute) + emit(arguments) + b"R")


def pickled(value, protocol=2):
    return b"\x80" + bytes([protocol]) + emit(value) + b"."


def stored(numbers, system=None, numel=None, key="0", kind="FloatStorage"):
    """Return an old-style torch file of one storage."""
    count = len(numbers) // 4 if numel is None else numel
    system = system or {"protocol_version": PROTOCOL, "little_endian": True, "type_sizes": {}}
    reference = emit(("storage", name("torch", kind), key, "cpu", count, None)) + b"Q"
    parts = (MAGIC, PROTOCOL, system, Raw(reference), [key])
    return b"".join(map(pickled, parts)) + struct.pack("<q", count) + numbers


def tensor(size=(4,), stride=(1,), offset=0, data=None, **storage):
    data = stored(bytes(16), **storage) if data is None else data
    nested = called("torch.storage", "_load_from_bytes", data)
    made = called("torch._utils", "_rebuild_tensor_v2", nested, offset, size, stride, False, {})
    return called("torch._utils", "_rebuild_parameter", made, False, {})


def module(parameters=None, modules=None):
    state = {"_parameters": parameters or {}, "_modules": modules or {}, "_buffers": {}}
    meta = {"type": "class", "version": 6, "module_src": "", "class_name": "D", "state": state}
    return called("torch_utils.persistence", "_reconstruct_persistent_obj", meta)


def network(fc=None, b4=None):
    """Return a snapshot whose D asks for `fc`, and for a layer of a block if it is given."""
    rgb = module({"weight": tensor()})
    block = {"fc": module({"weight": fc if fc is not None else tensor()}), "fromrgb": rgb}
    modules = {"b4": b4 if b4 is not None else module({}, block)}
    return pickled({"G": None, "D": module({}, modules), "G_ema": None})


def zipped(root, entries=(), method=zipfile.ZIP_STORED, extra=()):
    """Return a torch file that is a zip."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("archive/data.pkl", pickled(root))
        for entry, data in dict(entries).items():
            archive.writestr(f"archive/{entry}", data)
        for entry in extra:
            archive.writestr(entry, b"")
    return file.getvalue()


def reference(count=4, key="0"):
    return Raw(emit(("storage", name("torch", "FloatStorage"), key, "cpu", count)) + b"Q")


def zip_tensor(count=4, size=(4,), stride=(1,)):
    return called(
        "torch._utils", "_rebuild_tensor_v2", reference(count), 0, size, stride, False, {}
    )


def laughs():
    """Return a tuple of tuples of tuples, two to the power of 200 in all."""
    again = b"".join(b"q\x01h\x01\x86" for _ in range(200))
    return Raw(b")" + again)


def files(canary):
    """Yield the name and the bytes of every file."""
    touch = f"touch {canary}"
    system = called("posix", "system", touch)
    importing = called("builtins", "__import__", "os")
    chain = called("builtins", "getattr", importing, "system")
    python = f"open({str(canary)!r}, 'w')"
    copyreg.add_extension("posix", "system", 200)

    yield "first.pkl", network()
    yield "first.pt", zipped({"d": {"x": zip_tensor()}}, {"data/0": bytes(16)})
    yield "system.pkl", pickled(system)
    yield (
        "system4.pkl",
        pickled(Raw(emit("posix") + emit("system") + b"\x93" + emit((touch,)) + b"R"), 4),
    )
    yield "eval.pkl", pickled({"D": called("builtins", "eval", python)})
    yield "exec.pkl", pickled({"D": called("builtins", "exec", python)})
    yield "getattr.pkl", pickled({"D": Raw(chain + emit((touch,)) + b"R")})
    yield "getattr-needed.pkl", network(fc=chain)
    yield (
        "dotted.pkl",
        pickled({"D": Raw(emit("pickle") + emit("sys.modules") + b"\x93" + emit((touch,)) + b"R")}),
    )
    yield "text.pkl", b"\x80\x02cposix\nsystem\n" + f"(S'{touch}'\ntR.".encode()
    yield "inst.pkl", b"\x80\x02" + b"(" + emit(touch) + b"iposix\nsystem\n."
    yield "obj.pkl", b"\x80\x02(" + name("posix", "system") + emit(touch) + b"o."
    yield "ext.pkl", b"\x80\x02\x82\xc8" + emit((touch,)) + b"R."
    yield "newobj-ex.pkl", b"\x80\x04" + name("posix", "system") + emit((touch,)) + b"}\x92."
    yield "newobj.pkl", b"\x80\x02" + name("posix", "system") + emit((touch,)) + b"\x81."
    yield "persid.pkl", b"\x80\x02" + emit(("storage", touch)) + b"Q."
    yield "persid-text.pkl", b"\x80\x02P" + touch.encode() + b"\n."
    yield "text-called.pkl", pickled({"D": Raw(emit("posix system") + emit((touch,)) + b"R")})
    yield (
        "build-on-name.pkl",
        pickled(
            {"D": Raw(name("collections", "OrderedDict") + emit((None, {"items": system})) + b"b")}
        ),
    )
    yield "build-on-text.pkl", pickled({"D": Raw(emit("x") + emit({"y": system}) + b"b")})
    yield "memo-hole.pkl", pickled({"D": Raw(b"h\x63")})
    yield "in-D.pkl", network(b4=system)
    yield "in-tensor.pkl", network(fc=system)
    yield "in-module.pkl", network(b4=module({}, {"fc": system}))
    yield "other-class.pkl", pickled({"D": Raw(called("timm.models", "Net") + emit({}) + b"b")})
    yield "in-storage.pkl", network(fc=tensor(data=pickled(system)))
    yield (
        "in-old-torch.pkl",
        network(
            fc=tensor(
                data=b"".join(map(pickled, (MAGIC, PROTOCOL, {"little_endian": True}, system)))
            )
        ),
    )
    yield (
        "in-system.pkl",
        network(fc=tensor(data=stored(bytes(16), system={"little_endian": system}))),
    )
    yield "in-zip.pkl", network(fc=tensor(data=zipped(system)))
    yield "storage-kind.pkl", network(fc=tensor(data=stored(bytes(16), kind="ObjectStorage")))
    yield (
        "storage-posix.pkl",
        network(
            fc=tensor(data=stored(bytes(16)).replace(b"torch\nFloatStorage", b"posix\nsystem"))
        ),
    )
    yield (
        "big-endian.pkl",
        network(fc=tensor(data=stored(bytes(16), system={"little_endian": False}))),
    )
    yield "stride-zero.pkl", network(fc=tensor((1 << 20, 1 << 18), (0, 0)))
    yield "stride-negative.pkl", network(fc=tensor((4,), (-1,), 3))
    yield "stride-far.pkl", network(fc=tensor((2,), (1 << 39,)))
    yield "offset.pkl", network(fc=tensor(offset=1))
    yield "offset-negative.pkl", network(fc=tensor(offset=-1))
    yield "dimensions.pkl", network(fc=tensor((1,) * 64, (1,) * 64))
    yield "size-float.pkl", network(fc=tensor((4.0,)))
    yield "numel.pkl", network(fc=tensor(data=stored(bytes(16), numel=1 << 40)))
    yield "numel-negative.pkl", network(fc=tensor(data=stored(bytes(16), numel=-4)))
    yield "one-storage.pkl", _many_views()
    yield "claims-bytes.pkl", b"\x80\x04\x8e" + struct.pack("<Q", 1 << 62) + b"x"
    yield "claims-more.pkl", b"\x80\x04\x8e" + struct.pack("<Q", 1 << 33) + b"x"
    yield "claims-text.pkl", b"\x80\x04X" + struct.pack("<I", (1 << 32) - 1) + b"x"
    yield "claims-frame.pkl", b"\x80\x04\x95" + struct.pack("<Q", 1 << 62) + b"N."
    yield "no-line-end.pkl", b"\x80\x02c" + b"x" * 3_000_000
    yield "deep-tuples.pkl", pickled({"D": Raw(b")" + b"\x85" * 200_000)})
    yield "deep-key.pkl", b"\x80\x02})" + b"\x85" * 200_000 + b"Ns."
    yield "deep-marks.pkl", b"\x80\x02" + b"(" * 200_000 + b"t" * 200_000 + b"."
    yield "deep-lists.pkl", b"\x80\x02" + b"]" * 200_000 + b"a" * 199_999 + b"."
    yield "endless.pkl", b"\x80\x02(" + b"N" * 1_000_000 + b"t."
    yield "sets.pkl", b"\x80\x04(" + b"\x8f" * 400_000 + b"t."
    yield "laughs.pkl", network(fc=laughs())
    yield "laughs-everywhere.pkl", pickled({"D": laughs(), "G_ema": laughs()})
    yield "collisions.pkl", _collisions()
    yield "itself.pkl", _itself()
    yield "modules-deep.pkl", _modules_deep()
    yield "modules-list.pkl", pickled({"D": module({}, [1, 2])})
    yield "tables.pkl", network(b4=module({7: tensor()}))
    yield (
        "object-array.pkl",
        network(
            fc=called("numpy.core.multiarray", "_reconstruct", name("numpy", "ndarray"), (0,), b"b")
        ),
    )
    yield (
        "object-number.pkl",
        pickled({"D": called("numpy.core.multiarray", "scalar", _dtype("O8"), b"x" * 8)}),
    )
    yield "latin.pkl", pickled({"D": called("_codecs", "encode", "x", "rot13")})
    yield "compressed.pt", zipped({"d": {}}, method=zipfile.ZIP_DEFLATED)
    yield "zip-bomb.pt", zipped(
        {"d": {"final_linear.0.weight": zip_tensor(1 << 28)}},
        {"data/0": bytes(1 << 25)}, zipfile.ZIP_DEFLATED,
    )  # fmt: skip
    yield "zip-system.pt", zipped({"d": {"convs.0.0.weight": system}})
    yield "zip-top.pt", zipped(system)
    yield "zip-numel.pt", zipped({"d": {"x": zip_tensor(1 << 40)}}, {"data/0": bytes(16)})
    yield "zip-lacks.pt", zipped({"d": {"x": zip_tensor()}})
    yield "zip-big-endian.pt", zipped({"d": {"x": 1}}, {"byteorder": b"big"})
    yield "zip-two.pt", zipped({"d": {}}, extra=("b/data.pkl",))
    yield "zip-entries.pt", zipped({"d": {}}, extra=[f"archive/{i}" for i in range(40_000)])
    yield "zip-script.pt", zipped({"d": {}}, {"code/__torch__.py": python.encode()})
    yield "old.pt", b"".join(map(pickled, (MAGIC, PROTOCOL, {"little_endian": True}, system, [])))
    yield (
        "old-keys.pt",
        b"".join(map(pickled, (MAGIC, PROTOCOL, {"little_endian": True}, {"d": {}})))
        + pickled([Raw(b")" + b"\x85" * 200_000)]),
    )
    yield "old-protocol.pt", b"".join(map(pickled, (MAGIC, system, {}, {}, [])))


def _dtype(kind):
    return Raw(called("numpy", "dtype", kind, False, True) + emit((3, "|", None)) + b"b")


def _many_views():
    """Return a D of 3000 tensors that are the same 4 MB."""
    data = called("torch.storage", "_load_from_bytes", stored(bytes(1 << 22)))

    def view(storage):
        size, stride = (1 << 20,), (1,)
        return called("torch._utils", "_rebuild_tensor_v2", storage, 0, size, stride, False, {})

    first = view(Raw(data + b"q\x63"))
    again = {f"w{i}": view(Raw(b"h\x63")) for i in range(3000)}
    rgb, fc = module({"weight": first, **again}), module({"weight": view(Raw(b"h\x63"))})
    return pickled({"D": module({}, {"b4": module({}, {"fromrgb": rgb, "fc": fc})})})


def _collisions():
    """Return a dictionary whose keys have one hash, for as long as a number may be."""
    prime = (1 << 61) - 1
    items = b"".join(emit(prime * i) + b"N" for i in range(1, 50_000))
    return b"\x80\x02}(" + emit("D") + b"}(" + items + b"uu."


def _itself():
    """Return a module whose modules are a dictionary that holds the module."""
    state = b"}q\x05(" + emit("_modules") + b"}q\x06u"
    meta = b"}(" + emit("class_name") + emit("D") + emit("state") + state + b"u"
    made = name("torch_utils.persistence", "_reconstruct_persistent_obj") + meta + b"\x85Rq\x07"
    closing = b"h\x06" + emit("b4") + b"h\x07s"
    return b"\x80\x02}(" + emit("D") + made + emit("G") + closing + b"u."


def _modules_deep():
    made = module({"weight": tensor()})
    for _ in range(40):
        made = module({}, {"b4": made})
    return pickled({"D": made})


def outcome(path):
    """Read the file; return what was said, and how much more memory (KB) than ever was taken."""
    from engine.networks.files import NetworkError, read

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        said = f"read: {read(path).kind}"
    except NetworkError as refusal:
        said = str(refusal)
    return {"said": said, "taken": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before}


def main(folder):
    """Read every file; print what came of it."""
    seen, outcomes = [], {}

    def watch(event, arguments):
        if event.startswith(UNWANTED):
            seen.append(f"{event} {arguments!r}"[:200])

    paths = sorted(Path(folder).iterdir())
    for path in [path for path in paths if path.stem == "first"]:
        outcome(path)  # imports what reading needs, so that no import is wanted from here on
    sys.addaudithook(watch)
    for path in paths:
        outcomes[path.name] = {**outcome(path), "events": seen[:]}
        seen.clear()
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main(sys.argv[1])
