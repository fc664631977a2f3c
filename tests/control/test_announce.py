"""mDNS by a real browser of services, in a network of its own that reaches nobody else."""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ALONE = "ip link set lo up && ip route add 224.0.0.0/4 dev lo && exec "


def test_a_show_is_found_by_mdns_while_it_plays_and_its_osc_once_it_listens():
    script = ALONE + f"'{sys.executable}' '{HERE / 'announced.py'}'"
    command = ["unshare", "--map-root-user", "--net", "bash", "-c", script]
    environment = {"PYTHONPATH": str(HERE.parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["announced"] == {
        "_oscjson._tcp.local.": [said["port"], ["127.0.0.1"]],
        "_osc._udp.local.": [9000, ["127.0.0.1"]],
    }
    assert said["after"] == {}
    assert said["before"] == {"_oscjson._tcp.local.": [said["port"], ["127.0.0.1"]]}
    assert said["lines"] == [
        f"oscjson is announced by mDNS at 127.0.0.1:{said['port']}",
        "osc is announced by mDNS at 127.0.0.1:9000",
    ]
