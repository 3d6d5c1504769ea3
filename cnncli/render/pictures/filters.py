"""Filters on a sheet: their weights, and below each the images that excite it most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli.errors import UsageError
from cnncli.images.blobs import Box
from cnncli.render.pictures.lettering import figure, font, shortened, wrapped
from cnncli.render.pictures.palette import VERMILION
from cnncli.render.pictures.shades import Shades

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

# All lengths are in pixels.
WIDTH, MARGIN, GAP, LINE = 1_240, 20, 18, 16
TITLE, NAME, SMALL, TINY = 17, 14, 12, 10
CELL, NUMBERED = 38, 5  # of a weight with its number, and the most of them on a side
COLOUR_SIDE, CHANNEL_SIDE, THUMB = 120, 54, 96
FRAME = 10  # of the side of a frame, at least
CHANNELS = 16  # of one filter that are drawn
LIMIT_PIXELS = 250_000_000
BLACK, GREY, RIM = "black", "#555555", "#BBBBBB"


@dataclass(frozen=True)
class Thumb:
    """An image (uint8, height x width x 1 or 3) that excites a filter, where, and how much."""

    name: str
    value: float
    pixels: np.ndarray
    box: Box | None


@dataclass(frozen=True)
class Filter:
    """One filter: its weights (rows x columns x input channels), norm and bias.

    `thumbs` are the images that excite it; `silent` says why there are none.
    """

    index: int
    kernel: np.ndarray
    norm: float
    bias: float | None
    thumbs: Sequence[Thumb] = ()
    silent: str = ""


@dataclass(frozen=True)
class Layer:
    """Filters of one layer, on one scale up to `largest`; in colour if they see an image's."""

    name: str
    line: str
    filters: Sequence[Filter]
    largest: float
    in_colour: bool

    @property
    def legend(self) -> str:
        """How weights are drawn, in words."""
        if self.in_colour:
            return (
                "Each weight as red, green and blue on both sides of grey, which is 0; "
                f"the largest is {figure(self.largest, 3)}."
            )
        said = (
            f"Blue is above 0, orange below, white is 0; the largest is {figure(self.largest, 3)}."
        )
        most = max(each.kernel.shape[2] for each in self.filters)
        if most == 1:
            return said
        which = f", the {CHANNELS} of the largest norm of {most:,}" if most > CHANNELS else ""
        return f"{said} A picture for each input channel{which}, with its number."


def sheet(title: str, layers: Sequence[Layer]) -> Image:
    """Draw filters, as many beside each other as fit; UsageError for a sheet that is too large."""
    from PIL import Image, ImageDraw

    blocks = [(layer, _rows([_tile(layer, each) for each in layer.filters])) for layer in layers]
    headings = [wrapped(layer.legend, WIDTH - 2 * MARGIN, font(SMALL)) for layer in layers]
    tops = [NAME + 14 + LINE * len(lines) for lines in headings]
    height = 2 * MARGIN + 30 + sum(
        top + sum(_height(row) for row in rows) + GAP
        for top, (_, rows) in zip(tops, blocks, strict=True)
    )  # fmt: skip
    if height * WIDTH > LIMIT_PIXELS:
        raise UsageError(
            f"the sheet would be {height:,} pixels high",
            hint="Choose filters by --filter, or fewer layers by --layer.",
        )
    made = Image.new("RGB", (WIDTH, height), "white")
    draw = ImageDraw.Draw(made)
    bold = font(TITLE, bold=True)
    draw.text((MARGIN, MARGIN - 6), shortened(title, WIDTH - 2 * MARGIN, bold), BLACK, bold)
    y = MARGIN + 30
    for (layer, rows), lines, top in zip(blocks, headings, tops, strict=True):
        _heading(draw, layer, lines, y)
        y += top
        for row in rows:
            x = MARGIN
            for tile in row:
                made.paste(tile, (x, y))
                x += tile.width + GAP
            y += _height(row)
        y += GAP
    return made


def _heading(draw: ImageDraw, layer: Layer, lines: Sequence[str], y: int) -> None:
    bold = font(NAME, bold=True)
    draw.line((MARGIN, y - 8, WIDTH - MARGIN, y - 8), RIM)
    draw.text((MARGIN, y - 2), layer.name, BLACK, bold)
    after = MARGIN + bold.getlength(layer.name) + 10
    draw.text((after, y), layer.line, GREY, font(SMALL))
    for number, line in enumerate(lines):
        draw.text((MARGIN, y + NAME + 4 + LINE * number), line, GREY, font(SMALL))


def _rows(tiles: Sequence[Image]) -> list[list[Image]]:
    """Return the tiles in rows that are no wider than the sheet."""
    rows: list[list[Image]] = []
    room = 0
    for tile in tiles:
        if not rows or tile.width > room:
            rows.append([])
            room = WIDTH - 2 * MARGIN
        rows[-1].append(tile)
        room -= tile.width + GAP
    return rows


def _height(row: Sequence[Image]) -> int:
    return max(tile.height for tile in row) + GAP


def _tile(layer: Layer, each: Filter) -> Image:
    """Draw one filter: its number and norm, its weights, the images that excite it."""
    from PIL import Image, ImageDraw

    pictures = _pictures(layer, each)
    across = max(1, (WIDTH - 2 * MARGIN + 8) // (THUMB + 8))
    lines = [each.thumbs[i : i + across] for i in range(0, len(each.thumbs), across)]
    drawn = max(picture.height for picture in pictures)
    labelled = 14 if len(pictures) > 1 else 0
    bias = f", bias {figure(each.bias, 3)}" if each.bias is not None else ""
    figures, small = f"norm {figure(each.norm, 3)}{bias}", font(TINY + 1)
    width = max(
        *(round(small.getlength(text)) + 1 for text in (figures, each.silent)),
        sum(picture.width + 6 for picture in pictures),
        min(len(each.thumbs), across) * (THUMB + 8),
    )
    thumbs = len(lines) * (THUMB + 32) + (18 if each.silent else 0)
    made = Image.new("RGB", (width, 36 + drawn + labelled + (8 if thumbs else 0) + thumbs), "white")
    draw = ImageDraw.Draw(made)
    draw.text((0, 0), str(each.index), BLACK, font(NAME, bold=True))
    draw.text((0, 18), figures, GREY, small)
    x = 0
    for number, picture in zip(_shown(each.kernel), pictures, strict=False):
        made.paste(picture, (x, 36))
        if labelled:
            place = (x + picture.width / 2, 37 + drawn)
            draw.text(place, str(number), GREY, font(TINY), anchor="ma")
        x += picture.width + 6
    y = 36 + drawn + labelled + 8
    if each.silent:
        draw.text((0, y), each.silent, GREY, small)
    for row, line in enumerate(lines):
        for column, thumb in enumerate(line):
            _thumb(made, draw, thumb, (column * (THUMB + 8), y + row * (THUMB + 32)))
    return made


def _shown(kernel: np.ndarray) -> list[int]:
    """Return the input channels that are drawn, in their order: those of the largest norm."""
    import numpy as np

    if kernel.shape[2] <= CHANNELS:
        return list(range(kernel.shape[2]))
    norms = np.square(kernel).sum(axis=(0, 1))
    strongest: list[int] = np.sort(np.argsort(-norms, kind="stable")[:CHANNELS]).tolist()
    return strongest


def _pictures(layer: Layer, each: Filter) -> list[Image]:
    """Return the weights of a filter: one picture in colour, or one for each channel shown."""
    if layer.in_colour:
        return [_in_colour(each.kernel, layer.largest)]
    if each.kernel.shape[2] == 1 and max(each.kernel.shape[:2]) <= NUMBERED:
        return [_numbered(each.kernel[..., 0], layer.largest)]
    side = COLOUR_SIDE if each.kernel.shape[2] == 1 else CHANNEL_SIDE
    shades = Shades(-layer.largest, layer.largest)
    return [
        _enlarged(shades.colours(each.kernel[..., channel]), side)
        for channel in _shown(each.kernel)
    ]


def _in_colour(kernel: np.ndarray, largest: float) -> Image:
    import numpy as np

    levels = np.rint(127.5 + 127.5 * kernel / (largest or 1)).clip(0, 255)
    return _enlarged(levels.astype(np.uint8), COLOUR_SIDE)


def _numbered(kernel: np.ndarray, largest: float) -> Image:
    """Draw weights with their numbers in them."""
    from PIL import ImageDraw

    picture = _enlarged(Shades(-largest, largest).colours(kernel), CELL * max(kernel.shape))
    draw = ImageDraw.Draw(picture)
    places = 2 if largest >= 0.1 else 3
    for row, weights in enumerate(kernel.tolist()):
        for column, weight in enumerate(weights):
            ink = "white" if abs(weight) > 0.75 * largest else BLACK
            place = ((column + 0.5) * CELL, (row + 0.5) * CELL)
            draw.text(place, f"{weight:z.{places}f}", ink, font(TINY), anchor="mm")
    return picture


def _enlarged(pixels: np.ndarray, side: int) -> Image:
    """Return a small picture with its pixels as squares, and a rim."""
    from PIL import Image, ImageDraw

    cell = max(1, side // max(pixels.shape[:2]))
    picture = Image.fromarray(pixels.repeat(cell, axis=0).repeat(cell, axis=1))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, picture.width - 1, picture.height - 1), outline=RIM)
    return picture


def _frame(box: Box, factor: float, width: int, height: int) -> tuple[float, float, float, float]:
    """Return the frame of a part of an image, as left, top, right, bottom.

    It is never too small, and within the image as it is drawn.
    """
    left, right = _edges(box.left, box.width, factor, width - 1)
    top, bottom = _edges(box.top, box.height, factor, height - 1)
    return left, top, right, bottom


def _edges(begin: int, side: int, factor: float, end: int) -> tuple[float, float]:
    first, last = max(0.0, begin * factor), min(end, (begin + side) * factor - 1)
    missing = max(0.0, FRAME - (last - first)) / 2
    first, last = min(first - missing, end - FRAME), max(last + missing, FRAME)
    return max(0.0, first), min(end, last)


def _thumb(made: Image, draw: ImageDraw, thumb: Thumb, place: tuple[int, int]) -> None:
    """Draw an image with the part that excites a filter in a frame."""
    from PIL import Image

    left, top = place
    height, width = thumb.pixels.shape[:2]
    factor = THUMB / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    plane = thumb.pixels[..., 0] if thumb.pixels.shape[2] == 1 else thumb.pixels
    way = Image.Resampling.NEAREST if factor > 1 else Image.Resampling.BOX
    made.paste(Image.fromarray(plane).convert("RGB").resize(size, way), place)
    if thumb.box is not None:
        frame = _frame(thumb.box, factor, *size)
        draw.rectangle(
            (left + frame[0], top + frame[1], left + frame[2], top + frame[3]),
            outline=VERMILION,
            width=2,
        )
    draw.text((left, top + THUMB + 2), shortened(thumb.name, THUMB, font(TINY)), GREY, font(TINY))
    draw.text((left, top + THUMB + 14), figure(thumb.value, 3), BLACK, font(TINY))
