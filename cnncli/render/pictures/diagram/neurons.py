"""Dense layers as neurons with an edge from each to each, as the lesson draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli.errors import ModelError
from cnncli.facts.summary import Layer, Summary
from cnncli.render.pictures import figure
from cnncli.render.pictures.diagram.boxes import main_path
from cnncli.render.pictures.diagram.cards import text_width
from cnncli.render.pictures.diagram.colours import BORDERS, tint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RADIUS, SPACING, COLUMN = 0.16, 0.44, 1.9  # inches
TITLE, TEXT = 9.5, 8.5  # points
# Layers of more neurons are drawn with a gap in the middle.
MOST = 12
EDGE = "#8A8A8A"


@dataclass(frozen=True)
class Column:
    """A layer of neurons: how many there are, and which places are drawn (None: the gap)."""

    title: str
    text: str
    units: int
    shown: tuple[int | None, ...]
    kind: str


def draw(summary: Summary) -> tuple[Figure, list[str]]:
    """Draw the dense layers at the end of a network; return the layers before them as well.

    Raises ModelError for a network without dense layers.
    """
    path, _ = main_path(summary)
    start = len(path)
    while start and _is_vector(path[start - 1]):
        start -= 1
    dense = [layer for layer in path[start:] if layer.type == "Dense"]
    if not dense:
        raise ModelError(
            f"{summary.name} does not end in dense layers, and only those are drawn as neurons",
            hint="Draw it as cards or as boxes: --style boxes.",
        )
    columns = list(_columns(path[start:], dense))
    tallest = max(_heights(column)[0] for column in columns)
    left = -max(0.5, _half_title(columns[0]) + 0.15)
    right = COLUMN * (len(columns) - 1) + max(0.5, _half_title(columns[-1]) + 0.15)
    low, high = -tallest - RADIUS - 0.25, tallest + 0.85
    drawing = figure.new(right - left, high - low, layout=None)
    field = drawing.add_axes((0, 0, 1, 1))
    field.set(xlim=(left, right), ylim=(low, high))
    field.set_axis_off()
    for index in range(1, len(columns)):
        _edges(field, columns[index - 1], columns[index], index)
    for index, column in enumerate(columns):
        _neurons(field, column, index * COLUMN)
        _title(field, column, index * COLUMN, tallest)
    return drawing, [layer.name for layer in path[:start]]


def _half_title(column: Column) -> float:
    return max(text_width(column.title, TITLE, bold=True), text_width(column.text, TEXT)) / 2


def _is_vector(layer: Layer) -> bool:
    return len(layer.output_shape) == 2


def _columns(tail: Sequence[Layer], dense: Sequence[Layer]) -> list[Column]:
    """Return the input of the first dense layer, then each dense layer."""
    first = tail[0]
    entering = first if first.type != "Dense" else None
    columns = []
    if entering is not None:
        before = list(tail[: list(tail).index(dense[0])])
        units = before[-1].output_shape[1] or 1
        title = "Input" if entering.type == "InputLayer" else entering.type
        columns.append(Column(title, str(units), units, _shown(units), "input"))
    for layer in dense:
        units = layer.output_shape[1] or 1
        activation = str(dict(layer.arguments).get("activation", "linear"))
        columns.append(Column("Dense", f"{units}, {activation}", units, _shown(units), "dense"))
    return columns


def _shown(units: int) -> tuple[int | None, ...]:
    if units <= MOST:
        return tuple(range(units))
    half = MOST // 2
    return (*range(half), None, *range(units - half, units))


def _heights(column: Column) -> list[float]:
    middle = (len(column.shown) - 1) / 2
    return [(middle - place) * SPACING for place in range(len(column.shown))]


def _edges(field: Axes, left: Column, right: Column, index: int) -> None:
    from matplotlib.collections import LineCollection

    x0, x1 = (index - 1) * COLUMN, index * COLUMN
    segments = [
        [(x0, y0), (x1, y1)]
        for a, y0 in zip(left.shown, _heights(left), strict=True)
        for b, y1 in zip(right.shown, _heights(right), strict=True)
        if a is not None and b is not None
    ]
    field.add_collection(LineCollection(segments, colors=EDGE, linewidths=0.5, zorder=1))


def _neurons(field: Axes, column: Column, x: float) -> None:
    from matplotlib.patches import Circle

    colour = BORDERS[column.kind]
    heights = _heights(column)
    for unit, y in zip(column.shown, heights, strict=True):
        if unit is None:
            for shift in (-0.09, 0.0, 0.09):
                field.add_patch(Circle((x, y + shift), 0.022, color="black", zorder=3))
            continue
        fill = tint(colour, 0.3)
        field.add_patch(
            Circle((x, y), RADIUS, facecolor=fill, edgecolor=colour, linewidth=1.2, zorder=2)
        )


def _title(field: Axes, column: Column, x: float, top: float) -> None:
    """Write what a layer is above the edges, in line with the others."""
    field.text(x, top + 0.52, column.title, fontsize=TITLE, weight="bold", ha="center")
    field.text(x, top + 0.31, column.text, fontsize=TEXT, ha="center")
