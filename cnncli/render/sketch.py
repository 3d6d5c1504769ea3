"""Activation functions drawn in characters, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from cnncli.render.activations import Panel
from cnncli.render.characters import Canvas

if TYPE_CHECKING:
    from rich.text import Text

    from cnncli.render.activations import Array

# Of one panel, in characters; a narrow terminal gets a narrower plot.
PLOT_WIDTH, PLOT_HEIGHT, LABEL_WIDTH, GAP = 30, 8, 7, 2
VALUE, DERIVATIVE = "bold cyan", "yellow"


def sketch(panels: Sequence[Panel], width: int) -> Text:
    """Draw the functions for a terminal of `width` columns, as many side by side as fit."""
    from rich.text import Text

    plot_width = max(8, min(PLOT_WIDTH, width - LABEL_WIDTH - 1))
    beside = max(1, (width + GAP) // (LABEL_WIDTH + 1 + plot_width + GAP))
    lines = []
    for first in range(0, len(panels), beside):
        drawn = [_drawn(panel, plot_width) for panel in panels[first : first + beside]]
        lines += [Text(" " * GAP).join(parts) for parts in zip(*drawn, strict=True)]
    names = ("⠒⠒ value", VALUE), "   ", ("⠂⠂ derivative", DERIVATIVE), "   ▒▒ saturated"
    lines.append(Text.assemble(*names))
    return Text("\n").join(lines)


def _drawn(panel: Panel, width: int) -> list[Text]:
    """Return the lines of one panel, all of the same length."""
    from rich.text import Text

    label = panel.label if len(panel.label) <= width else f"{panel.label[: width - 1]}…"
    below, above = (f"{end:g}" for end in (panel.x[0], panel.x[-1]))
    ends = f"{below}{above:>{width - len(below)}}"
    return [
        _line("", Text(f"{label:^{width}}", style="bold")),
        *_plot(panel, width),
        _line("", Text(_axis(panel, width))),
        _line("", Text(ends)),
        _line("", Text(" " * width)),
    ]


def _line(label: str, content: Text) -> Text:
    from rich.text import Text

    return Text(f"{label:>{LABEL_WIDTH}} ") + content


def _plot(panel: Panel, width: int) -> list[Text]:
    from rich.text import Text

    x_range, bounds = (float(panel.x[0]), float(panel.x[-1])), _bounds(panel)
    value, derivative = (Canvas(width, PLOT_HEIGHT, x_range, bounds) for _ in range(2))
    value.draw(panel.x, panel.value)
    derivative.draw(panel.x, _dotted(panel, width))
    labels = {value.row_of(y): _short(y) for y in (0.0, *bounds)}
    lines = []
    for index, cells in enumerate(zip(value.rows(), derivative.rows(), strict=True)):
        content = Text()
        for is_value, run in groupby(zip(*cells, strict=True), key=lambda cell: cell[0] != " "):
            text = "".join(cell[0] if is_value else cell[1] for cell in run)
            content.append(text, VALUE if is_value else DERIVATIVE)
        lines.append(_line(labels.get(index, ""), content))
    return lines


def _bounds(panel: Panel) -> tuple[float, float]:
    import numpy as np

    values = np.concatenate([panel.value, panel.derivative, [0.0]])
    values = values[np.isfinite(values)]
    low, high = float(values.min()), float(values.max())
    return (low, high) if high > low else (low - 1.0, high + 1.0)


def _dotted(panel: Panel, width: int) -> Array:
    """Return the derivative with gaps, so that it differs from the value without colour too."""
    import numpy as np

    part = (panel.x - panel.x[0]) / (panel.x[-1] - panel.x[0]) * 2 * width
    return np.where(part.astype(int) % 4 == 0, panel.derivative, np.nan)


def _axis(panel: Panel, width: int) -> str:
    step = (panel.x[-1] - panel.x[0]) / width
    middles = [panel.x[0] + (index + 0.5) * step for index in range(width)]
    return "".join(
        "▒" if any(low <= middle <= high for low, high in panel.saturated) else "─"
        for middle in middles
    )


def _short(number: float) -> str:
    text = f"{number:.3g}"
    return text if len(text) <= LABEL_WIDTH else f"{number:.0e}"
