"""Activation functions drawn in characters, for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncli.render.pictures.activations import Panel
from cnncli.render.terminal import plot
from cnncli.render.terminal.characters import Canvas

if TYPE_CHECKING:
    from rich.text import Text

    from cnncli.render.pictures.activations import Array

# Of one panel, in characters; a narrow terminal gets a narrower plot.
PLOT_WIDTH, PLOT_HEIGHT, GAP = 30, 8, 2
VALUE, DERIVATIVE = "bold cyan", "yellow"
DOT = "•"


def sketch(panels: Sequence[Panel], width: int, threshold: float) -> Text:
    """Draw the functions for a terminal of `width` columns, as many side by side as fit."""
    from rich.text import Text

    plot_width = plot.room(width, PLOT_WIDTH)
    beside = max(1, (width + GAP) // (plot.LABEL_WIDTH + 1 + plot_width + GAP))
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

    plot_width = plot.room(width)
    span = _span(panels[0].x)
    lines = []
    for title, curves in (
        ("value", [(panel.x, panel.value) for panel in panels]),
        ("derivative", [(panel.x, panel.derivative) for panel in panels]),
    ):
        bounds = plot.bounds_of([y for _, y in curves], 0.0)
        cells = plot.lettered(curves, span, plot_width, plot.TALL, bounds)
        lines.append(plot.line("", Text(f"{title:^{plot_width}}", style="bold")))
        lines += plot.framed(cells, span, plot_width, plot.TALL, bounds, [0.0])
        lines.append(plot.line("", Text(plot.axis(span, plot_width))))
        lines.append(plot.line("", Text(plot.ends(span, plot_width))))
    return Text("\n").join([*lines, *plot.key([panel.label for panel in panels], plot_width)])


def _drawn(panel: Panel, width: int) -> list[Text]:
    """Return the lines of one panel, all of the same length."""
    from rich.text import Text

    label = panel.label if len(panel.label) <= width else f"{panel.label[: width - 1]}…"
    span, bounds = _span(panel.x), plot.bounds_of([panel.value, panel.derivative], 0.0)
    cells = {
        **_dots(panel.x, panel.derivative, width, bounds),
        **plot.curve(panel.x, panel.value, span, width, PLOT_HEIGHT, bounds, VALUE),
    }
    return [
        plot.line("", Text(f"{label:^{width}}", style="bold")),
        *plot.framed(cells, span, width, PLOT_HEIGHT, bounds, [0.0]),
        plot.line("", Text(plot.axis(span, width, panel.saturated))),
        plot.line("", Text(plot.ends(span, width))),
        plot.line("", Text(" " * width)),
    ]


def _dots(x: Array, y: Array, width: int, bounds: plot.Range) -> plot.Cells:
    """Return a dot in every second column: it differs from a line without colour too."""
    import numpy as np

    canvas = Canvas(width, PLOT_HEIGHT, _span(x), bounds)
    columns = range(0, width, 2)
    places = [plot.middle(_span(x), column, width) for column in columns]
    known = np.isfinite(y)
    if not known.any():
        return {}
    heights = np.interp(places, x[known], y[known], left=np.nan, right=np.nan)
    return {
        (canvas.row_of(height), column): (DOT, DERIVATIVE)
        for column, height in zip(columns, heights.tolist(), strict=True)
        if math.isfinite(height)
    }


def _span(x: Array) -> plot.Range:
    return float(x[0]), float(x[-1])
