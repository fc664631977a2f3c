"""What controllers do beyond plain values: shares, touches, patterns, bundles at their time."""

import time

import pytest
from osc_client import address_of, bundle, counted, wait
from pythonosc.osc_message_builder import build_msg

from engine.control import osc_input


def test_every_parameter_is_set_by_its_share_of_the_travel(show):
    for row in show.store.rows():
        for share, value in ((0, row.min), (1, row.max), (2.5, row.max), (-1.0, row.min)):
            show.send(address_of(row) + "/norm", share)
            show.settle()
            assert show.store.get(row.id) == value
        show.send(address_of(row) + "/norm", 0.5)
        show.settle()
        assert show.store.get(row.id) == row.clip(row.from_norm(0.5))
    assert show.lines == []


def test_a_touch_of_a_fader_changes_nothing_and_is_no_fault(show):
    before = show.store.values()
    for address in ("/motion/zoom/z", "/beat/tap/z", "/motion/*/z"):
        show.send(address, 1.0)
    show.settle()
    assert (show.store.values(), show.acts, show.lines) == (before, [], [])


def test_a_pattern_sets_all_that_it_fits(show):
    show.send("/dream/layer/*", 0.25)
    show.send("/motion/{x,y}/norm", 1.0)
    show.send("/lfo/?/rate", 5.0)
    show.settle()
    values = show.store.values()
    assert [values["dream.layer." + name] for name in ("b16_conv1", "b4_fc")] == [0.25, 0.25]
    assert (values["motion.x"], values["motion.y"], values["motion.center_x"]) == (1, 1, 0)
    assert [values[f"lfo.{n}.rate"] for n in (1, 2, 3)] == [5, 5, 5]
    assert show.lines == []


def test_a_pattern_of_actions_asks_for_each_but_never_beside_parameters(show):
    show.send("/beat/{double,halve}", 1)
    show.send("/beat/t?p")
    show.settle()
    assert [name for name, _ in show.acts] == ["beat.double", "beat.halve", "beat.tap"]
    show.acts.clear()
    show.send("/*/*", 1)
    show.settle()
    assert show.acts == []
    assert show.store.get("motion.zoom") == 1


def test_one_message_that_is_refused_leaves_the_others_of_its_bundle(show):
    contents = [("/motion/x", 0.5), ("/no/thing", 1), ("/motion/y", 0.25)]
    show.raw(bundle(*[build_msg(*content) for content in contents]).dgram)
    show.settle()
    assert (show.store.get("motion.x"), show.store.get("motion.y")) == (0.5, 0.25)
    wait(lambda: show.lines)


def test_a_bundle_waits_for_its_time(show):
    due = time.time() + 0.4
    show.raw(bundle(build_msg("/motion/x", 0.5), build_msg("/preset/next", 1), at=due).dgram)
    show.raw(bundle(build_msg("/motion/y", 0.5), at=time.time() - 5).dgram)
    show.settle()
    assert (show.store.get("motion.x"), show.store.get("motion.y")) == (0, 0.5)
    wait(lambda: show.store.get("motion.x") == 0.5)
    assert -0.001 < time.time() - due < 0.1
    assert show.acts == [("preset.next", "")]
    assert show.lines == []


def test_bundles_are_obeyed_by_their_times_whatever_the_order_they_come_in(show):
    begun = time.time()
    for step in (3, 1, 2):
        at = begun + 0.2 + step / 20
        show.raw(bundle(build_msg("/preset/load", str(step)), at=at).dgram)
    outer = bundle(build_msg("/preset/load", "0"), at=begun + 0.3)
    show.raw(bundle(outer, build_msg("/preset/load", "at once")).dgram)
    wait(lambda: len(show.acts) == 5)
    assert [name for _, name in show.acts] == ["at once", "1", "2", "0", "3"]


def test_a_bundle_of_the_far_future_is_refused(show):
    show.raw(bundle(build_msg("/motion/x", 0.5), at=time.time() + 11).dgram)
    wait(lambda: show.lines)
    assert "at most 10 s" in show.lines[0]
    assert show.store.get("motion.x") == 0


def test_a_thousand_bundles_wait_and_further_ones_are_counted(show):
    packets = [
        bundle(build_msg("/preset/load", str(n)), at=time.time() + 2).dgram for n in range(1005)
    ]
    for n, packet in enumerate(packets):
        show.raw(packet)
        if n % 100 == 99:
            show.settle()
    wait(lambda: len(show.acts) == 1000, seconds=10)
    assert [name for _, name in show.acts] == [str(n) for n in range(1000)]
    wait(lambda: counted(show.lines, "1000 wait")[1] == 5)


@pytest.mark.parametrize("limit", ["MESSAGES"])
def test_waiting_bundles_hold_a_bounded_number_of_messages(show, monkeypatch, limit):
    monkeypatch.setattr(osc_input, limit, 10)
    large = bundle(*[build_msg("/motion/x", 0.1)] * 11, at=time.time() + 5)
    show.raw(large.dgram)
    wait(lambda: show.lines)
    assert "wait for their time already" in show.lines[0]


def test_bundles_whose_time_has_come_make_room_for_others(show, monkeypatch):
    monkeypatch.setattr(osc_input, "MESSAGES", 10)
    for value in (0.1, 0.2, 0.3):
        packed = [build_msg("/motion/x", value)] * 8
        show.raw(bundle(*packed, at=time.time() + 0.1).dgram)
        wait(lambda v=value: show.store.get("motion.x") == pytest.approx(v))
    assert show.lines == []


def test_what_is_numbered_is_asked_for_by_numbers_and_a_released_button_by_none(show):
    for address, number in (
        *(("/preset/number", 3), ("/preset/number", 4.0), ("/preset/number", 0.0)),
        *(("/preset/slot", 2), ("/cue/jump", 12.0), ("/cue/jump", 0)),
        *(("/audio/seek", 90.5), ("/audio/seek", 0), ("/audio/seek", "+10")),
        *(("/take/mark", 1.0), ("/take/mark", 0.0), ("/preset/next", 1)),
    ):
        show.send(address, number)
    show.settle()
    assert show.acts == [
        *(("preset.number", "3"), ("preset.number", "4"), ("preset.slot", "2")),
        *(("cue.jump", "12"), ("audio.seek", "90.5"), ("audio.seek", "0"), ("audio.seek", "+10")),
        *(("take.mark", ""), ("preset.next", "")),
    ]
    assert show.lines == []
