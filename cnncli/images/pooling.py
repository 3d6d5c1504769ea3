"""What a pooling layer makes of an image or a matrix, in Keras's words and with its padding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cnncli.errors import UsageError
from cnncli.images.sliding import Axis, axis

if TYPE_CHECKING:
    from numpy.typing import NDArray

Kind = Literal["max", "average"]


@dataclass(frozen=True)
class Pooling:
    """A pooling layer: windows of `size` (rows, columns), `stride` apart.

    With padding "same", pixels outside of the image count for nothing: neither as a maximum nor
    in the number that an average divides by. A global one takes the whole image as one window.
    """

    kind: Kind = "max"
    size: tuple[int, int] = (2, 2)
    stride: tuple[int, int] = (2, 2)
    padding: Literal["valid", "same"] = "valid"
    is_global: bool = False

    @property
    def name(self) -> str:
        """The layer of Keras that does this, with its arguments."""
        kind = "Max" if self.kind == "max" else "Average"
        if self.is_global:
            return f"Global{kind}Pooling2D"
        return (
            f"{kind}Pooling2D(pool_size={self.size}, strides={self.stride}, "
            f'padding="{self.padding}")'
        )

    def axes(self, height: int, width: int) -> tuple[Axis, Axis]:
        """Return the geometry along rows and columns; DataError when no window fits."""
        size, stride = self.size, self.stride
        if self.is_global:
            size, stride = (height, width), (height, width)
        return (
            axis(height, size[0], self.padding, stride[0], name="rows"),
            axis(width, size[1], self.padding, stride[1], name="columns"),
        )


@dataclass(frozen=True)
class Window:
    """One window: its place in the output, the rows and columns under it, and its result."""

    row: int
    column: int
    rows: range
    columns: range
    values: NDArray[np.float64]
    result: float


def pool(pixels: NDArray[Any], pooling: Pooling) -> NDArray[Any]:
    """Return the pooled `pixels` (height x width x channels).

    A maximum keeps the type of the pixels; an average is computed in float64 and returned as
    such. Raises DataError when no window fits.
    """
    rows, columns = pooling.axes(*pixels.shape[:2])
    if pooling.kind == "max":
        return _reduced(_reduced(pixels, rows, 0, np.maximum), columns, 1, np.maximum)
    sums = _reduced(_reduced(pixels.astype(np.float64), rows, 0, np.add), columns, 1, np.add)
    counts = np.outer(_counts(rows), _counts(columns))
    return np.asarray(sums / counts[:, :, None])


def windows(
    matrix: NDArray[np.float64], pooling: Pooling, most: int | None = None
) -> Iterator[Window]:
    """Yield each window over a matrix with what comes of it, in reading order.

    With `most`, only those of the first so many rows and columns of the output.
    """
    rows, columns = pooling.axes(*matrix.shape)
    for row in range(rows.out)[:most]:
        down = _under(rows, row)
        for column in range(columns.out)[:most]:
            across = _under(columns, column)
            values = matrix[down.start : down.stop, across.start : across.stop]
            result = values.max() if pooling.kind == "max" else values.mean()
            yield Window(row, column, down, across, values, float(result))


def sides(text: str, option: str) -> tuple[int, int]:
    """Read `2` or `2x3` (rows x columns); raises UsageError that names `option`."""
    parts = text.lower().split("x")
    if len(parts) > 2 or not all(part.strip().isdecimal() and int(part) > 0 for part in parts):
        raise UsageError(
            f'{option} is a whole number from 1 on, or ROWSxCOLUMNS, not "{text}"',
            hint=f"For example: {option} 3 or {option} 2x3",
        )
    return int(parts[0]), int(parts[-1])


def _under(along: Axis, place: int) -> range:
    start = place * along.stride - along.before
    return range(max(0, start), min(along.size, start + along.taps))


def _counts(along: Axis) -> NDArray[np.float64]:
    return np.array([len(_under(along, place)) for place in range(along.out)], dtype=np.float64)


def _reduced(values: NDArray[Any], along: Axis, over: int, join: np.ufunc) -> NDArray[Any]:
    """Join the values of each window along one axis: a window is a rectangle, so rows go first."""
    moved = np.moveaxis(values, over, 0)
    out = np.empty((along.out, *moved.shape[1:]), dtype=values.dtype)
    for place in range(along.out):
        under = _under(along, place)
        join.reduce(moved[under.start : under.stop], axis=0, out=out[place])
    return np.moveaxis(out, 0, over)
