"""The figures of an evaluation, each as scikit-learn has it, from classes and probabilities.

Probabilities are taken as they stand in predictions.csv, with 9 significant digits, so that
whoever reads that file gets the same figures to the last digit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cnncli.metrics import calibration, intervals, rates
from cnncli.metrics.deciding import HALF, decide
from cnncli.metrics.ranking import Ranked
from cnncli.words import counted

if TYPE_CHECKING:
    import numpy as np

# Half the width of an interval of accuracy above which two models cannot be told apart.
WIDE = 0.05
MEANS = ("precision", "recall", "f1", "auc", "average_precision")
_RATES = [name for rate in rates.RATES for name in (rate, f"{rate}_interval")]
TOP = (2, 3, 5)
NAMED = 5  # classes named in a sentence; of more, the number


def figures(
    labels: np.ndarray,
    probabilities: np.ndarray,
    classes: Sequence[str],
    positive: str | None = None,
    units: np.ndarray | None = None,
    threshold: float | np.ndarray | None = None,
) -> dict[str, Any]:
    """Return the figures of an evaluation as values for JSON.

    `labels` are indices into `classes` (N), `probabilities` is N x C. With two classes precision,
    recall, F1, AUC and average precision at the top are those of `positive`, and so are the rates
    (sensitivity, ...); with more, they are means over the classes that have images, `auc` is
    one-vs-rest, and the rates are those of each class alone. What cannot be computed
    (recall without images, an AUC of one class alone) is NaN. Intervals come of drawing images
    anew; images of one number in `units` (N, int64: those of one patient, say) are drawn
    together, as they are not independent. Of two classes the positive one is predicted above
    `threshold`, 0.5 without one; that of the figures is None where images (N) have different ones.
    """
    import numpy as np

    place = list(classes).index(positive) if positive is not None else None
    threshold = HALF if threshold is None and place is not None else threshold
    predicted = decide(probabilities, place, threshold)
    counts = confusion(labels, predicted, len(classes))
    per_class = {
        name: _of_class(counts, index, Ranked(labels == index, probabilities[:, index]))
        for index, name in enumerate(classes)
    }
    there = [index for index, row in enumerate(per_class.values()) if row["support"]]
    units = np.arange(len(labels)) if units is None else units
    ranked = there if place is None else [place]
    truths = [labels == index for index in ranked]
    drawn = intervals.bootstrap(units, intervals.pairs_of(truths))
    of_classes, balanced = rates.of_classes(labels, predicted, len(classes), units, drawn)
    for row, more in zip(per_class.values(), of_classes, strict=True):
        row.update(more)
    rows = list(per_class.values())
    top = rows[place] if place is not None else _means([rows[index] for index in there])
    scores = [probabilities[:, index] for index in ranked]
    return {
        "accuracy": float((labels == predicted).mean()) if len(labels) else math.nan,
        "accuracy_interval": intervals.accuracy_interval(labels == predicted, units, drawn),
        "balanced_accuracy": _means([rows[index] for index in there])["recall"],
        "balanced_accuracy_interval": balanced,
        "auc": top["auc"],
        "auc_interval": intervals.auc_interval(truths, scores, drawn)
        if truths and len(labels)
        else [math.nan, math.nan],
        **{name: top[name] for name in ("precision", "recall", "f1", "average_precision")},
        **{name: rows[place][name] if place is not None else None for name in _RATES},
        **_of_probabilities(labels, probabilities),
        "threshold": _one(threshold),
        "images": len(labels),
        "groups": len(np.unique(units)),
        "bootstrap": {"draws": drawn.draws, "seed": drawn.seed},
        "classes_without_images": [name for name in classes if not per_class[name]["support"]],
        "classes": per_class,
        "confusion": counts.tolist(),
    }


def _one(threshold: float | np.ndarray | None) -> float | None:
    import numpy as np

    values = np.unique(HALF if threshold is None else threshold)
    return float(values[0]) if threshold is not None and len(values) == 1 else None


def confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Return C x C numbers of images: a row for each true class, a column for each predicted."""
    import numpy as np

    cells = np.bincount(labels * classes + predicted, minlength=classes * classes)
    return cells.reshape(classes, classes)


def too_small(result: dict[str, Any]) -> str | None:
    """Say so when the images are too few to tell two models apart by their accuracy.

    By Wilson's interval, for as many draws as there are groups of images that belong together.
    """
    half = half_width(result)
    if half <= WIDE:
        return None
    return (
        f"{few_images(result)}: accuracy ±{half:.2f}. Two networks that differ by less may be "
        "equally good."
    )


def half_width(result: Mapping[str, Any]) -> float:
    """Return half the width of Wilson's interval of the accuracy, for as many draws as groups."""
    return intervals.wilson_half_width(result["accuracy"], result["groups"])


def few_images(result: Mapping[str, Any]) -> str:
    """Return how many images there are: "45 test images of 32 groups are few"."""
    images = counted(result["images"], "test image")
    if result["groups"] < result["images"]:
        images += f" of {counted(result['groups'], 'group')}"
    return f"{images} {'is' if result['images'] == 1 else 'are'} few"


def missing(result: dict[str, Any]) -> str | None:
    """Say which classes have no images, and what that makes of the figures."""
    without = result["classes_without_images"]
    if not without:
        return None
    names = ", ".join(without[:NAMED]) + (", ..." if len(without) > NAMED else "")
    many, rest = len(without) > 1, len(result["classes"]) - len(without)
    return (
        f"no image is of {f'{len(without):,} classes ({names})' if many else f'class {names}'}: "
        f"{'their' if many else 'its'} recall cannot be known, and means leave "
        f"{'them' if many else 'it'} out ({counted(rest, 'class')} left)"
    )


def one_answer(result: dict[str, Any], classes: Sequence[str]) -> str | None:
    """Return the class that all images were taken for, if there is such a one."""
    answered = [name for place, name in enumerate(classes)
                if any(row[place] for row in result["confusion"])]  # fmt: skip
    return answered[0] if len(answered) == 1 and len(classes) > 1 else None


def _of_class(counts: np.ndarray, index: int, ranked: Ranked) -> dict[str, Any]:
    """Return the figures of one class against the rest, from the confusion and the scores."""
    right = int(counts[index, index])
    of_class, said = int(counts[index].sum()), int(counts[:, index].sum())
    # Of a class that was never predicted: 0, as scikit-learn has it, if there was any of it.
    never = 0.0 if of_class else math.nan
    return {
        "precision": right / said if said else never,
        "recall": right / of_class if of_class else math.nan,
        "f1": 2 * right / (of_class + said) if of_class else math.nan,
        "auc": ranked.auc(),
        "average_precision": ranked.average_precision(),
        "support": of_class,
    }


def _of_probabilities(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, Any]:
    """Return what is asked of the probabilities themselves, whatever is decided by them."""
    bins = calibration.reliability(labels, probabilities)
    return {
        "log_loss": _log_loss(labels, probabilities),
        "brier_score": calibration.brier_score(labels, probabilities),
        "expected_calibration_error": calibration.expected_calibration_error(bins),
        "reliability": bins,
        "top_k_accuracy": _top_k(labels, probabilities),
    }


def _top_k(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, float] | None:
    """Return how often the true class is among the k likeliest; of two classes nothing.

    Of equally likely classes the later one counts as likelier, as scikit-learn has it.
    """
    classes = probabilities.shape[1]
    if classes <= 2:
        return None
    order = probabilities.argsort(axis=1, kind="stable")[:, ::-1]
    places = (order == labels[:, None]).argmax(axis=1)
    return {
        str(k): float((places < k).mean()) if len(labels) else math.nan for k in TOP if k < classes
    }


def _log_loss(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the mean of -ln of the probability of the true class, 0 taken for the smallest."""
    import numpy as np

    if not len(labels):
        return math.nan
    least = np.finfo(probabilities.dtype).eps
    chances = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.clip(chances, least, 1 - least)).mean())


def _means(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    return {key: sum(row[key] for row in rows) / len(rows) if rows else math.nan for key in MEANS}
