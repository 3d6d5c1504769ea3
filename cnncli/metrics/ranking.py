"""How well scores put the images of a class before the others: AUC and average precision."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


class Ranked:
    """Images in the order of their scores, sorted once for both figures.

    `truth` (N, bool) says which are positive, `scores` (N) are higher where more speaks for it.
    """

    def __init__(self, truth: np.ndarray, scores: np.ndarray) -> None:
        import numpy as np

        order = np.argsort(scores, kind="stable")[::-1]
        ordered = scores[order]
        last = np.flatnonzero(np.r_[ordered[1:] != ordered[:-1], True])  # of each set of ties
        self._right = np.cumsum(truth[order])[last] if len(truth) else np.zeros(0, np.int64)
        self._taken = last + 1 if len(truth) else self._right

    @property
    def positives(self) -> int:
        return int(self._right[-1]) if len(self._right) else 0

    @property
    def negatives(self) -> int:
        return int(self._taken[-1]) - self.positives if len(self._taken) else 0

    def auc(self) -> float:
        """Return the area under the ROC curve; NaN where one kind is missing."""
        import numpy as np

        if not self.positives or not self.negatives:
            return math.nan
        wrong = self._taken - self._right
        heights = np.r_[0, self._right[:-1]] + self._right
        twice = int(np.dot(heights, np.diff(wrong, prepend=0)))  # whole numbers: no rounding
        return twice / (2 * self.positives * self.negatives)

    def average_precision(self) -> float:
        """Return the mean precision at each step of recall; NaN without a positive image."""
        import numpy as np

        if not self.positives:
            return math.nan
        gained = np.diff(self._right, prepend=0)
        # Rounding may make the last bit more than all.
        return min(1.0, float(np.dot(gained, self._right / self._taken)) / self.positives)
