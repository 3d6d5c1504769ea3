"""Pointing and energy of maps that are written out by hand, and boxes under resizing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.explain.pointing import Mean, Score, mean, score, seen
from cnncli.images.blobs import Box
from cnncli.images.resize import resize

BOX = Box(4, 6, 3, 2)


def peak(row: int, column: int, value: float = 1.0) -> np.ndarray:
    values = np.zeros((12, 12), np.float32)
    values[row, column] = value
    return values


@pytest.mark.parametrize(
    ("row", "column", "points"),
    [
        (4, 6, True),
        (6, 7, True),
        (2, 6, True),  # two pixels above
        (1, 6, False),
        (8, 7, True),  # the last row of the box is 6
        (9, 7, False),
        (4, 9, True),
        (8, 9, False),  # two down and two across are further than two
    ],
)
def test_the_peak_lies_on_the_box_or_two_pixels_away(row: int, column: int, points: bool) -> None:
    found = score("grad-cam", peak(row, column), (12, 12), BOX)
    assert found is not None and found.points == points


def test_energy_is_the_share_of_what_speaks_for_the_class() -> None:
    values = np.full((12, 12), 2, np.float32)
    assert score("occlusion", values, (12, 12), BOX) == Score(False, 6 / 144, 6 / 144)
    values[4:7, 6:8] = 10
    found = score("occlusion", values, (12, 12), BOX)
    assert found is not None
    assert found.energy == pytest.approx(60 / (60 + 2 * 138))
    values[:4] = -50  # against the class: not counted, but for a gradient, whose sign says nothing
    found = score("occlusion", values, (12, 12), BOX)
    assert found is not None and found.points
    assert found.energy == pytest.approx(60 / (60 + 2 * 90))
    by_size = score("gradient", values, (12, 12), BOX)
    assert by_size is not None and not by_size.points
    assert by_size.energy == pytest.approx(60 / (60 + 2 * 90 + 50 * 48))


def test_a_map_in_which_nothing_speaks_for_the_class_points_at_nothing() -> None:
    for values in (peak(4, 6, 0), peak(4, 6, -1)):
        assert score("grad-cam", values, (12, 12), BOX) == Score(False, 0, 6 / 144)


def test_a_coarse_map_is_spread_over_the_image_and_a_box_cut_at_the_rim() -> None:
    values = np.zeros((3, 3), np.float32)
    values[2, 2] = 1
    found = score("grad-cam", values, (12, 12), Box(9, 9, 9, 9))
    assert found is not None and found.points
    assert found.area == 9 / 144
    assert score("grad-cam", values, (12, 12), Box(20, 20, 3, 3)) is None


def test_the_mean_of_scores() -> None:
    assert mean([Score(True, 0.5, 0.1), Score(False, 0.1, 0.1)]) == Mean(2, 0.5, 0.3, 0.1)
    assert Mean(2, 0.5, 0.3, 0.1).lift == pytest.approx(3)


@given(
    top=st.integers(0, 30), left=st.integers(0, 30),
    height=st.integers(8, 20), width=st.integers(8, 20),
    rows=st.integers(20, 90), columns=st.integers(20, 90),
    how=st.sampled_from(["stretch", "pad", "crop"]),
)  # fmt: skip
def test_a_box_goes_where_resize_takes_its_pixels(
    top: int, left: int, height: int, width: int, rows: int, columns: int, how: str
) -> None:
    image = np.zeros((50, 60, 1), np.uint8)
    image[top : top + height, left : left + width] = 255
    shown = resize(image, rows, columns, how)[..., 0] > 127  # type: ignore[arg-type]
    box = seen(Box(top, left, height, width), (50, 60), (rows, columns), how)  # type: ignore[arg-type]
    drawn = np.zeros((rows, columns), bool)
    bottom, right = max(0, box.top + box.height), max(0, box.left + box.width)
    drawn[max(0, box.top) : bottom, max(0, box.left) : right] = True
    for axis in (0, 1):  # each edge within a pixel
        inside, expected = shown.any(axis=axis), drawn.any(axis=axis)
        assert (inside != expected).sum() <= 2
