"""Pooling as text, with the windows drawn in, and as pictures before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnncli.render.pictures import contact_sheet
from cnncli.render.terminal.matrices import beside, number
from cnncli.render.terminal.matrices import lines as matrix_lines

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnncli.images.pooling import Pooling, Window

# The longest side of each of the two pictures.
SIDE = 560


def lines(
    matrix: NDArray[Any], pooled: NDArray[Any], windows: Sequence[Window], pooling: Pooling
) -> list[str]:
    """Return the matrix, the result, and a line for each window."""
    apart = pooling.stride == pooling.size and pooling.padding == "valid" and not pooling.is_global
    drawn = _parted(matrix, pooling.size) if apart else matrix_lines(matrix)
    sizes = f"{_size(matrix)} becomes {_size(pooled)}"
    blocks = [[f"  {line}" for line in drawn], matrix_lines(pooled)]
    return [f"{pooling.name}: {sizes}", "", *beside(blocks, ["→"]), "", *_worked(windows, pooling)]


def before_and_after(
    before: NDArray[np.uint8], after: NDArray[np.uint8], pooling: Pooling, values: str = ""
) -> NDArray[np.uint8]:
    """Return both pictures (height x width x channels) side by side at one size.

    The pooled picture is enlarged by whole pixels, so that each of them can be seen. `values`
    is written below it: what came of a global pooling.
    """
    from cnncli.images.resize import fitting

    first = _enlarged(fitting(before, SIDE))
    second = _stretched(after, first.shape)
    tiles = [
        contact_sheet.Tile(first, "before", [_size(before)]),
        contact_sheet.Tile(second, "after", [_short(pooling), f"{_size(after)}{values}"]),
    ]
    return contact_sheet.draw(tiles)


def _short(pooling: Pooling) -> str:
    if pooling.is_global:
        return f"global {pooling.kind}"
    size, stride = (" x ".join(map(str, pair)) for pair in (pooling.size, pooling.stride))
    moved = "" if size == stride else f", strides {stride}"
    return f"{pooling.kind} of {size}{moved}, padding {pooling.padding}"


def _enlarged(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    factor = max(1, SIDE // max(pixels.shape[:2]))
    return pixels.repeat(factor, axis=0).repeat(factor, axis=1)


def _stretched(pixels: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    import numpy as np

    rows = np.arange(shape[0]) * pixels.shape[0] // shape[0]
    columns = np.arange(shape[1]) * pixels.shape[1] // shape[1]
    return pixels[rows][:, columns]


def _parted(matrix: NDArray[Any], size: tuple[int, int]) -> list[str]:
    """Return the rows of a matrix with lines between the windows."""
    rows = matrix_lines(matrix)
    width = max(len(number(value)) for value in matrix.flat)
    cuts = range(size[1], matrix.shape[1], size[1])
    out = []
    for index, row in enumerate(rows):
        cells = [row[i * (width + 2) : i * (width + 2) + width] for i in range(matrix.shape[1])]
        text = "".join(
            ("" if not i else " │ " if i in cuts else "  ") + cell for i, cell in enumerate(cells)
        )
        if index and index % size[0] == 0:
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
    values = [number(value, 6) for value in window.values.flat]
    result = number(window.result, 6)
    if pooling.kind == "max":
        return f"max({', '.join(values)}) = {result}"
    total = number(window.values.sum(), 6)
    signed = " + ".join(values).replace("+ -", "- ")
    return f"({signed}) / {len(values)} = {total} / {len(values)} = {result}"


def _span(what: str, places: range) -> str:
    if len(places) == 1:
        return f"{what} {places[0]}"
    return f"{what}s {places[0]}-{places[-1]}"


def _size(pixels: NDArray[Any]) -> str:
    return " x ".join(map(str, pixels.shape))
