"""The phone's page in a real browser: loud keys, faders both ways, presets, tap."""

import asyncio
import json

import pytest
from osc_client import wait
from phone_page import choose, fader, number, play, seek, seen, show_group, show_tab

from engine.clock import Clock, now
from engine.parameters import MACROS


def test_every_parameter_has_its_control_in_its_group(browser, query):
    async def script(page):
        await show_tab(page, "faders")
        groups = await page.run(seen(".groups button", "textContent"))
        found = []
        for group in groups:
            await show_group(page, group)
            found += await page.run(seen("main [data-path]"))
        found = set(found) if len(set(found)) == len(found) else found
        assert found == {"/" + row.id.replace(".", "/") for row in query.store.rows()}
        assert {"dream layer", "lane", "lfo"} <= set(groups)
        assert len(groups) <= 24  # that are all in one look

    play(browser, query, script)


def test_a_fader_moves_the_parameter_without_a_jump(browser, query):
    async def script(page):
        await show_group(page, "motion")
        await page.press(fader("motion.rotation"))
        await page.drag(fader("motion.zoom"), 0.25)
        wait(lambda: query.store.get("motion.zoom") == pytest.approx(0.12 + 0.25 * 4, abs=0.02))
        assert await page.run(number("motion.zoom")) == "1.121/s"
        await page.drag(fader("motion.zoom"), -0.45)
        await page.drag(fader("motion.zoom"), -0.45)
        wait(lambda: query.store.get("motion.zoom") == -2)

    play(browser, query, script)
    assert query.store.get("motion.rotation") == 4  # touched only


def test_what_another_hand_sets_while_a_finger_rests_on_a_fader_is_shown_afterwards(browser, query):
    async def script(page):
        await show_group(page, "motion")
        x, y, *_ = await page.middle(fader("motion.zoom"))
        await page.mouse("mousePressed", x, y)
        query.store.set("motion.zoom", 1.5)
        await asyncio.sleep(0.3)
        assert await page.run(number("motion.zoom")) == "0.121/s"
        await page.mouse("mouseReleased", x, y)
        await page.until(number("motion.zoom"), "1.501/s")

    play(browser, query, script)


@pytest.mark.parametrize("id", ["dream.strength", "dream.octaves", "motion.center_y"])
def test_a_faders_travel_is_the_tables(browser, query, id):
    row = query.store.row(id)
    query.store.set(id, row.from_norm(0.25))
    begun = row.norm(query.store.get(id))

    async def script(page):
        await show_group(page, id.split(".")[0])
        await page.drag(fader(id), 0.375)
        await asyncio.sleep(0.2)

    play(browser, query, script)
    step = 0.01 if not row.whole else 0.5 / (row.max - row.min)
    assert row.norm(query.store.get(id)) == pytest.approx(begun + 0.375, abs=step)


def test_a_parameter_moves_the_fader(browser, query):
    async def script(page):
        await show_group(page, "motion")
        query.store.set("motion.zoom", 1.0)
        await page.until(number("motion.zoom"), "1.001/s")
        mark = f'document.querySelector("{fader("motion.zoom")} .mark").style.left'
        assert await page.run(mark) == "75%"
        query.store.set("motion.edge", "black")
        await page.until(f'document.querySelector("{fader("motion.edge")} select").value', "black")
        await show_group(page, "dream layer")
        query.store.set("dream.layer.b4_fc", 1.5)
        await page.until(number("dream.layer.b4_fc"), "1.50")

    play(browser, query, script)


def test_toggles_and_menus_are_set(browser, query):
    async def script(page):
        await show_group(page, "dream")
        await page.press(fader("dream.unzoom"))
        wait(lambda: query.store.get("dream.unzoom") == 1)
        await show_group(page, "motion")
        select = f'document.querySelector("{fader("motion.edge")} select")'
        await page.run(f"{select}.value = 'wrap'; {select}.onchange()")
        wait(lambda: query.store.get("motion.edge") == 1)

    play(browser, query, script)


def test_the_pad_moves_two_parameters_and_others_if_they_are_chosen(browser, query):
    async def script(page):
        await show_tab(page, "pad")
        await page.drag("#pad", 0.25, 0.4)
        wait(lambda: query.store.get("motion.x") == pytest.approx(0.5, abs=0.02))
        wait(lambda: query.store.get("motion.y") == pytest.approx(0.8, abs=0.02))
        await choose(page, ".axes select", "/tone/hold")
        await page.drag("#pad", -0.25, 0)
        wait(lambda: query.store.get("tone.hold") == pytest.approx(1.5, abs=0.05))
        assert query.store.get("motion.x") == pytest.approx(0.5, abs=0.02)

    play(browser, query, script)


def lit(selector):
    return f'document.querySelector("{selector}").classList.contains("on")'


def test_presets_are_tiles_with_pictures_and_the_playing_one_is_lit(browser, query):
    first, second = ("[data-path='/preset/load']" + f":nth-child({place})" for place in (1, 2))
    picture = f"(p => p.decode().then(() => p.naturalWidth))(document.querySelector(`{first} img`))"

    async def script(page):
        await page.press("[data-path='/preset/next']")
        await show_tab(page, "presets")
        assert await page.run(picture) == 192
        await page.press(second)
        wait(lambda: query.acts == [("preset.next", ""), ("preset.load", "Reef")])
        assert (await page.run(lit(first)), await page.run(lit(second))) == (True, False)
        query.signals["preset.playing"] = "Reef"
        await page.until(lit(second))
        assert not await page.run(lit(first))

    play(browser, query, script)


def test_presets_are_found_by_their_name_saved_and_left_to_themselves(browser, query):
    form = "document.querySelector('form')"

    async def script(page):
        await show_tab(page, "presets")
        await seek(page, "ree")
        assert await page.run(seen("[data-path='/preset/load']", "textContent")) == ["Reef"]
        await page.press(fader("preset.shuffle"))
        await choose(page, fader("preset.every"), "8")
        wait(lambda: [query.store.get(f"preset.{id}") for id in ("shuffle", "every")] == [1, 8])
        query.store.set("preset.every", 5)
        await page.until(f'document.querySelector("{fader("preset.every")}").value', "5")
        assert await page.run(f"{form}.offsetParent === null")
        for name, word in (("Pearl", "replace"), ("Low tide", "save"), ("no/slash", "save")):
            await page.run(f"{form}.previousSibling.lastChild.click()")
            field = f"{form}.querySelector('input')"
            assert await page.run(f"{field}.value") == "Pearl"  # that plays
            await page.run(f"{field}.value = '{name}'; {field}.oninput()")
            assert await page.run(f"{form}.querySelector('button').textContent") == word
            await page.run(f"{form}.requestSubmit()")
        wait(lambda: query.acts == [("preset.save", "Pearl"), ("preset.save", "Low tide")])

    play(browser, query, script)


def test_faders_of_all_groups_are_found_by_words(browser, query):
    async def script(page):
        await show_group(page, "motion")
        await seek(page, "zoom")
        found = await page.run(seen(".mixed [data-path]", "textContent"))
        assert {text.split("0")[0] for text in found} >= {"motionzoom", "dreamunzoom"}
        await seek(page, "lane STEP 16")
        steps = ["/lane/1/step/16", "/lane/2/step/16"]
        assert await page.run(seen("main [data-path]")) == steps
        await seek(page, "")
        assert "/motion/x" in await page.run(seen("main [data-path]"))

    play(browser, query, script)


def test_a_signal_that_is_new_does_not_take_a_fader_from_under_the_finger(browser, query):
    async def script(page):
        x, y, width, _ = await page.middle(fader("macro.1"))
        await page.mouse("mousePressed", x, y)
        query.signals["midi.1.cc.7"] = 0.5
        await asyncio.sleep(0.8)
        await page.mouse("mouseMoved", x + width / 2, y)
        wait(lambda: query.store.get("macro.1") == pytest.approx(0.5, abs=0.02))
        await page.mouse("mouseReleased", x + width / 2, y)

    play(browser, query, script)


def test_a_macro_says_what_it_moves_and_when_that_changes(browser, query):
    query.signals |= {f"moves.{id}": "" for id in MACROS} | {"moves.macro.2": "zoom, tint hue"}
    text = 'document.querySelector("{} .label").innerText'

    async def script(page):
        await page.until(text.format(fader("macro.2")), "2 zoom, tint hue")
        await page.until(text.format(fader("macro.1")), "macro 1")
        query.signals |= {"moves.macro.1": "black", "moves.macro.2": ""}
        await page.until(text.format(fader("macro.1")), "1 black")
        await page.until(text.format(fader("macro.2")), "macro 2")

    play(browser, query, script)


def test_what_is_loud_is_seen_without_scrolling_and_does_what_it_says(browser, query):
    query.signals |= {"cue.next": "Reef", "cue.song": "Opening", "cue.note": "drums"}
    loud = ["#go", "#back", "#tap", "#flash", "#strobe", "#freeze", "#blackout", "#panic",
            *map(fader, (*MACROS, "mix.ab", "edit.undo", "recording.on"))]  # fmt: skip
    hidden = f"""{json.dumps(loud)}.filter(each => {{
        const box = document.querySelector(each).getBoundingClientRect();
        const outside = box.left < 0 || box.top < 0;
        const beyond = box.right > innerWidth || box.bottom > innerHeight;
        return outside || beyond || box.width < 44 || box.height < 36; }})"""

    async def script(page):
        assert await page.run(hidden) == []
        asked = [("#go", "cue.go"), ("#back", "cue.back"), ("#panic", "show.panic"),
                 ("#blackout", "output.dark"), ("[data-path='/mix/a']", "mix.a")]  # fmt: skip
        for key, _ in asked:
            await page.press(key)
        wait(lambda: query.acts == [(action, "") for _, action in asked])
        for switch in ("freeze", "strobe"):
            await page.press(f"#{switch}")
            wait(lambda id=f"output.{switch}": query.store.get(id) == 1)
        for switch in ("freeze", "strobe", "flash", "blackout"):
            for on in (1, 0):
                query.store.set(f"output.{switch}", on)
                await page.until(lit(f"#{switch}"), bool(on))

    play(browser, query, script)


def test_the_next_cue_is_named_and_a_show_without_a_set_list_has_none(browser, query):
    shown = "document.querySelector('#cue').hidden ? '' : document.querySelector('#go').innerText"

    async def script(page):
        assert await page.run(shown) == ""
        query.signals |= {"cue.next": "Reef", "cue.song": "Opening", "cue.note": "drums"}
        await page.until(f"({shown}).split(/\\s+/).join(' ')", "GO Opening · drums Reef")
        query.signals |= {"cue.next": "", "cue.song": "", "cue.note": "the last cue plays"}
        await page.until(f"({shown}).split(/\\s+/).join(' ')", "GO the last cue plays")

    play(browser, query, script)


def test_flash_is_white_as_long_as_a_finger_holds_it_and_two_faders_move_meanwhile(browser, query):
    async def script(page):
        x, y, *_ = await page.middle("#flash")
        fingers, get = [(x, y)], query.store.get
        await page.touch("Start", *fingers)
        for id in ("macro.1", "macro.4"):
            x, y, width, _ = await page.middle(fader(id))
            fingers.append((x - width / 4, y))
            await page.touch("Start", *fingers)
        for share in (1, 2):
            moved = [(x + share * width / 4, y) for x, y in fingers[1:]]
            await page.touch("Move", fingers[0], *moved)
        wait(lambda: [get("macro.1"), get("macro.4")] == pytest.approx([0.5, 0.5], abs=0.02))
        wait(lambda: get("output.flash") == 1)
        x, y, *_ = await page.middle(fader("preset.next"))  # no click: another finger is down
        await page.touch("Start", fingers[0], *moved, (x, y))
        wait(lambda: query.acts == [("preset.next", "")])
        await page.touch("End")
        wait(lambda: get("output.flash") == 0)

    play(browser, query, script)


def test_tap_sets_the_tempo_and_the_page_shows_it(browser, query):
    clock = Clock(query.store.get)
    query.server._input._act = lambda name, argument="": clock.tap(now())

    async def script(page):
        begun = now()
        for tap in range(5):
            await asyncio.sleep(max(begun + tap * 0.5 - now(), 0))
            await page.press("#tap")
        wait(lambda: clock.signals(now())["tempo.bpm"] == pytest.approx(120, abs=6))
        query.signals["tempo.bpm"] = clock.signals(now())["tempo.bpm"]
        await page.until(
            "document.querySelector('#bpm').textContent", f"{query.signals['tempo.bpm']:.1f}"
        )

    play(browser, query, script)
