"""Are probabilities as often right as they say? Brier score, calibration error, a temperature."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from cnncli.errors import DataError

if TYPE_CHECKING:
    import numpy as np

BINS = 15
LOWEST, HIGHEST = 0.02, 50.0  # temperatures among which one is sought


def brier_score(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the mean square of what the probabilities are off (G. W. Brier, 1950).

    Of two classes that of one of them, 0 to 1; of more the sum over the classes, 0 to 2: as
    scikit-learn has it. `labels` are indices (N), `probabilities` N x C.
    """
    import numpy as np

    if not len(labels):
        return math.nan
    off = probabilities - np.eye(probabilities.shape[1])[labels]
    sums = (off**2).sum(axis=1)
    return float(sums.mean() / (2 if probabilities.shape[1] == 2 else 1))


def reliability(
    labels: np.ndarray, probabilities: np.ndarray, most: int = BINS
) -> list[dict[str, Any]]:
    """Return images in up to `most` bins of about equal mass, by how probable their likeliest class
    is: how many they are, how sure the network is of them, how many of them are right.

    Bins are cut at quantiles, as `calibration_curve` of scikit-learn cuts them: what is equally
    probable stays together.
    """
    import numpy as np

    confidences = probabilities.max(axis=1, initial=0.0)
    right = probabilities.argmax(axis=1) == labels if len(labels) else np.zeros(0, bool)
    if not len(labels):
        return []
    edges = np.percentile(confidences, np.linspace(0, 1, most + 1) * 100)
    places = np.searchsorted(edges[1:-1], confidences)
    return [
        {
            "images": int((places == place).sum()),
            "confidence": float(confidences[places == place].mean()),
            "accuracy": float(right[places == place].mean()),
        }
        for place in np.unique(places)
    ]


def expected_calibration_error(bins: list[dict[str, Any]]) -> float:
    """Return the mean distance of confidence and accuracy, over the images (M. P. Naeini, AAAI
    2015).
    """
    images = sum(each["images"] for each in bins)
    off = sum(each["images"] * abs(each["confidence"] - each["accuracy"]) for each in bins)
    return off / images if images else math.nan


def log_loss(labels: np.ndarray, logits: np.ndarray, temperature: float = 1.0) -> float:
    """Return the mean of -ln of the probability of the true class, of logits (N x C)."""
    import numpy as np
    from scipy.special import logsumexp

    scaled = logits / temperature
    chances = scaled[np.arange(len(labels)), labels] - logsumexp(scaled, axis=1)
    return float(-chances.mean())


def temperature(labels: np.ndarray, logits: np.ndarray) -> float:
    """Return what logits (N x C) are to be divided by for the lowest log loss (C. Guo, ICML 2017).

    Raises DataError where nothing says how sure a network should be: all images are right.
    """
    import numpy as np
    from scipy.optimize import minimize_scalar

    if (logits.argmax(axis=1) == labels).all():
        raise DataError(
            "every validation image is told right, so they do not say how sure the network "
            "should be",
            hint="More validation images may: --split 60/25/15",
        )
    found = minimize_scalar(
        lambda power: log_loss(labels, logits, float(np.exp(power))),
        bounds=(math.log(LOWEST), math.log(HIGHEST)),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(np.exp(found.x))
