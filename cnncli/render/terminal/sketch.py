"""Activation functions drawn in characters, for a terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cnncli.render.pictures.activations import Panel
from cnncli.render.terminal.characters import Canvas

if TYPE_CHECKING:
    from rich.text import Text

    from cnncli.render.pictures.activations import Array

# Of one panel, in characters; a narrow terminal gets a narrower plot.
PLOT_WIDTH, PLOT_HEIGHT, LABEL_WIDTH, GAP = 30, 8, 7, 2
# Of the one plot of an overlay.
WIDE, TALL = 72, 14
VALUE, DERIVATIVE = "bold cyan", "yellow"
STYLES = ("bold cyan", "yellow", "magenta", "green", "blue", "red")
DOT, LETTERS = "•", "abcdefghijklmnopqrstuvwxyzABCDEFGH"
# A character of a plot and its style, by row and column.
Cells = dict[tuple[int, int], tuple[str, str]]


def sketch(panels: Sequence[Panel], width: int, threshold: float) -> Text:
    """Draw the functions for a terminal of `width` columns, as many side by side as fit."""
    from rich.text import Text

    plot_width = max(8, min(PLOT_WIDTH, width - LABEL_WIDTH - 1))
    beside = max(1, (width + GAP) // (LABEL_WIDTH + 1 + plot_width + GAP))
    lines = []
    for first in range(0, len(panels), beside):
        drawn = [_drawn(panel, plot_width) for panel in panels[first : first + beside]]
        lines += [Text(" " * GAP).join(parts) for parts in zip(*drawn, strict=True)]
    names = ("⠒⠒ value", VALUE), "   ", (f"{DOT} {DOT} derivative", DERIVATIVE)
    lines.append(Text.assemble(*names, f"   ▒▒ saturated: |derivative| < {threshold:g}"))
    return Text("\n").join(lines)


def overlaid(panels: Sequence[Panel], width: int) -> Text:
    """Draw all functions in one plot, each marked by a letter, and their derivatives below it."""
    from rich.text import Text

    plot_width = max(8, min(WIDE, width - LABEL_WIDTH - 1))
    x = panels[0].x
    lines = []
    for title, curves in (
        ("value", [(panel.x, panel.value) for panel in panels]),
        ("derivative", [(panel.x, panel.derivative) for panel in panels]),
    ):
        bounds = _bounds([y for _, y in curves])
        lines.append(_line("", Text(f"{title:^{plot_width}}", style="bold")))
        lines += _framed(_lettered(curves, plot_width, bounds), x, plot_width, TALL, bounds)
        lines.append(_line("", Text(_axis(x, plot_width))))
        lines.append(_line("", Text(_ends(x, plot_width))))
    for index, panel in enumerate(panels):
        style = STYLES[index % len(STYLES)]
        lines.append(_line("", Text(f"{_letter(index)} {panel.label}"[:plot_width], style=style)))
    return Text("\n").join(lines)


def _drawn(panel: Panel, width: int) -> list[Text]:
    """Return the lines of one panel, all of the same length."""
    from rich.text import Text

    label = panel.label if len(panel.label) <= width else f"{panel.label[: width - 1]}…"
    bounds = _bounds([panel.value, panel.derivative])
    cells = {
        **_dots(panel.x, panel.derivative, width, bounds),
        **_curve(panel.x, panel.value, width, PLOT_HEIGHT, bounds, VALUE),
    }
    return [
        _line("", Text(f"{label:^{width}}", style="bold")),
        *_framed(cells, panel.x, width, PLOT_HEIGHT, bounds),
        _line("", Text(_axis(panel.x, width, panel.saturated))),
        _line("", Text(_ends(panel.x, width))),
        _line("", Text(" " * width)),
    ]


def _line(label: str, content: Text) -> Text:
    from rich.text import Text

    return Text(f"{label:>{LABEL_WIDTH}} ") + content


def _framed(
    cells: Mapping[tuple[int, int], tuple[str, str]],
    x: Array,
    width: int,
    height: int,
    bounds: tuple[float, float],
) -> list[Text]:
    """Return the rows of a plot, with its lowest and highest value and 0 at their left."""
    from rich.text import Text

    canvas = Canvas(width, height, _span(x), bounds)
    labels = {canvas.row_of(y): _short(y) for y in (*bounds, 0.0)}
    lines = []
    for row in range(height):
        content = Text()
        for column in range(width):
            content.append(*cells.get((row, column), (" ", "")))
        lines.append(_line(labels.get(row, ""), content))
    return lines


def _curve(
    x: Array, y: Array, width: int, height: int, bounds: tuple[float, float], style: str
) -> Cells:
    canvas = Canvas(width, height, _span(x), bounds)
    canvas.draw(x, y)
    return {
        (row, column): (character, style)
        for row, line in enumerate(canvas.rows())
        for column, character in enumerate(line)
        if character != " "
    }


def _dots(x: Array, y: Array, width: int, bounds: tuple[float, float]) -> Cells:
    """Return a dot in every second column: it differs from a line without colour too."""
    import numpy as np

    canvas = Canvas(width, PLOT_HEIGHT, _span(x), bounds)
    columns = range(0, width, 2)
    places = [_middle(x, column, width) for column in columns]
    known = np.isfinite(y)
    if not known.any():
        return {}
    heights = np.interp(places, x[known], y[known], left=np.nan, right=np.nan)
    return {
        (canvas.row_of(height), column): (DOT, DERIVATIVE)
        for column, height in zip(columns, heights.tolist(), strict=True)
        if math.isfinite(height)
    }


def _lettered(
    curves: Sequence[tuple[Array, Array]], width: int, bounds: tuple[float, float]
) -> Cells:
    """Return lines with their letters in them, those of one function far from the next one's."""
    drawn = [
        _curve(x, y, width, TALL, bounds, STYLES[index % len(STYLES)])
        for index, (x, y) in enumerate(curves)
    ]
    cells: Cells = {}
    for line in reversed(drawn):  # the first one lies on top
        cells.update(line)
    apart = 3 * len(curves)
    for index, line in enumerate(drawn):
        for (row, column), (_, style) in line.items():
            if column % apart == 3 * index + 1:
                cells[row, column] = (_letter(index), style)
    return cells


def _letter(index: int) -> str:
    return LETTERS[index % len(LETTERS)]


def _span(x: Array) -> tuple[float, float]:
    return float(x[0]), float(x[-1])


def _middle(x: Array, column: int, width: int) -> float:
    left, right = _span(x)
    return left + (column + 0.5) * (right - left) / width


def _bounds(curves: Sequence[Array]) -> tuple[float, float]:
    """Return the range of all finite values and 0, widened to round numbers."""
    import numpy as np

    values = np.concatenate([*curves, [0.0]])
    values = values[np.isfinite(values)]
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return low - 1.0, high + 1.0
    exponent = 10.0 ** math.floor(math.log10((high - low) / 4))
    step = next(exponent * part for part in (1, 2, 5, 10) if exponent * part >= (high - low) / 6)
    close = 1e-6  # what is a rounding error beyond a round number lies at it
    return math.floor(low / step + close) * step, math.ceil(high / step - close) * step


def _axis(x: Array, width: int, saturated: Sequence[tuple[float, float]] = ()) -> str:
    middles = [_middle(x, column, width) for column in range(width)]
    line = [
        "▒" if any(low <= middle <= high for low, high in saturated) else "─" for middle in middles
    ]
    if (zero := _zero(x, width)) is not None:
        line[zero] = "┴"
    return "".join(line)


def _ends(x: Array, width: int) -> str:
    """Return the numbers below the axis: both ends, and 0 where there is room for it."""
    below, above = (f"{end:g}" for end in _span(x))
    line = f"{below}{above:>{width - len(below)}}"
    zero = _zero(x, width)
    if zero is not None and line[max(0, zero - 1) : zero + 2].isspace():
        line = f"{line[:zero]}0{line[zero + 1 :]}"
    return line


def _zero(x: Array, width: int) -> int | None:
    left, right = _span(x)
    return min(width - 1, int(-left / (right - left) * width)) if left <= 0 <= right else None


def _short(number: float) -> str:
    text = f"{number:.3g}"
    return text if len(text) <= LABEL_WIDTH else f"{number:.0e}"
