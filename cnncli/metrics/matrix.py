"""A confusion matrix as shares, and as its cells where it is large."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np

Normalize = Literal["true", "pred", "all"]
# Classes up to which a document holds the matrix: of 1,500 it has 2,250,000 numbers, nearly all 0.
WHOLE_UP_TO = 100


def normalized(confusion: Sequence[Sequence[int]] | np.ndarray, how: Normalize) -> np.ndarray:
    """Return shares (float64, C x C) of the rows, of the columns, or of all, as scikit-learn does.

    "true": of the images of each class; "pred": of those taken for it. A sum of 0 has shares of 0.
    """
    import numpy as np

    counts = np.asarray(confusion, np.float64)
    axis = {"true": 1, "pred": 0, "all": None}[how]
    sums = counts.sum(axis=axis, keepdims=True)
    return np.divide(counts, sums, out=np.zeros_like(counts), where=sums > 0)


def cells(confusion: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return [true, predicted, images] of each cell that is not 0; classes by their place."""
    import numpy as np

    counts = np.asarray(confusion)
    rows, columns = np.nonzero(counts)
    return np.stack([rows, columns, counts[rows, columns]], axis=1).tolist()


def mistakes(confusion: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the cells off the diagonal, the most frequent mistake first."""
    found = [cell for cell in cells(confusion) if cell[0] != cell[1]]
    return sorted(found, key=lambda cell: (-cell[2], cell[0], cell[1]))


def bounded(figures: dict[str, Any]) -> dict[str, Any]:
    """Return figures whose matrix is `null` where it is large."""
    if len(figures["confusion"]) <= WHOLE_UP_TO:
        return figures
    return {**figures, "confusion": None}
