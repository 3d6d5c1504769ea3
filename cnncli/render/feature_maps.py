"""Feature maps as a contact sheet: a section for each layer, a tile for each map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.errors import UsageError
from cnncli.images.opencv import load_cv2

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

# All lengths are in pixels.
TILE, GAP, LABEL, HEADING, MARGIN = 128, 8, 18, 56, 20
ACROSS = 8
WIDTH = 2 * MARGIN + ACROSS * TILE + (ACROSS - 1) * GAP
TEXT, SMALL = 16, 13
STRIP = 24  # the height of a row of a vector
CELLS = 64  # values of a vector in one row
FEW = 16  # values of a vector that are written in numbers too
MOST_PIXELS = 40_000_000  # of a sheet whose length we choose
LIMIT_PIXELS = 250_000_000  # of any sheet: 750 MB of memory
BLACK, GREY, LIGHT, WHITE = (0, 0, 0), (90, 90, 90), (200, 200, 200), (255, 255, 255)


@dataclass(frozen=True)
class Section:
    """One layer: its heading, and its output for the image.

    `values` is height x width x channels, a matrix, or a vector; `dead` are the channels that
    are zero everywhere. `is_picture` draws it as the image that it is, in uint8.
    """

    name: str
    type: str
    values: np.ndarray
    limits: tuple[float, float]
    dead: frozenset[int] = frozenset()
    is_picture: bool = False


@dataclass(frozen=True)
class Sheet:
    """The picture, and how many maps of a layer it shows at most."""

    image: Image
    maps: int


def sheet(title: str, sections: Sequence[Section], most: int | None = None) -> Sheet:
    """Draw the layers below each other, each with one scale for all of its maps.

    Of a layer, at most `most` maps are drawn; without it, as many as leave a sheet that
    viewers can open. Raises UsageError for a sheet that would be too large.
    """
    from PIL import Image, ImageDraw

    maps = most or _fitting(sections)
    height = _height(sections, maps)
    if WIDTH * height > LIMIT_PIXELS:
        raise UsageError(
            f"the sheet would be {WIDTH} × {height} pixels",
            hint="Choose layers by --layer, or draw fewer maps of each by --maps.",
        )
    canvas = Image.new("RGB", (WIDTH, height), "white")
    draw = ImageDraw.Draw(canvas)
    draw.text((MARGIN, MARGIN), title, fill=BLACK, font=_font(TEXT, bold=True))
    top = MARGIN + HEADING
    for section in sections:
        _heading(canvas, draw, section, top, maps)
        _body(canvas, draw, section, top + HEADING, maps)
        top += _section_height(section, maps)
    return Sheet(canvas, maps)


def _fitting(sections: Sequence[Section]) -> int:
    for rows in (32, 16, 8, 4, 2):
        if WIDTH * _height(sections, rows * ACROSS) <= MOST_PIXELS:
            return rows * ACROSS
    return ACROSS


def _height(sections: Sequence[Section], maps: int) -> int:
    return 2 * MARGIN + HEADING + sum(_section_height(section, maps) for section in sections)


def _section_height(section: Section, maps: int) -> int:
    if section.values.ndim == 1:
        count = section.values.shape[0]
        rows = -(-count // CELLS)
        return HEADING + rows * STRIP + (LABEL if count <= FEW else 0) + MARGIN
    rows = -(-min(_count(section), maps) // ACROSS)
    return HEADING + rows * (_tile_size(section)[0] + LABEL + GAP) + MARGIN


def _count(section: Section) -> int:
    is_one = section.is_picture or section.values.ndim == 2
    return 1 if is_one else int(section.values.shape[2])


def _tile_size(section: Section) -> tuple[int, int]:
    """Return height and width of a tile: the longer side of the map fills TILE."""
    height, width = section.values.shape[:2]
    factor = TILE / max(height, width)
    return max(1, round(height * factor)), max(1, round(width * factor))


def _heading(canvas: Image, draw: ImageDraw, section: Section, top: int, maps: int) -> None:
    bold = _font(TEXT, bold=True)
    draw.line((MARGIN, top, WIDTH - MARGIN, top), fill=LIGHT)
    draw.text((MARGIN, top + 8), section.name, fill=BLACK, font=bold)
    left = MARGIN + draw.textlength(section.name, font=bold) + 12
    draw.text((left, top + 8), section.type, fill=GREY, font=_font(TEXT))
    about = " × ".join(map(str, section.values.shape))
    if section.values.ndim == 3 and _count(section) > maps:
        about += f", the first {maps} maps"
    if section.dead:
        about += f", {len(section.dead)} dead (zero everywhere)"
    draw.text((MARGIN, top + 30), about, fill=GREY, font=_font(SMALL))
    if not section.is_picture:
        _scale(canvas, draw, section.limits, top + 26)


def _scale(canvas: Image, draw: ImageDraw, limits: tuple[float, float], top: int) -> None:
    """Draw the bar that says which colour is which value, at the right edge."""
    import numpy as np
    from PIL import Image

    low, high = (f"{limit:.3g}" for limit in limits)
    font, length = _font(SMALL), 120
    right = WIDTH - MARGIN - draw.textlength(high, font=font)
    draw.text((right, top + 4), high, fill=BLACK, font=font)
    ramp = np.linspace(0, 255, length).astype(np.uint8)[None].repeat(16, axis=0)
    canvas.paste(Image.fromarray(_viridis(ramp)), (round(right) - length - 6, top + 2))
    left = right - length - 12 - draw.textlength(low, font=font)
    draw.text((left, top + 4), low, fill=BLACK, font=font)


def _body(canvas: Image, draw: ImageDraw, section: Section, top: int, maps: int) -> None:
    if section.values.ndim == 1:
        _vector(canvas, draw, section, top)
        return
    height, width = _tile_size(section)
    for index in range(min(_count(section), maps)):
        row, column = divmod(index, ACROSS)
        left = MARGIN + column * (TILE + GAP)
        upper = top + row * (height + LABEL + GAP)
        _tile(canvas, draw, section, index, (left, upper, width, height))


def _tile(
    canvas: Image, draw: ImageDraw, section: Section, index: int, box: tuple[int, int, int, int]
) -> None:
    from PIL import Image

    left, top, width, height = box
    values = section.values
    if section.is_picture:
        pixels = _picture(values)
    else:
        pixels = _viridis(_levels(values if values.ndim == 2 else values[:, :, index], section))
    canvas.paste(Image.fromarray(_resized(pixels, height, width)), (left, top))
    label, colour = str(index), GREY
    if index in section.dead:
        _cross(draw, left, top, width, height)
        label, colour = f"{index} dead", BLACK
    if _count(section) > 1:
        draw.text((left, top + height + 2), label, fill=colour, font=_font(SMALL))


def _cross(draw: ImageDraw, left: int, top: int, width: int, height: int) -> None:
    right, bottom = left + width - 1, top + height - 1
    for colour, thickness in ((BLACK, 4), (WHITE, 2)):  # seen on light and on dark
        draw.line((left, top, right, bottom), fill=colour, width=thickness)
        draw.line((left, bottom, right, top), fill=colour, width=thickness)


def _vector(canvas: Image, draw: ImageDraw, section: Section, top: int) -> None:
    """Draw the units of a vector as cells, in rows; of a few, write the values too."""
    from PIL import Image

    is_short = section.values.shape[0] <= FEW
    cell = (WIDTH - 2 * MARGIN) // (FEW if is_short else CELLS)
    levels = _levels(section.values[None], section)
    for start in range(0, levels.shape[1], CELLS):
        row = _viridis(levels[:, start : start + CELLS])
        strip = row.repeat(STRIP - 2, axis=0).repeat(cell, axis=1)
        canvas.paste(Image.fromarray(strip), (MARGIN, top + start // CELLS * STRIP))
    if is_short:
        for index, value in enumerate(section.values.tolist()):
            place = (MARGIN + index * cell, top + STRIP)
            draw.text(place, f"{value:.3g}", fill=BLACK, font=_font(SMALL))


def _levels(values: np.ndarray, section: Section) -> np.ndarray:
    """Return values as 0..255 on the scale of the layer; all alike are 0, no number is 0 too."""
    import numpy as np

    low, high = section.limits
    part = (values.astype(np.float64) - low) / ((high - low) or 1.0)
    return np.rint(np.clip(np.nan_to_num(part), 0, 1) * 255).astype(np.uint8)


def _picture(values: np.ndarray) -> np.ndarray:
    import numpy as np

    pixels = np.clip(values, 0, 255).astype(np.uint8)
    return pixels.repeat(3, axis=2) if pixels.shape[2] == 1 else pixels[:, :, :3]


def _viridis(levels: np.ndarray) -> np.ndarray:
    cv2 = load_cv2()
    coloured: Any = cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS)
    return coloured[:, :, ::-1].copy()


def _resized(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    cv2 = load_cv2()
    shrinks = height < pixels.shape[0]
    # Each value of a small map stays a square that one can count.
    way = cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST
    resized: Any = cv2.resize(pixels, (width, height), interpolation=way)
    return resized


@cache
def _font(size: int, bold: bool = False) -> Any:
    import matplotlib
    from PIL import ImageFont

    # DejaVu Sans comes with Matplotlib, so that a sheet looks the same everywhere.
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts", "ttf", name), size)
