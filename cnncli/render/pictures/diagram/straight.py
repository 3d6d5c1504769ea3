"""Places across the flow in which as many links as can be are straight.

A linear programme, as in Gansner, Koutsofios, North and Vo ("A technique for drawing directed
graphs", 1993): the distances that links go aside, weighted, are made least, while the items of a
row keep their order and their distances.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.render.pictures.diagram.layered import Layers, Link, Name, Placeholder

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What a unit of distance aside costs a link: on the longest path, in a chain, elsewhere, to or
# from one of many branches, and where a skip connection leaves, passes, and comes in.
SPINE, CHAIN, PLAIN, BRANCH = 16.0, 8.0, 4.0, 1.0
LEAVING, PASSING, COMING = 0.3, 8.0, 0.25
# An item of three branches and more stands in their middle; of two, where nothing speaks against.
MIDDLE, RATHER = 6.0, 0.2


@dataclass(frozen=True)
class Extent:
    """How far an item reaches across the flow, before and after its own place."""

    before: float
    after: float


class _Programme:
    """A sum of weighted absolute values of linear terms, and bounds between two variables."""

    def __init__(self, names: Sequence[Name]) -> None:
        self.index = {name: number for number, name in enumerate(names)}
        self.terms: list[tuple[dict[int, float], float, float]] = []
        self.apart: list[tuple[int, int, float]] = []

    def near_zero(self, factors: Mapping[Name, float], constant: float, weight: float) -> None:
        """Ask that the sum of factor x place, plus a constant, be near 0."""
        by_number = {self.index[name]: factor for name, factor in factors.items()}
        self.terms.append((by_number, constant, weight))

    def keep(self, left: Name, right: Name, distance: float) -> None:
        self.apart.append((self.index[left], self.index[right], distance))

    def solve(self) -> NDArray[Any]:
        from scipy.optimize import linprog
        from scipy.sparse import coo_array

        places = len(self.index)
        rows: list[int] = []
        columns: list[int] = []
        values: list[float] = []
        bounds: list[float] = []

        def at_most(factors: Mapping[int, float], bound: float) -> None:
            rows.extend([len(bounds)] * len(factors))
            columns.extend(factors.keys())
            values.extend(factors.values())
            bounds.append(bound)

        for number, (factors, constant, _) in enumerate(self.terms, places):
            at_most({**factors, number: -1.0}, -constant)
            at_most({**{key: -value for key, value in factors.items()}, number: -1.0}, constant)
        for left, right, distance in self.apart:
            at_most({left: 1.0, right: -1.0}, -distance)
        unknowns = places + len(self.terms)
        cost = [0.0] * places + [weight for _, _, weight in self.terms]
        free: list[tuple[float | None, float | None]] = [(None, None)] * places
        matrix = coo_array((values, (rows, columns)), shape=(len(bounds), unknowns))
        # The first place is 0: otherwise all could be moved together.
        limits = [(0.0, 0.0), *free[1:], *[(0.0, None)] * len(self.terms)]
        solved = linprog(cost, A_ub=matrix.tocsr(), b_ub=bounds, bounds=limits, method="highs")
        return solved.x[:places]


def across(
    layers: Layers,
    extents: Mapping[Name, Extent],
    offsets: Mapping[tuple[Name, str, bool], float],
    gap: float,
) -> dict[Name, float]:
    """Return the place of each item and placeholder across the flow.

    `offsets` tell, for (item, source, whether it enters), where beside its place a link meets it.
    """
    names = [name for row in layers.rows for name in row]
    if len(names) < 2:
        return dict.fromkeys(names, 0.0)
    programme = _Programme(names)
    none = Extent(0.0, 0.0)
    for row in layers.rows:
        for left, right in itertools.pairwise(row):
            reach = extents.get(left, none).after + extents.get(right, none).before
            programme.keep(left, right, reach + gap)
    weigh = _Weights(layers)
    place = {name: number for row in layers.rows for number, name in enumerate(row)}
    for side in (False, True):
        _centre(programme, weigh.branches[side], place, offsets, enters=side)
    for piece in layers.pieces:
        shift = offsets.get((piece.start, piece.source, False), 0.0)
        shift -= offsets.get((piece.end, piece.source, True), 0.0)
        programme.near_zero({piece.start: 1.0, piece.end: -1.0}, shift, weigh(piece))
    solution = programme.solve()
    return {name: float(solution[number]) for name, number in programme.index.items()}


class _Weights:
    """How much each link should be straight."""

    def __init__(self, layers: Layers) -> None:
        self.branches: tuple[dict[Name, list[Link]], dict[Name, list[Link]]] = ({}, {})
        for piece in layers.pieces:
            self.branches[False].setdefault(piece.start, []).append(piece)
            self.branches[True].setdefault(piece.end, []).append(piece)
        self.spine = set(self._longest_path(layers))

    def _longest_path(self, layers: Layers) -> Iterator[Link]:
        longest: dict[Name, int] = {}
        before: dict[Name, Link] = {}
        for name in itertools.chain.from_iterable(layers.rows):
            for piece in self.branches[True].get(name, ()):
                items = not (isinstance(name, Placeholder) or isinstance(piece.start, Placeholder))
                if items and longest.get(piece.start, 0) >= longest.get(name, 0):
                    longest[name], before[name] = longest.get(piece.start, 0) + 1, piece
        at = max(longest, key=lambda name: longest[name], default=None)
        while at in before:
            yield before[at]
            at = before[at].start

    def __call__(self, piece: Link) -> float:
        if isinstance(piece.start, Placeholder):
            return PASSING if isinstance(piece.end, Placeholder) else COMING
        if isinstance(piece.end, Placeholder):
            return LEAVING
        most = max(len(self.branches[False][piece.start]), len(self.branches[True][piece.end]))
        if most > 2:
            return BRANCH
        if piece in self.spine:
            return SPINE
        return CHAIN if most == 1 else PLAIN


def _centre(
    programme: _Programme,
    branches: Mapping[Name, Sequence[Link]],
    place: Mapping[Name, int],
    offsets: Mapping[tuple[Name, str, bool], float],
    *,
    enters: bool,
) -> None:
    """Ask that an item stand behind the middle one of its branches, or between the middle two."""
    for name, links in branches.items():
        others = {link.start if enters else link.end: link for link in links}
        if len(others) < 2 or isinstance(name, Placeholder):
            continue
        ordered = sorted(others, key=lambda other: place[other])
        middle = dict.fromkeys((ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]))
        shift = 0.0
        for other in middle:
            source = others[other].source
            shift += offsets.get((name, source, enters), 0.0)
            shift -= offsets.get((other, source, not enters), 0.0)
        factors = {name: 1.0, **dict.fromkeys(middle, -1.0 / len(middle))}
        weight = MIDDLE if len(others) > 2 else RATHER
        programme.near_zero(factors, shift / len(middle), weight)
