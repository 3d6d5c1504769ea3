"""Two networks on the same images: is the one better, or was it lucky?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncli.metrics import intervals

if TYPE_CHECKING:
    import numpy as np

SEED = 0
PERMUTATIONS = 10_000


def mcnemar(first: np.ndarray, second: np.ndarray) -> float:
    """Return the p of the exact test of Q. McNemar (1947), two-sided.

    `first` and `second` (N, bool) say which images each network has right. Images are taken to
    be independent; where groups of them belong together, see `permutation`.
    """
    from scipy.stats import binomtest

    only_first = int((first & ~second).sum())
    differing = only_first + int((second & ~first).sum())
    return float(binomtest(only_first, differing).pvalue) if differing else 1.0


def permutation(first: np.ndarray, second: np.ndarray, units: np.ndarray) -> float:
    """Return the p of a permutation test, two-sided: do the networks differ in their mean?

    `first` and `second` (N) are a figure of each image (right or not, its loss), `units` (N) the
    number of its group. If neither network is better, the two may change places in any group:
    all ways of it are gone through where they are few, else PERMUTATIONS of them by chance.
    """
    import numpy as np

    differences = _sums(np.asarray(first, float) - np.asarray(second, float), units)
    differences = differences[differences != 0]
    if not len(differences):
        return 1.0
    observed = abs(differences.sum()) * (1 - 1e-12)  # sums in another order round differently
    if 2 ** len(differences) <= PERMUTATIONS:
        ways = np.arange(2 ** len(differences))[:, None] >> np.arange(len(differences)) & 1
        return float((np.abs((1 - 2 * ways) @ differences) >= observed).mean())
    source = np.random.default_rng(SEED)
    extreme = sum(
        int(abs(source.choice((-1.0, 1.0), len(differences)) @ differences) >= observed)
        for _ in range(PERMUTATIONS)
    )
    return (extreme + 1) / (PERMUTATIONS + 1)  # the one that was observed is one of them


def difference_interval(first: np.ndarray, second: np.ndarray, units: np.ndarray) -> list[float]:
    """Return the 95 % bootstrap interval of the mean of `first` minus that of `second`.

    The same images are drawn for both; images of one unit are drawn together.
    """
    import numpy as np

    if not len(units):
        return [math.nan, math.nan]
    weights = intervals.bootstrap(units).weights
    difference = np.asarray(first, float) - np.asarray(second, float)
    return intervals.interval(weights @ difference / weights.sum(axis=1))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p of several tests, corrected for their number (S. Holm, 1979)."""
    corrected, largest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = largest
    return corrected


def _sums(values: np.ndarray, units: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.bincount(np.unique(units, return_inverse=True)[1], values)
