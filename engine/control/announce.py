"""Tells the network by mDNS where OSCQuery and OSC are, when the performer asks for that.

In: the addresses. Out: _oscjson._tcp and _osc._udp, until the task is cancelled. In the event loop
of OSCQuery's thread.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable

from engine.control.admission import EVERYWHERE, own_address

TYPES = ("_oscjson._tcp.local.", "_osc._udp.local.")
AGAIN = 1.0  # seconds between two looks whether OSC listens by now


async def announce(
    host: str, port: int, osc: Callable[[], tuple[str, int] | None], say: Callable[[str], None]
) -> None:
    """Announce OSCQuery at `host`:`port`, and OSC once osc() has its address, until cancelled.

    Says what hinders it.
    """
    from zeroconf import Error
    from zeroconf.asyncio import AsyncZeroconf

    try:
        address = _address(host)
        zeroconf = AsyncZeroconf(interfaces=[address])
    except OSError as fault:
        say(f"cannot announce by mDNS: {fault}")
        return
    try:
        for type, place in zip(TYPES, (lambda: (host, port), osc), strict=True):
            while not (at := place()):
                await asyncio.sleep(AGAIN)
            info = _service(type, address, at[1])
            await (await zeroconf.async_register_service(info, allow_name_change=True))
            say(f"{type.split('.')[0][1:]} is announced by mDNS at {address}:{at[1]}")
        await asyncio.Event().wait()
    except (OSError, Error) as fault:
        say(f"cannot announce by mDNS: {fault or type(fault).__name__}")
    finally:
        await asyncio.shield(zeroconf.async_close())


def _address(host: str) -> str:
    """Return the address to announce; 127.0.0.1 would hide us from everyone, so only if bound."""
    address = own_address() if host in EVERYWHERE else host
    return socket.getaddrinfo(address, None, type=socket.SOCK_DGRAM)[0][4][0]


def _service(type: str, address: str, port: int):
    from zeroconf import ServiceInfo

    name = socket.gethostname().split(".")[0]
    packed = ipaddress.ip_address(address).packed
    return ServiceInfo(
        type, f"Other Half on {name}.{type}", port, addresses=[packed], server=f"{name}.local."
    )
