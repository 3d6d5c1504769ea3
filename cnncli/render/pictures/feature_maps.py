"""Feature maps as a contact sheet: a section for each layer, a tile for each map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.errors import UsageError
from cnncli.images.opencv import load_cv2
from cnncli.render.pictures.lettering import font, shortened
from cnncli.render.pictures.shades import Shades

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
TALLEST = 10_000  # before layers stand in several columns
MOST_PIXELS = 40_000_000  # of a sheet whose length we choose
LIMIT_PIXELS = 250_000_000  # of any sheet: 750 MB of memory
BLACK, GREY, LIGHT, WHITE = (0, 0, 0), (90, 90, 90), (200, 200, 200), (255, 255, 255)
LEGEND = (
    "Purple to yellow: the lowest to the highest value of a layer, one scale for all its maps. "
    "Values on both sides of 0: white is 0,",
    "blue above, orange below. A crossed map is zero everywhere, for this image.",
)


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
    def shades(self) -> Shades:
        return Shades(*self.limits)


@dataclass(frozen=True)
class Sheet:
    """The picture, and how many maps of a layer it shows at most."""

    image: Image
    maps: int


def sheet(title: str, sections: Sequence[Section], most: int | None = None) -> Sheet:
    """Draw the layers below each other, each with one scale for all of its maps.

    A long network goes on in further columns. Of a layer, at most `most` maps are drawn;
    without it, as many as leave a sheet that viewers can open. Raises UsageError for a sheet
    that would be too large.
    """
    from PIL import Image, ImageDraw

    maps = most or _fitting(sections)
    columns = _columns(sections, maps)
    width, height = WIDTH * len(columns), max(_height(column, maps) for column in columns)
    if width * height > LIMIT_PIXELS:
        raise UsageError(
            f"the sheet would be {height} × {width} pixels (height × width)",
            hint="Choose layers by --layer, or draw fewer maps of each by --maps.",
        )
    sheet = Image.new("RGB", (width, height), "white")
    for index, column in enumerate(columns):
        canvas = Image.new("RGB", (WIDTH, height), "white")
        draw = ImageDraw.Draw(canvas)
        if index == 0:
            _top(draw, title)
        top = MARGIN + HEADING
        for section in column:
            _heading(canvas, draw, section, top, maps)
            _body(canvas, draw, section, top + HEADING, maps)
            top += _section_height(section, maps)
        sheet.paste(canvas, (index * WIDTH, 0))
    return Sheet(sheet, maps)


def _top(draw: ImageDraw, title: str) -> None:
    bold, small = font(TEXT, bold=True), font(SMALL)
    draw.text((MARGIN, 12), shortened(title, WIDTH - 2 * MARGIN, bold), fill=BLACK, font=bold)
    for index, line in enumerate(LEGEND):
        draw.text((MARGIN, 34 + 17 * index), line, fill=GREY, font=small)


def _columns(sections: Sequence[Section], maps: int) -> list[list[Section]]:
    """Return the sections in as few columns as are no taller than TALLEST, of about one height."""
    heights = [_section_height(section, maps) for section in sections]
    count = -(-sum(heights) // TALLEST)
    columns: list[list[Section]] = []
    below = 0
    for section, height in zip(sections, heights, strict=True):
        # A section goes where its middle lies when all stand below each other.
        place = (below + height // 2) * count // max(1, sum(heights))
        if place >= len(columns):
            columns.append([])
        columns[-1].append(section)
        below += height
    return columns or [[]]


def _fitting(sections: Sequence[Section]) -> int:
    for rows in (32, 16, 8, 4, 2):
        if WIDTH * _height(sections, rows * ACROSS) <= MOST_PIXELS:
            return rows * ACROSS
    return ACROSS


def _height(sections: Sequence[Section], maps: int) -> int:
    return 2 * MARGIN + HEADING + sum(_section_height(section, maps) for section in sections)


def _section_height(section: Section, maps: int) -> int:
    if section.drawn.ndim == 1:
        count = section.drawn.shape[0]
        rows = -(-count // CELLS)
        written = (LABEL + (LABEL if section.labels else 0)) if count <= FEW else 0
        return HEADING + rows * STRIP + written + MARGIN
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
    bold = font(TEXT, bold=True)
    draw.line((MARGIN, top, WIDTH - MARGIN, top), fill=LIGHT)
    draw.text((MARGIN, top + 8), section.name, fill=BLACK, font=bold)
    left = MARGIN + draw.textlength(section.name, font=bold) + 12
    draw.text((left, top + 8), section.type, fill=GREY, font=font(TEXT))
    about = " × ".join(map(str, section.values.shape))
    if section.values.ndim == 1:
        about += " value" if section.values.shape == (1,) else " values"
    if section.drawn.ndim == 3 and _count(section) > maps:
        about += f", the first {maps} maps" if maps > 1 else ", the first map"
    if section.dead:
        about += f", {len(section.dead)} of them zero everywhere"
    draw.text((MARGIN, top + 30), about, fill=GREY, font=font(SMALL))
    if not section.is_picture and section.limits[0] < section.limits[1]:
        _scale(canvas, draw, section.shades, top + 26)


def _scale(canvas: Image, draw: ImageDraw, shades: Shades, top: int) -> None:
    """Draw the bar that says which colour is which value, at the right edge."""
    from PIL import Image

    low, high = (f"{limit:.3g}" for limit in (shades.low, shades.high))
    small, length = font(SMALL), 160
    right = round(WIDTH - MARGIN - draw.textlength(high, font=small)) - 6
    draw.text((right + 6, top + 4), high, fill=BLACK, font=small)
    ramp = shades.ramp(length).repeat(16, axis=0)
    canvas.paste(Image.fromarray(ramp), (right - length, top + 2))
    draw.rectangle((right - length - 1, top + 1, right, top + 18), outline=LIGHT)
    draw.text((right - length - 6, top + 4), low, fill=BLACK, font=small, anchor="ra")
    if shades.is_two_sided:
        zero = right - length + round(length * -shades.low / (shades.high - shades.low))
        draw.line((zero, top - 2, zero, top + 18), fill=BLACK)
        draw.text((zero, top - 4), "0", fill=BLACK, font=small, anchor="md")


def _body(canvas: Image, draw: ImageDraw, section: Section, top: int, maps: int) -> None:
    if section.drawn.ndim == 1:
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
        pixels = section.shades.colours(values if values.ndim == 2 else values[:, :, index])
    canvas.paste(Image.fromarray(_resized(pixels, height, width)), (left, top))
    # White maps would not be seen on the paper.
    draw.rectangle((left - 1, top - 1, left + width, top + height), outline=LIGHT)
    label, colour = str(index), GREY
    if index in section.dead:
        _cross(draw, left, top, width, height)
        label, colour = f"{index} zero", BLACK
    if _count(section) > 1:
        draw.text((left, top + height + 2), label, fill=colour, font=font(SMALL))


def _cross(draw: ImageDraw, left: int, top: int, width: int, height: int) -> None:
    right, bottom = left + width - 1, top + height - 1
    for colour, thickness in ((BLACK, 4), (WHITE, 2)):  # seen on light and on dark
        draw.line((left, top, right, bottom), fill=colour, width=thickness)
        draw.line((left, bottom, right, top), fill=colour, width=thickness)


def _vector(canvas: Image, draw: ImageDraw, section: Section, top: int) -> None:
    """Draw the units of a vector as cells, in rows; of a few, write the values too."""
    from PIL import Image

    values = section.drawn
    is_short = values.shape[0] <= FEW
    cell = (WIDTH - 2 * MARGIN) // (FEW if is_short else CELLS)
    for start in range(0, values.shape[0], CELLS):
        row = section.shades.colours(values[None, start : start + CELLS])
        strip = row.repeat(STRIP - 2, axis=0).repeat(cell, axis=1)
        upper = top + start // CELLS * STRIP
        canvas.paste(Image.fromarray(strip), (MARGIN, upper))
        rim = (MARGIN - 1, upper - 1, MARGIN + strip.shape[1], upper + strip.shape[0])
        draw.rectangle(rim, outline=LIGHT)
    if not is_short:
        return
    for index, value in enumerate(values.tolist()):
        place = (MARGIN + index * cell, top + STRIP)
        draw.text(place, _short(value), fill=BLACK, font=font(SMALL))
    for index, label in enumerate(section.labels):
        text = shortened(label, cell - 4, font(SMALL))
        draw.text((MARGIN + index * cell, top + STRIP + LABEL - 2), text, GREY, font(SMALL))


def _short(value: float) -> str:
    text = f"{value:.3g}"
    return text if len(text) <= 7 else f"{value:.1g}"


def _picture(values: np.ndarray) -> np.ndarray:
    import numpy as np

    pixels = np.clip(values, 0, 255).astype(np.uint8)
    return pixels.repeat(3, axis=2) if pixels.shape[2] == 1 else pixels[:, :, :3]


def _resized(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    cv2 = load_cv2()
    shrinks = height < pixels.shape[0]
    # Each value of a small map stays a square that one can count.
    way = cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST
    resized: Any = cv2.resize(pixels, (width, height), interpolation=way)
    return resized
