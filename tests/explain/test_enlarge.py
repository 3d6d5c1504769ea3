"""Maps at other sizes: what is strongest stays when they become smaller."""

from __future__ import annotations

import numpy as np
import pytest

from cnncli.explain.enlarge import enlarged, strongest


@pytest.mark.parametrize("size", [(7, 11), (48, 48), (1, 1), (96, 5)])
def test_each_part_keeps_the_value_farthest_from_zero(size: tuple[int, int]) -> None:
    values = np.random.default_rng(0).normal(size=(96, 48))
    made = strongest(values, size)
    assert made.shape == (min(size[0], 96), min(size[1], 48))
    assert np.abs(made).max() == np.abs(values).max()
    rows, columns = (
        np.arange(n + 1) * whole // n for n, whole in zip(made.shape, (96, 48), strict=True)
    )
    for row in range(made.shape[0]):
        for column in range(made.shape[1]):
            part = values[rows[row] : rows[row + 1], columns[column] : columns[column + 1]].ravel()
            assert made[row, column] == part[np.abs(part).argmax()]


def test_a_map_that_is_small_already_stays() -> None:
    values = np.arange(6.0).reshape(2, 3)
    assert strongest(values, (4, 3)) is values
    assert enlarged(values, (2, 3)) is values
