"""Matrices as text."""

from __future__ import annotations

import numpy as np
import pytest

from cnncli.images.kernels import KERNELS, make
from cnncli.render.terminal.matrices import kernel_lines, number


@pytest.mark.parametrize("name", KERNELS)
def test_every_kernel_fits_a_terminal(name: str) -> None:
    lines = kernel_lines(make(name), 80)
    assert max(map(len, lines[1:])) <= 80


def test_a_wide_kernel_is_rounded_to_a_unit_that_is_said() -> None:
    kernel = make("laplacian-of-gaussian")
    exact, rounded = (kernel_lines(kernel, width) for width in (1000, 80))
    assert len(rounded) == len(exact) + 1
    unit = float(rounded[-1].split()[3].rstrip(","))
    weights = np.array([line.split() for line in rounded[1:-1]], dtype=float) * unit
    np.testing.assert_allclose(weights, kernel.matrices[0], atol=unit / 2)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-0.0, "0"),
        (1234567.0, "1234567"),
        (1234.5678, "1234.57"),
        (-999998.25, "-999998.2"),
        (0.000123456789, "0.000123457"),
        (1e12, "1e+12"),
    ],
)
def test_what_stands_before_the_point_is_kept(value: float, text: str) -> None:
    assert number(value, 6) == text
