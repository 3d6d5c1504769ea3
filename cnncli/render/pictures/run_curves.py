"""Curves of several runs in one picture, a field for each metric."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnncli.render.pictures import figure, palette
from cnncli.render.pictures.curves import DECADES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cnncli.runs.histories import History

WIDTH, HEIGHT = 5.2, 4.0  # of a field, in inches
KEY_LINE = 0.21  # of the height of a line of the key
MARKED_UP_TO = 30  # epochs of which each has a dot


def draw(histories: Sequence[History]) -> Figure:
    """Draw each metric of runs in a field; a ring marks the epoch that a run keeps."""
    metrics = list(histories[0].values)
    height = max(HEIGHT, 0.6 + KEY_LINE * len(histories))
    longest = max(len(each.label) for each in histories)
    drawing = figure.new(WIDTH * len(metrics) + 0.9 + 0.075 * min(longest, 60), height)
    fields = drawing.subplots(1, len(metrics), squeeze=False)[0]
    for field, metric in zip(fields, metrics, strict=True):
        _draw(field, metric, histories)
    handles, labels = fields[0].get_legend_handles_labels()
    drawing.legend(handles, labels, loc="outside right upper", frameon=False, fontsize=9)
    return drawing


def style(index: int) -> dict[str, Any]:
    """Return how the line of a run is drawn: 28 stay apart, without colour four."""
    count = len(palette.LINES)
    return {
        "color": palette.LINES[index % count],
        "linestyle": palette.DASHES[(index % count + index // count) % len(palette.DASHES)],
    }


def _draw(field: Axes, metric: str, histories: Sequence[History]) -> None:
    from matplotlib.ticker import MaxNLocator

    for index, each in enumerate(histories):
        values = each.values[metric]
        marker = "." if len(each.epochs) <= MARKED_UP_TO else ""
        field.plot(each.epochs, values, label=each.label, marker=marker, **style(index))
        best = each.best_epoch
        if best is not None and best in each.epochs:
            field.plot([best], [values[list(each.epochs).index(best)]], marker="o", markersize=9,
                       markerfacecolor="none", color=style(index)["color"])  # fmt: skip
    shown = [v for each in histories for v in each.values[metric] if math.isfinite(v)]
    if "loss" in metric and shown and max(shown) > DECADES * min(shown) > 0:
        field.set_yscale("log")
    field.set_xlim(0.5, max(each.epochs[-1] for each in histories) + 0.5)
    field.set_xlabel("epoch (a ring marks the one that is kept)")
    field.set_ylabel(metric)
    field.xaxis.set_major_locator(MaxNLocator(integer=True))
    field.spines[["top", "right"]].set_visible(False)
    field.grid(axis="y", color="0.92")
