"""Sensitivity, specificity and predictive values of each class against the rest, with intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.metrics import intervals
from cnncli.metrics.intervals import Bootstrap

if TYPE_CHECKING:
    import numpy as np

RATES = (
    "sensitivity",
    "specificity",
    "positive_predictive_value",
    "negative_predictive_value",
)


@dataclass(frozen=True)
class Drawn:
    """Numbers of images in each draw, by class (D x C): those right, those of it, those taken
    for it; and all images of each draw (D x 1).
    """

    right: np.ndarray
    of_class: np.ndarray
    taken: np.ndarray
    total: np.ndarray

    def parts(self, rate: str) -> tuple[np.ndarray, np.ndarray]:
        """Return what a rate is a share of: images that count, out of how many (each D x C)."""
        others = self.total - self.of_class
        rejected = others - self.taken + self.right
        return {
            "sensitivity": (self.right, self.of_class),
            "specificity": (rejected, others),
            "positive_predictive_value": (self.right, self.taken),
            "negative_predictive_value": (rejected, self.total - self.taken),
        }[rate]

    def values(self, rate: str) -> np.ndarray:
        """Return a rate (D x C); NaN where it is a share of no image."""
        import numpy as np

        some, all_ = self.parts(rate)
        return np.divide(some, all_, out=np.full(some.shape, np.nan), where=all_ > 0)


def count(labels: np.ndarray, predicted: np.ndarray, classes: int, weights: np.ndarray) -> Drawn:
    """Count images by class, each as often as `weights` (D x N) say.

    `labels` and `predicted` (N) are indices of classes.
    """
    import numpy as np

    right = labels == predicted
    found, of_class, taken = np.empty((3, len(weights), classes))
    for row, weight in enumerate(weights):
        found[row] = np.bincount(labels[right], weight[right], classes)
        of_class[row] = np.bincount(labels, weight, classes)
        taken[row] = np.bincount(predicted, weight, classes)
    return Drawn(found, of_class, taken, weights.sum(axis=1, dtype=np.float64)[:, None])


def of_classes(
    labels: np.ndarray, predicted: np.ndarray, classes: int, units: np.ndarray, drawn: Bootstrap
) -> tuple[list[dict[str, Any]], list[float]]:
    """Return the rates of each class with their intervals, and the interval of the balanced
    accuracy.

    A rate of 0 or 1 is the same in every draw: its interval is then Clopper and Pearson's, for as
    many draws as there are units among its images. A rate that is a share of no image is NaN.
    """
    import numpy as np

    whole = count(labels, predicted, classes, np.ones((1, len(labels)), np.float32))
    draws = count(labels, predicted, classes, drawn.weights)
    numbers = np.unique(units, return_inverse=True)[1]
    rows: list[dict[str, Any]] = [{} for _ in range(classes)]
    for rate in RATES:
        values, in_draws = whole.values(rate)[0], draws.values(rate)
        for place, row in enumerate(rows):
            row[rate] = float(values[place])
            row[f"{rate}_interval"] = (
                _exact(row[rate], numbers[_among(rate, labels, predicted, place)])
                if row[rate] in (0, 1)
                else intervals.interval(in_draws[:, place])
            )
    there = np.flatnonzero(whole.of_class[0])
    if not len(there):
        return rows, [math.nan, math.nan]
    recalls = draws.values("sensitivity")[:, there]  # a draw that lacks a class has no value
    return rows, intervals.interval(recalls.mean(axis=1))


def _among(rate: str, labels: np.ndarray, predicted: np.ndarray, place: int) -> np.ndarray:
    """Return which images (N, bool) a rate of a class is a share of."""
    return {
        "sensitivity": lambda: labels == place,
        "specificity": lambda: labels != place,
        "positive_predictive_value": lambda: predicted == place,
        "negative_predictive_value": lambda: predicted != place,
    }[rate]()


def _exact(share: float, units: np.ndarray) -> list[float]:
    import numpy as np

    number = int(np.count_nonzero(np.bincount(units)))
    return intervals.exact_interval(number if share else 0, number)
