"""Answering only where a network is sure: how many images are answered, and how many right."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from cnncli.metrics import intervals

if TYPE_CHECKING:
    import numpy as np

MOST_POINTS = 100


def abstaining(
    confidences: np.ndarray, right: np.ndarray, units: np.ndarray, least: float
) -> dict[str, Any]:
    """Return the share of images that are answered, and its accuracy, as values for JSON.

    `confidences` (N) are the probabilities of the predicted classes, `right` (N, bool) says which
    predictions are true; answered is what has at least `least`. `curve` has a point for each
    confidence that may be asked for, of many MOST_POINTS of them.
    """
    import numpy as np

    answered = confidences >= least
    numbers = units[answered]
    drawn = intervals.bootstrap(numbers)
    levels = np.unique(confidences)
    if len(levels) > MOST_POINTS:
        levels = levels[np.linspace(0, len(levels) - 1, MOST_POINTS).round().astype(int)]
    return {
        "confidence": least,
        "images": int(answered.sum()),
        "answered": _mean(answered),
        "accuracy": _mean(right[answered]),
        "accuracy_interval": intervals.accuracy_interval(right[answered], numbers, drawn),
        "curve": [
            {
                "confidence": float(level),
                "answered": _mean(confidences >= level),
                "accuracy": _mean(right[confidences >= level]),
            }
            for level in levels
        ],
    }


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else math.nan
