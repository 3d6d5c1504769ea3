"""Where everything in a drawing of cards stands. Inches: `b` across the flow, `a` along it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cnncli.render.pictures.diagram.columns import Point
from cnncli.render.pictures.diagram.folding import fold
from cnncli.render.pictures.diagram.layered import Link
from cnncli.render.pictures.diagram.level import Arranger, Level, Path, Port, Size, Title, child
from cnncli.render.pictures.diagram.scene import Arrow, Card, Scene

BESIDE = 0.07  # how far from a rim a line passes
ABOVE = 0.2  # how far above its first arrow a line turns into a column


@dataclass(frozen=True)
class Rectangle:
    """A place: its middle, and its extents across and along the flow."""

    b: float
    a: float
    breadth: float
    length: float


@dataclass(frozen=True)
class Arrangement:
    """The places of cards and rims, and the ways of the arrows."""

    cards: dict[str, Rectangle]
    rims: dict[Path, Rectangle]
    ways: dict[tuple[str, str], list[Point]]


def arrange(
    scene: Scene, sizes: Mapping[str, Size], titles: Mapping[Path, Title], page: float
) -> Arrangement:
    """Give everything in a scene its place; what is much longer than `page` is folded."""
    hops: dict[Path, dict[Link, None]] = {}
    by_id = {card.id: card for card in scene.cards}
    for arrow in scene.arrows:
        for path, link in _hops(arrow, by_id):
            hops.setdefault(path, {})[link] = None
    whole = Arranger(scene, sizes, titles, {p: list(links) for p, links in hops.items()}).level(())
    whole.columns = fold(whole, page)
    places = Arrangement({}, {}, {})
    origins: dict[Path, tuple[Level, Point]] = {}
    _settle(whole, (0.0, 0.0), places, origins)
    for arrow in scene.arrows:
        places.ways[arrow.start, arrow.end] = _points(arrow, by_id, origins)
    return places


def _hops(arrow: Arrow, cards: Mapping[str, Card]) -> Iterator[tuple[Path, Link]]:
    """Yield the links of an arrow, group by group: out of its own, across, into the other."""
    start, end = cards[arrow.start], cards[arrow.end]
    common = 0
    for one, other in zip(start.group, end.group, strict=False):
        if one != other:
            break
        common += 1
    out, into = Port("out", arrow.start), Port("in", arrow.start)
    for depth in range(len(start.group), common, -1):
        yield start.group[:depth], Link(child(start, depth), out, arrow.start)
    across = Link(child(start, common), child(end, common), arrow.start)
    yield start.group[:common], across
    for depth in range(common + 1, len(end.group) + 1):
        yield end.group[:depth], Link(into, child(end, depth), arrow.start)


def _settle(
    level: Level, origin: Point, places: Arrangement, origins: dict[Path, tuple[Level, Point]]
) -> None:
    """Turn the places of a level, and of those inside it, into places in the drawing."""
    origins[level.path] = level, origin
    for name, size in level.sizes.items():
        if isinstance(name, Port):
            continue
        place = level.columns.moved(level.layers.rank[name], (level.b[name], level.begin(name)))
        b, begin = origin[0] + place[0], origin[1] + place[1]
        if isinstance(name, str):
            middle = begin + size.length / 2
            places.cards[name] = Rectangle(b, middle, 2 * size.before, size.length)
            continue
        inner = level.inner[name]
        places.rims[inner.path] = Rectangle(
            b + (inner.after - inner.before) / 2,
            begin + inner.length / 2,
            inner.before + inner.after,
            inner.length,
        )
        _settle(inner, (b, begin), places, origins)


def _points(
    arrow: Arrow, cards: Mapping[str, Card], origins: Mapping[Path, tuple[Level, Point]]
) -> list[Point]:
    points: list[Point] = []
    for path, link in _hops(arrow, cards):
        level, (b, a) = origins[path]
        points += [(b + x, a + y) for x, y in _through(level, link)]
    return [point for index, point in enumerate(points) if index == 0 or point != points[index - 1]]


def _through(level: Level, link: Link) -> Iterator[Point]:
    """Yield the way of a link through its level and, where that is folded, its columns."""
    previous, at = None, (0.0, 0.0)
    for rank, point in _way_through(level, link):
        column = level.columns.of(rank)
        point = level.columns.moved(rank, point)
        if column and previous and column.rows.start == previous.rows.stop:
            # Below the column, up beside it, and in again at the top.
            turn = previous.end
            entry = at[0] - previous.b + column.b
            begin = column.a + level.bends[column.rows.start - 1]
            top = begin - ABOVE
            yield from ((at[0], turn), (column.gutter, turn), (column.gutter, top), (entry, top))
            yield entry, begin
        yield point
        previous, at = column, point


def _way_through(level: Level, link: Link) -> Iterator[tuple[int, Point]]:
    """Yield the way of a link, each point with its row: straight in rows, aside between them."""
    way = level.layers.ways.get(link)
    if way is None:
        yield from _way_back(level, link)
        return
    rank = level.layers.rank[link.start]
    start = level.meets(link.start, link.source, enters=False)
    yield rank, (start, level.end(link.start))
    yield rank, (start, level.bends[rank])
    for name in way[1:-1]:
        rank = level.layers.rank[name]
        yield rank, (level.b[name], level.tops[rank])
        yield rank, (level.b[name], level.bends[rank])
    rank = level.layers.rank[link.end]
    end = level.meets(link.end, link.source, enters=True)
    yield rank, (end, level.tops[rank])
    yield rank, (end, level.begin(link.end))


def _way_back(level: Level, link: Link) -> Iterator[tuple[int, Point]]:
    """Yield the way of a link to an item before it (a shared layer), beside all there is."""
    start = level.meets(link.start, link.source, enters=False)
    end = level.meets(link.end, link.source, enters=True)
    below, above = level.layers.rank[link.start], level.layers.rank[link.end]
    turn, top = level.bends[below], level.tops[above] - ABOVE / 2
    column = level.columns.of(below)
    after = column.after if column else level.after
    side = after - BESIDE if level.path else after + BESIDE
    yield below, (start, level.end(link.start))
    yield from ((below, point) for point in ((start, turn), (side, turn)))
    yield from ((above, point) for point in ((side, top), (end, top)))
    yield above, (end, level.begin(link.end))
