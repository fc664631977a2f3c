"""The plain loop of the benchmark is the paper's, and the figures that it gives hold together."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import display, dream, paper, plain, worlds
from engine.networks import files

DATA = Path(__file__).resolve().parent / "data"


def picture(name):
    return np.asarray(Image.open(DATA / f"{name}.png").convert("RGB"))


def test_the_plain_loop_makes_what_the_papers_program_made():
    network = plain.PlainDiscriminator(files.read(dream.STARTER))
    layers = ["b32_conv0", "b8_conv1"]
    made = paper.dream(network, picture("start"), layers, 3, 1.4, False, 5, 1e-2, 0.5)
    off = np.abs(made.astype(int) - picture("b-two-layers"))
    assert off.mean() <= 0.2
    assert (off <= 4).mean() >= 0.999


def test_the_benchmark_says_what_was_measured(monkeypatch):
    monkeypatch.setattr(dream, "CASES", (dream.Case("small", 64, 2, 1),))
    monkeypatch.setattr(dream, "ROUNDS", 3)
    found = dream.run()
    (case,) = found["cases"]
    assert case["ratio"] == found["ratio"] > 0
    assert case["plain_ms"] > 0 < case["fast_ms"]
    assert 0 < case["peak_share"] < 3
    assert 0 <= case["difference"] < 0.01
    assert found["device"]


def test_the_displays_benchmark_measures_all_that_it_names(monkeypatch, capsys):
    monkeypatch.setattr(display, "FRAMES", 2)
    display.measure((64, 36))
    assert capsys.readouterr().out.count(" ms") == 5


def test_the_difference_is_relative_to_what_the_plain_loop_changed():
    start, plain_end = np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 100, np.uint8)
    ours = np.full((2, 2, 3), 99, np.uint8)
    assert dream._difference(ours, plain_end, start) == pytest.approx(0.01)


def test_the_nearest_mean_is_sought_with_each_feature_by_its_own_measure():
    means = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1000.0]])
    asked = means[[2, 0, 1]] + [[0.1, -100.0], [-0.1, 200.0], [0.2, 100.0]]
    assert worlds.nearest(means, asked).tolist() == [2, 0, 1]
