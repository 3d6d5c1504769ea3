"""A small part of a response, chosen where there is something to see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnncli.images.opencv import load_cv2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnncli.images.sliding import Axis


def around(along: Axis, place: int, side: int) -> range:
    """Return `side` output places with `place` in their middle, or as near as the ends allow."""
    first = min(max(0, place - side // 2), max(0, along.out - side))
    return range(first, min(first + side, along.out))


def most_telling(
    response: NDArray[np.float32], rows: Axis, columns: Axis, sides: tuple[int, int]
) -> tuple[range, range]:
    """Return the output places whose `response` has the largest variance, `sides` of them.

    `sides` are rows and columns.

    There strong answers stand beside weak ones, of both signs where the kernel has them. Places
    whose window reaches out of the image are passed over where others do: at the rim it is the
    padding that answers.
    """
    down, across = _inside(rows, sides[0]), _inside(columns, sides[1])
    plane = response[down.start : down.stop, across.start : across.stop, 0].astype(np.float64)
    plane[~np.isfinite(plane)] = 0.0
    plane /= np.abs(plane).max() or 1.0  # the square of a huge number is none
    size = (min(sides[1], plane.shape[1]), min(sides[0], plane.shape[0]))
    cv2 = load_cv2()
    # With its anchor in the corner, the box filter's value stands at the corner of each crop.
    options = {"normalize": True, "anchor": (0, 0), "borderType": cv2.BORDER_REPLICATE}
    mean = cv2.boxFilter(plane, cv2.CV_64F, size, **options)
    square = cv2.boxFilter(plane * plane, cv2.CV_64F, size, **options)
    corners = (plane.shape[0] - size[1] + 1, plane.shape[1] - size[0] + 1)
    variance = (square - mean * mean)[: corners[0], : corners[1]]
    row, column = divmod(int(np.argmax(variance)), variance.shape[1])
    top, left = down.start + row, across.start + column
    return range(top, top + size[1]), range(left, left + size[0])


def _inside(along: Axis, side: int) -> range:
    """Return the places whose window lies in the image; all where those are too few."""
    first = -(-along.before // along.stride)
    last = (along.size - along.reach + along.before) // along.stride
    return range(first, last + 1) if last - first + 1 >= side else range(along.out)
