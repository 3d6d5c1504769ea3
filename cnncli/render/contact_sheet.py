"""Several pictures on one sheet, each with its name and how its values are shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.render.lettering import font, shortened

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GAP = 16
NAME, SMALL = 17, 13
CAPTION = 50


@dataclass(frozen=True)
class Tile:
    """A picture (uint8, height x width x 1 or 3), its name and a line about it."""

    pixels: NDArray[np.uint8]
    name: str
    line: str


def draw(tiles: Sequence[Tile], title: str = "") -> NDArray[np.uint8]:
    """Return the sheet, height x width x 3; tiles keep their size, small ones are enlarged."""
    import numpy as np
    from PIL import Image, ImageDraw

    drawn = [_enlarged(tile.pixels) for tile in tiles]
    width = max(160, *(picture.shape[1] for picture in drawn))
    height = max(picture.shape[0] for picture in drawn)
    columns = columns_for(len(tiles), width / (height + CAPTION))
    rows = math.ceil(len(tiles) / columns)
    top = 44 if title else GAP
    size = (GAP + columns * (width + GAP), top + rows * (height + CAPTION + GAP))
    sheet = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(sheet)
    if title:
        pen.text((GAP, 13), shortened(title, size[0] - 2 * GAP, font(NAME)), "black", font(NAME))
    for index, (tile, picture) in enumerate(zip(tiles, drawn, strict=True)):
        x = GAP + index % columns * (width + GAP)
        y = top + index // columns * (height + CAPTION + GAP)
        _place(sheet, pen, tile, picture, x, y, width)
    return np.asarray(sheet)


def columns_for(count: int, proportion: float) -> int:
    """Return the columns that leave few empty places and a sheet near 3 : 2."""

    def badness(columns: int) -> float:
        rows = math.ceil(count / columns)
        empty = rows * columns - count
        return abs(math.log(columns * proportion / rows / 1.5)) + 0.6 * empty / columns

    return min(range(1, count + 1), key=badness)


def _place(
    sheet: Any, pen: Any, tile: Tile, picture: NDArray[np.uint8], x: int, y: int, width: int
) -> None:
    from PIL import Image

    plane = picture[:, :, 0] if picture.shape[2] == 1 else picture
    sheet.paste(Image.fromarray(plane).convert("RGB"), (x, y))
    below = y + picture.shape[0]
    bold, small = font(NAME - 2, bold=True), font(SMALL)
    pen.text((x, below + 6), shortened(tile.name, width, bold), "black", bold)
    pen.text((x, below + 27), shortened(tile.line, width, small), "#555555", small)


def _enlarged(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return small pictures with whole pixels repeated, so that each stays a sharp square."""
    import numpy as np

    factor = max(1, 192 // max(pixels.shape[:2]))
    return np.repeat(np.repeat(pixels, factor, axis=0), factor, axis=1)
