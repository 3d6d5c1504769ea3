"""Two AUCs on the same images: by how much do they differ, and may it be chance?

E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson, "Comparing the areas under two or more
correlated receiver operating characteristic curves" (Biometrics 1988), by midranks as X. Sun and
W. Xu compute it (IEEE Signal Processing Letters 2014).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class AucDifference:
    """The AUCs of two networks, the standard error of their difference, and its p, two-sided.

    `p_value` is 1 where both order all pairs of images alike.
    """

    first: float
    second: float
    error: float
    p_value: float


def delong(truth: np.ndarray, first: np.ndarray, second: np.ndarray) -> AucDifference:
    """Compare two sets of scores (N) of the same images, `truth` (N, bool) of both kinds.

    Images are taken to be independent of each other.
    """
    import numpy as np

    parts = [_components(truth, scores) for scores in (first, second)]
    positive, negative = (np.stack(each) for each in zip(*parts, strict=True))
    one, other = (float(each.mean()) for each in positive)
    variance = sum(_variance(each[0] - each[1]) for each in (positive, negative))
    if not variance > 0:
        return AucDifference(one, other, 0.0, 1.0 if one == other else math.nan)
    error = math.sqrt(variance)
    return AucDifference(one, other, error, math.erfc(abs(one - other) / error / math.sqrt(2)))


def _components(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return of each positive image the share of negative ones that it is above, and of each
    negative one the share of positive ones that are above it; ties count half.
    """
    from scipy.stats import rankdata

    ranks, positives = rankdata(scores), int(truth.sum())
    negatives = len(truth) - positives
    above = (ranks[truth] - rankdata(scores[truth])) / negatives
    below = 1 - (ranks[~truth] - rankdata(scores[~truth])) / positives
    return above, below


def _variance(values: np.ndarray) -> float:
    """Return the variance of a mean; NaN of one value."""
    return float(values.var(ddof=1) / len(values)) if len(values) > 1 else math.nan
