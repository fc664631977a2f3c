"""Run in a network of its own: a show that announces itself, and a program that looks for it."""

import json
import time

from query_client import QueryShow
from zeroconf import ServiceBrowser, Zeroconf

found = {}


class Seen:
    """Keeps what is announced, by type."""

    def add_service(self, zeroconf, type, name):
        info = zeroconf.get_service_info(type, name)
        found[type] = (info.port, info.parsed_addresses())

    update_service = add_service

    def remove_service(self, zeroconf, type, name):
        found.pop(type)


def wait(number):
    end = time.monotonic() + 15
    while len(found) != number and time.monotonic() < end:
        time.sleep(0.05)
    return dict(found)


class Late(QueryShow):
    """One whose OSC cannot listen yet."""

    osc = property(lambda self: listening, lambda self, at: None)


listening = None
show = Late(announced=True)
looking = Zeroconf(interfaces=["127.0.0.1"])
browser = ServiceBrowser(looking, ["_oscjson._tcp.local.", "_osc._udp.local."], Seen())
end = time.monotonic() + 5
while not show.lines and time.monotonic() < end:
    time.sleep(0.05)
said = {"port": show.server.port, "before": wait(1)}
listening = ("127.0.0.1", 9000)
said["announced"] = wait(2)
while len(show.lines) < 2 and time.monotonic() < end + 10:
    time.sleep(0.05)
show.server.stop()
said |= {"after": wait(0), "lines": show.lines}
looking.close()
print(json.dumps(said))
