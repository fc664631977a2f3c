"""Between pixels, uint8 (h, w, 3), and pictures that dream, float (1, 3, h, w) in [-1, 1].

Any thread.
"""

import numpy as np
import torch
import torch.nn.functional as F


def from_pixels(pixels: np.ndarray, device: torch.device | str = "cpu") -> torch.Tensor:
    """Return uint8 (h, w, 3) as float32 (1, 3, h, w)."""
    x = torch.tensor(pixels, device=device).permute(2, 0, 1)[None]
    return x.float().div(127.5).sub(1)


def to_pixels(picture: torch.Tensor) -> np.ndarray:
    """Return (1, 3, h, w) as uint8 (h, w, 3), rounded; what is beyond [-1, 1] is cut."""
    return np.ascontiguousarray(_bytes(picture).permute(1, 2, 0).cpu().numpy())


def write_pixels(picture: torch.Tensor, pixels: np.ndarray | torch.Tensor) -> None:
    """Write (1, 3, h, w) into `pixels`, uint8 (h, w, 4); they are there when this returns.

    Alpha stays, or is 255 from a card to the host.
    """
    there, colours = torch.as_tensor(pixels), _bytes(picture).permute(1, 2, 0)
    if picture.device != there.device:  # as one piece
        there.copy_(F.pad(colours, (0, 1), value=255))
        return
    there[..., :3].copy_(colours)
    if there.is_cuda:
        torch.cuda.current_stream().synchronize()


def _bytes(picture: torch.Tensor) -> torch.Tensor:
    return picture[0].mul(127.5).add_(128).clamp_(0, 255).to(torch.uint8)
