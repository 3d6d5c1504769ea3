"""Is a network as good for one group of images as for another, or only by chance?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

SEED = 0
PERMUTATIONS = 10_000


@dataclass(frozen=True)
class Spread:
    """The largest difference between two strata, by their places in the order of strata.

    `p_value` is how often chance alone makes some two of the strata differ by so much.
    """

    lowest: int
    highest: int
    difference: float
    p_value: float


def spread(values: np.ndarray, strata: np.ndarray, units: np.ndarray) -> Spread | None:
    """Return the largest difference of the means of strata; None where there are not two.

    `values` (N) are right or not, `strata` (N, int64) the stratum of each image, `units` (N) the
    number of its group. A permutation test: units change their strata as wholes, so that a unit
    of many images counts once; what of it is in another stratum is a unit of its own.
    """
    import numpy as np

    kinds, stratum = np.unique(strata, return_inverse=True)
    if len(kinds) < 2:
        return None
    cells, cell_of = np.unique(np.stack([units, stratum]), axis=1, return_inverse=True)
    cell_of = cell_of.ravel()
    sums, counts = np.bincount(cell_of, values), np.bincount(cell_of)
    means = _means(sums, counts, cells[1])
    observed = means.max() - means.min()
    source = np.random.default_rng(SEED)
    extreme = 0
    for _ in range(PERMUTATIONS):
        drawn = _means(sums, counts, source.permutation(cells[1]))
        extreme += drawn.max() - drawn.min() >= observed - 1e-12
    p_value = (extreme + 1) / (PERMUTATIONS + 1)  # the one that was observed is one of them
    lowest, highest = int(kinds[means.argmin()]), int(kinds[means.argmax()])
    return Spread(lowest, highest, float(observed), float(p_value))


def _means(sums: np.ndarray, counts: np.ndarray, strata: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.bincount(strata, sums) / np.bincount(strata, counts)
