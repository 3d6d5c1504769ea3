"""Values as colours: on a scale from low to high, or on both sides of zero."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from cnncli.render.pictures.palette import NEGATIVE, POSITIVE

# Told apart by colour-blind readers, and ordered in grey print as well.
ONE_SIDED = "viridis"


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
        elif low == high > 0:
            low = 0.0  # what is the same everywhere, and not nothing, is as high as it gets
        part = (np.nan_to_num(values.astype(np.float64)) - low) / ((high - low) or 1.0)
        table = _two_sided() if self.is_two_sided else _one_sided()
        return table[np.rint(np.clip(part, 0, 1) * 255).astype(np.uint8)]

    def ramp(self, length: int) -> NDArray[np.uint8]:
        """Return the colours from the lowest to the highest value, as one row."""
        return self.colours(np.linspace(self.low, self.high, length)[None])


@cache
def _one_sided() -> NDArray[np.uint8]:
    import matplotlib

    return np.rint(matplotlib.colormaps[ONE_SIDED](np.arange(256))[:, :3] * 255).astype(np.uint8)


@cache
def _two_sided() -> NDArray[np.uint8]:
    """Return 256 colours from the negative one over white to the positive one."""
    from PIL import ImageColor

    ends = [ImageColor.getrgb(colour)[:3] for colour in (NEGATIVE, "white", POSITIVE)]
    steps = np.linspace(0, 2, 256)
    channels = [np.interp(steps, [0, 1, 2], channel) for channel in zip(*ends, strict=True)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)
