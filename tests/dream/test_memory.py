"""What fits into the memory, and what torch says where something did not."""

import psutil
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.dream import memory


def test_what_fits_keeps_its_size(network):
    assert memory.fitting(network, (213, 120)) == (213, 120)


@given(w=st.integers(200, 4096), h=st.integers(200, 4096), part=st.floats(0.01, 0.99))
def test_what_does_not_fit_keeps_its_aspect_and_fits(network, w, h, part):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "free", lambda device: memory.needed(network, (w, h)) * part)
        size = memory.fitting(network, (w, h))
        assert size[0] / size[1] == pytest.approx(w / h, rel=0.05)
        assert memory.needed(network, size) <= memory.free(network.device) * memory.SHARE * 1.05
        assert memory.needed(network, size) > memory.free(network.device) * memory.SHARE * 0.8


def test_what_is_needed_grows_with_the_picture(network):
    one = memory.needed(network, (640, 360))
    assert memory.needed(network, (1280, 720)) == pytest.approx(4 * one)
    assert 3e8 < one < 1e9  # 3.2 to 4.4e8 bytes were measured


def test_there_is_no_more_memory_than_the_machine_has():
    assert 0 < memory.free(torch.device("cpu")) <= psutil.virtual_memory().total


def test_a_containers_limit_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "LIMITS", tmp_path)
    (tmp_path / "memory.current").write_text("3000000\n")
    (tmp_path / "memory.max").write_text("5000000\n")
    (tmp_path / "memory.stat").write_text("anon 1500000\nfile 500000\nkernel 7\nfile_mapped 9\n")
    assert memory.free(torch.device("cpu")) == 2_500_000  # what files take gives way
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.free(torch.device("cpu")) > 2_000_000


def test_torchs_own_words_are_understood():
    with pytest.raises(RuntimeError) as raised:
        torch.empty(2**60, dtype=torch.uint8)
    assert memory.is_out(raised.value)
    assert memory.is_out(torch.OutOfMemoryError("CUDA out of memory"))
    assert memory.is_out(MemoryError())
    assert not memory.is_out(RuntimeError("shapes do not fit"))
    assert not memory.is_out(ValueError("out of memory"))
