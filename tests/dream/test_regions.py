"""Regions: masks that meet the vectors they stand for, and borders where both dream alike."""

import pytest
import torch

from engine.dream import regions
from engine.dream.objective import gradient

CPU = torch.device("cpu")


@pytest.mark.parametrize("kind", [regions.HALVES, regions.RINGS])
@pytest.mark.parametrize("size", [(64, 96), (120, 213), (33, 20)], ids=str)
def test_a_mask_has_both_ends_and_nothing_beyond(kind, size):
    mask = regions.mask(kind, *size, CPU)
    assert mask.shape == (1, 1, *size)
    assert 0 <= float(mask.min()) < 0.15
    assert 0.85 < float(mask.max()) <= 1


def test_the_right_half_is_the_others():
    mask = regions.mask(regions.HALVES, 60, 100, CPU)[0, 0]
    assert float(mask[:, :30].max()) < 0.01
    assert float(mask[:, 70:].min()) > 0.99


def test_each_vector_dreams_in_its_own_region_however_loud_its_channels_are():
    features = torch.randn(1, 4, 12, 20, generator=torch.Generator().manual_seed(1))
    features[:, 2:] *= 100
    first, second = torch.tensor([1.0, 0, 0, 0]), torch.tensor([0, 0, 0, 1.0])
    mask = regions.mask(regions.HALVES, 120, 200, CPU)
    vector = regions.spread(features, first, second, mask)
    pull = (features * gradient(features, vector, 1.0)).abs()
    assert float(pull[:, 0, :, 6].mean()) > 20 * float(pull[:, 3, :, 6].mean())
    middle = pull[:, :, :, 9:11].mean((0, 2, 3))
    assert 0.2 < float(middle[0] / middle[3]) < 5


def test_a_vector_that_is_both_regions_has_the_features_energy_at_every_place():
    features = torch.randn(1, 4, 12, 20, generator=torch.Generator().manual_seed(1)) * 30
    mask = regions.mask(regions.HALVES, 120, 200, CPU)
    vector = regions.spread(features, torch.ones(4), torch.ones(4), mask)
    assert vector.numpy() == pytest.approx(1, abs=1e-5)
