"""What seconds do in one dream, against closed forms with every number written out."""

import numpy as np
import pytest
import torch

from engine.display.grade import hue_turn
from engine.dream import objective
from engine.dream.dreamer import Dreamer

STILL = {
    "dream.strength": 0, "dream.leak": 0, "tone.mean": 0, "tone.saturation": 1,
    "tone.hue_drift": 0, "motion.zoom": 0, "motion.rotation": 0,
}  # fmt: skip


pytestmark = pytest.mark.usefixtures("one_core")


def flat(*colour, size=(48, 32)):
    """Return a picture of one colour; calm ones are touched by no limit."""
    return torch.tensor(colour).view(1, 3, 1, 1).expand(1, 3, size[1], size[0]).clone()


def dreamt(dreamer, values, *seconds):
    for s in seconds:
        dreamer(values, s, np.eye(3))
    return dreamer


def test_a_dream_stands_for_a_fifth_of_a_second_at_most(network, snapshot):
    values = snapshot(**STILL | {"latent.mix": 4})
    dreamer = Dreamer(network, flat(0.0, 0.0, 0.0))
    dreamer(values, 60.0, np.eye(3), flat(0.4, 0.2, 0.1))
    mixed = (1 - np.exp(-4 * 0.2)) * np.array([0.4, 0.2, 0.1])
    assert dreamer.picture.mean((0, 2, 3)).numpy() == pytest.approx(mixed, abs=1e-5)


@pytest.mark.parametrize("dreams", [5, 10, 25])
@pytest.mark.parametrize("drift", [120, -120, 45])
def test_hues_drift_the_way_that_the_outputs_hue_turns(network, snapshot, drift, dreams):
    red = np.array([0.12, -0.06, -0.06])
    values = snapshot(**STILL | {"tone.hue_drift": drift})
    dreamer = dreamt(Dreamer(network, flat(*red)), values, *[1 / dreams] * dreams)
    seen = dreamer.picture[0, :, 16, 24].numpy()
    assert seen == pytest.approx(hue_turn(drift) @ red, abs=1e-5)
    if drift == 120:
        assert seen == pytest.approx([-0.06, 0.12, -0.06], abs=1e-5)


def test_a_silent_place_counts_as_a_thousandth_of_the_mean():
    """In value: its logarithm. In pull: at that energy half of what a loud place pulls."""
    f = torch.ones(1, 1, 10, 100, dtype=torch.float64)
    f[0, 0, 0, 0] = 0
    one = torch.ones(1, dtype=torch.float64)
    mean = 0.999
    expected = (999 * np.log(1 + mean / 1000) + np.log(mean / 1000)) / 1000
    assert float(objective.value(f, one, 1.0)) == pytest.approx(expected, rel=1e-9)

    f[0, 0, 0, 0] = 1e-3**0.5
    assert float(f.square().mean()) == pytest.approx(1000 * float(f[0, 0, 0, 0]) ** 2, rel=1e-3)
    pull = (f * objective.gradient(f, one, 1.0))[0, 0]
    assert float(pull[0, 0]) == pytest.approx(1.0, rel=1e-3)
    assert float(pull[5, 50]) == pytest.approx(2.0, rel=2e-3)
