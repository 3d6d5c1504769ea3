"""Layers as boxes, as papers draw them: height and depth of a map, channels along the flow.

Sides are in proportion to the square roots of the sizes: in plain proportion, a map of 4 x 4
beside one of 256 x 256 would be a dot.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli.errors import ModelError
from cnncli.facts.summary import Layer, Summary
from cnncli.render.pictures import figure
from cnncli.render.pictures.diagram.cards import text_width
from cnncli.render.pictures.diagram.colours import BORDERS, shade, tint
from cnncli.render.pictures.diagram.scene import kind, shape_label
from cnncli.render.terminal.brief import brief

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches: the side of the largest map, the longest box along the flow, and what lies between.
SIDE, LONGEST, THINNEST, GAP, MARGIN = 2.4, 0.9, 0.05, 0.24, 0.35
SLANT = (0.42, 0.30)  # how far an edge that leads away from the reader goes right and up
LABEL, LINE = 7.5, 0.155  # points, inches
PAGE = 11.0  # inches: more boxes than stand in a row of this length are parted into rows
MOST = 120
GREY = "#767676"
PASSED_OVER = frozenset({"normalization", "activation", "dropout"})


@dataclass(frozen=True)
class Solid:
    """A box: its size in inches, its colour, and what stands below it."""

    width: float
    height: float
    depth: float
    kind: str
    title: str
    text: str
    shape: str

    @property
    def reach(self) -> float:
        """The width that it takes in the drawing."""
        return self.width + self.depth * SLANT[0]

    @property
    def rise(self) -> float:
        """How far it goes above and below the middle line."""
        return (self.height + self.depth * SLANT[1]) / 2

    @property
    def lines(self) -> list[str]:
        """What stands below it."""
        said = [
            text
            for text in self.text.split(", ")
            if text not in ("", f"{self.shape} unit", f"{self.shape} units")
        ]
        return [self.title, self.shape, *said]


def main_path(summary: Summary) -> tuple[list[Layer], bool]:
    """Return the longest way through the layers, and whether anything lies beside it."""
    longest: dict[str, int] = {}
    previous: dict[str, str | None] = {}
    for layer in summary.layers:
        known = [name for name in layer.inputs if name in longest]
        previous[layer.name] = max(known, key=lambda name: longest[name], default=None)
        longest[layer.name] = 1 + max((longest[name] for name in known), default=0)
    by_name = {layer.name: layer for layer in summary.layers}
    at: str | None = max(longest, key=lambda name: longest[name], default=None)
    path = []
    while at is not None:
        path.append(by_name[at])
        at = previous[at]
    is_alone = len(path) == len(summary.layers) and all(len(each.inputs) < 2 for each in path)
    return path[::-1], not is_alone


def passed_over(summary: Summary) -> list[str]:
    """Return the types of layers on the longest way that are no box: they keep the shape."""
    types = [layer.type for layer in main_path(summary)[0] if kind(layer.type) in PASSED_OVER]
    return list(dict.fromkeys(types))


def draw(summary: Summary) -> Figure:
    """Draw the layers that make maps and vectors, from left to right.

    Raises ModelError for a network of more boxes than a picture can show.
    """
    layers = [layer for layer in main_path(summary)[0] if kind(layer.type) not in PASSED_OVER]
    if len(layers) > MOST:
        raise ModelError(
            f"{summary.name} has {len(layers)} layers to draw as boxes; {MOST} can be told apart",
            hint="Draw it as cards: leave out --style boxes.",
        )
    rows = _rows(list(_solids(layers)))
    caption = _caption(summary, layers)
    words = max(text_width(text, LABEL) for text in caption)
    width = max(words + 2 * MARGIN, *(row.width for row in rows))
    height = sum(row.top - row.bottom for row in rows) + LINE * (len(caption) + 1)
    drawing = figure.new(width, height, layout=None)
    field = drawing.add_axes((0, 0, 1, 1))
    field.set(xlim=(0, width), ylim=(0, height))
    field.set_axis_off()
    at = height
    for number, row in enumerate(rows, 1):
        _row(field, row, middle=at - row.top)
        if number < len(rows):
            field.text(row.width - 0.1, at - row.top, "→", fontsize=13, color=GREY, ha="right")
        at -= row.top - row.bottom
    for line, text in enumerate(reversed(caption)):
        field.text(MARGIN, 0.1 + LINE * line, text, fontsize=LABEL, color="#4A4A4A")
    return drawing


def _caption(summary: Summary, layers: Sequence[Layer]) -> list[str]:
    """Return the lines that say what the sizes of boxes mean, and what is left out."""
    lines = [
        "Sides grow with the square roots of height, width and channels: 4 times, twice as long."
    ]
    if any(_is_flat(layer) for layer in layers):
        lines.append(
            "Vectors: the square root of their units, the most as tall as the largest map."
        )
    if main_path(summary)[1]:
        lines.append("Branches and shortcuts are not drawn.")
    if without := passed_over(summary):
        lines.append(f"Without {', '.join(without)}.")
    return lines


@dataclass(frozen=True)
class Row:
    """Boxes beside each other, and their middles; `top` and `bottom` count from the middle line."""

    solids: Sequence[Solid]
    places: Sequence[float]

    @property
    def width(self) -> float:
        last = self.solids[-1]
        return self.places[-1] + max(last.reach / 2, _half_label(last)) + MARGIN

    @property
    def top(self) -> float:
        return max(solid.rise for solid in self.solids) + 0.2

    @property
    def ground(self) -> float:
        """Where the words begin."""
        return -max(solid.rise for solid in self.solids) - 0.14

    @property
    def bottom(self) -> float:
        return self.ground - LINE * max(len(solid.lines) for solid in self.solids) - 0.1


def _rows(solids: Sequence[Solid]) -> list[Row]:
    """Part boxes into rows of about a page's width, all about as long."""
    places = _places(solids)
    length = max(1.0, places[-1] / math.ceil(places[-1] / PAGE))
    parts = itertools.groupby(
        zip(solids, places, strict=True), lambda both: min(both[1], places[-1] - 0.01) // length
    )
    rows = ([solid for solid, _ in part] for _, part in parts)
    return [Row(row, _places(row)) for row in rows]


def _row(field: Axes, row: Row, middle: float) -> None:
    for solid, x in zip(row.solids, row.places, strict=True):
        _solid(field, solid, x, middle)
        _words(field, solid, x, middle + row.ground)


def _solids(layers: Sequence[Layer]) -> Iterator[Solid]:
    sides = [size for layer in layers for size in _sides(layer)]
    channels = [_channels(layer) for layer in layers]
    side = SIDE / math.sqrt(max(sides, default=1))
    length = LONGEST / math.sqrt(max(channels, default=1))
    for layer, count in zip(layers, channels, strict=True):
        high, deep = _sides(layer)
        flat = _is_flat(layer)
        units = max(0.2, SIDE * math.sqrt(count / max(channels)))
        yield Solid(
            width=0.09 if flat else max(THINNEST, length * math.sqrt(count)),
            height=units if flat else max(0.09, side * math.sqrt(high)),
            depth=0.09 if flat else max(0.09, side * math.sqrt(deep)),
            kind=kind(layer.type),
            title=layer.type,
            text=brief(layer),
            shape=shape_label(layer),
        )


def _is_flat(layer: Layer) -> bool:
    return len(layer.output_shape) < 3


def _sides(layer: Layer) -> tuple[int, int]:
    """Return height and width of a map; 1 where there is none or it is not fixed."""
    sizes = [size or 1 for size in layer.output_shape[1:-1]]
    return (sizes[0], sizes[1] if len(sizes) > 1 else 1) if sizes else (1, 1)


def _channels(layer: Layer) -> int:
    return (layer.output_shape[-1] or 1) if len(layer.output_shape) > 1 else 1


def _half_label(solid: Solid) -> float:
    return max(text_width(text, LABEL, bold=not i) for i, text in enumerate(solid.lines)) / 2


def _places(solids: Sequence[Solid]) -> list[float]:
    """Return the middle of each box, far enough apart for boxes and for the words below them."""
    places = [MARGIN + max(solids[0].reach / 2, _half_label(solids[0]))]
    for left, right in itertools.pairwise(solids):
        boxes = (left.reach + right.reach) / 2 + GAP
        words = _half_label(left) + _half_label(right) + 0.16
        places.append(places[-1] + max(boxes, words))
    return places


def _solid(field: Axes, solid: Solid, middle: float, level: float) -> None:
    from matplotlib.patches import Polygon

    colour = BORDERS[solid.kind]
    right, up = solid.depth * SLANT[0], solid.depth * SLANT[1]
    x0, x1 = middle - solid.reach / 2, middle - solid.reach / 2 + solid.width
    y0, y1 = (level + side * solid.height / 2 - up / 2 for side in (-1, 1))
    front = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    top = [(x0, y1), (x1, y1), (x1 + right, y1 + up), (x0 + right, y1 + up)]
    side = [(x1, y0), (x1 + right, y0 + up), (x1 + right, y1 + up), (x1, y1)]
    for corners, share in ((front, 0.55), (top, 0.3), (side, 0.75)):
        field.add_patch(
            Polygon(
                corners,
                facecolor=tint(colour, share),
                edgecolor=shade(colour, 0.7),
                linewidth=0.6,
                joinstyle="round",
            )
        )


def _words(field: Axes, solid: Solid, x: float, ground: float) -> None:
    for index, text in enumerate(solid.lines):
        field.text(
            x,
            ground - LINE * index,
            text,
            fontsize=LABEL,
            weight="bold" if index == 0 else "normal",
            color="black" if index < 2 else "#4A4A4A",
            ha="center",
            va="top",
        )
