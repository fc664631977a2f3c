"""Winograd's convolution against the direct one."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.networks import winograd

SIDES = st.integers(1, 21)


@settings(deadline=None, max_examples=40)
@given(h=SIDES, w=SIDES, c=st.integers(1, 9), o=st.integers(1, 9), seed=st.integers(0, 999))
def test_it_equals_the_direct_convolution_at_any_size(h, w, c, o, seed):
    torch.manual_seed(seed)
    x = torch.randn(1, c, h, w).contiguous(memory_format=torch.channels_last)
    weight = torch.randn(o, c, 3, 3)
    wanted = F.conv2d(x.double(), weight.double(), padding=1)
    found = winograd.convolve(x, winograd.transform(weight))
    assert found.shape == wanted.shape
    assert torch.allclose(found.double(), wanted, atol=2e-4 * float(wanted.abs().max() + 1))


def test_the_result_stays_in_channels_last_order():
    x = torch.randn(1, 4, 8, 12).contiguous(memory_format=torch.channels_last)
    y = winograd.convolve(x, winograd.transform(torch.randn(6, 4, 3, 3)))
    assert y.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("channels", [64, 128, 256])
def test_at_the_networks_widths_the_error_stays_small(channels):
    torch.manual_seed(0)
    x = torch.randn(1, channels, 18, 31).contiguous(memory_format=torch.channels_last)
    weight = torch.randn(channels, channels, 3, 3) / (9 * channels) ** 0.5
    wanted = F.conv2d(x.double(), weight.double(), padding=1)
    found = winograd.convolve(x, winograd.transform(weight))
    assert float((found - wanted).abs().max() / wanted.abs().max()) < 2e-5
