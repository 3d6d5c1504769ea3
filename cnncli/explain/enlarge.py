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
