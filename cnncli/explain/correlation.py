"""How far two maps agree, by the order of their values, whatever their scales."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def spearman(first: np.ndarray, second: np.ndarray) -> float | None:
    """Return Spearman's rank correlation of two arrays of one shape; equal values share a rank.

    None where it is undefined: one of them is the same everywhere, or holds what is no number.
    Our own, as importing scipy.stats takes longer than explaining an image.
    """
    import numpy as np

    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return None
    ranks = [_ranks(each) - (each.size + 1) / 2 for each in (first, second)]
    lengths = [float(np.linalg.norm(each)) for each in ranks]
    if not all(lengths):
        return None
    return float(np.clip(ranks[0] @ ranks[1] / (lengths[0] * lengths[1]), -1, 1))


def mean(figures: list[float | None]) -> float | None:
    """Return the mean of those that are defined; None where none is."""
    defined = [each for each in figures if each is not None]
    return sum(defined) / len(defined) if defined else None


def on_grid(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return a map (rows x columns) by the means of its values on a coarser grid, float32."""
    import numpy as np

    from cnncli.images.opencv import load_cv2

    if values.shape == tuple(shape):
        return values
    cv2 = load_cv2()
    rows, columns = shape
    shrunk = cv2.resize(values, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(shrunk, np.float32)


def coarser(first: np.ndarray, second: np.ndarray) -> tuple[int, int]:
    """Return the rows and columns that are the fewer of two maps."""
    return min(first.shape[0], second.shape[0]), min(first.shape[1], second.shape[1])


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return the place of each value in their order, from 1; of equal ones the mean."""
    import numpy as np

    _, place, counts = np.unique(values.ravel(), return_inverse=True, return_counts=True)
    ranks: np.ndarray = (counts.cumsum() - (counts - 1) / 2)[place]
    return ranks
