"""The last seconds: bounded, from a key picture on, and saved as a film while the show goes on."""

import time
from fractions import Fraction

import film
import numpy as np
import pytest

from engine.recording import ring as ring_room
from engine.recording.coder import Coded
from engine.recording.reel import RecordingError
from engine.recording.ring import Ring

TENTH = Fraction(1, 10)


def packets(count, key_every=10, size=100, first=0):
    """Coded pictures of a tenth of a second each, and a piece of sound after each of them."""
    for n in range(first, first + count):
        yield Coded(bytes(size), True, n % key_every == 0, n, n, 1, TENTH)
        yield Coded(bytes(10), False, True, n, n, 1, TENTH)


def filled(seconds, coming):
    ring = Ring()
    ring.seconds = seconds
    for coded in coming:
        ring.put(coded)
    return ring


@pytest.mark.parametrize("seconds", [3, 2.5, 30])
def test_it_begins_with_a_key_picture_and_holds_no_more_than_a_group_too_much(seconds):
    kept = filled(seconds, packets(100)).packets()
    pictures = [coded for coded in kept if coded.picture]
    assert (kept[0].picture, kept[0].key) == (True, True)
    assert min(seconds * 10, 100) <= len(pictures) <= seconds * 10 + 10
    assert pictures[-1].pts == 99


def test_nothing_is_kept_before_a_key_picture_or_where_nothing_is_asked_for():
    assert filled(5, packets(8, first=1)).packets() == []
    ring = filled(5, packets(20))
    ring.seconds = 0
    for coded in packets(1, first=20):
        ring.put(coded)
    assert ring.packets() == []


def test_memory_is_bounded_whatever_the_format_needs(monkeypatch):
    monkeypatch.setattr(ring_room, "MOST", 100_000)
    kept = filled(60, packets(400, size=2000)).packets()
    assert sum(len(coded.data) for coded in kept) <= 100_000
    assert kept[-2].pts == 399
    assert len(kept) > 60


def run(recorder, frames, first=0):
    """Show frames numbered from `first`, with a tone, patiently."""
    tone = 0.5 * np.sin(np.arange(1600) * 2 * np.pi * 30 / 1600).astype(np.float32)
    for n in range(first, first + frames):
        recorder.sound(np.stack([tone, tone], 1), 48000, n / 30)
        recorder.frame(film.numbered(n), n / 30)
        while recorder.seconds <= n / 30:
            time.sleep(0.0005)


@pytest.fixture(params=["h264", "prores", "ffv1"])
def recorder(request, tmp_path):
    recorder = film.open_recorder(tmp_path, request.param)
    recorder.ring.seconds = 2
    yield recorder
    recorder.stop()


def test_the_last_seconds_are_saved_while_a_film_goes_on_from_the_same_coder(recorder, tmp_path):
    ending = recorder.ending
    run(recorder, 95)
    taken = recorder.begin(tmp_path / f"a{ending}")
    run(recorder, 40, first=95)
    recorder.save(tmp_path / f"last{ending}")
    run(recorder, 20, first=135)
    recorder.end()
    run(recorder, 30, first=155)
    assert taken.wait().frames == 60
    recorder.stop()
    assert film.numbers(tmp_path / f"a{ending}") == list(range(95, 155))
    last = film.numbers(tmp_path / f"last{ending}")
    assert last == list(range(last[0], last[0] + len(last)))
    assert 60 <= len(last) <= 91
    assert last[-1] in (133, 134)
    for name in ("a", "last"):
        path = tmp_path / f"{name}{ending}"
        times = [moment for moment, _ in film.pictures(path)]
        assert times[0] < 0.05
        assert np.allclose(np.diff(times), 1 / 30, atol=0.002)
        heard = np.abs(film.sound(path))
        assert len(heard) / 48000 == pytest.approx(
            len(times) / 30, abs=0.6 if name == "last" else 0.05
        )
        assert heard[4800:64800].reshape(-1, 100).max(1).min() > 0.3


def test_nothing_kept_is_said(tmp_path):
    recorder = film.open_recorder(tmp_path)
    with pytest.raises(RecordingError, match=r"recording\.keep is 0"):
        recorder.save(tmp_path / "a.mp4")
    recorder.stop()
    assert not list(tmp_path.iterdir())
