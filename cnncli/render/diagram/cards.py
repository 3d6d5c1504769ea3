"""A scene as a picture: cards, arrows that carry shapes, groups around what belongs together."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from cnncli.render import figure
from cnncli.render.diagram.colours import BORDERS, FILLS
from cnncli.render.diagram.layout import Placed, place
from cnncli.render.diagram.scene import Card, Scene

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# All measures in inches.
HEIGHT = 0.46
PADDING = 0.16
NARROWEST = 1.1
MARGIN = 0.3
GAP = 0.35
RANK_GAP = 0.42
GROUP_PADDING = 0.13
TITLE, TEXT, LABEL = 9.5, 8.0, 7.5  # points


@dataclass(frozen=True)
class Box:
    """The place of a card: its middle and its size."""

    x: float
    y: float
    width: float
    height: float


def draw(scene: Scene, horizontal: bool = False) -> Figure:
    """Draw a scene from top to bottom, or from left to right."""
    widths = {card.id: _width(card) for card in scene.cards}
    boxes, way_points = _boxes(scene, widths, horizontal)
    rims = _rims(scene, boxes, {} if horizontal else _label_reach(scene))
    everything = [*boxes.values(), *rims.values()]
    left = min(box.x - box.width / 2 for box in everything) - MARGIN
    right = (
        max(box.x + box.width / 2 for box in everything) + MARGIN + _label_room(scene, horizontal)
    )
    low = min(box.y - box.height / 2 for box in everything) - MARGIN
    high = max(box.y + box.height / 2 for box in everything) + MARGIN
    drawing = figure.new(right - left, high - low, layout=None)
    field = drawing.add_axes((0, 0, 1, 1))
    field.set(xlim=(left, right), ylim=(low, high))
    field.set_axis_off()
    for path in scene.groups:
        _group(field, path[-1], rims[path], horizontal)
    for arrow in scene.arrows:
        _arrow(field, way_points[arrow.start, arrow.end], horizontal)
    for start, label in dict.fromkeys((arrow.start, arrow.label) for arrow in scene.arrows):
        _label(field, label, boxes[start], horizontal)
    for card in scene.cards:
        _card(field, card, boxes[card.id])
    return drawing


@cache
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a line of text in inches."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    if not text.strip():
        return 0.0
    font = FontProperties(weight="bold" if bold else "normal")
    return float(TextPath((0, 0), text, size=size, prop=font).get_extents().width) / 72


def _width(card: Card) -> float:
    widest = max(text_width(card.title, TITLE, bold=True), text_width(card.text, TEXT))
    return max(NARROWEST, widest + 2 * PADDING)


def _label_room(scene: Scene, horizontal: bool) -> float:
    if horizontal:
        return 0.0
    return max((text_width(arrow.label, LABEL) / 2 for arrow in scene.arrows), default=0.0)


Points = list[tuple[float, float]]


def _boxes(
    scene: Scene, widths: dict[str, float], horizontal: bool
) -> tuple[dict[str, Box], dict[tuple[str, str], Points]]:
    names = [card.id for card in scene.cards]
    edges = [(arrow.start, arrow.end) for arrow in scene.arrows]
    gap = GAP + GROUP_PADDING * 2 * max((len(path) for path in scene.groups), default=0)
    across = dict.fromkeys(names, HEIGHT) if horizontal else widths
    placed = place(names, edges, across, gap)
    along = _along(scene, placed, widths, horizontal)

    def point(name: str) -> tuple[float, float]:
        a, b = along[placed.rank[name]], placed.across[name]
        return (a, -b) if horizontal else (b, -a)

    boxes = {name: Box(*point(name), widths[name], HEIGHT) for name in names}
    ways = {}
    for start, end in edges:
        way = placed.ways.get((start, end), [start, end])
        points = [point(name) for name in way]
        a, b = boxes[start], boxes[end]
        if horizontal:
            points[0], points[-1] = (a.x + a.width / 2, a.y), (b.x - b.width / 2, b.y)
        else:
            points[0], points[-1] = (a.x, a.y - a.height / 2), (b.x, b.y + b.height / 2)
        ways[start, end] = points
    return boxes, ways


def _along(scene: Scene, placed: Placed, widths: dict[str, float], horizontal: bool) -> list[float]:
    """Return the place of each rank along the flow."""
    ranks = max(placed.rank.values(), default=0) + 1
    thick = [0.0] * ranks
    for card in scene.cards:
        rank = placed.rank[card.id]
        thick[rank] = max(thick[rank], widths[card.id] if horizontal else HEIGHT)
    gaps = [RANK_GAP] * ranks
    depth = max((len(path) for path in scene.groups), default=0)
    if depth:
        gaps = [RANK_GAP + 2 * GROUP_PADDING * depth] * ranks
    if horizontal:
        for arrow in scene.arrows:
            rank = placed.rank[arrow.start]
            gaps[rank] = max(gaps[rank], text_width(arrow.label, LABEL) + 0.3)
    places, at = [], 0.0
    for rank in range(ranks):
        places.append(at + thick[rank] / 2)
        at += thick[rank] + gaps[rank]
    return places


def _label_reach(scene: Scene) -> dict[str, float]:
    """Return, for each card with arrows, how far its shape reaches to the right of its middle."""
    return {arrow.start: 0.12 + text_width(arrow.label, LABEL) for arrow in scene.arrows}


def _rims(
    scene: Scene, boxes: dict[str, Box], labels: dict[str, float]
) -> dict[tuple[str, ...], Box]:
    """Return the rim of each group, wide enough for the rims inside it and for its name."""
    deepest = max((len(path) for path in scene.groups), default=0)
    rims = {}
    for path in scene.groups:
        names = [card.id for card in scene.cards if card.group[: len(path)] == path]
        inside = [boxes[name] for name in names]
        room = GROUP_PADDING * (1 + deepest - len(path))
        left = min(box.x - box.width / 2 for box in inside) - room
        reach = [boxes[name].x + max(boxes[name].width / 2, labels.get(name, 0)) for name in names]
        right = max(reach) + room
        low = min(box.y - box.height / 2 for box in inside) - room
        high = max(box.y + box.height / 2 for box in inside) + room
        rims[path] = Box((left + right) / 2, (low + high) / 2, right - left, high - low)
    return rims


def _group(field: Axes, name: str, rim: Box, horizontal: bool) -> None:
    from matplotlib.patches import FancyBboxPatch

    left, low = rim.x - rim.width / 2, rim.y - rim.height / 2
    field.add_patch(
        FancyBboxPatch(
            (left, low),
            rim.width,
            rim.height,
            boxstyle="round,pad=0,rounding_size=0.09",
            facecolor="#00000009",
            edgecolor="#A8A8A8",
            linewidth=0.8,
            linestyle=(0, (4, 3)),
        )
    )
    if horizontal:
        x, y, turn, vertical = left, rim.y + rim.height / 2 + 0.03, 0, "bottom"
    else:
        x, y, turn, vertical = left - 0.16, rim.y, 90, "center"
    field.text(x, y, name, fontsize=LABEL, color="#4A4A4A", va=vertical, rotation=turn)


def _card(field: Axes, card: Card, box: Box) -> None:
    from matplotlib.patches import FancyBboxPatch

    field.add_patch(
        FancyBboxPatch(
            (box.x - box.width / 2, box.y - box.height / 2),
            box.width,
            box.height,
            boxstyle="round,pad=0,rounding_size=0.07",
            facecolor=FILLS[card.kind],
            edgecolor=BORDERS[card.kind],
            linewidth=1.1,
        )
    )
    shift = 0.09 if card.text else 0.0
    field.text(
        box.x, box.y + shift, card.title, fontsize=TITLE, weight="bold", ha="center", va="center"
    )
    if card.text:
        field.text(box.x, box.y - 0.105, card.text, fontsize=TEXT, ha="center", va="center")


def _arrow(field: Axes, points: Points, horizontal: bool) -> None:
    from matplotlib.patches import FancyArrowPatch, PathPatch
    from matplotlib.path import Path

    *_most, last = points
    vertices, codes = [points[0]], [Path.MOVETO]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        middle = ((x0 + x1) / 2, (y0 + y1) / 2)
        bends = (
            [(middle[0], y0), (middle[0], y1)] if horizontal else [(x0, middle[1]), (x1, middle[1])]
        )
        vertices += [*bends, (x1, y1)]
        codes += [Path.CURVE4] * 3
    field.add_patch(
        PathPatch(Path(vertices, codes), facecolor="none", edgecolor="#6B6B6B", linewidth=1.0)
    )
    back = (last[0] - 0.06, last[1]) if horizontal else (last[0], last[1] + 0.06)
    field.add_patch(
        FancyArrowPatch(
            back,
            last,
            arrowstyle="-|>",
            mutation_scale=8,
            shrinkA=0,
            shrinkB=0,
            color="#6B6B6B",
            linewidth=0,
        )
    )


def _label(field: Axes, text: str, box: Box, horizontal: bool) -> None:
    """Write the shape where the arrows of a card begin; once, however many there are."""
    if horizontal:
        x, y, vertical = box.x + box.width / 2 + 0.08, box.y + 0.09, "bottom"
    else:
        x, y, vertical = box.x + 0.07, box.y - box.height / 2 - 0.17, "center"
    patch = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.6}
    field.text(x, y, text, fontsize=LABEL, color="#4A4A4A", ha="left", va=vertical, bbox=patch)
