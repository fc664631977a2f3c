"""The phone's page and its show: lost and back, other layers, from another address."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from browser import LIVE
from osc_client import wait
from phone_page import fader, number, play, show_group
from query_client import QueryShow

HERE = Path(__file__).parent


def test_the_page_comes_back_by_itself_with_what_has_changed(browser):
    first = QueryShow()

    async def script(page):
        await show_group(page, "motion")
        first.server.stop()
        await page.until(LIVE, False)
        banner = "getComputedStyle(document.querySelector('#lost')).display"
        assert await page.run(banner) == "block"
        second = QueryShow(port=first.server.port)
        second.store.set("motion.zoom", -1)
        await page.until(LIVE)
        assert await page.run(banner) == "none"
        await page.until(number("motion.zoom"), "-1.001/s")
        await page.drag(fader("motion.zoom"), 0.25)
        wait(lambda: second.store.get("motion.zoom") == pytest.approx(0, abs=0.02))
        second.server.stop()

    play(browser, first, script)


def test_a_network_that_fails_and_closes_nothing_is_noticed_and_comes_back(browser, query):
    async def script(page):
        network = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        await page.do("Network.enable")
        await page.do("Network.emulateNetworkConditions", offline=True, **network)
        await page.until(LIVE, False)
        await page.do("Network.emulateNetworkConditions", offline=False, **network)
        await page.until(LIVE)
        query.store.set("macro.1", 1)
        await page.until(number("macro.1"), "1.00")

    play(browser, query, script)


def test_layers_that_a_network_brings_appear(browser, query):
    async def script(page):
        await show_group(page, "dream layer")
        query.store.fill("dream.layer.", {"b16_conv1": 0.0, "b8_conv0": 0.75})
        await page.until(f'!!document.querySelector("{fader("dream.layer.b8_conv0")}")')
        assert await page.run(number("dream.layer.b8_conv0")) == "0.75"
        assert not await page.run(f'!!document.querySelector("{fader("dream.layer.b4_fc")}")')

    play(browser, query, script)


def test_from_another_address_the_page_plays_with_the_token_alone():
    script = "ip link set lo up && ip address add 10.9.8.7/32 dev lo && exec "
    script += f"'{sys.executable}' '{HERE / 'elsewhere.py'}'"
    command = ["unshare", "--map-root-user", "--net", "bash", "-c", script]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, env=environment)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert "10.9.8.7: without the token in its address" in found["without"]
    assert found["with"] == {"live": True, "acts": [["output.dark", ""]]}
