"""A threshold for two classes: above it, the probability of the positive class decides for it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np

Figure = Literal["f1", "youden"]
SLACK = 1e-12  # 0.9 is reached by 9 of 10, however the quotient is rounded


@dataclass(frozen=True)
class Chosen:
    """A threshold, and what it reaches on the images that it was chosen on."""

    value: float
    sensitivity: float
    specificity: float
    images: int


class Thresholds:
    """All thresholds that divide the same images differently, from the lowest to the highest.

    `truth` (N, bool) says which images are positive, `scores` (N, 0 to 1) how probable it is; there
    must be some of both kinds. A threshold lies between two scores, with as few digits as that
    takes.
    """

    def __init__(self, truth: np.ndarray, scores: np.ndarray) -> None:
        import numpy as np

        self.values = np.array(_between(np.unique(scores)))
        positive, negative = np.sort(scores[truth]), np.sort(scores[~truth])
        self._missed = np.searchsorted(positive, self.values, side="right")
        self._found = len(positive) - self._missed
        self._alarms = len(negative) - np.searchsorted(negative, self.values, side="right")
        self.sensitivity = self._found / len(positive)
        self.specificity = 1 - self._alarms / len(negative)
        self.images = len(scores)

    def at_sensitivity(self, least: float) -> Chosen | None:
        """Return the highest threshold with at least this sensitivity; None without one."""
        import numpy as np

        (reached,) = np.nonzero(self.sensitivity >= least - SLACK)
        return self._chosen(reached[-1]) if len(reached) else None

    def at_specificity(self, least: float) -> Chosen | None:
        """Return the lowest threshold with at least this specificity; None without one."""
        import numpy as np

        (reached,) = np.nonzero(self.specificity >= least - SLACK)
        return self._chosen(reached[0]) if len(reached) else None

    def best(self, figure: Figure) -> Chosen:
        """Return the threshold of the highest F1, or of the highest sensitivity + specificity
        (W. J. Youden, Cancer 1950); of several the one nearest to 0.5.
        """
        import numpy as np

        if figure == "f1":
            figures = 2 * self._found / (2 * self._found + self._alarms + self._missed)
        else:
            figures = self.sensitivity + self.specificity - 1
        (highest,) = np.nonzero(figures >= figures.max() - SLACK)
        return self._chosen(highest[np.abs(self.values[highest] - 0.5).argmin()])

    def _chosen(self, place: int) -> Chosen:
        return Chosen(
            float(self.values[place]),
            float(self.sensitivity[place]),
            float(self.specificity[place]),
            self.images,
        )


def _between(scores: np.ndarray) -> list[float]:
    """Return a short number between each two neighbours of 0, the sorted scores, and 1."""
    ends = [0.0, *(score for score in scores.tolist() if 0 < score < 1), 1.0]
    values = [_short(low, high) for low, high in pairwise(ends)]
    return values + [1.0] * (1.0 in scores)


def _short(low: float, high: float) -> float:
    """Return the middle, with as few digits as keep it from `low` on and below `high`."""
    middle = (low + high) / 2
    shorter = (float(f"{middle:.{digits}g}") for digits in range(1, 17))
    return next((value for value in shorter if low <= value < high), middle)
