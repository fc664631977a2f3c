"""The presets that come along: whole, in order, moved by music, and alive when they are dreamed."""

import pytest
import torch

from benchmarks import loop
from engine import presets
from engine.audio.features import SILENT
from engine.bank import Bank
from engine.clock import Clock
from engine.dream.runner import prepare
from engine.networks.files import read
from engine.options import OPENING, ROOT, STARTER
from engine.parameters import MACROS

FILES = sorted((ROOT / "presets").glob("*.toml"))
SECONDS, RATE, SIZE = 10, 6, (170, 96)


@pytest.fixture(scope="module")
def network():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield prepare(read(STARTER))
    torch.set_num_threads(before)


def test_there_are_two_dozen_in_an_order_without_gaps():
    bank = Bank([ROOT / "presets"], print, print)
    orders = [presets.place(ROOT / "presets" / f"{name}.toml") for name in bank.names()]
    assert orders == list(range(1, len(FILES) + 1))
    assert len(FILES) >= 24
    assert OPENING in bank.names()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_preset_says_nothing_that_is_not_known_and_hears_music(network, file):
    store, mappings = loop.filled(network, file.stem, {})
    assert presets.wanted(presets.read(file), store)[1] == []
    assert len({m.signal for m in mappings} & SILENT.keys()) >= 3
    assert {m.signal for m in mappings} <= SILENT.keys() | Clock().signals(0.0).keys() | {*MACROS}
    assert {m.signal for m in mappings} >= {*MACROS[:4]}, "the panel's pads play them all"
    assert any(store.get(f"dream.layer.{name}") for name in network.layers)
    assert all(m.amount for m in mappings)
    by_seed = store.get("dream.channels.choice") == 0
    assert not by_seed or "dream.channels.place" not in {m.parameter for m in mappings}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_music_of_the_sheets_is_heard_by_every_mapping(network, file):
    mappings, beat = loop.filled(network, file.stem, {})[1], Clock().signals(0.1)
    heard = loop.heard(mappings, beat)
    assert {m.signal for m in mappings} - {*MACROS} <= heard.keys()
    assert {v for id, v in heard.items() if id.startswith("audio.")} == {beat["beat.pulse"]}
    assert beat["beat.pulse"] > 0


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_preset_is_neither_black_nor_white_nor_still(network, file):
    pictures = list(loop.dreams(network, file.stem, SECONDS, RATE, SIZE, 3, music=True))
    seen = torch.cat(pictures[RATE:]).clamp(-1, 1) / 2 + 0.5
    assert seen.isfinite().all()
    assert 0.25 < float(seen.mean()) < 0.75
    assert float(seen.std((1, 2, 3)).min()) > 0.1
    # What the eye has time for: from one second to the next. From dream to dream a loop that is
    # chaotic changes by a little or a lot, as the processor rounds.
    changed = (seen[RATE:] - seen[:-RATE]).abs().mean((1, 2, 3))
    assert float(changed.min()) > 0.01
    assert float(changed.mean()) > 0.03
