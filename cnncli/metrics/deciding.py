"""From the probabilities of an image to the class that is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

HALF = 0.5


def decide(
    probabilities: np.ndarray,
    positive: int | None = None,
    threshold: float | np.ndarray | None = None,
) -> np.ndarray:
    """Return the index of the predicted class of each row.

    The most probable one; of two classes the positive one when its probability is above the
    threshold (HALF without one), which each row may have for itself (N).
    """
    import numpy as np

    if positive is None:
        return probabilities.argmax(axis=1)
    above = probabilities[:, positive] > (HALF if threshold is None else threshold)
    return np.where(above, positive, 1 - positive)
