"""The columns of a drawing that is folded like the lines of a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True)
class Column:
    """Rows that stand together where a long drawing is folded, and how far they are moved."""

    rows: range
    b: float
    a: float
    after: float  # how far it reaches across the flow
    end: float  # where what leaves it turns, along the flow
    gutter: float  # where what comes from the column before passes, across the flow


@dataclass(frozen=True)
class Columns:
    """A level folded into columns; without any, it stands as it is."""

    columns: Sequence[Column]

    def of(self, rank: int) -> Column | None:
        return next((column for column in self.columns if rank in column.rows), None)

    def moved(self, rank: int, point: Point) -> Point:
        column = self.of(rank)
        return (point[0] + column.b, point[1] + column.a) if column else point
