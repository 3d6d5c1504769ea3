"""Explanations on a sheet: each image, and beside it each map over it, with its scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.errors import UsageError
from cnncli.render.pictures.answer_curves import AnswerCurves, draw_curves, height_of
from cnncli.render.pictures.lettering import figure, font, shortened, wrapped
from cnncli.render.pictures.overlay import blended, coloured, grey, scale
from cnncli.render.pictures.shades import Shades
from cnncli.words import counted

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

IMAGES = 24  # on a page
# All lengths are in pixels.
GAP, MARGIN, LINE, HEADING, BAR = 14, 20, 17, 48, 10
EDGE = 1  # of a block, so that the rims of its outer pictures are on it
TITLE, NAME, SMALL = 17, 15, 13
WIDEST = 1_800  # before images stand below each other, and maps of one image too
LIMIT_PIXELS = 250_000_000  # of a page: 750 MB of memory
# The side of a tile, for so many pictures on the page and maps of an image on a line, at most.
TILES = ((384, 4, 3), (256, 24, 5), (192, 10**6, 10**6))
BLACK, GREY, RIM, WARNING = "black", "#555555", "#BBBBBB", "#A03A00"
LEGEND = (
    "Blue speaks for the class, orange against it, white is 0. A map from purple (little) to "
    "yellow (much) shows nothing against it; most methods that make such maps cannot. Each map has "
    "its own scale."
)


@dataclass(frozen=True)
class Overlay:
    """A map (rows x columns) over its image, its name, lines about it, and those that warn.

    Where `empty` says why there is nothing to see, the image is shown as it is.
    """

    name: str
    lines: Sequence[str]
    values: np.ndarray
    empty: str = ""
    warnings: Sequence[str] = ()
    curves: AnswerCurves | None = None


@dataclass(frozen=True)
class Row:
    """An image (uint8, height x width x 1 or 3), its name, what is known of it, and its maps.

    `warning` is what to know before one looks at any of them. `series` says how many maps each
    belong together, as those of all layers do: such a group begins a line of its own.
    """

    name: str
    line: str
    pixels: np.ndarray
    maps: Sequence[Overlay]
    series: Sequence[int] = ()
    warning: str = ""

    @property
    def groups(self) -> Sequence[int]:
        """How many maps are in each group."""
        return self.series or [len(self.maps)]


@dataclass(frozen=True)
class _Layout:
    """How large a tile is, how many maps stand beside an image, and how many images."""

    tile: int
    maps: int
    images: int
    height: int  # of a tile with all that is written below it

    @property
    def width(self) -> int:
        """Of one image with its maps."""
        return (1 + self.maps) * (self.tile + GAP) - GAP

    def places(self, row: Row) -> list[tuple[int, int]]:
        """Return on which line each map of an image stands, and at which place on it."""
        found: list[tuple[int, int]] = []
        for count in row.groups:
            top = found[-1][0] + 1 if found else 0
            found += [(top + place // self.maps, place % self.maps) for place in range(count)]
        return found


def sheet(title: str, rows: Sequence[Row]) -> Image:
    """Draw images with their maps, up to IMAGES of them; small ones are enlarged.

    Raises UsageError for a sheet that would be too large.
    """
    from PIL import Image, ImageDraw

    layout = _layout(rows)
    _refuse_too_large(rows, layout)
    blocks = [_block(row, layout) for row in rows]
    width = 2 * MARGIN + layout.images * (layout.width + 2 * GAP) - 2 * GAP
    headings = wrapped(title, width - 2 * MARGIN, font(TITLE, bold=True))
    legend = wrapped(LEGEND, width - 2 * MARGIN, font(SMALL))
    top = MARGIN + 24 * len(headings) + LINE * len(legend) + GAP
    lines = [blocks[i : i + layout.images] for i in range(0, len(blocks), layout.images)]
    heights = [max(block.height for block in line) + GAP for line in lines]
    made = Image.new("RGB", (width, top + sum(heights) + MARGIN - GAP), "white")
    draw = ImageDraw.Draw(made)
    for number, text in enumerate(headings):
        draw.text((MARGIN, MARGIN - 6 + 24 * number), text, BLACK, font(TITLE, bold=True))
    for number, text in enumerate(legend):
        place = (MARGIN, MARGIN + 24 * len(headings) + LINE * number)
        draw.text(place, text, GREY, font(SMALL))
    for line, height in zip(lines, heights, strict=True):
        for number, block in enumerate(line):
            made.paste(block, (MARGIN - EDGE + number * (layout.width + 2 * GAP), top))
        top += height
    return made


def _layout(rows: Sequence[Row]) -> _Layout:
    series = max(max(row.groups) for row in rows)
    most = (1 + series) * len(rows)
    tile = next(size for size, images, maps in TILES if most <= images and series <= maps)
    lines = -(-series // ((WIDEST + GAP) // (tile + GAP) - 1))
    maps = max(1, -(-series // lines)) if series else 0
    width = (1 + maps) * (tile + GAP) + GAP
    below = max((_below(each, tile) for row in rows for each in row.maps), default=0)
    tallest = max(_size(row.pixels, tile)[0] for row in rows)
    images = max(1, min(len(rows), (WIDEST + GAP) // width))
    return _Layout(tile, maps, images, tallest + below + GAP)


def _height(row: Row, layout: _Layout) -> int:
    """Return the height of one image with its maps."""
    lines = 1 + max((line for line, _ in layout.places(row)), default=0)
    return HEADING + lines * layout.height


def _refuse_too_large(rows: Sequence[Row], layout: _Layout) -> None:
    pixels = sum(_height(row, layout) for row in rows) * layout.width
    if pixels > LIMIT_PIXELS:
        raise UsageError(
            f"a page of {counted(len(rows), 'image')} with {counted(len(rows[0].maps), 'map')} "
            f"each would have {pixels // 1_000_000:,} million pixels",
            hint="Explain fewer images at a time, or by fewer methods and layers.",
        )


def _below(each: Overlay, tile: int) -> int:
    """Return the height of what stands below a map."""
    curves = height_of(tile) if each.curves is not None else 0
    return 6 + 3 * LINE + 3 + LINE * len(_lines(each, tile)) + curves + 6


def _lines(each: Overlay, tile: int) -> list[tuple[str, str]]:
    """Return what stands below the name of a map, line by line, with its colour."""
    texts = [*((line, GREY) for line in each.lines), *((line, WARNING) for line in each.warnings)]
    small = font(SMALL)
    return [(part, colour) for text, colour in texts for part in wrapped(text, tile, small)]


def _block(row: Row, layout: _Layout) -> Image:
    """Draw one image with its maps, below its name."""
    from PIL import Image, ImageDraw

    made = Image.new("RGB", (layout.width + 2 * EDGE, _height(row, layout)), "white")
    draw = ImageDraw.Draw(made)
    bold, small = font(NAME, bold=True), font(SMALL)
    draw.line((EDGE, 0, layout.width, 0), RIM)
    draw.text((EDGE, 6), shortened(row.name, layout.width, bold), BLACK, bold)
    said = shortened(row.line, layout.width, small)
    draw.text((EDGE, 25), said, GREY, small)
    if row.warning:
        left = EDGE + small.getlength(f"{said}  ")
        draw.text((left, 25), shortened(row.warning, layout.width - left, small), WARNING, small)
    _picture(made, draw, _resized(coloured(row.pixels), layout.tile), (EDGE, HEADING))
    for (down, right), each in zip(layout.places(row), row.maps, strict=True):
        place = (EDGE + (1 + right) * (layout.tile + GAP), HEADING + down * layout.height)
        _overlay(made, draw, row.pixels, each, place, layout.tile)
    return made


def _overlay(
    made: Image,
    draw: ImageDraw,
    pixels: np.ndarray,
    each: Overlay,
    place: tuple[int, int],
    tile: int,
) -> None:
    left, top = place
    height, width = _size(pixels, tile)
    shades = scale(each.values)
    small = _resized(coloured(pixels), tile) if max(pixels.shape[:2]) > tile else pixels
    drawn = grey(small) if each.empty else blended(small, each.values, shades)
    _picture(made, draw, _resized(drawn, tile), place)
    top += height + 6
    small, bold = font(SMALL), font(NAME, bold=True)
    if each.empty:
        for number, text in enumerate(wrapped(each.empty, tile, small)[:2]):
            draw.text((left, top + LINE * number), text, GREY, small)
    else:
        is_cut = float(abs(each.values).max()) > shades.high
        _scale(made, draw, shades, (left, top, width), is_cut=is_cut)
    top += 2 * LINE
    draw.text((left, top), shortened(each.name, tile, bold), BLACK, bold)
    top += LINE + 3
    for text, colour in _lines(each, tile):
        draw.text((left, top), text, colour, small)
        top += LINE
    if each.curves is not None:
        made.paste(draw_curves(each.curves, tile), (left, top))


def _scale(
    made: Image, draw: ImageDraw, shades: Shades, box: tuple[int, int, int], *, is_cut: bool
) -> None:
    """Draw the bar that says which colour is which value, and if values lie beyond it."""
    from PIL import Image

    left, top, width = box
    small = font(SMALL)
    made.paste(Image.fromarray(shades.ramp(width).repeat(BAR, axis=0)), (left, top))
    draw.rectangle((left - 1, top - 1, left + width, top + BAR), outline=RIM)
    below, above = ("≤ ", "≥ ") if is_cut else ("", "")
    low = f"{below if shades.is_two_sided else ''}{figure(shades.low, 2)}"
    draw.text((left, top + BAR + 2), low, GREY, small)
    high = f"{above}{figure(shades.high, 2)}"
    draw.text((left + width, top + BAR + 2), high, GREY, small, anchor="ra")
    if shades.is_two_sided:
        draw.text((left + width // 2, top + BAR + 2), "0", GREY, small, anchor="ma")


def _size(pixels: np.ndarray, tile: int) -> tuple[int, int]:
    """Return height and width of an image whose longer side fills a tile."""
    factor = tile / max(pixels.shape[:2])
    return max(1, round(pixels.shape[0] * factor)), max(1, round(pixels.shape[1] * factor))


def _resized(pixels: np.ndarray, tile: int) -> np.ndarray:
    from cnncli.images.opencv import load_cv2

    cv2 = load_cv2()
    height, width = _size(pixels, tile)
    # Pixels that are enlarged stay squares that one can count.
    way = cv2.INTER_AREA if height < pixels.shape[0] else cv2.INTER_NEAREST
    resized: Any = cv2.resize(pixels, (width, height), interpolation=way)
    return resized


def _picture(made: Image, draw: ImageDraw, pixels: np.ndarray, place: tuple[int, int]) -> None:
    from PIL import Image

    left, top = place
    made.paste(Image.fromarray(pixels), place)
    draw.rectangle((left - 1, top - 1, left + pixels.shape[1], top + pixels.shape[0]), outline=RIM)
