"""Layers of a drawing: ranks along the flow, and an order in each with few crossings.

The first steps of Sugiyama, Tagawa and Toda ("Methods for visual understanding of hierarchical
system structures", 1981): longest-path ranks, placeholders where a link passes ranks, orders by
barycentres.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

Name = Hashable
SWEEPS = 24


@dataclass(frozen=True)
class Link:
    """What flows from one item to another; `source` is the card that it comes from."""

    start: Name
    end: Name
    source: str


@dataclass(frozen=True)
class Placeholder:
    """Where the links of a source pass a rank; links from one item share it."""

    start: Name
    source: str
    rank: int


@dataclass(frozen=True)
class Layers:
    """The rows of items, the way of each link, and its pieces, each from one row to the next.

    `back` are the links that lead against the flow, which have no way.
    """

    rank: dict[Name, int]
    rows: list[list[Name]]
    ways: dict[Link, list[Name]]
    pieces: list[Link]
    back: list[Link]


def layers(
    names: Sequence[Name], links: Sequence[Link], *, first: set[Name], last: set[Name]
) -> Layers:
    """Arrange items in rows; `first` and `last` stand in rows of their own at the two ends.

    `names` come in an order in which what flows comes first.
    """
    place = {name: index for index, name in enumerate(names)}
    forward = [link for link in links if place[link.start] < place[link.end]]
    rank = _ranks(names, forward, first, last)
    ways, pieces = _ways(forward, rank)
    rows: list[list[Name]] = [[] for _ in range(max(rank.values(), default=0) + 1)]
    for name in rank:
        rows[rank[name]].append(name)
    _order(rows, pieces, first)
    back = [link for link in links if link not in ways]
    return Layers(rank, rows, ways, pieces, back)


def _ranks(
    names: Sequence[Name], links: Sequence[Link], first: set[Name], last: set[Name]
) -> dict[Name, int]:
    entering: dict[Name, list[Name]] = {}
    leaving: dict[Name, list[Name]] = {}
    for link in links:
        entering.setdefault(link.end, []).append(link.start)
        leaving.setdefault(link.start, []).append(link.end)
    earliest = 1 if first else 0
    rank: dict[Name, int] = {}
    for name in names:
        after = (rank[source] + 1 for source in entering.get(name, ()))
        rank[name] = 0 if name in first else max(after, default=earliest)
    for name in names:
        if name not in first and name not in entering and name in leaving:
            # An input stands near its first use.
            rank[name] = max(rank[name], min(rank[end] for end in leaving[name]) - 1)
    end = max((rank[name] for name in names if name not in last), default=-1) + 1
    rank.update(dict.fromkeys((name for name in names if name in last), end))
    return rank


def _ways(
    links: Sequence[Link], rank: dict[Name, int]
) -> tuple[dict[Link, list[Name]], list[Link]]:
    """Return the way of each link through the ranks, and all its pieces; adds placeholders."""
    ways: dict[Link, list[Name]] = {}
    pieces: dict[Link, None] = {}
    for link in links:
        between = range(rank[link.start] + 1, rank[link.end])
        holders = [Placeholder(link.start, link.source, number) for number in between]
        rank.update({holder: holder.rank for holder in holders})
        ways[link] = [link.start, *holders, link.end]
        pairs = itertools.pairwise(ways[link])
        pieces.update(dict.fromkeys(Link(a, b, link.source) for a, b in pairs))
    return ways, list(pieces)


Neighbours = dict[Name, list[Name]]


def _order(rows: list[list[Name]], pieces: Sequence[Link], fixed: set[Name]) -> None:
    """Sort each row, down and up again, by the mean place of the neighbours."""
    before: Neighbours = {}
    after: Neighbours = {}
    for piece in pieces:
        after.setdefault(piece.start, []).append(piece.end)
        before.setdefault(piece.end, []).append(piece.start)
    best, fewest = [list(row) for row in rows], _crossings(rows, after)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        near, passed = (before, rows) if sweep % 2 == 0 else (after, rows[::-1])
        for neighbours, row in itertools.pairwise(passed):
            if not fixed.intersection(row):
                _sort(row, near, neighbours)
        crossings = _crossings(rows, after)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    rows[:] = best


def _sort(row: list[Name], near: Neighbours, neighbours: Sequence[Name]) -> None:
    place = {name: index for index, name in enumerate(neighbours)}

    def middle(index: int, name: Name) -> float:
        places = [place[other] for other in near.get(name, ()) if other in place]
        return sum(places) / len(places) if places else index

    middles = {name: middle(index, name) for index, name in enumerate(row)}
    row.sort(key=lambda name: middles[name])


def _crossings(rows: Sequence[Sequence[Name]], after: Neighbours) -> int:
    count = 0
    for row, below in itertools.pairwise(rows):
        place = {name: index for index, name in enumerate(below)}
        ends = [sorted(place[end] for end in after.get(name, ())) for name in row]
        for left, right in itertools.combinations([e for e in ends if e], 2):
            if left[-1] > right[0]:
                count += sum(a > b for a in left for b in right)
    return count
