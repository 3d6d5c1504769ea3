"""Where cards stand: ranks along the flow, orders with few crossings, straight arrows.

The layered drawing of Sugiyama, Tagawa and Toda ("Methods for visual understanding of
hierarchical system structures", 1981): longest-path ranks, placeholders for arrows that pass
ranks, orders by barycentres, then places as near to their neighbours' as the distances allow.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Edge = tuple[str, str]
SWEEPS = 24


@dataclass
class Placed:
    """For each card its rank and its place across the flow; for each edge its way."""

    rank: dict[str, int]
    across: dict[str, float]
    ways: dict[Edge, list[str]] = field(default_factory=dict)


def place(
    names: Sequence[str], edges: Sequence[Edge], width: Mapping[str, float], gap: float
) -> Placed:
    """Place cards of given widths (across the flow), at least `gap` apart."""
    forward = _without_cycles(names, edges)
    rank = _ranks(names, forward)
    ways, links = _placeholders(forward, rank)
    sizes = {name: width.get(name, gap) for name in rank}
    rows: list[list[str]] = [[] for _ in range(max(rank.values(), default=0) + 1)]
    for name in rank:
        rows[rank[name]].append(name)
    before, after = _neighbours(links)
    _order(rows, before, after)
    across = _places(rows, before, after, sizes, gap, set(names))
    return Placed(rank, across, ways)


def _without_cycles(names: Sequence[str], edges: Sequence[Edge]) -> list[Edge]:
    """Leave out edges that lead back: a shared layer may be called on its own result."""
    position = {name: index for index, name in enumerate(names)}
    return [edge for edge in dict.fromkeys(edges) if position[edge[0]] < position[edge[1]]]


def _ranks(names: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    entering: dict[str, list[str]] = {}
    for start, end in edges:
        entering.setdefault(end, []).append(start)
    rank: dict[str, int] = {}
    for name in names:  # in an order in which sources come first
        rank[name] = 1 + max((rank[source] for source in entering.get(name, ())), default=-1)
    for start, ends in _leaving(edges).items():
        if start not in entering:  # an input stands near its first use
            rank[start] = max(0, min(rank[end] for end in ends) - 1)
    return rank


def _leaving(edges: Sequence[Edge]) -> dict[str, list[str]]:
    leaving: dict[str, list[str]] = {}
    for start, end in edges:
        leaving.setdefault(start, []).append(end)
    return leaving


def _placeholders(
    edges: Sequence[Edge], rank: dict[str, int]
) -> tuple[dict[Edge, list[str]], list[Edge]]:
    ways: dict[Edge, list[str]] = {}
    links: list[Edge] = []
    for start, end in edges:
        way = [start]
        for between in range(rank[start] + 1, rank[end]):
            name = f"\0{start}\0{end}\0{between}"
            rank[name] = between
            way.append(name)
        way.append(end)
        ways[start, end] = way
        links += itertools.pairwise(way)
    return ways, links


Neighbours = dict[str, list[str]]


def _neighbours(links: Sequence[Edge]) -> tuple[Neighbours, Neighbours]:
    before: Neighbours = {}
    after: Neighbours = {}
    for start, end in links:
        after.setdefault(start, []).append(end)
        before.setdefault(end, []).append(start)
    return before, after


def _order(rows: list[list[str]], before: Neighbours, after: Neighbours) -> None:
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        fixed, moving = (rows, rows[1:]) if down else (rows[::-1], rows[::-1][1:])
        for above, row in zip(fixed, moving, strict=False):
            place_of = {name: index for index, name in enumerate(above)}
            near = before if down else after
            current = {name: float(index) for index, name in enumerate(row)}

            def middle(
                name: str,
                near: Neighbours = near,
                place_of: dict[str, int] = place_of,
                current: dict[str, float] = current,
            ) -> float:
                places = [place_of[other] for other in near.get(name, ()) if other in place_of]
                return sum(places) / len(places) if places else current[name]

            row.sort(key=middle)


def _places(
    rows: list[list[str]],
    before: Neighbours,
    after: Neighbours,
    width: Mapping[str, float],
    gap: float,
    real: set[str],
) -> dict[str, float]:
    across: dict[str, float] = {}
    for row in rows:
        at = 0.0
        for name in row:
            across[name] = at + width[name] / 2
            at += width[name] + gap
        middle = (at - gap) / 2
        for name in row:
            across[name] -= middle
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        near = before if down else after
        for row in rows if down else rows[::-1]:
            wanted = [_mean(near.get(name, ()), across, across[name]) for name in row]
            apart = [(width[a] + width[b]) / 2 + gap for a, b in itertools.pairwise(row)]
            weight = [1.0 if name in real else 3.0 for name in row]
            for name, at in zip(row, _spread(wanted, apart, weight), strict=True):
                across[name] = at
    return across


def _mean(names: Sequence[str], across: Mapping[str, float], otherwise: float) -> float:
    return sum(across[name] for name in names) / len(names) if names else otherwise


def _spread(
    wanted: Sequence[float], apart: Sequence[float], weight: Sequence[float]
) -> list[float]:
    """Return the places nearest to those wanted (least squares) that keep the distances.

    Isotonic regression by pooling adjacent violators, after taking the distances off.
    """
    offsets = [0.0]
    for distance in apart:
        offsets.append(offsets[-1] + distance)
    pools: list[tuple[float, float, int]] = []  # mean, weight, number of members
    for want, offset, mass in zip(wanted, offsets, weight, strict=True):
        pools.append((want - offset, mass, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, p, m), (b, q, n) = pools[-2:]
            pools[-2:] = [((a * p + b * q) / (p + q), p + q, m + n)]
    means = [mean for mean, _, members in pools for _ in range(members)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]
