"""Probabilities as they stand in a file: 9 significant digits, enough for every float32."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

DIGITS = 9
EXACT_POWERS = 22  # of ten: as far as they are exact in float64
SMALLEST = 10.0 ** (DIGITS - EXACT_POWERS)


def as_written(probabilities: np.ndarray) -> np.ndarray:
    """Round values of 0 to 1 to 9 significant digits: float64, what a reader of the CSV has.

    The same as `float(f"{value:.9g}")` of each. Nine digits over a power of ten up to 10^22 are
    two exact numbers, whose quotient is rounded as the text would be; what is too small for that,
    or so near to half a digit that scaling may have moved it, is written and read.
    """
    import numpy as np

    values = np.asarray(probabilities, np.float64)
    usual = (values >= SMALLEST) & (values <= 1)
    safe = np.where(usual, values, 1.0)
    powers = np.array([float(f"1e{power}") for power in range(EXACT_POWERS + 1)])
    scale = powers[np.clip(DIGITS - 1 - np.floor(np.log10(safe)).astype(int), 0, EXACT_POWERS)]
    digits = safe * scale
    rounded = np.rint(digits) / scale
    rounded[values == 0] = 0.0
    doubtful = (~usual | (np.abs(digits % 1 - 0.5) < 1e-6)) & (values != 0)
    rounded[doubtful] = [float(f"{value:.{DIGITS}g}") for value in values[doubtful]]
    return rounded
