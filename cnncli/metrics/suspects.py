"""Labels that may be wrong, by confident learning (Northcutt, Jiang and Chuang, 2021)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Doubts:
    """Which labels are suspects (N, bool), and all rows by doubt: suspects first (N, int64)."""

    suspects: np.ndarray
    order: np.ndarray


def doubts(labels: np.ndarray, chances: np.ndarray) -> Doubts:
    """Return which of `labels` (N) `chances` (N x C, out of fold) speak against.

    How many images of each class are of another one is estimated by the confident joint, and so
    many of each pair, those of the largest margin, are suspects (prune by noise rate). The order
    is that of the margin: the probability of the label less the largest other one. By cleanlab.
    """
    import warnings

    import numpy as np
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    margins = get_label_quality_scores(labels, chances, method="normalized_margin")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a class of one image, of which it is mute
        found = find_label_issues(labels, chances, filter_by="prune_by_noise_rate", n_jobs=1)
    return Doubts(found, np.lexsort((margins, ~found)))


def suggested(labels: np.ndarray, chances: np.ndarray) -> np.ndarray:
    """Return the most probable class of each row but the one that it has (N, int64)."""
    import numpy as np

    others = chances.copy()
    others[np.arange(len(labels)), labels] = -1
    return others.argmax(axis=1)
