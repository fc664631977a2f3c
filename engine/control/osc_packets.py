"""OSC's bytes, both ways: strict reading of packets, writing of messages and bundles.

In: a packet as it came, or values to be sent. Out: messages with their time tags, or Refused; bytes
to send. Plain functions, any thread. OSC 1.0, with the types i f s of the specification and h d T
F I.
"""

import struct
from collections.abc import Iterable, Iterator
from functools import lru_cache

from pythonosc.osc_message_builder import build_msg

NOW = 1  # the time tag that means at once
DEPTH = 8  # bundles within bundles
LARGEST = 1400  # bytes of a bundle that is sent: one frame of a network
NUMBERS = {"i": ">i", "h": ">q", "f": ">f", "d": ">d"}
CONSTANTS = {"T": True, "F": False}
IMPULSE = "I"  # a press without a value

Argument = int | float | bool | str
Message = tuple[str, list[Argument]]


class Refused(Exception):
    """A packet or message that is not obeyed; `kind` is what is counted together."""

    def __init__(self, kind: str, text: str):
        super().__init__(text)
        self.kind = kind


def unpack(packet: bytes, outer: int = NOW, depth: int = 0) -> list[tuple[int, list[Message]]]:
    """Return (time tag, messages) for what a packet holds, in order; Refused unless all is right.

    A bundle within another is never earlier than that one.
    """
    if len(packet) % 4 or not packet:
        raise Refused("packet", f"a packet of {len(packet)} bytes: must be a multiple of 4")
    if not packet.startswith(b"#bundle\0"):
        return [(outer, [_decode_message(packet)])]
    if depth == DEPTH or len(packet) < 16:
        raise Refused("packet", f"a bundle cut short or more than {DEPTH} deep")
    tag = max(outer, int.from_bytes(packet[8:16], "big"))
    found: list[tuple[int, list[Message]]] = []
    for element in _elements(packet):
        for time, messages in unpack(element, tag, depth + 1):
            if found and found[-1][0] == time:
                found[-1][1].extend(messages)
            else:
                found.append((time, messages))
    return found


def _elements(bundle: bytes) -> Iterator[bytes]:
    at = 16
    while at < len(bundle):
        length = int.from_bytes(bundle[at : at + 4], "big")
        at += 4 + length
        if length == 0 or at > len(bundle):
            raise Refused("packet", "a bundle whose lengths do not fit")
        yield bundle[at - length : at]


def _decode_message(packet: bytes) -> Message:
    address, at = _decode_string(packet, 0)
    if not (address.startswith("/") and address.isascii() and address.isprintable()):
        raise Refused("packet", "a packet that does not start with an address")
    tags, at = _decode_string(packet, at) if at < len(packet) else (",", at)
    if not tags.startswith(","):
        raise Refused("packet", f"{address}: no type tags")
    arguments = []
    for tag in tags[1:].replace(IMPULSE, ""):
        argument, at = _decode_argument(address, tag, packet, at)
        arguments.append(argument)
    if at != len(packet):
        raise Refused("packet", f"{address}: {len(packet) - at} bytes too many")
    return address, arguments


def _decode_argument(address: str, tag: str, packet: bytes, at: int) -> tuple[Argument, int]:
    if tag in CONSTANTS:
        return CONSTANTS[tag], at
    if tag == "s":
        return _decode_string(packet, at)
    if tag not in NUMBERS:
        raise Refused("type", f"{address}: arguments of type {tag!r} are not understood")
    end = at + struct.calcsize(NUMBERS[tag])
    if end > len(packet):
        raise Refused("packet", f"{address}: cut short")
    return struct.unpack(NUMBERS[tag], packet[at:end])[0], end


def _decode_string(packet: bytes, at: int) -> tuple[str, int]:
    end = packet.find(b"\0", at)
    after = (end // 4 + 1) * 4
    if end < 0 or after > len(packet) or packet[end:after].strip(b"\0"):
        raise Refused("packet", "a string without its end")
    try:
        return packet[at:end].decode(), after
    except UnicodeDecodeError:
        raise Refused("packet", "a string that is not UTF-8") from None


def encode(address: str, value: Argument) -> bytes:
    """Return a message with one argument: f, i, T, F or s, by the value's type."""
    if isinstance(value, float):
        return _float_head(address) + struct.pack(">f", value)
    return build_msg(address, [value]).dgram  # an empty text alone would be no argument


@lru_cache(maxsize=4096)  # of each address what is told of it, with every tail
def _float_head(address: str) -> bytes:
    return build_msg(address, 0.0).dgram[:-4]


def bundles(messages: Iterable[bytes]) -> Iterator[bytes]:
    """Yield bundles to be obeyed at once that hold these messages, none longer than a frame."""
    head = b"#bundle\0" + NOW.to_bytes(8, "big")
    packet = head
    for message in messages:
        if len(packet) + 4 + len(message) > LARGEST and packet != head:
            yield packet
            packet = head
        packet += struct.pack(">i", len(message)) + message
    if packet != head:
        yield packet
