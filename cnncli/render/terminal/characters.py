"""Curves drawn in characters: each one holds 2 x 4 dots (Unicode's braille patterns)."""

from __future__ import annotations

import math
from collections.abc import Iterable

# The bit of each dot in U+2800, by row and column.
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


class Canvas:
    """A rectangle of `width` x `height` characters over a range of x and y.

    Dots outside the range are left out.
    """

    def __init__(
        self, width: int, height: int, x_range: tuple[float, float], y_range: tuple[float, float]
    ) -> None:
        self.width, self.height = width, height
        self._x, self._y = x_range, y_range
        self._bits = [[0] * width for _ in range(height)]

    def draw(self, x: Iterable[float], y: Iterable[float]) -> None:
        """Set the dots of a line through points; a NaN parts it."""
        before: tuple[float, float] | None = None
        for point_x, point_y in zip(x, y, strict=True):
            if not math.isfinite(point_y):
                before = None
                continue
            here = self._place(point_x, point_y)
            self._line(before or here, here)
            before = here

    def rows(self) -> list[str]:
        """Return the lines of characters, a blank where no dot is set."""
        return ["".join(chr(0x2800 + bits) if bits else " " for bits in row) for row in self._bits]

    def row_of(self, y: float) -> int:
        """Return the index of the character row in which `y` lies."""
        return round(self._place(self._x[0], y)[1]) // 4

    def _place(self, x: float, y: float) -> tuple[float, float]:
        (left, right), (low, high) = self._x, self._y
        across = (x - left) / (right - left) * (2 * self.width - 1)
        down = (high - y) / (high - low) * (4 * self.height - 1)
        # A line that leaves far beyond the edge must not be followed dot by dot.
        return across, min(max(down, -2.0), 4.0 * self.height + 1)

    def _line(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        steps = max(1, math.ceil(max(abs(end[0] - start[0]), abs(end[1] - start[1]))))
        for step in range(steps + 1):
            part = step / steps
            self._dot(
                round(start[0] + (end[0] - start[0]) * part),
                round(start[1] + (end[1] - start[1]) * part),
            )

    def _dot(self, across: int, down: int) -> None:
        if 0 <= across < 2 * self.width and 0 <= down < 4 * self.height:
            self._bits[down // 4][across // 2] |= _DOTS[down % 4][across % 2]
