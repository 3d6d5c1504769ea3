"""The curves of each class against the rest, and the point on them where a network works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class ClassCurves:
    """What a class against the rest reaches at every threshold, as scikit-learn has it.

    `false` and `true` (the shares of the others and of its images that are taken for it) make the
    ROC curve, `recall` and `precision` the other. `figures` are those of the class as it is
    predicted: the operating point.
    """

    name: str
    false: np.ndarray
    true: np.ndarray
    recall: np.ndarray
    precision: np.ndarray
    figures: Mapping[str, Any]


def curves_of(
    labels: np.ndarray,
    probabilities: np.ndarray,
    classes: Sequence[str],
    figures: Mapping[str, Any],
    positive: str | None,
) -> list[ClassCurves]:
    """Return the curves of the positive class, of more than two those of each.

    `labels` are indices (N), `probabilities` N x C, `figures` what was made of them. A class
    without images, or without others, has none.
    """
    from sklearn.metrics import precision_recall_curve, roc_curve

    found = []
    for place, name in enumerate(classes):
        truth, scores = labels == place, probabilities[:, place]
        if positive not in (None, name) or truth.all() or not truth.any():
            continue
        false, true, _ = roc_curve(truth, scores)
        precision, recall, _ = precision_recall_curve(truth, scores)
        of_class = figures["classes"][name]
        found.append(ClassCurves(name, false, true, recall, precision, of_class))
    return found
