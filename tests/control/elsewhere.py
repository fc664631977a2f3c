"""Run in a network of its own: a browser that comes from another address than 127.0.0.1."""

import asyncio
import json
import tempfile
from pathlib import Path

from browser import LIVE, Browser
from query_client import QueryShow


async def look(browser, query):
    url, found = f"http://10.9.8.7:{query.server.port}/", {}
    async with browser.page(url) as page:
        await page.until("document.readyState", "complete")
        found["without"] = await page.run("document.body.textContent")
    async with browser.page(f"{url}?token={query.server.token}") as page:
        await page.until(LIVE)
        await page.press("#blackout")
        await asyncio.sleep(0.5)
        found["with"] = {"live": True, "acts": query.acts}
        query.server.stop()  # the show begins again, with another token
        again = QueryShow("0.0.0.0", query.server.port)
        await page.until("document.querySelector('#lost').textContent.slice(0, 7)", "REFUSED")
        again.server.stop()
    return found


with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
    browser, query = Browser(Path(folder)), QueryShow("0.0.0.0")
    try:
        print(json.dumps(asyncio.run(look(browser, query))))
    finally:
        browser.close()
        query.server.stop()
