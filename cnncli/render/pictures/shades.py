"""Values as colours: on a scale from low to high, or on both sides of zero."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

# Both are told apart by colour-blind readers, and are ordered in grey print as well; of the
# second one the middle is nearly white, and red lies below it.
ONE_SIDED, TWO_SIDED = "viridis", "RdBu"


@dataclass(frozen=True)
class Shades:
    """The scale that all values of a layer share.

    Values on both sides of zero are shown as far below it as above it, so that white is zero.
    """

    low: float
    high: float

    @property
    def is_two_sided(self) -> bool:
        return self.low < 0 < self.high

    def colours(self, values: NDArray[np.generic]) -> NDArray[np.uint8]:
        """Return red, green and blue of each value, in a last axis; no number is as zero."""
        low, high = self.low, self.high
        if self.is_two_sided:
            high = max(-low, high)
            low = -high
        part = (np.nan_to_num(values.astype(np.float64)) - low) / ((high - low) or 1.0)
        return _table(TWO_SIDED if self.is_two_sided else ONE_SIDED)[
            np.rint(np.clip(part, 0, 1) * 255).astype(np.uint8)
        ]

    def ramp(self, length: int) -> NDArray[np.uint8]:
        """Return the colours from the lowest to the highest value, as one row."""
        return self.colours(np.linspace(self.low, self.high, length)[None])


@cache
def _table(name: str) -> NDArray[np.uint8]:
    import matplotlib

    return np.rint(matplotlib.colormaps[name](np.arange(256))[:, :3] * 255).astype(np.uint8)
