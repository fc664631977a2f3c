"""The fused blur of a card, held against the plain one. Needs a card with Triton."""

import pytest
import torch

from engine.dream import step
from engine.networks.convolution import fuses

card = torch.cuda.is_available() and fuses(torch.device("cuda"))
pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not card, reason="needs a CUDA card, and Triton")]


@pytest.mark.parametrize("size", [(40, 57), (13, 300), (5, 9)])  # the last is too small for it
@pytest.mark.parametrize("smooth, chroma", [(0.5, 4.0), (1.2, 1.0), (0.0, 8.0)])
def test_light_and_colours_are_blurred_as_plainly(size, smooth, chroma):
    g = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(0))
    climb = step.Climb.of(0.02, smooth, chroma)
    plain, fused = step.smoothed(g, climb), step.smoothed(g.cuda(), climb).cpu()
    assert float((plain - fused).abs().max()) < 1e-5
