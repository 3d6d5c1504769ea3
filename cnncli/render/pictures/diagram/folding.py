"""A drawing that is longer than a page, folded into columns like the lines of a text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from cnncli.render.pictures.diagram.columns import Column, Columns
from cnncli.render.pictures.diagram.level import Level

TURN, GUTTER = 0.25, 0.22  # below a column, and beside it
RATIO = 1.3  # a drawing of many pages becomes so much longer than broad
TOLERANCE = 1.2  # of the page, before anything is folded
WORTH = 0.75  # of the length that may be left, or folding it is not worth while


def fold(level: Level, page: float) -> Columns:
    """Return columns of about `page` inches; none where the level fits or cannot be parted."""
    breadth = level.before + level.after
    limit = max(page, math.sqrt(level.length * breadth * RATIO))
    if level.length <= TOLERANCE * limit:
        return Columns(())
    count = math.ceil(level.length / limit)
    cuts = _cuts(level)
    height = level.length / count
    parts = list(_parts(level, cuts, height))
    while len(parts) > count and height < level.length:
        height *= 1.03
        parts = list(_parts(level, cuts, height))
    if max(_height(level, rows) for rows in parts) > WORTH * level.length:
        return Columns(())
    return _columns(level, parts)


def _height(level: Level, rows: range) -> float:
    return level.bends[rows.stop - 1] - level.tops[rows.start]


def _cuts(level: Level) -> list[bool]:
    """Return, for each row, whether all that passes its end is one line, which can be led on."""
    leaving: list[set[object]] = [set() for _ in level.layers.rows]
    for piece in level.layers.pieces:
        leaving[level.layers.rank[piece.start]].add((piece.start, piece.source))
    rank = level.layers.rank
    for link in level.layers.back:
        for row in range(rank[link.end], rank[link.start]):
            leaving[row].add(link)
    return [len(starts) == 1 for starts in leaving]


def _parts(level: Level, cuts: Sequence[bool], height: float) -> Iterator[range]:
    """Yield as many rows at a time as `height` holds, parted where it may be."""
    start, possible = 0, None
    for row, bottom in enumerate(level.bends):
        if possible is not None and bottom - level.tops[start] > height:
            yield range(start, possible + 1)
            start, possible = possible + 1, None
        if cuts[row]:
            possible = row
    yield range(start, len(level.bends))


def _columns(level: Level, parts: Sequence[range]) -> Columns:
    columns: list[Column] = []
    edge = 0.0
    for rows in parts:
        items = [name for row in rows for name in level.layers.rows[row]]
        before = max(level.reach(name)[0] - level.b[name] for name in items)
        after = max(level.reach(name)[1] + level.b[name] for name in items)
        gutter = edge + GUTTER
        moved = gutter + GUTTER + before if columns else 0.0
        end = _height(level, rows) + TURN
        columns.append(Column(rows, moved, -level.tops[rows.start], after, end, gutter))
        edge = moved + after
    return Columns(tuple(columns))
