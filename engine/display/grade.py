"""What becomes of the dream's colours on the wall: levels, saturation, turn of hue, tint.

In: the effective values. Out: a Grade, and the matrix and offset of it for the shader. Any thread.
Each is affine up to the clip, so that together they cost the shader one product.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

GREY = np.full((3, 3), 1 / 3)  # to the mean of a pixel's colours, which a turn of hue keeps


class Grade(NamedTuple):
    """The rows of the output that change colours, by their names; these values change nothing."""

    brightness: float = 1.0
    black: float = 0.0
    saturation: float = 1.0
    hue: float = 0.0
    tint: float = 0.0
    tint_hue: float = 30.0

    @classmethod
    def of(cls, values: Mapping[str, float]) -> "Grade":
        """Return what these values say."""
        return cls(*(values[f"output.{name}"] for name in cls._fields))


PLAIN = Grade()


def affine(grade: Grade) -> tuple[np.ndarray, np.ndarray]:
    """Return matrix (3x3) and offset (3) from RGB 0..1 to what is then clipped and made as bright.

    A tint of full colour h is 2 m - 1 + h of a pixel's mean m: black at 0, h at a half, white at 1.
    """
    turned = GREY + grade.saturation * (hue_turn(grade.hue) - GREY)
    matrix = turned + grade.tint * (2 * GREY - turned)
    offset = grade.tint * (full_colour(grade.tint_hue) - 1)
    lifted = 1 / (1 - grade.black)
    return lifted * matrix, offset - lifted * grade.black * matrix.sum(1)


def hue_turn(degrees: float) -> np.ndarray:
    """Return the 3x3 matrix that turns RGB about the grey axis: +120 makes red green."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    cross = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    return c * np.eye(3) + (1 - c) * GREY + s / math.sqrt(3) * cross


def full_colour(degrees: float) -> np.ndarray:
    """Return RGB of this hue at full saturation and value (HSV): 0 red, 120 green, -120 blue."""
    return np.clip(np.abs((degrees / 60 + np.array([0, 4, 2])) % 6 - 3) - 1, 0, 1)
