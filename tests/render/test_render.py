"""A take rendered is the show that was played: whole films of a real, short one."""

import av
import numpy as np
import pytest
from conftest import SECONDS, perform
from scipy.ndimage import uniform_filter

from engine.options import ROOT
from engine.recording.score import Score
from engine.recording.take import LOG, TakeError
from engine.render import film
from engine.render.job import Job
from engine.render.render import render


def pictures(path, form="gray"):
    with av.open(path) as video:
        return [frame.to_ndarray(format=form) for frame in video.decode(video=0)]


def likeness(a, b):
    """Return the structural similarity of two pictures (Wang et al. 2004), windows of 7."""
    a, b = a.astype(float), b.astype(float)
    mean_a, mean_b = uniform_filter(a, 7), uniform_filter(b, 7)
    var_a, var_b = (uniform_filter(x * x, 7) - m**2 for x, m in ((a, mean_a), (b, mean_b)))
    both = uniform_filter(a * b, 7) - mean_a * mean_b
    c1, c2 = 2.55**2, 7.65**2
    above = (2 * mean_a * mean_b + c1) * (2 * both + c2)
    return float((above / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))).mean())


def made(played, name, **job):
    out = played / name
    render(Job(out, take=played / "take", **job), lambda done, total: None)
    return out


def test_the_film_is_what_was_recorded(played, rendered):
    live, again = pictures(played / "set.mp4"), pictures(rendered)
    assert abs(len(live) - len(again)) <= 4
    moments = np.linspace(0, min(len(live), len(again)) - 1, 12).astype(int)
    # A frame that the machine kept waiting shows another moment: the nearest of three is it.
    near = [max(likeness(live[m], again[n]) for n in range(max(m - 1, 0), min(m + 2, len(again))))
            for m in moments]  # fmt: skip
    assert np.median(near) > 0.95 and min(near) > 0.85, near


def test_the_same_take_gives_the_same_frames(played, rendered):
    once_more = pictures(made(played, "again.mp4"))
    first = pictures(rendered)
    assert len(first) == len(once_more)
    assert all((a == b).all() for a, b in zip(first, once_more, strict=True))


def test_a_render_that_was_stopped_goes_on_to_the_same_film(played, rendered, monkeypatch):
    monkeypatch.setattr(film, "PART", 1)
    whole = made(played, "whole.mp4")
    job, half = Job(played / "stopped.mp4", take=played / "take"), SECONDS * 15 + 10

    def stop(done, total):
        if done == half:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render(job, stop)
    assert not job.out.exists()
    begun = []
    render(job, lambda done, total: begun.append(done))
    assert begun[0] == half // 30 * 30 + 1, "what is there is not made again"
    assert (played / "stopped.mp4").read_bytes() == whole.read_bytes()
    assert not list(played.glob("*.parts"))


def test_at_30_and_at_60_frames_a_second_the_same_moments_look_the_same(played):
    slow, fast = (pictures(made(played, f"{n}.mkv", fps=n, end=2.0), "rgb24") for n in (30, 60))
    pairs = list(zip(slow, fast[::2], strict=False))
    assert len(pairs) >= 55
    assert max(np.abs(a.astype(int) - b.astype(int)).max() for a, b in pairs) <= 1


def test_a_part_of_a_film_is_that_part_of_the_whole(played):
    whole = pictures(made(played, "all.mkv"), "rgb24")
    part = pictures(made(played, "part.mkv", begin=1.0, end=2.0), "rgb24")
    assert len(part) == 30
    assert all((a == b).all() for a, b in zip(whole[30:60], part, strict=True))


def test_a_film_may_be_larger_and_better(played):
    large = pictures(
        made(played, "square.mp4", size=(150, 150), octaves=3, iterations=2, end=1.0), "rgb24"
    )
    assert large[0].shape == (150, 150, 3) and len(large) == 30
    assert min(picture.std() for picture in large) > 20, "neither black nor white nor grey"


def test_another_look_and_another_rate_of_dreams(played, rendered):
    other = pictures(made(played, "reef.mp4", preset=ROOT / "presets" / "Reef.toml", end=2.0))
    same = [likeness(a, b) for a, b in zip(pictures(rendered), other, strict=False)]
    assert same[-1] < 0.6 and other[-1].std() > 20
    slow = pictures(made(played, "slow.mp4", dreams=4.0, end=2.0))
    assert len(slow) == 60 and slow[-1].std() > 20


def test_the_film_sounds_as_the_show_did(played, rendered):
    def sound(path):
        with av.open(path) as file:
            return np.concatenate([f.to_ndarray()[0] for f in file.decode(audio=0)])

    live, again = sound(played / "set.mp4"), sound(rendered)
    n = min(len(live), len(again)) - 4800
    lags = np.arange(-960, 961, 48)
    fits = [np.corrcoef(live[4800:n], again[4800 + lag : n + lag])[0, 1] for lag in lags]
    assert max(fits) > 0.95 and abs(lags[int(np.argmax(fits))]) <= 960, "within 20 ms"


def test_a_sound_file_becomes_a_film_without_a_take(song, tmp_path):
    out = tmp_path / "video.mp4"
    words = ("--audio", song, "--out", out, "--size", "160x90", "--to", "3", "--dreams", "10")
    status, said = perform("render", *words)
    assert status == 0, said
    shown = pictures(out)
    assert len(shown) == 90 and shown[-1].std() > 20
    assert likeness(shown[0], shown[-1]) < 0.9


def test_a_network_that_has_gone_is_named(played, tmp_path):
    there = played / "take"
    for file in there.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    log = (tmp_path / LOG).read_text().replace('"sha256":"', '"sha256":"0')
    (tmp_path / LOG).write_text(log)
    with pytest.raises(TakeError, match="of this take is not here"):
        render(Job(tmp_path / "a.mp4", take=tmp_path), print)


REFUSED = {
    "neither": ([], "name a take, or a sound file"),
    "no take": (["."], "no take"),
    "the end before the beginning": (["TAKE", "--from", "0:09"], "--from 9: must be before"),
    "no place": (["TAKE", "--from", "x"], "must be a place in seconds"),
    "no preset": (["TAKE", "--preset", "Nobody"], "preset 'Nobody'"),
    "no video": (["TAKE", "--out", "film.avi"], "must end in .mp4"),
    "too many octaves": (["TAKE", "--octaves", "9"], "less than or equal to 6"),
}


@pytest.mark.parametrize("words, said", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_rendered_is_refused_in_one_line(words, said, played, tmp_path):
    words = [str(played / "take") if word == "TAKE" else word for word in words]
    status, lines = perform("render", "--out", tmp_path / "a.mp4", *words)
    assert status == 2 and said in lines.replace("\n", " ")
    assert "Traceback" not in lines and not (tmp_path / "a.mp4").exists()


def test_a_take_is_small(played):
    score = Score(played / "take")
    begun, last = score.span()
    assert score.log.stat().st_size / (last - begun) * 60 < 2e6
