"""The sums of products of some output rows of one channel, by the way that is fastest.

A kernel that slides takes what lies under it; one that is transposed stamps what it gives.
All in float64.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from cnncli.images.opencv import load_cv2
from cnncli.images.sliding import OUTSIDE, Axis, Padding, Sliding, outside

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnncli.images.kernels import Matrix

    Array = NDArray[np.float64]

# Of pixels this far apart, the sets become so small that calls take longer than sums.
MOST_PHASES = 16
# From 11 x 11 on, OpenCV multiplies spectra: faster, but one NaN would then spoil whole blocks.
SPECTRAL_TAPS = 121


def slid(
    plane: NDArray[Any],
    weights: list[Matrix],
    sliding: Sliding,
    rows: Axis,
    columns: Axis,
    first: int,
    last: int,
) -> list[Array]:
    """Return the sums of output rows `first` to `last` for each matrix of weights."""
    start = first * rows.stride - rows.before
    stop = (last - 1) * rows.stride - rows.before + rows.reach
    source = _padded(plane, rows, columns, sliding.padding, start, stop)
    if _pays(sliding, weights[0].size) and _filterable(source, weights):
        return [_filtered(source, matrix, sliding) for matrix in weights]
    shape = (last - first, columns.out)
    return [_tapped(source, matrix, sliding, shape) for matrix in weights]


def _padded(
    plane: NDArray[Any], rows: Axis, columns: Axis, padding: Padding, start: int, stop: int
) -> Array:
    """Return source rows `start` to `stop` as float64 with what lies outside of the image."""
    down = outside(np.arange(start, stop), rows.size, padding)
    width = (columns.out - 1) * columns.stride + columns.reach
    across = outside(np.arange(width) - columns.before, columns.size, padding)
    strip = np.zeros((len(down), width))
    inside = slice(columns.before, min(columns.before + columns.size, width))
    within = down != OUTSIDE
    strip[within, inside] = plane[down[within], : inside.stop - inside.start]
    for edge in (slice(0, inside.start), slice(inside.stop, width)):
        if padding in ("reflect", "edge") and edge.stop > edge.start:
            strip[:, edge] = plane[np.ix_(down, across[edge])]
    return strip


def _pays(sliding: Sliding, taps: int) -> bool:
    """Whether OpenCV's filter, at every place of the image, is faster than adding up slices.

    It takes about as long as 25 slices; a slice has the places that the stride leaves.
    """
    if sliding.stride == sliding.dilation == 1:
        return True
    return taps >= 25 * sliding.stride**2 and sliding.dilation <= MOST_PHASES


def _filterable(source: Array, weights: list[Matrix]) -> bool:
    return weights[0].size < SPECTRAL_TAPS or bool(np.isfinite(source).all())


def _filtered(source: Array, matrix: Matrix, sliding: Sliding) -> Array:
    """Filter each set of pixels that lie `dilation` apart by itself; keep every `stride`-th."""
    dilation, stride = sliding.dilation, sliding.stride
    if dilation == 1:
        return _correlated(source, matrix)[::stride, ::stride]
    height, width = (
        side - (taps - 1) * dilation for side, taps in zip(source.shape, matrix.shape, strict=True)
    )
    dense = np.empty((height, width))
    for i, j in itertools.product(range(min(dilation, height)), range(min(dilation, width))):
        phase = np.ascontiguousarray(source[i::dilation, j::dilation])
        dense[i::dilation, j::dilation] = _correlated(phase, matrix)
    return dense[::stride, ::stride]


def _correlated(source: Array, matrix: Matrix) -> Array:
    cv2 = load_cv2()
    taps_down, taps_across = matrix.shape
    response = cv2.filter2D(source, cv2.CV_64F, matrix, anchor=(0, 0))
    return np.asarray(
        response[: source.shape[0] - taps_down + 1, : source.shape[1] - taps_across + 1]
    )


def _tapped(source: Array, matrix: Matrix, sliding: Sliding, shape: tuple[int, int]) -> Array:
    """Add up the source, shifted for each weight: any stride and dilation by slicing."""
    stride, dilation = sliding.stride, sliding.dilation
    total = np.zeros(shape)
    for (i, j), weight in np.ndenumerate(matrix):
        if weight:
            down = slice(i * dilation, i * dilation + (shape[0] - 1) * stride + 1, stride)
            across = slice(j * dilation, j * dilation + (shape[1] - 1) * stride + 1, stride)
            total += weight * source[down, across]
    return total


def stamped(
    plane: NDArray[Any],
    weights: list[Matrix],
    sliding: Sliding,
    rows: Axis,
    columns: Axis,
    first: int,
    last: int,
) -> list[Array]:
    """Return rows `first` to `last` of the transpose: each pixel stamps the scaled kernel."""
    totals = [np.zeros((last - first, columns.out)) for _ in weights]
    for i in range(rows.taps):
        down, onto_rows = _stamp(rows, i, first, last)
        source = plane[down].astype(np.float64)
        for j in range(columns.taps):
            across, onto_columns = _stamp(columns, j, 0, columns.out)
            for total, matrix in zip(totals, weights, strict=True):
                if matrix[i, j]:
                    total[onto_rows, onto_columns] += matrix[i, j] * source[:, across]
    return totals


def _stamp(along: Axis, tap: int, first: int, last: int) -> tuple[slice, slice]:
    """Return which pixels a weight takes to the places `first` to `last`, and to which of them."""
    shift = tap * along.dilation - along.before
    begin = max(0, -(-(first - shift) // along.stride))
    end = max(begin, min(along.size, -(-(last - shift) // along.stride)))
    onto = begin * along.stride + shift - first
    count = end - begin
    return slice(begin, end), slice(
        onto, onto + max(0, count - 1) * along.stride + min(count, 1), along.stride
    )
