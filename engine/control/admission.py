"""Who may come in by HTTP and WebSocket: this machine, and whoever has the token.

In: what a request says of itself. Out: why it is refused, or nothing. Plain functions, any thread.
A page of another site that a browser here has open must not drive the show: its Origin is another
than the address that it asks for; and a name of its own that it lets point to this machine (DNS
rebinding) is no name of ours.
"""

import hmac
import ipaddress
import socket
from contextlib import suppress
from urllib.parse import urlsplit

HERE = ("127.0.0.1", "::1")
EVERYWHERE = ("0.0.0.0", "::")  # bound to this, one listens at all addresses of the machine


def is_loopback(host: str) -> bool:
    """Return whether an address can be reached from this machine alone."""
    if host == "localhost":
        return True
    return _is_address(host) and ipaddress.ip_address(host).is_loopback


def refusal(
    remote: str, host: str | None, origin: str | None, given: str, token: str, bound: str
) -> str:
    """Return why a request from `remote` is refused, empty if it is not.

    host and origin are its headers, `given` the token in its address, `bound` our own host.
    """
    if host is not None and not _is_ours(_name(host), bound):
        return f"{remote}: asks for {host}, which is no name of this machine"
    if origin is not None and _place(origin) != (host or "").lower():
        return f"{remote}: a page of {origin} may not play here"
    if remote.removeprefix("::ffff:") in HERE or hmac.compare_digest(
        given.encode("utf-8", "replace"), token.encode()
    ):
        return ""
    return f"{remote}: without the token in its address"


def own_address() -> str:
    """Return the address by which others in the network reach this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 9))  # asks the routes; sends nothing
            return probe.getsockname()[0]
        except OSError:
            return socket.gethostname()


def _name(host: str) -> str:
    """Return the name in a Host header, without its port; empty if there is none."""
    with suppress(ValueError):
        return urlsplit(f"//{host}").hostname or ""
    return ""


def _place(origin: str) -> str | None:
    """Return the name and port in an Origin header, None where it is no address."""
    with suppress(ValueError):
        return urlsplit(origin).netloc.lower()
    return None


def _is_ours(name: str, bound: str) -> bool:
    own = socket.gethostname().lower()
    return name in ("localhost", bound.lower(), own, f"{own}.local") or _is_address(name)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
