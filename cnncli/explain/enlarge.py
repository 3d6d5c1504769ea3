"""A map at the size of its image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


def enlarged(values: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """Return a map with a value for each pixel, linear between the middles of its cells."""
    from cnncli.images.opencv import load_cv2

    cv2 = load_cv2()
    height, width = size[:2]
    if values.shape == (height, width):
        return values
    # A layer may have larger maps than its input: upsampling, or padding.
    way = cv2.INTER_AREA if values.shape[0] > height else cv2.INTER_LINEAR
    spread: Any = cv2.resize(values, (width, height), interpolation=way)
    return spread


def strongest(values: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """Return a map no larger than `size`, each cell the value in it that is farthest from 0.

    In means, values of both signs would take each other away, and a fine map would vanish.
    """
    import numpy as np

    for axis, most in enumerate(size[:2]):
        length = values.shape[axis]
        if length > most:
            starts = np.arange(most) * length // most
            high = np.maximum.reduceat(values, starts, axis)
            low = np.minimum.reduceat(values, starts, axis)
            values = np.where(high >= -low, high, low)
    return values
