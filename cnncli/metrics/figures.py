"""The figures of an evaluation, all of them scikit-learn's, from classes and probabilities.

Probabilities are taken as they stand in predictions.csv, with 9 significant digits, so that
whoever reads that file gets the same figures to the last digit.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cnncli.words import counted

if TYPE_CHECKING:
    import numpy as np

RESAMPLES = 2000
BOOTSTRAP_SEED = 0
# Half the width of an interval of accuracy above which two models cannot be told apart.
WIDE = 0.05
NORMAL_95 = 1.959964  # standard deviations to each side that hold 95 % of a normal distribution


def as_written(probabilities: np.ndarray) -> np.ndarray:
    """Round to 9 significant digits: float64, the values that a reader of the CSV has."""
    import numpy as np

    rounded = [float(f"{value:.9g}") for value in probabilities.ravel()]
    return np.array(rounded, np.float64).reshape(probabilities.shape)


def decide(probabilities: np.ndarray, positive: int | None = None) -> np.ndarray:
    """Return the index of the predicted class of each row.

    The most probable one; of two classes the positive one when its probability is above 0.5.
    """
    if positive is None:
        return probabilities.argmax(axis=1)
    return (
        (probabilities[:, positive] > 0.5) * positive
        + (probabilities[:, positive] <= 0.5) * (1 - positive)
    ).astype(int)


def figures(
    labels: np.ndarray,
    probabilities: np.ndarray,
    classes: Sequence[str],
    positive: str | None = None,
    units: np.ndarray | None = None,
) -> dict[str, Any]:
    """Return the figures of an evaluation as values for JSON.

    `labels` are indices into `classes` (N), `probabilities` is N x C. With two classes precision,
    recall, F1, AUC and average precision at the top are those of `positive`; with more, they are
    means over the classes, and `auc` is one-vs-rest. What cannot be computed (one class alone in
    `labels`) is NaN. Intervals come of drawing images anew; images of one number in `units` (N,
    int64: those of one patient, say) are drawn together, as they are not independent.
    """
    import numpy as np
    from sklearn import metrics

    place = list(classes).index(positive) if positive is not None else None
    predicted = decide(probabilities, place)
    known = list(range(len(classes)))
    columns = metrics.precision_recall_fscore_support(
        labels, predicted, labels=known, zero_division=0
    )
    per_class = {
        name: {
            "precision": float(columns[0][index]),
            "recall": float(columns[1][index]),
            "f1": float(columns[2][index]),
            "auc": _auc(labels == index, probabilities[:, index]),
            "average_precision": _average_precision(labels == index, probabilities[:, index]),
            "support": int(columns[3][index]),
        }
        for index, name in enumerate(classes)
    }
    units = np.arange(len(labels)) if units is None else units
    top = per_class[classes[place]] if place is not None else _means(list(per_class.values()))
    return {
        "accuracy": float(metrics.accuracy_score(labels, predicted)),
        "accuracy_interval": accuracy_interval(labels == predicted, units),
        "balanced_accuracy": _balanced_accuracy(labels, predicted),
        "auc": top["auc"],
        "auc_interval": auc_interval(labels, probabilities, place, units),
        "precision": top["precision"],
        "recall": top["recall"],
        "f1": top["f1"],
        "average_precision": top["average_precision"],
        "log_loss": _log_loss(labels, probabilities, known),
        "images": len(labels),
        "groups": len(set(units.tolist())),
        "classes": per_class,
        "confusion": metrics.confusion_matrix(labels, predicted, labels=known).tolist(),
    }


def too_small(result: dict[str, Any]) -> str | None:
    """Say so when the images are too few to tell two models apart by their accuracy.

    By Wilson's interval, for as many draws as there are groups of images that belong together.
    """
    share, number, z = result["accuracy"], result["groups"], NORMAL_95
    spread = math.sqrt(share * (1 - share) / number + (z / (2 * number)) ** 2)
    half = z * spread / (1 + z**2 / number)
    if half <= WIDE:
        return None
    images = counted(result["images"], "test image")
    if number < result["images"]:
        images += f" in {counted(number, 'group')}"
    return (
        f"{images} {'is' if result['images'] == 1 else 'are'} few: accuracy ±{half:.2f}. Two "
        "networks that differ by less may be equally good."
    )


def one_answer(result: dict[str, Any], classes: Sequence[str]) -> str | None:
    """Return the class that all images were taken for, if there is such a one."""
    answered = [name for place, name in enumerate(classes)
                if any(row[place] for row in result["confusion"])]  # fmt: skip
    return answered[0] if len(answered) == 1 and len(classes) > 1 else None


def accuracy_interval(right: np.ndarray, units: np.ndarray) -> list[float]:
    """Return a 95 % bootstrap interval (percentiles, seeded) of the share that is right.

    Where all images are right, or none, every draw is the same and says nothing: the interval is
    then Clopper and Pearson's (Biometrika 1934) for as many draws as there are units.
    """
    import numpy as np

    if not len(right):
        return [math.nan, math.nan]
    number = len(np.unique(units))
    if right.all():
        return [0.025 ** (1 / number), 1.0]
    if not right.any():
        return [0.0, 1 - 0.025 ** (1 / number)]
    shares = [weights @ right / weights.sum() for weights in _resamples(units)]
    return [float(value) for value in np.percentile(shares, [2.5, 97.5])]


def auc_interval(
    labels: np.ndarray, probabilities: np.ndarray, positive: int | None, units: np.ndarray
) -> list[float]:
    """Return a 95 % bootstrap interval (percentiles, seeded) of the AUC, one-vs-rest mean.

    Resamples that lack a class are left out. NaN where all others are the same: classes that are
    told apart without a mistake stay so however they are drawn.
    """
    import numpy as np

    columns = range(probabilities.shape[1]) if positive is None else [positive]
    ranked = [_Ranked(labels == index, probabilities[:, index]) for index in columns]
    values = [np.mean([each.auc(weights) for each in ranked]) for weights in _resamples(units)]
    finite = [value for value in values if math.isfinite(value)]
    if not finite or min(finite) == max(finite):
        return [math.nan, math.nan]
    return [float(value) for value in np.percentile(finite, [2.5, 97.5])]


def _resamples(units: np.ndarray) -> Iterator[np.ndarray]:
    """Draw as many units as there are, with replacement; give how often each image came."""
    import numpy as np

    draws = np.random.default_rng(BOOTSTRAP_SEED)
    kinds, unit_of = np.unique(units, return_inverse=True)
    number = len(kinds)
    for _ in range(RESAMPLES if number else 0):
        yield np.bincount(draws.integers(number, size=number), minlength=number)[unit_of]


class _Ranked:
    """Scores sorted once, so that the AUC of a resample is a sum over its weights.

    The AUC is the share of pairs (positive, negative) that are in order, ties counting half
    (Mann and Whitney); scikit-learn would sort again for each of the resamples.
    """

    def __init__(self, truth: np.ndarray, scores: np.ndarray) -> None:
        import numpy as np

        self.order = np.argsort(scores, kind="stable")
        self.truth = truth[self.order].astype(np.float64)
        ordered = scores[self.order]
        self.starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])

    def auc(self, weights: np.ndarray) -> float:
        import numpy as np

        weights = weights[self.order]
        positives = np.add.reduceat(weights * self.truth, self.starts)
        negatives = np.add.reduceat(weights * (1 - self.truth), self.starts)
        pairs = positives.sum() * negatives.sum()
        if pairs == 0:
            return math.nan
        below = np.cumsum(negatives) - negatives
        return float((positives * (below + negatives / 2)).sum() / pairs)


def _auc(truth: np.ndarray, scores: np.ndarray) -> float:
    from sklearn import metrics

    if truth.all() or not truth.any():
        return math.nan
    return float(metrics.roc_auc_score(truth, scores))


def _average_precision(truth: np.ndarray, scores: np.ndarray) -> float:
    from sklearn import metrics

    return float(metrics.average_precision_score(truth, scores)) if truth.any() else math.nan


def _balanced_accuracy(labels: np.ndarray, predicted: np.ndarray) -> float:
    from sklearn import metrics

    if not len(labels):
        return math.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # classes that were predicted and are not there
        return float(metrics.balanced_accuracy_score(labels, predicted))


def _log_loss(labels: np.ndarray, probabilities: np.ndarray, known: list[int]) -> float:
    from sklearn import metrics

    if not len(labels):
        return math.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # rows that sum to 1 within float32 only
        return float(metrics.log_loss(labels, probabilities, labels=known))


def _means(rows: list[dict[str, Any]]) -> dict[str, float]:
    keys = ("precision", "recall", "f1", "auc", "average_precision")
    return {key: sum(row[key] for row in rows) / len(rows) for key in keys}
