"""A real browser without a window, driven by its own debugging protocol."""

import asyncio
import base64
import json
import shutil
import subprocess
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

LIVE = "document.body?.classList.contains('live')"
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update",
         "--remote-debugging-port=0", "--remote-debugging-address=127.0.0.1")  # fmt: skip


class Browser:
    """Chromium with a folder of its own."""

    def __init__(self, folder: Path):
        names = ("chromium", "chromium-browser", "google-chrome")
        program = next(filter(None, map(shutil.which, names)))
        command = [program, *FLAGS, f"--user-data-dir={folder}", "about:blank"]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self.told = folder / "DevToolsActivePort"

    @asynccontextmanager
    async def page(self, url: str, width: int = 360, height: int = 640):
        """Open a page on a phone of this size, a small one."""
        while not (self.told.exists() and len(self.told.read_text().split()) == 2):
            assert self.process.poll() is None, "the browser has ended"
            await asyncio.sleep(0.05)
        port = self.told.read_text().split()[0]
        async with aiohttp.ClientSession() as session:
            async with session.put(f"http://127.0.0.1:{port}/json/new?about:blank") as answer:
                target = await answer.json()
            async with session.ws_connect(
                target["webSocketDebuggerUrl"], max_msg_size=0, heartbeat=None
            ) as ws:
                page = Page(ws)
                screen = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": True}
                await page.do("Emulation.setDeviceMetricsOverride", **screen)
                await page.do("Page.navigate", url=url)
                yield page
                await page.do("Page.close")

    def close(self):
        self.process.terminate()
        self.process.wait(20)


class Page:
    """One page: run() a script in it, touch it, look at it."""

    def __init__(self, ws):
        self.ws, self.number = ws, 0

    async def do(self, method, **parameters):
        self.number += 1
        await self.ws.send_json({"id": self.number, "method": method, "params": parameters})
        while True:
            answer = json.loads(await self.ws.receive_str(timeout=20))
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]

    async def run(self, script):
        """Return what a script gives, awaited."""
        found = await self.do(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    async def until(self, script, wanted=True, seconds=10):
        """Wait until a script gives what is wanted."""
        async with asyncio.timeout(seconds):
            while (found := await self.run(script)) != wanted:
                try:
                    await asyncio.sleep(0.03)
                except asyncio.CancelledError:
                    raise AssertionError(f"{script} is {found!r}, not {wanted!r}") from None

    async def middle(self, selector):
        """Return where an element's middle is, scrolled into view."""
        return await self.run(
            f"""(() => {{ const e = document.querySelector({selector!r});
            e.scrollIntoView({{block: "center", inline: "center"}});
            const r = e.getBoundingClientRect();
            return [r.x + r.width / 2, r.y + r.height / 2, r.width, r.height]; }})()"""
        )

    async def mouse(self, kind, x, y):
        await self.do("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left",
                      buttons=0 if kind == "mouseReleased" else 1, clickCount=1)  # fmt: skip

    async def touch(self, kind, *fingers):
        """Touch with these fingers (x, y), all that are down; kind: Start, Move, End."""
        points = [{"x": x, "y": y, "id": id} for id, (x, y) in enumerate(fingers)]
        await self.do("Input.dispatchTouchEvent", type=f"touch{kind}", touchPoints=points)

    async def press(self, selector):
        x, y, *_ = await self.middle(selector)
        await self.mouse("mousePressed", x, y)
        await self.mouse("mouseReleased", x, y)

    async def drag(self, selector, across, down=0.0):
        """Drag from an element's middle by these shares of its width and height."""
        x, y, width, height = await self.middle(selector)
        await self.mouse("mousePressed", x, y)
        for step in range(1, 6):
            await self.mouse(
                "mouseMoved", x + across * width * step / 5, y + down * height * step / 5
            )
        await self.mouse("mouseReleased", x + across * width, y + down * height)

    async def picture(self, path):
        """Keep what is seen as a PNG."""
        shot = await self.do("Page.captureScreenshot", format="png")
        Path(path).write_bytes(base64.b64decode(shot["data"]))
