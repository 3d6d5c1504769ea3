"""Intervals of 95 %: by the bootstrap, of images or of groups of them, and exact ones.

The bootstrap draws as many groups as there are, with replacement, and takes the percentiles 2.5
and 97.5 of what comes of it (B. Efron and R. Tibshirani, "An Introduction to the Bootstrap",
1993). It is seeded: the same images have the same intervals.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

SEED = 0
DRAWS = 2000
# Of very many images fewer are drawn, as then the interval is narrow and time and memory grow:
# pairs of a positive and a negative image times draws, images times draws, and at least so many.
MOST_PAIRS, MOST_WEIGHTS, FEWEST_DRAWS = 2e11, 5e7, 200
# The share of draws that must have a value, or there is no interval: of the others some class is
# missing, and an interval of what is left would be that of luckier test parts only.
SHARE_WITH_VALUE = 0.5
NORMAL_95 = 1.959964  # standard deviations to each side that hold 95 % of a normal distribution
CHANCE = 0.05  # a difference with at least this p may be chance
_ROWS = 512  # images compared with all others at a time


@dataclass(frozen=True)
class Bootstrap:
    """Draws of images with replacement: `weights[d, i]` is how often draw d took image i.

    float32, D x N; images of one unit have the same weight.
    """

    weights: np.ndarray
    seed: int = SEED

    @property
    def draws(self) -> int:
        return len(self.weights)


def bootstrap(units: np.ndarray, pairs: int = 0) -> Bootstrap:
    """Draw units (N, the number of the group of each image) anew, DRAWS times.

    `pairs` is how many pairs of images each draw will take part in (see `pairs_of`).
    """
    import numpy as np

    source = np.random.default_rng(SEED)
    kinds, unit_of = np.unique(units, return_inverse=True)
    number = len(kinds)
    draws = draws_for(len(units), pairs) if number else 0
    weights = np.empty((draws, len(units)), np.float32)
    for row in weights:
        drawn = source.integers(number, size=number)
        row[:] = np.bincount(drawn, minlength=number)[unit_of]
    return Bootstrap(weights)


def draws_for(images: int, pairs: int) -> int:
    """Return how many draws there are of so many images and pairs of them."""
    most = min(MOST_PAIRS / max(pairs, 1), MOST_WEIGHTS / max(images, 1), DRAWS)
    return max(int(most), FEWEST_DRAWS)


def pairs_of(truths: Sequence[np.ndarray]) -> int:
    """Return how many pairs of a positive and a negative image there are, over all `truths`."""
    return sum(int(truth.sum()) * int((~truth).sum()) for truth in truths)


def interval(values: np.ndarray) -> list[float]:
    """Return the percentiles 2.5 and 97.5 of the values of draws; NaN for those without.

    Both are NaN where fewer than SHARE_WITH_VALUE of them have a value, or all have the same.
    """
    import numpy as np

    finite = values[np.isfinite(values)]
    if len(finite) < max(1, SHARE_WITH_VALUE * len(values)) or finite.min() == finite.max():
        return [math.nan, math.nan]
    return [float(value) for value in np.percentile(finite, [2.5, 97.5])]


def accuracy_interval(right: np.ndarray, units: np.ndarray, drawn: Bootstrap) -> list[float]:
    """Return the interval of the share that is right.

    Where all images are right, or none, every draw is the same and says nothing: the interval is
    then Clopper and Pearson's (Biometrika 1934) for as many draws as there are units.
    """
    import numpy as np

    if not len(right):
        return [math.nan, math.nan]
    if right.all() or not right.any():
        number = len(np.unique(units))
        return exact_interval(number if right.all() else 0, number)
    return interval(drawn.weights @ right.astype(np.float64) / drawn.weights.sum(axis=1))


def exact_interval(successes: int, trials: int) -> list[float]:
    """Return Clopper and Pearson's interval of a share (Biometrika 1934)."""
    from scipy.stats import binomtest

    found = binomtest(successes, trials).proportion_ci(method="exact")
    return [float(found.low), float(found.high)]


def auc_interval(
    truths: Sequence[np.ndarray], scores: Sequence[np.ndarray], drawn: Bootstrap
) -> list[float]:
    """Return the interval of the mean AUC of several classes against the rest.

    `truths[c]` (N, bool) says which images are of class c, `scores[c]` (N) how much speaks for
    it. A draw that lacks images of a class, or of the others, has no value; nor has the interval
    where no draw changes anything: classes that are told apart without a mistake stay so.
    """
    import numpy as np

    truth = np.stack(truths).astype(np.float64)
    positives = drawn.weights @ truth.T
    pairs = positives * (drawn.weights.sum(axis=1, keepdims=True) - positives)
    whole = (pairs > 0).all(axis=1)
    if whole.mean() < SHARE_WITH_VALUE:
        return [math.nan, math.nan]
    total = np.zeros(drawn.draws)
    for place, (is_positive, of_class) in enumerate(zip(truths, scores, strict=True)):
        in_order = _pairs_in_order(is_positive, of_class, drawn.weights)
        total += in_order / np.where(pairs[:, place] > 0, pairs[:, place], 1)
    return interval(np.where(whole, total / len(truths), np.nan))


def _pairs_in_order(truth: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return, for each draw, how many pairs (positive, negative) are in order, ties as halves.

    Divided by the number of pairs it is the AUC (H. Mann and D. Whitney, 1947). One comparison of
    the images serves all draws; whole and half numbers are exact in float32 up to 8 million.
    """
    import numpy as np

    below, drawn = scores[~truth], weights[:, ~truth].T
    total = np.zeros(len(weights))
    for rows in _blocks(np.flatnonzero(truth)):
        of_rows = scores[rows, None]
        order = (below < of_rows).astype(np.float32) + np.float32(0.5) * (below == of_rows)
        total += np.einsum("rd,dr->d", order @ drawn, weights[:, rows], dtype=np.float64)
    return total


def _blocks(rows: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(rows), _ROWS):
        yield rows[start : start + _ROWS]


def wilson_half_width(share: float, number: int) -> float:
    """Return half the width of Wilson's interval (E. B. Wilson, 1927) of a share of `number`."""
    z = NORMAL_95
    spread = math.sqrt(share * (1 - share) / number + (z / (2 * number)) ** 2)
    return z * spread / (1 + z**2 / number)
