"""The tone: exponentials that do not know the dream rate, means, hues, and limits that hold."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.ndimage import gaussian_filter

from engine.dream import tone

NEUTRAL = {
    "tone.mean": 0.0, "tone.hold": 0.0, "tone.saturation": 1.0, "tone.hue_drift": 0.0,
    "tone.contrast": 1.0,
}  # fmt: skip
HELD = tone.Held(torch.tensor([0.1, 0.0, -0.1]).view(1, 3, 1, 1), torch.full((1, 1, 1, 1), 0.07))


def picture(size=0.15, seed=0, h=48, w=64):
    """Return a picture so calm that no limit touches it."""
    x = np.random.default_rng(seed).standard_normal((1, 3, h, w))
    x = gaussian_filter(x, (0, 0, 2, 2), mode="wrap")
    return torch.from_numpy(x / np.abs(x).max() * size).float() + 0.1


def coloured(x, seconds, **values):
    values = NEUTRAL | {f"tone.{n}": float(v) for n, v in values.items()}
    return tone.colour(x, HELD, tone.Tones.of(values, seconds))


def in_steps(change, x, seconds, steps):
    for _ in range(steps):
        x = change(x, seconds / steps)
    return x


def mean(x):
    return x.mean((0, 2, 3))


def chroma(x):
    return x - x.mean(1, keepdim=True)


@pytest.mark.parametrize(
    "values",
    [
        {"mean": 2},
        {"hold": 2},
        {"saturation": 1.3},
        {"saturation": 0.6},
        {"hue_drift": 50},
        {"contrast": 1.4},
        {"saturation": 1.2, "hue_drift": -30, "contrast": 0.8},
    ],
    ids=str,
)
def test_two_half_steps_are_one_whole_step(values):
    x = picture()
    one, two, many = (
        in_steps(lambda x, s: coloured(x, s, **values), x, 0.5, steps) for steps in (1, 2, 24)
    )
    assert torch.allclose(two, one, atol=1e-4)
    assert torch.allclose(many, one, atol=1e-4)


def test_neutral_is_no_change():
    x = picture()
    assert torch.allclose(coloured(x, 0.1), x, atol=1e-5)


def test_no_time_is_no_change():
    x = picture()
    now = coloured(x, 0.0, mean=6, hold=6, saturation=4, hue_drift=180, contrast=4)
    assert torch.allclose(now, x, atol=1e-5)
    assert torch.allclose(tone.faded(x, *tone.fading(6.0, 0.0)), x, atol=1e-6)


def test_each_mean_is_pulled_to_what_is_held_and_leaves_the_forms():
    x = picture()
    y = coloured(x, 0.5, mean=2)
    wanted = HELD.mean.flatten() + (mean(x) - HELD.mean.flatten()) * math.exp(-1)
    assert mean(y) == pytest.approx(wanted, abs=1e-5)
    assert torch.allclose(y - mean(y)[:, None, None], x - mean(x)[:, None, None], atol=1e-5)


def test_the_deviation_is_pulled_to_what_is_held_and_leaves_the_means():
    x = picture()
    y = coloured(x, 0.5, hold=2)
    deviation, was = (float((p - mean(p)[:, None, None]).square().mean().sqrt()) for p in (y, x))
    assert mean(y) == pytest.approx(mean(x), abs=1e-5)
    assert deviation == pytest.approx(was * (0.07 / was) ** (1 - math.exp(-1)), rel=0.03)


def test_a_loop_is_held_to_half_of_its_first_means_and_its_first_deviation():
    x = picture()
    held = tone.Held.of(x)
    assert held.mean.flatten() == pytest.approx(mean(x) / 2, abs=1e-6)
    forms = x - mean(x)[:, None, None]
    assert float(held.deviation) == pytest.approx(float(forms.square().mean().sqrt()), rel=1e-5)


def test_contrast_grows_about_the_mean():
    x = picture()
    y = coloured(x, 0.5, contrast=1.44)
    assert mean(y) == pytest.approx(mean(x), abs=1e-5)
    assert float(y.std() / x.std()) == pytest.approx(1.2, abs=0.05)


def test_saturation_grows_about_grey():
    x = picture()
    y = coloured(x, 0.5, saturation=1.44)
    assert torch.allclose(y.mean(1), x.mean(1), atol=1e-5)
    assert torch.allclose(chroma(y), chroma(x) * 1.2, atol=1e-4)


def test_hues_turn_all_the_way_round():
    x = picture()
    third, whole = (coloured(x, s, hue_drift=180) for s in (2 / 3, 2.0))
    assert torch.allclose(whole, x, atol=1e-4)
    assert torch.allclose(third, x[:, [2, 0, 1]], atol=1e-4)  # red becomes green


def test_a_turn_of_hues_keeps_light_and_richness():
    x = picture()
    y = coloured(x, 1.0, hue_drift=77)
    assert torch.allclose(y.mean(1), x.mean(1), atol=1e-5)
    assert torch.allclose(chroma(y).norm(dim=1), chroma(x).norm(dim=1), atol=1e-4)


@pytest.mark.parametrize("rate", [0.5, 1.5, 3.0])
def test_the_leak_is_the_same_at_every_dream_rate(rate):
    """Forms fade by exp(-rate * seconds): as far after 12 dreams as after 6 or 48 (3%)."""
    x = picture()
    six, twelve, many = (
        in_steps(lambda x, s: tone.faded(x, *tone.fading(rate, s)), x, 1.0, steps)
        for steps in (6, 12, 48)
    )
    assert float((six - many).norm() / x.norm()) < 0.03
    assert float((twelve - many).norm() / x.norm()) < 0.015


def test_the_leak_fades_fine_forms_by_its_exponential():
    checks = torch.tensor([[1.0, -1.0], [-1.0, 1.0]]).repeat(24, 32).expand(1, 3, 48, 64) * 0.4
    assert torch.allclose(
        tone.faded(checks, *tone.fading(2.0, 0.25)), checks * math.exp(-0.5), atol=1e-4
    )


def test_what_is_flat_fades_slower_than_forms_and_by_the_second():
    flat = torch.full((1, 3, 48, 64), 0.5)
    wanted = torch.tensor(0.5 * math.exp(-1.5 * (1 - tone.KEPT)))
    assert torch.allclose(tone.faded(flat, *tone.fading(1.5, 1.0)), wanted, atol=1e-5)
    for _ in range(24):
        flat = tone.faded(flat, *tone.fading(1.5, 1 / 24))
    assert torch.allclose(flat, wanted, atol=1e-5)


@pytest.mark.parametrize("size", [(16, 16), (33, 71), (9, 200)], ids=str)
def test_the_leak_takes_any_size(size):
    x = torch.rand(1, 3, *size)
    assert tone.faded(x, *tone.fading(1.0, 0.1)).shape == x.shape


NUMBERS = st.floats(-(2.0**90), 2.0**90, width=32)
NUMBERS |= st.sampled_from([math.nan, math.inf, -math.inf, 1.0, -1.0, 1e-30])


@given(x=hnp.arrays(np.float32, (1, 3, 4, 5), elements=NUMBERS))
def test_whatever_comes_the_limit_makes_a_picture_of_it(x):
    y = tone.limit(torch.from_numpy(x), 0.1)
    assert torch.isfinite(y).all()
    assert float(y.abs().max()) <= 1


@given(x=hnp.arrays(np.float32, (1, 3, 4, 5), elements=NUMBERS), seconds=st.floats(0, 0.2))
def test_whatever_comes_the_tone_makes_a_picture_of_it(x, seconds):
    y = coloured(
        torch.from_numpy(x), seconds, mean=6, hold=6, saturation=4, hue_drift=180, contrast=4
    )
    assert torch.isfinite(y).all()
    assert float(y.abs().max()) <= 1


def test_the_limit_leaves_calm_pictures_alone():
    grey = torch.linspace(-0.8, 0.8, 50).expand(1, 3, 1, 50)
    assert torch.allclose(tone.limit(grey, 10.0), grey, atol=1e-5)
    assert torch.allclose(tone.limit(picture(), 10.0), picture(), atol=1e-5)


def test_the_limit_has_no_step_and_never_turns_back():
    grey = torch.linspace(-3, 3, 6001).expand(1, 3, 1, 6001)
    rise = tone.limit(grey, 10.0)[0, 0, 0].diff()
    assert float(rise.min()) >= 0
    assert float(rise.max()) < 0.0011


def test_neon_is_held_and_its_hue_kept():
    neon = torch.tensor([0.6, -0.9, 0.3]).view(1, 3, 1, 1)
    held = tone.limit(neon, 10.0)
    assert float(chroma(held).square().mean().sqrt()) < tone.NEON
    cosine = torch.nn.functional.cosine_similarity(chroma(held), chroma(neon), dim=1)
    assert float(cosine) == pytest.approx(1, abs=1e-4)


def test_neon_fades_by_the_second_not_by_the_dream():
    neon = torch.tensor([0.6, -0.9, 0.3]).view(1, 3, 1, 1)
    at_six, at_24 = neon, neon
    for _ in range(2):
        at_six = tone.limit(at_six, 1 / 6)
    for _ in range(8):
        at_24 = tone.limit(at_24, 1 / 24)
    assert torch.allclose(at_six, at_24, atol=0.06)


def test_green_is_held_back_before_other_colours():
    red, green = (torch.tensor(c).view(1, 3, 1, 1) for c in ([0.4, -0.2, -0.2], [-0.2, 0.4, -0.2]))
    kept = [float(chroma(tone.limit(x, 10.0)).norm()) for x in (red, green)]
    assert kept[1] < 0.9 * kept[0]
