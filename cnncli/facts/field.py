"""The field of one feature map: what each of its positions reaches of an input.

For each spatial axis, the first and the last input position that output position i reaches are
kept as functions of i. With strides alone they are straight lines; behind an upsampling or a
transposed convolution they repeat with a period, so a function is kept as its values over one
period and its advance per period.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal


@dataclass(frozen=True)
class Axis:
    """First and last input position for each output position of one period."""

    first: tuple[int, ...]
    last: tuple[int, ...]
    advance: int

    @property
    def size(self) -> int:
        """The largest number of input positions that one output position reaches."""
        first, last = self.widest
        return last - first + 1

    @property
    def widest(self) -> tuple[int, int]:
        """The first and the last input position that the output position with most of them sees."""
        both = zip(self.first, self.last, strict=True)
        return max(both, key=lambda edges: edges[1] - edges[0])

    @property
    def stride(self) -> Fraction:
        """Input positions from one output position to the next, in the mean."""
        return Fraction(self.advance, len(self.first))

    def reaches(self, start: int, end: int) -> tuple[int, int]:
        """Return the first and the last input position that positions `start` to `end` reach."""
        turns, place = divmod(start, len(self.first))
        end_turns, end_place = divmod(end, len(self.first))
        return (
            self.first[place] + turns * self.advance,
            self.last[end_place] + end_turns * self.advance,
        )

    def through(self, period: int, step: int, window: Callable[[int], tuple[int, int]]) -> Axis:
        """Return the axis behind a layer whose output i sees the inputs `window(i)`.

        The windows of i and of i + period lie `step` apart.
        """
        whole = len(self.first) // math.gcd(len(self.first), step)
        edges = [self.reaches(*window(i)) for i in range(period * whole)]
        advance = self.advance * step * whole // len(self.first)
        return Axis(tuple(e[0] for e in edges), tuple(e[1] for e in edges), advance)


@dataclass(frozen=True)
class Field:
    """What each position of a feature map reaches of one input, axis by axis."""

    source: int
    axes: tuple[Axis, ...]

    @property
    def size(self) -> tuple[int, ...]:
        return tuple(axis.size for axis in self.axes)

    @property
    def stride(self) -> tuple[Fraction, ...]:
        return tuple(axis.stride for axis in self.axes)


# "whole": every unit reaches the whole input. "unknown": no rule, or several inputs met.
State = Field | Literal["whole", "unknown"]
START = Axis((0,), (0,), 1)


def union(one: Axis, other: Axis) -> Axis | None:
    """Return the axis that reaches what either reaches; None where their strides differ."""
    if one.stride != other.stride:
        return None
    period = math.lcm(len(one.first), len(other.first))
    edges = [(one.reaches(i, i), other.reaches(i, i)) for i in range(period)]
    return Axis(
        tuple(min(a[0], b[0]) for a, b in edges),
        tuple(max(a[1], b[1]) for a, b in edges),
        int(one.stride * period),
    )
