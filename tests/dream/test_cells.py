import pytest
import torch
import torch.nn.functional as F

from engine.dream.cells import pooled


@pytest.mark.parametrize("cells", [(16, 28), (9, 9), (1, 7), (45, 80)])
@pytest.mark.parametrize("size", [(120, 213), (45, 80), (16, 16)])
def test_cells_are_cut_as_adaptive_pooling_cuts_them(size, cells):
    x = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(pooled(x, *cells), F.adaptive_avg_pool2d(x, cells), atol=1e-6)
