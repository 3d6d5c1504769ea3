"""Feature maps on pages: a section for each layer, a tile for each map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.images.display import extremes
from cnncli.images.opencv import load_cv2
from cnncli.render.pictures import feature_layout
from cnncli.render.pictures.feature_layout import (
    ACROSS,
    CELLS,
    FEW,
    GAP,
    HEADING,
    LABEL,
    MARGIN,
    STRIP,
    TILE,
    TOP,
    WIDTH,
    Part,
    Section,
)
from cnncli.render.pictures.lettering import figure, font, shortened, wrapped
from cnncli.render.pictures.shades import Shades

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

TEXT, SMALL, SMALLEST = 16, 13, 10  # pixels
BLACK, GREY, LIGHT, WHITE = (0, 0, 0), (90, 90, 90), (200, 200, 200), (255, 255, 255)
ONE_SCALE = "the lowest to the highest value of a layer, one scale for all its maps."
OWN_SCALES = (
    "the lowest to the highest value of each map, which stand below it (each its own scale)."
)
BOTH_SIDES = "Values on both sides of 0: white is 0, blue above, orange below."
CROSSED = "A crossed map is zero everywhere, for this image."


@dataclass(frozen=True)
class Sheet:
    """Pages of feature maps; of a layer at most `maps` are drawn.

    With `own_scales` each map has a scale of its own: one sees what is in it, and no longer
    which map is the strongest.
    """

    title: str
    parts: Sequence[Sequence[Part]]
    maps: int
    own_scales: bool = False

    def pages(self) -> Iterator[Image]:
        """Draw one page after the other."""
        for number, parts in enumerate(self.parts, start=1):
            count = len(self.parts)
            yield _page(self, parts, f", page {number} of {count}" if count > 1 else "")


def sheet(
    title: str, sections: Sequence[Section], most: int | None = None, *, own_scales: bool = False
) -> Sheet:
    """Lay out layers below each other, on as many pages as they take.

    Of a layer, at most `most` maps are drawn; without it, as many as one leafs through.
    """
    maps = most or feature_layout.fitting(sections)
    return Sheet(title, feature_layout.pages(sections, maps), maps, own_scales)


def _page(sheet: Sheet, parts: Sequence[Part], number: str) -> Image:
    from PIL import Image, ImageDraw

    height = TOP + sum(part.height for part in parts) + MARGIN
    canvas = Image.new("RGB", (WIDTH, height), "white")
    draw = ImageDraw.Draw(canvas)
    _top(draw, sheet, number)
    top = TOP
    for part in parts:
        _heading(canvas, draw, part, top, sheet)
        if part.section.is_vector:
            _vector(canvas, draw, part, top + HEADING)
        else:
            _maps(canvas, draw, part, top + HEADING, sheet)
        top += part.height
    return canvas


def _top(draw: ImageDraw, sheet: Sheet, number: str) -> None:
    bold, small = font(TEXT, bold=True), font(SMALL)
    room = WIDTH - 2 * MARGIN - draw.textlength(number, font=bold)
    title = shortened(sheet.title, round(room), bold) + number
    draw.text((MARGIN, 12), title, fill=BLACK, font=bold)
    for index, line in enumerate(wrapped(_legend(sheet), WIDTH - 2 * MARGIN, small)):
        draw.text((MARGIN, 34 + 17 * index), line, fill=GREY, font=small)


def _legend(sheet: Sheet) -> str:
    """Say what the colours mean that are on the sheet."""
    drawn = [part.section for parts in sheet.parts for part in parts]
    maps = [section for section in drawn if not section.is_picture]
    signed = [section.shades.is_two_sided for section in maps]
    said = []
    if sheet.own_scales or not all(signed):
        said.append(f"Purple to yellow: {OWN_SCALES if sheet.own_scales else ONE_SCALE}")
    if sheet.own_scales or any(signed):
        said.append(BOTH_SIDES)
    if any(section.dead for section in maps):
        said.append(CROSSED)
    return " ".join(said)


def _heading(canvas: Image, draw: ImageDraw, part: Part, top: int, sheet: Sheet) -> None:
    section, bold = part.section, font(TEXT, bold=True)
    draw.line((MARGIN, top, WIDTH - MARGIN, top), fill=LIGHT)
    draw.text((MARGIN, top + 8), section.name, fill=BLACK, font=bold)
    left = MARGIN + draw.textlength(section.name, font=bold) + 12
    type_ = f"{section.type}, continued" if part.start else section.type
    draw.text((left, top + 8), type_, fill=GREY, font=font(TEXT))
    draw.text((MARGIN, top + 30), _about(section, sheet.maps), fill=GREY, font=font(SMALL))
    shares = section.count <= 1 or not sheet.own_scales
    if shares and not section.is_picture and section.limits[0] < section.limits[1]:
        _scale(canvas, draw, section.shades, top + 26)


def _about(section: Section, maps: int) -> str:
    about = " × ".join(map(str, section.values.shape))
    if section.values.ndim == 1:
        about += " value" if section.values.shape == (1,) else " values"
    if section.count > maps:
        about += f", the first {maps} maps" if maps > 1 else ", the first map"
    if section.dead:
        about += f", {len(section.dead)} of them zero everywhere"
    return about


def _scale(canvas: Image, draw: ImageDraw, shades: Shades, top: int) -> None:
    """Draw the bar that says which colour is which value, at the right edge."""
    from PIL import Image

    low, high = (figure(limit, 3) for limit in (shades.low, shades.high))
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


def _maps(canvas: Image, draw: ImageDraw, part: Part, top: int, sheet: Sheet) -> None:
    height, width = part.section.tile
    end = min((part.start + part.rows) * ACROSS, part.section.count, sheet.maps)
    for index in range(part.start * ACROSS, end):
        row, column = divmod(index - part.start * ACROSS, ACROSS)
        left = MARGIN + column * (TILE + GAP)
        box = (left, top + row * part.section.row, width, height)
        _tile(canvas, draw, part.section, index, box, own_scale=sheet.own_scales)


def _tile(
    canvas: Image,
    draw: ImageDraw,
    section: Section,
    index: int,
    box: tuple[int, int, int, int],
    *,
    own_scale: bool,
) -> None:
    from PIL import Image

    left, top, width, height = box
    values = section.values if section.values.ndim == 2 else section.values[:, :, index]
    shades = _own_shades(values) if own_scale else section.shades
    if section.is_picture:
        pixels = _resized(_picture(section.values), height, width)
    else:  # colours take six times the memory of their values
        pixels = shades.colours(_resized(values, height, width))
    canvas.paste(Image.fromarray(pixels), (left, top))
    # White maps would not be seen on the paper.
    draw.rectangle((left - 1, top - 1, left + width, top + height), outline=LIGHT)
    label, colour = str(index), GREY
    if index in section.dead:
        _cross(draw, left, top, width, height)
        label, colour = f"{index} zero", BLACK
    elif own_scale:
        label += f": {figure(shades.low, 2)} to {figure(shades.high, 2)}"
    if section.count > 1:
        fits = draw.textlength(label, font=font(SMALL)) <= TILE + GAP // 2
        size = SMALL if fits else SMALLEST
        draw.text((left, top + height + 2), label, fill=colour, font=font(size))


def _own_shades(values: np.ndarray) -> Shades:
    return Shades(*extremes(values))


def _cross(draw: ImageDraw, left: int, top: int, width: int, height: int) -> None:
    right, bottom = left + width - 1, top + height - 1
    for colour, thickness in ((BLACK, 4), (WHITE, 2)):  # seen on light and on dark
        draw.line((left, top, right, bottom), fill=colour, width=thickness)
        draw.line((left, bottom, right, top), fill=colour, width=thickness)


def _vector(canvas: Image, draw: ImageDraw, part: Part, top: int) -> None:
    """Draw the units of a vector as cells, in rows; of a few, write the values too."""
    from PIL import Image

    section, values = part.section, part.section.drawn
    is_short = values.shape[0] <= FEW
    cell = (WIDTH - 2 * MARGIN) // (FEW if is_short else CELLS)
    for number in range(part.rows):
        start = (part.start + number) * CELLS
        row = section.shades.colours(values[None, start : start + CELLS])
        strip = row.repeat(STRIP - 2, axis=0).repeat(cell, axis=1)
        upper = top + number * STRIP
        canvas.paste(Image.fromarray(strip), (MARGIN, upper))
        rim = (MARGIN - 1, upper - 1, MARGIN + strip.shape[1], upper + strip.shape[0])
        draw.rectangle(rim, outline=LIGHT)
    if not is_short:
        return
    for index, value in enumerate(values.tolist()):
        place = (MARGIN + index * cell, top + STRIP)
        draw.text(place, _short(value), fill=BLACK, font=font(SMALL))
    last = len(section.labels) - 1
    for index, label in enumerate(section.labels):
        left = MARGIN + index * cell
        room = cell - 4 if index < last else WIDTH - MARGIN - left
        text = shortened(label, room, font(SMALL))
        draw.text((left, top + STRIP + LABEL - 2), text, GREY, font(SMALL))


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
