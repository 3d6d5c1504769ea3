"""Pooling as text: the matrix with the windows drawn in, the result, and how it came about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnncli.render.terminal.matrices import beside, number
from cnncli.render.terminal.matrices import lines as matrix_lines

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnncli.images.pooling import Pooling, Window

# A matrix with a longer side is not drawn; of larger windows the first values are written out.
LARGEST, MOST_VALUES = 64, 81


def lines(
    matrix: NDArray[Any], pooled: NDArray[Any], windows: Sequence[Window], pooling: Pooling
) -> list[str]:
    """Return the matrix, the result, and a line for each of `windows`.

    Where these are not all, the matrix and the result are drawn as far as they reach.
    """
    sizes = f"{size(matrix)} becomes {size(pooled)}"
    if len(windows) < pooled.size:
        last = windows[-1]
        matrix = matrix[: last.rows.stop, : last.columns.stop]
        pooled = pooled[: last.row + 1, : last.column + 1]
        sizes += f"; its first {size(pooled)} windows:"
    worked = ["", *_worked(windows, pooling)]
    if max(matrix.shape) > LARGEST:
        return [f"{pooling.name}: {sizes}", *worked]
    apart = pooling.stride == pooling.size and pooling.padding == "valid" and not pooling.is_global
    drawn = _parted(matrix, pooling.size) if apart else matrix_lines(matrix)
    blocks = [[f"  {line}" for line in drawn], matrix_lines(pooled)]
    return [f"{pooling.name}: {sizes}", "", *beside(blocks, ["→"]), *worked]


def size(pixels: NDArray[Any]) -> str:
    """Return "4 x 4" for an array of that shape."""
    return " x ".join(map(str, pixels.shape))


def _parted(matrix: NDArray[Any], window: tuple[int, int]) -> list[str]:
    """Return the rows of a matrix with lines between the windows."""
    rows = matrix_lines(matrix)
    width = max(len(number(value)) for value in matrix.flat)
    cuts = range(window[1], matrix.shape[1], window[1])
    out = []
    for index, row in enumerate(rows):
        cells = [row[i * (width + 2) : i * (width + 2) + width] for i in range(matrix.shape[1])]
        text = "".join(
            ("" if not i else " │ " if i in cuts else "  ") + cell for i, cell in enumerate(cells)
        )
        if index and index % window[0] == 0:
            out.append("".join("┼" if c == "│" else "─" for c in text))
        out.append(text)
    return out


def _worked(windows: Sequence[Window], pooling: Pooling) -> list[str]:
    texts = [f"{_span('row', each.rows)}, {_span('column', each.columns)}" for each in windows]
    width = max(map(len, texts))
    return [
        f"{text.ljust(width)}   {_sum(window, pooling)}"
        for text, window in zip(texts, windows, strict=True)
    ]


def _sum(window: Window, pooling: Pooling) -> str:
    count = window.values.size
    values = [number(value, 6) for value in window.values.flat[:MOST_VALUES]]
    values += ["..."] if count > MOST_VALUES else []
    result = number(window.result, 6)
    if pooling.kind == "max":
        return f"max({', '.join(values)}) = {result}"
    total = number(window.values.sum(), 6)
    signed = " + ".join(values).replace("+ -", "- ")
    return f"({signed}) / {count} = {total} / {count} = {result}"


def _span(what: str, places: range) -> str:
    if len(places) == 1:
        return f"{what} {places[0]}"
    return f"{what}s {places[0]}-{places[-1]}"
