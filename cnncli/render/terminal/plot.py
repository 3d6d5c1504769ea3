"""A plot in characters: curves in a frame, with numbers at its left and below it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cnncli.render.terminal.characters import Canvas

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rich.text import Text

    Array = NDArray[np.float64]

LABEL_WIDTH = 7
# Of a plot that stands alone, in characters; a narrow terminal gets a narrower one.
WIDE, TALL = 72, 14
STYLES = ("bold cyan", "yellow", "magenta", "green", "blue", "red")
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGH"
# A character of a plot and its style, by row and column.
Cells = Mapping[tuple[int, int], tuple[str, str]]
Range = tuple[float, float]


def line(label: str, content: Text) -> Text:
    """Return a line of a plot, with a label at its left."""
    from rich.text import Text

    return Text(f"{label:>{LABEL_WIDTH}} ") + content


def room(width: int, most: int = WIDE) -> int:
    """Return the columns of the field of a plot on a terminal of `width` columns."""
    return max(8, min(most, width - LABEL_WIDTH - 1))


def framed(
    cells: Cells, span: Range, width: int, height: int, bounds: Range, marks: Sequence[float] = ()
) -> list[Text]:
    """Return the rows of a plot, with both `bounds` of y and `marks` between them at their left."""
    from rich.text import Text

    canvas = Canvas(width, height, span, bounds)
    labels = {canvas.row_of(y): short(y) for y in (*bounds, *marks)}
    lines = []
    for row in range(height):
        content = Text()
        for column in range(width):
            content.append(*cells.get((row, column), (" ", "")))
        lines.append(line(labels.get(row, ""), content))
    return lines


def curve(
    x: Array, y: Array, span: Range, width: int, height: int, bounds: Range, style: str
) -> Cells:
    """Return the characters of a line through points over a range of x and y."""
    canvas = Canvas(width, height, span, bounds)
    canvas.draw(x, y)
    return {
        (row, column): (character, style)
        for row, text in enumerate(canvas.rows())
        for column, character in enumerate(text)
        if character != " "
    }


def lettered(
    curves: Sequence[tuple[Array, Array]], span: Range, width: int, height: int, bounds: Range
) -> Cells:
    """Return lines with their letters in them, those of one curve far from the next one's."""
    drawn = [
        curve(x, y, span, width, height, bounds, style_of(index))
        for index, (x, y) in enumerate(curves)
    ]
    cells: dict[tuple[int, int], tuple[str, str]] = {}
    for each in reversed(drawn):  # the first one lies on top
        cells.update(each)
    apart = 3 * len(curves)
    for index, each in enumerate(drawn):
        for (row, column), (_, style) in each.items():
            if column % apart == 3 * index + 1:
                cells[row, column] = (letter(index), style)
    return cells


def key(names: Sequence[str], width: int) -> list[Text]:
    """Return a line for each curve: its letter and its name."""
    from rich.text import Text

    return [
        line("", Text(f"{letter(index)} {name}"[:width], style=style_of(index)))
        for index, name in enumerate(names)
    ]


def letter(index: int) -> str:
    """Return what marks a curve by its number."""
    return LETTERS[index % len(LETTERS)]


def style_of(index: int) -> str:
    """Return the style of a curve by its number."""
    return STYLES[index % len(STYLES)]


def bounds_of(curves: Sequence[Array], *more: float) -> Range:
    """Return the range of all finite values, and of `more`, widened to round numbers."""
    import numpy as np

    values = np.concatenate([*curves, np.array(more, np.float64)])
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
    if high <= low:
        return low - 1.0, high + 1.0
    exponent = 10.0 ** math.floor(math.log10((high - low) / 4))
    step = next(exponent * part for part in (1, 2, 5, 10) if exponent * part >= (high - low) / 6)
    close = 1e-6  # what is a rounding error beyond a round number lies at it
    return math.floor(low / step + close) * step, math.ceil(high / step - close) * step


def middle(span: Range, column: int, width: int) -> float:
    """Return the x in the middle of a column."""
    left, right = span
    return left + (column + 0.5) * (right - left) / width


def axis(span: Range, width: int, marked: Sequence[Range] = ()) -> str:
    """Return the axis below a plot, with a mark at 0; where `marked` holds x it is shaded."""
    middles = [middle(span, column, width) for column in range(width)]
    text = ["▒" if any(low <= x <= high for low, high in marked) else "─" for x in middles]
    if (zero := _zero(span, width)) is not None:
        text[zero] = "┴"
    return "".join(text)


def ends(span: Range, width: int) -> str:
    """Return the numbers below the axis: both ends, and 0 where there is room for it."""
    below, above = (f"{end:g}" for end in span)
    text = f"{below}{above:>{width - len(below)}}"
    zero = _zero(span, width)
    if zero is not None and text[max(0, zero - 1) : zero + 2].isspace():
        text = f"{text[:zero]}0{text[zero + 1 :]}"
    return text


def short(number: float) -> str:
    """Return a number in the width of a label."""
    text = f"{number:.3g}"
    return text if len(text) <= LABEL_WIDTH else f"{number:.0e}"


def _zero(span: Range, width: int) -> int | None:
    left, right = span
    return min(width - 1, int(-left / (right - left) * width)) if left <= 0 <= right else None
