"""Whether a map points at the known cause of a class, by its peak and by its share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli.explain.enlarge import enlarged
from cnncli.images.blobs import Box
from cnncli.images.resize import Resize, moved

if TYPE_CHECKING:
    import numpy as np

TOLERANCE = 2  # pixels of the image as the network sees it, between the peak and the cause
# Its sign says which change of a pixel would help, and not whether the pixel speaks for the class.
SIGNLESS = ("gradient",)


@dataclass(frozen=True)
class Score:
    """What a map says of the cause.

    `energy` is the share of what speaks for the class that lies on the cause, and `area` the
    share of the image that the cause takes.
    """

    points: bool
    energy: float
    area: float


@dataclass(frozen=True)
class Mean:
    """The scores of one method over images, each the mean; `lift` is energy by area."""

    images: int
    pointing: float
    energy: float
    area: float

    @property
    def lift(self) -> float:
        """How many times more of the map lies on the cause than of an even one."""
        return self.energy / self.area


def mean(scores: Sequence[Score]) -> Mean:
    """Return the mean of scores, of which there is one at least."""
    count = len(scores)
    return Mean(
        count,
        sum(each.points for each in scores) / count,
        sum(each.energy for each in scores) / count,
        sum(each.area for each in scores) / count,
    )


def score(method: str, values: np.ndarray, size: tuple[int, int], box: Box) -> Score | None:
    """Score a map (rows x columns), spread over an image of `size`, by the box of the cause.

    What speaks against the class does not count. A map in which nothing speaks for it points at
    nothing. None where the box lies outside of the image. Pointing game: Zhang et al., "Top-down
    Neural Attention by Excitation Backprop" (2016); energy: Wang et al. (2020).
    """
    import numpy as np

    top, left = max(0, box.top), max(0, box.left)
    bottom, right = min(size[0], box.top + box.height), min(size[1], box.left + box.width)
    if bottom <= top or right <= left:
        return None
    spread = enlarged(abs(values) if method in SIGNLESS else values, size).clip(min=0)
    area = (bottom - top) * (right - left) / (size[0] * size[1])
    total = float(spread.sum(dtype=np.float64))
    if not total > 0:
        return Score(False, 0.0, area)
    row, column = np.unravel_index(spread.argmax(), spread.shape)
    down = max(top - int(row), int(row) - bottom + 1, 0)
    across = max(left - int(column), int(column) - right + 1, 0)
    inside = float(spread[top:bottom, left:right].sum(dtype=np.float64))
    return Score(math.hypot(down, across) <= TOLERANCE, inside / total, area)


def seen(box: Box, from_size: tuple[int, int], size: tuple[int, int], how: Resize) -> Box:
    """Return a box of an image of `from_size` in the image that the network sees, rounded."""
    factors, added = moved(from_size, size, how)
    ends = []
    for at, side, factor, more in zip(box[:2], box[2:], factors, added, strict=True):
        first, last = round(at * factor + more), round((at + side) * factor + more)
        ends.append((first, max(1, last - first)))
    (top, height), (left, width) = ends
    return Box(top, left, height, width)
