"""Which rows of feature maps stand on which page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli.render.pictures.shades import Shades

if TYPE_CHECKING:
    import numpy as np

# All lengths are in pixels.
TILE, GAP, LABEL, HEADING, MARGIN = 128, 8, 18, 56, 20
ACROSS = 8
WIDTH = 2 * MARGIN + ACROSS * TILE + (ACROSS - 1) * GAP
PAGE = 1_584  # the height of a page, in the proportions of A4
TOP = MARGIN + HEADING  # the title and what the colours mean
STRIP = 24  # the height of a row of a vector
CELLS = 64  # values of a vector in one row
FEW = 16  # values of a vector that are written in numbers too
MOST_PAGES = 30  # where nobody says how many maps are wanted


@dataclass(frozen=True)
class Section:
    """One layer: its heading, and its output for the image.

    `values` is height x width x channels, a matrix, or a vector; `dead` are the channels that
    are zero everywhere. `is_picture` draws it as the image that it is, in uint8. `labels` are
    what the units of a vector stand for.
    """

    name: str
    type: str
    values: np.ndarray
    limits: tuple[float, float]
    dead: frozenset[int] = frozenset()
    is_picture: bool = False
    labels: Sequence[str] = ()

    @property
    def drawn(self) -> np.ndarray:
        """The values as they are drawn: maps of one pixel each are a vector."""
        if self.values.shape[:2] == (1, 1) and not self.is_picture:
            return self.values.reshape(-1)
        return self.values

    @property
    def is_vector(self) -> bool:
        return self.drawn.ndim == 1

    @property
    def count(self) -> int:
        """How many maps it has; a vector has none."""
        if self.is_vector:
            return 0
        is_one = self.is_picture or self.values.ndim == 2
        return 1 if is_one else int(self.values.shape[2])

    @property
    def shades(self) -> Shades:
        return Shades(*self.limits)

    @property
    def tile(self) -> tuple[int, int]:
        """Height and width of a map as it is drawn: its longer side fills TILE."""
        height, width = self.values.shape[:2]
        factor = TILE / max(height, width)
        return max(1, round(height * factor)), max(1, round(width * factor))

    @property
    def row(self) -> int:
        """The height of a row of maps, or of cells."""
        return STRIP if self.is_vector else self.tile[0] + LABEL + GAP

    @property
    def words(self) -> int:
        """The height of what is written below the cells of a short vector."""
        if not self.is_vector or self.drawn.shape[0] > FEW:
            return 0
        return LABEL + (LABEL if self.labels else 0)

    def rows(self, maps: int) -> int:
        """Return how many rows at most `maps` maps take, or the cells of a vector."""
        if self.is_vector:
            return -(-int(self.drawn.shape[0]) // CELLS)
        return -(-min(self.count, maps) // ACROSS)


@dataclass(frozen=True)
class Part:
    """Rows of a section that stand together on a page, from the row `start` on."""

    section: Section
    start: int
    rows: int

    @property
    def height(self) -> int:
        return HEADING + self.rows * self.section.row + self.section.words + MARGIN


def pages(sections: Sequence[Section], maps: int) -> list[list[Part]]:
    """Return what stands on each page, of each section at most `maps` maps.

    A section that fits on a page is not parted, and what little is left at the end gets no page
    of its own.
    """
    found: list[list[Part]] = [[]]
    left = PAGE - TOP
    to_come = sum(Part(section, 0, section.rows(maps)).height for section in sections)
    for section in sections:
        rows, start = section.rows(maps), 0
        if left < to_come <= left + PAGE // 8:
            left = to_come
        to_come -= Part(section, 0, rows).height
        if found[-1] and left < Part(section, 0, rows).height <= PAGE - TOP:
            found.append([])
            left = PAGE - TOP
        while start < rows:
            room = (left - Part(section, start, 0).height) // section.row
            if room < 1 and found[-1]:
                found.append([])
                left = PAGE - TOP
                continue
            part = Part(section, start, min(max(1, room), rows - start))
            found[-1].append(part)
            left -= part.height
            start += part.rows
    return found


def fitting(sections: Sequence[Section]) -> int:
    """Return how many maps of a layer can be drawn on a number of pages that one leafs through."""
    choices = (rows * ACROSS for rows in (32, 16, 8, 4, 2))
    return next((maps for maps in choices if len(pages(sections, maps)) <= MOST_PAGES), ACROSS)
