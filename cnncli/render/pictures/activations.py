"""Curves of activation functions with their derivatives."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.render.pictures import figure, palette

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SHADE = "#DDDDDD"
# In inches: a field with its name and formula above and a note below, and the legend over all.
CELL_WIDTH, CELL_HEIGHT, ABOVE, BELOW, LEGEND = 3.7, 3.15, 0.55, 0.5, 0.4


@dataclass(frozen=True)
class Panel:
    """What is drawn of one function; NaN parts a line. `saturated` are intervals of x."""

    label: str
    formula: str
    note: str
    x: Array
    value: Array
    derivative: Array
    saturated: Sequence[tuple[float, float]]


def small_multiples(panels: Sequence[Panel], threshold: float) -> Figure:
    """Draw each function in a field of its own, the saturated regions shaded."""
    columns = min(len(panels), 2 if len(panels) <= 4 else 5 if len(panels) > 12 else 3)
    rows = math.ceil(len(panels) / columns)
    width, height = max(columns * CELL_WIDTH, 5.0), rows * CELL_HEIGHT + LEGEND
    # Laid out by hand: fitting thirty fields to their texts takes Matplotlib seconds.
    drawing = figure.new(width, height, layout=None)
    fields = drawing.subplots(
        rows,
        columns,
        squeeze=False,
        gridspec_kw={
            "left": 0.55 / width,
            "right": 1 - 0.15 / width,
            "bottom": BELOW / height,
            "top": 1 - (LEGEND + ABOVE) / height,
            "wspace": 0.7 / (CELL_WIDTH - 0.7),
            "hspace": (ABOVE + BELOW) / (CELL_HEIGHT - ABOVE - BELOW),
        },
    ).ravel()
    for field, panel in zip(fields, panels, strict=False):
        _field(field, panel)
    for field in fields[len(panels) :]:
        field.set_axis_off()
    _legend(drawing, threshold)
    return drawing


def overlaid(panels: Sequence[Panel], threshold: float) -> Figure:
    """Draw all functions in one field, their derivatives below it, and where each is flat."""
    drawing = figure.new(8.5, 8.0 + 0.22 * len(panels))
    heights = [3.4, 2.6, 0.4 + 0.22 * len(panels)]
    value, derivative, flat = drawing.subplots(3, 1, sharex=True, height_ratios=heights)
    for index, panel in enumerate(panels):
        style = _style(index)
        value.plot(panel.x, panel.value, label=panel.label, **style)
        derivative.plot(panel.x, panel.derivative, **style)
        spans = [(low, high - low) for low, high in panel.saturated]
        flat.broken_barh(spans, (index - 0.3, 0.6), color=style["color"])
    for field, title in ((value, "value"), (derivative, "derivative")):
        field.set_title(title, loc="left")
        _axes(field, panels[0])
    flat.set_title(f"saturated: |derivative| < {threshold:g}", loc="left")
    flat.set_yticks(range(len(panels)), [panel.label for panel in panels], fontsize=8)
    flat.set_ylim(len(panels) - 0.4, -0.6)
    flat.set_xlabel("x")
    drawing.legend(loc="outside right upper", frameon=False)
    return drawing


def _field(field: Axes, panel: Panel) -> None:
    for low, high in panel.saturated:
        field.axvspan(low, high, facecolor=SHADE, edgecolor="none", zorder=0.1)
    field.plot(panel.x, panel.value, color=palette.BLUE, linewidth=2)
    field.plot(panel.x, panel.derivative, color=palette.VERMILION, linewidth=1.6, dashes=(4, 2))
    field.set_title(f"y = {panel.formula}", fontsize=8.5, pad=5)
    field.annotate(
        panel.label,
        (0.5, 1),
        (0, 21),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="center",
        fontsize=11 if len(panel.label) < 24 else 8.5,
        fontweight="bold",
    )
    field.set_xlabel(f"x: {panel.note}" if panel.note else "x", fontsize=8.5, labelpad=1)
    _axes(field, panel)


def _axes(field: Axes, panel: Panel) -> None:
    field.set_xlim(panel.x[0], panel.x[-1])
    field.axhline(0, color=palette.GREY, linewidth=0.7, zorder=0.5)
    if panel.x[0] < 0 < panel.x[-1]:
        field.axvline(0, color=palette.GREY, linewidth=0.7, zorder=0.5)
    field.spines[["top", "right"]].set_visible(False)
    field.tick_params(labelsize=8.5)


def _legend(drawing: Figure, threshold: float) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    entries = [
        Line2D([], [], color=palette.BLUE, linewidth=2, label="value"),
        Line2D([], [], color=palette.VERMILION, linewidth=1.6, dashes=(4, 2), label="derivative"),
        Patch(facecolor=SHADE, label=f"saturated: |derivative| < {threshold:g}"),
    ]
    drawing.legend(handles=entries, loc="upper center", ncols=3, frameon=False, fontsize=9)


def _style(index: int) -> dict[str, Any]:
    # Lines that run on top of each other stay visible: each is thinner than the one below it,
    # and dashed differently.
    return {
        "color": palette.LINES[index % len(palette.LINES)],
        "linestyle": palette.DASHES[index % len(palette.DASHES)],
        "linewidth": max(1.4, 3.4 - 0.4 * index),
    }
