"""A scene as a picture: cards, arrows that carry shapes, groups around what belongs together."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from cnncli.render.pictures import figure
from cnncli.render.pictures.diagram.colours import BORDERS, FILLS
from cnncli.render.pictures.diagram.layout import Rectangle, arrange
from cnncli.render.pictures.diagram.level import Size, Title
from cnncli.render.pictures.diagram.scene import Card, Scene, group_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# All measures in inches.
HEIGHT = 0.46
PADDING = 0.16
NARROWEST = 1.1
MARGIN = 0.2
HIGH, WIDE = 9.5, 13.0  # what a page and a slide hold: longer drawings are folded
STUB = 0.24  # the straight way behind a card that its label stands beside
TITLE, TEXT, LABEL = 9.5, 8.0, 7.5  # points
LINE = "#6B6B6B"
ROUND = 0.08
HEAD = 0.085  # the length of an arrow's head


@dataclass(frozen=True)
class Box:
    """A place on the page: its middle and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        return self.y - self.height / 2

    @property
    def top(self) -> float:
        return self.y + self.height / 2


Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Places:
    """Where the cards, the rims of the groups and the arrows stand on the page."""

    boxes: dict[str, Box]
    rims: dict[tuple[str, ...], Box]
    ways: dict[tuple[str, str], Points]


def places(scene: Scene, horizontal: bool = False) -> Places:
    """Give everything in a scene its place on the page."""
    labels = _labels(scene)
    sizes = {card.id: _size(card, labels.get(card.id, ""), horizontal) for card in scene.cards}
    titles = {path: _title(path, horizontal) for path in scene.groups}
    placed = arrange(scene, sizes, titles, WIDE if horizontal else HIGH)
    return Places(
        {name: _box(place, horizontal) for name, place in placed.cards.items()},
        {path: _box(place, horizontal) for path, place in placed.rims.items()},
        {ends: [_point(*p, horizontal) for p in way] for ends, way in placed.ways.items()},
    )


def draw(scene: Scene, horizontal: bool = False) -> Figure:
    """Draw a scene from top to bottom, or from left to right."""
    labels = _labels(scene)
    placed = places(scene, horizontal)
    drawing, field = _page(placed, {} if horizontal else labels)
    for path in scene.groups:
        _group(field, path, placed.rims[path])
    drawn: set[tuple[Point, Point]] = set()
    for way in placed.ways.values():
        pieces = list(itertools.pairwise(way))
        # What leaves a card is one line, until its arrows part.
        shared = sum(1 for _ in itertools.takewhile(drawn.__contains__, pieces))
        _arrow(field, way[shared:], horizontal)
        drawn.update(pieces)
    for start, label in labels.items():
        _label(field, label, placed.boxes[start], horizontal)
    for card in scene.cards:
        _card(field, card, placed.boxes[card.id])
    return drawing


def _labels(scene: Scene) -> dict[str, str]:
    """Return the shape that leaves each card; it is written once, however many arrows there are."""
    return {arrow.start: arrow.label for arrow in scene.arrows}


def _point(b: float, a: float, horizontal: bool) -> tuple[float, float]:
    return (a, -b) if horizontal else (b, -a)


def _box(place: Rectangle, horizontal: bool) -> Box:
    x, y = _point(place.b, place.a, horizontal)
    if horizontal:
        return Box(x, y, place.length, place.breadth)
    return Box(x, y, place.breadth, place.length)


def _page(placed: Places, labels: dict[str, str]) -> tuple[Figure, Axes]:
    """Return a page that holds everything, and what is drawn on, in inches."""
    rectangles = [*placed.boxes.values(), *placed.rims.values()]
    points = [point for way in placed.ways.values() for point in way]
    ends = [placed.boxes[start].x + _reach(label) for start, label in labels.items()]
    xs = [*(x for box in rectangles for x in (box.left, box.right)), *(x for x, _ in points), *ends]
    ys = [*(y for box in rectangles for y in (box.bottom, box.top)), *(y for _, y in points)]
    left, right = min(xs) - MARGIN, max(xs) + MARGIN
    low, high = min(ys) - MARGIN, max(ys) + MARGIN
    drawing = figure.new(right - left, high - low, layout=None)
    field = drawing.add_axes((0, 0, 1, 1))
    field.set(xlim=(left, right), ylim=(low, high))
    field.set_axis_off()
    return drawing, field


@cache
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a line of text in inches."""
    import matplotlib
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    if not text.strip():
        return 0.0
    font = FontProperties(weight="bold" if bold else "normal")
    with matplotlib.rc_context({"text.parse_math": False}):
        path = TextPath((0, 0), text, size=size, prop=font)
    return float(path.get_extents().width) / 72


def _size(card: Card, label: str, horizontal: bool) -> Size:
    widest = max(text_width(card.title, TITLE, bold=True), text_width(card.text, TEXT))
    width = max(NARROWEST, widest + 2 * PADDING)
    if horizontal:
        room = text_width(label, LABEL) + 0.16 if label else 0.0
        return Size(HEIGHT / 2, HEIGHT / 2, width, room)
    return Size(width / 2, max(width / 2, _reach(label)), HEIGHT, STUB if label else 0.0)


def _reach(label: str) -> float:
    """Return how far a label reaches beside the arrow that it stands at."""
    return 0.12 + text_width(label, LABEL) if label else 0.0


def _title(path: tuple[str, ...], horizontal: bool) -> Title:
    width = text_width(group_name(path), LABEL) + 0.2
    if horizontal:
        return Title(before=0.0, length=width, beside=0.17, strip=0.06)
    return Title(before=width, length=0.0, beside=0.0, strip=0.2)


def _group(field: Axes, path: tuple[str, ...], rim: Box) -> None:
    from matplotlib.patches import FancyBboxPatch

    field.add_patch(
        FancyBboxPatch(
            (rim.left, rim.bottom),
            rim.width,
            rim.height,
            boxstyle="round,pad=0,rounding_size=0.09",
            facecolor="#00000009",
            edgecolor="#A8A8A8",
            linewidth=0.8,
            linestyle=(0, (4, 3)),
        )
    )
    field.text(
        rim.left + 0.08,
        rim.top - 0.07,
        group_name(path),
        fontsize=LABEL,
        color="#4A4A4A",
        style="italic",
        va="top",
    )


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
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    vertices, codes = [points[0]], [Path.MOVETO]
    for index, (before, here) in enumerate(itertools.pairwise(points), 1):
        if not _straight(before, here):
            last = index + 1 == len(points)
            end = _before_head(here, horizontal) if last else here
            vertices += [*_bend(before, end, horizontal), end]
            codes += [Path.CURVE4] * 3
        elif index + 1 < len(points) and _corner(before, here, points[index + 1]):
            ends = _towards(here, before), _towards(here, points[index + 1])
            vertices += [ends[0], here, ends[1]]
            codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
        else:
            vertices.append(here)
            codes.append(Path.LINETO)
    field.add_patch(
        PathPatch(Path(vertices, codes), facecolor="none", edgecolor=LINE, linewidth=1.0)
    )
    _head(field, points[-1], horizontal)


Point = tuple[float, float]


def _straight(one: Point, other: Point) -> bool:
    return min(abs(one[0] - other[0]), abs(one[1] - other[1])) < 0.005


def _corner(before: Point, here: Point, behind: Point) -> bool:
    """Whether two straight lines meet at a right angle."""
    aside = [abs(before[axis] - behind[axis]) for axis in (0, 1)]
    return _straight(here, behind) and min(aside) > 2 * ROUND


def _towards(here: Point, there: Point) -> Point:
    """Return the point where a rounded corner at `here` begins."""
    far = abs(there[0] - here[0]) + abs(there[1] - here[1])
    share = min(ROUND, far / 2) / far
    return here[0] + (there[0] - here[0]) * share, here[1] + (there[1] - here[1]) * share


def _before_head(tip: Point, horizontal: bool) -> Point:
    return (tip[0] - HEAD, tip[1]) if horizontal else (tip[0], tip[1] + HEAD)


def _bend(one: Point, other: Point, horizontal: bool) -> list[Point]:
    (x0, y0), (x1, y1) = one, other
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return [(x, y0), (x, y1)] if horizontal else [(x0, y), (x1, y)]


def _head(field: Axes, tip: tuple[float, float], horizontal: bool) -> None:
    from matplotlib.patches import Polygon

    x, y = tip
    half = 0.038
    if horizontal:
        corners = [(x, y), (x - HEAD, y + half), (x - HEAD, y - half)]
    else:
        corners = [(x, y), (x - half, y + HEAD), (x + half, y + HEAD)]
    field.add_patch(Polygon(corners, facecolor=LINE, edgecolor="none"))


def _label(field: Axes, text: str, box: Box, horizontal: bool) -> None:
    """Write the shape where the arrows of a card begin; once, however many there are."""
    if horizontal:
        x, y, vertical = box.right + 0.06, box.y + 0.05, "bottom"
    else:
        x, y, vertical = box.x + 0.07, box.bottom - 0.13, "center"
    field.text(x, y, text, fontsize=LABEL, color="#4A4A4A", ha="left", va=vertical)
