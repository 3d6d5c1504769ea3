"""A small piece of an image, chosen where there is something to see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cnncli.images.opencv import load_cv2

if TYPE_CHECKING:
    from numpy.typing import NDArray


def crop(pixels: NDArray[Any], corner: tuple[int, int], side: int) -> NDArray[Any]:
    """Return `side` x `side` pixels from `corner` (row, column) on, or what there is of them."""
    return pixels[corner[0] : corner[0] + side, corner[1] : corner[1] + side]


def liveliest(
    pixels: NDArray[Any], side: int, *, around: tuple[int, int] | None = None
) -> tuple[int, int]:
    """Return the corner (row, column) of the crop of `pixels` with the largest variance.

    With `around`, the crop has that pixel in its middle, or as near to it as the edges allow.
    """
    height, width = pixels.shape[:2]
    last = (max(0, height - side), max(0, width - side))
    if around is not None:
        row, column = (max(0, at - side // 2) for at in around)
        return min(row, last[0]), min(column, last[1])
    if last == (0, 0):
        return 0, 0
    cv2 = load_cv2()
    plane = np.nan_to_num(pixels[:, :, 0].astype(np.float64))
    size = (min(side, width), min(side, height))
    # With its anchor in the corner, the box filter's value stands at the corner of each crop.
    options = {"normalize": True, "anchor": (0, 0), "borderType": cv2.BORDER_REPLICATE}
    mean = cv2.boxFilter(plane, cv2.CV_64F, size, **options)
    square = cv2.boxFilter(plane * plane, cv2.CV_64F, size, **options)
    variance = (square - mean * mean)[: last[0] + 1, : last[1] + 1]
    return divmod(int(np.argmax(variance)), variance.shape[1])
