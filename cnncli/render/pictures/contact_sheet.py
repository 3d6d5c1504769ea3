"""Several pictures on one sheet, each with its name, what it is, and how its values are shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.render.pictures.lettering import font, shortened, wrapped
from cnncli.render.pictures.palette import NEGATIVE, POSITIVE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GAP = 16
NAME, SMALL = 17, 13
TITLE_HEIGHT, NAME_HEIGHT, LINE_HEIGHT = 28, 24, 18
# The side of a kernel's matrix beside the caption, and the most weights a side in it.
MATRIX, MOST_WEIGHTS = 36, 12
LARGE, THIN = 192, 24
RIM = "#BBBBBB"


@dataclass(frozen=True)
class Tile:
    """A picture (uint8, height x width x 1 or 3), its name and lines about it.

    `matrices` are the weights of the kernel that made it.
    """

    pixels: NDArray[np.uint8]
    name: str
    lines: Sequence[str]
    matrices: Sequence[NDArray[np.float64]] = ()


def draw(tiles: Sequence[Tile], title: str = "", columns: int | None = None) -> NDArray[np.uint8]:
    """Return the sheet, height x width x 3; tiles keep their size, small ones are enlarged.

    Without `columns` there are as many as make a sheet near 3 : 2.
    """
    import numpy as np
    from PIL import Image, ImageDraw

    drawn = [_enlarged(tile.pixels) for tile in tiles]
    width = max(192, *(picture.shape[1] for picture in drawn))
    height = max(picture.shape[0] for picture in drawn)
    captions = [_caption(tile, width) for tile in tiles]
    below = 6 + NAME_HEIGHT + LINE_HEIGHT * max(len(lines) for lines in captions)
    columns = columns or columns_for(len(tiles), width / (height + below))
    rows = math.ceil(len(tiles) / columns)
    across = GAP + columns * (width + GAP)
    headings = wrapped(title, across - 2 * GAP, font(NAME)) if title else []
    top = GAP + TITLE_HEIGHT * len(headings)
    size = (across, top + rows * (height + below + GAP))
    sheet = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(sheet)
    for index, line in enumerate(headings):
        pen.text((GAP, 13 + TITLE_HEIGHT * index), line, "black", font(NAME))
    for index, (tile, picture, lines) in enumerate(zip(tiles, drawn, captions, strict=True)):
        x = GAP + index % columns * (width + GAP)
        y = top + index // columns * (height + below + GAP)
        _picture(sheet, pen, picture, x, y)
        under = y + picture.shape[0] + 6
        _write(pen, tile.name, lines, x, under, width)
        _matrices(pen, tile, x + width, under + NAME_HEIGHT - 4)
    return np.asarray(sheet)


def columns_for(count: int, proportion: float) -> int:
    """Return the columns that leave few empty places and a sheet near 3 : 2."""

    def badness(columns: int) -> float:
        rows = math.ceil(count / columns)
        empty = rows * columns - count
        return abs(math.log(columns * proportion / rows / 1.5)) + 0.6 * empty / columns

    return min(range(1, count + 1), key=badness)


def _picture(sheet: Any, pen: Any, picture: NDArray[np.uint8], x: int, y: int) -> None:
    from PIL import Image

    plane = picture[:, :, 0] if picture.shape[2] == 1 else picture
    sheet.paste(Image.fromarray(plane).convert("RGB"), (x, y))
    # Without a rim, a white picture would not be seen on the paper.
    pen.rectangle((x - 1, y - 1, x + picture.shape[1], y + picture.shape[0]), None, RIM)


def _caption(tile: Tile, width: int) -> list[str]:
    """Return the lines under the name; the first two leave room for the matrices beside them."""
    if not _has_matrices(tile):
        return [part for line in tile.lines for part in wrapped(line, width, font(SMALL))]
    beside = wrapped(tile.lines[0], width - len(tile.matrices) * (MATRIX + 6) - 6, font(SMALL))
    beside += [""] * (2 - len(beside))
    return beside + [part for line in tile.lines[1:] for part in wrapped(line, width, font(SMALL))]


def _write(pen: Any, name: str, lines: Sequence[str], x: int, y: int, width: int) -> None:
    bold = font(NAME - 2, bold=True)
    pen.text((x, y), shortened(name, width, bold), "black", bold)
    for index, line in enumerate(lines):
        pen.text((x, y + NAME_HEIGHT - 2 + LINE_HEIGHT * index), line, "#444444", font(SMALL))


def _has_matrices(tile: Tile) -> bool:
    return bool(tile.matrices) and max(tile.matrices[0].shape) <= MOST_WEIGHTS


def _matrices(pen: Any, tile: Tile, right: int, y: int) -> None:
    """Draw the kernel, in the colours of its signs, by the size of each weight."""
    from PIL import ImageColor

    if not _has_matrices(tile):
        return
    for number, matrix in enumerate(reversed(tile.matrices)):
        cell = MATRIX // max(matrix.shape)
        left = right - number * (MATRIX + 6) - cell * matrix.shape[1] - 1
        largest = float(abs(matrix).max()) or 1.0
        for row, weights in enumerate(matrix.tolist()):
            for column, weight in enumerate(weights):
                ink = ImageColor.getrgb(POSITIVE if weight > 0 else NEGATIVE)[:3]
                part = abs(weight) / largest
                colour = tuple(round(255 + (value - 255) * part) for value in ink)
                corner = (left + column * cell, y + row * cell)
                pen.rectangle((*corner, corner[0] + cell, corner[1] + cell), colour, RIM)


def _enlarged(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return small pictures with whole pixels repeated, so that each stays sharp.

    They stay squares too, but in a picture so thin (a single row) that it would not be seen.
    """
    factor = max(1, LARGE // max(pixels.shape[:2]))
    for axis in (0, 1):
        pixels = pixels.repeat(max(factor, THIN // pixels.shape[axis]), axis=axis)
    return pixels
