"""Values as colours: orange below zero, white at it, blue above, as in all other pictures."""

from __future__ import annotations

import numpy as np
from PIL import ImageColor

from cnncli.render.pictures.palette import NEGATIVE, POSITIVE
from cnncli.render.pictures.shades import Shades


def test_the_signs_have_the_colours_of_the_palette() -> None:
    low, zero, high = Shades(-2, 2).colours(np.array([-2.0, 0.0, 2.0]))
    assert tuple(low) == ImageColor.getrgb(NEGATIVE)
    assert tuple(high) == ImageColor.getrgb(POSITIVE)
    assert zero.min() >= 254


def test_both_sides_are_as_far_from_white() -> None:
    colours = Shades(-1, 3).colours(np.array([-1.0, 1.0, 3.0])).astype(int)
    part = (255 - colours) / (
        255 - np.array([ImageColor.getrgb(c) for c in (NEGATIVE, POSITIVE, POSITIVE)])
    ).clip(1)
    assert abs(part[0].max() - 1 / 3) < 0.02
    assert abs(part[1].max() - 1 / 3) < 0.02
