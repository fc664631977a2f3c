"""The phone's page as a test plays it: opened in a browser, sought through, read."""

import asyncio

from browser import LIVE


def play(browser, query, script, host="127.0.0.1", given=""):
    """Open the page on a phone, wait until it is live, and let the script play it."""

    async def open_page():
        async with browser.page(f"http://{host}:{query.server.port}/{given}") as page:
            await page.until(LIVE)
            await script(page)

    asyncio.run(open_page())


def every(selector):
    return f"[...document.querySelectorAll(`{selector}`)]"


def fader(id):
    return f"[data-path='/{id.replace('.', '/')}']"


def number(id):
    return f'document.querySelector("{fader(id)} .number").textContent'


async def show_tab(page, name, within="nav"):
    await page.run(f"{every(within + ' button')}.find(b => b.textContent === '{name}').click()")


async def show_group(page, name):
    await show_tab(page, "faders")
    await show_tab(page, name, ".groups")


async def seek(page, words):
    field = 'document.querySelector("input[type=search]")'
    await page.run(f"{field}.value = '{words}'; {field}.oninput()")


def seen(selector, what="dataset.path"):
    return f"{every(selector)}.filter(e => e.offsetParent).map(e => e.{what})"


async def choose(page, selector, word):
    found = f'document.querySelector("{selector}")'
    await page.run(f"{found}.value = '{word}'; {found}.onchange()")
