"""Filters on a sheet: nothing is cut off, and frames lie on the image."""

from __future__ import annotations

import numpy as np
import pytest

from cnncli.images.blobs import Box
from cnncli.render.pictures.filters import Filter, Layer, Thumb, sheet
from cnncli.render.pictures.lettering import font


def drawn(*filters: Filter) -> np.ndarray:
    layer = Layer("conv", "Conv2D", filters, 1.0, in_colour=False)
    return np.asarray(sheet("Filters", [layer]))


def column(pixels: np.ndarray, left: int) -> np.ndarray:
    """What stands in the line of the figures from a place on."""
    return (pixels[100:130, left:] < 250).any()


def test_figures_are_not_cut_off() -> None:
    long, short = (Filter(0, np.ones((1, 1, 1)), 0.569, bias) for bias in (-0.000153, None))
    end = 20 + round(font(11).getlength("norm 0.569, bias -0.000153"))
    assert column(drawn(long), end - 4) and not column(drawn(short), end - 4)


@pytest.mark.parametrize("box", [Box(-1, -1, 3, 3), Box(31, 31, 3, 3), Box(0, 14, 2, 2)])
def test_frames_lie_on_the_image(box: Box) -> None:
    pixels = np.full((32, 32, 1), 128, np.uint8)
    made = drawn(Filter(0, np.zeros((1, 1, 1)), 1.0, 0.0, [Thumb("a", 1.0, pixels, box)]))
    grey = np.argwhere((made == 128).all(axis=2))
    frame = np.argwhere((made == np.array([213, 94, 0])).all(axis=2))
    assert len(frame) and (np.ptp(frame, axis=0) >= 9).all()
    assert (frame >= grey.min(axis=0)).all() and (frame <= grey.max(axis=0)).all()


def test_a_weight_that_rounds_to_zero_has_no_sign() -> None:
    tiny, zero = (drawn(Filter(0, np.full((3, 3, 1), weight), 0, 0)) for weight in (-1e-9, 0.0))
    assert np.abs(tiny.astype(int) - zero).max() <= 2  # of the colour
