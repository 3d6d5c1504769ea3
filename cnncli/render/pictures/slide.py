"""A window sliding over a part of an image, as a GIF: pixels, weights, products, feature map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from cnncli.images.convolution import Arithmetic, arithmetic, convolve
from cnncli.images.display import plain, show
from cnncli.images.kernels import Kernel
from cnncli.images.sliding import OUTSIDE, Axis, Sliding, outside
from cnncli.render.pictures.lettering import font, shortened
from cnncli.render.pictures.palette import NEGATIVE, POSITIVE, VERMILION
from cnncli.render.pictures.slide_part import Part, places
from cnncli.render.terminal.matrices import weight

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELL, SMALLEST, LETTERS = 40, 26, 13
WIDTH = 520
MARGIN, GAP, TITLE = 24, 70, 80
# The first steps stay long enough to follow the arithmetic, the last one to look at the whole.
SLOW_STEPS, SLOW_MS, STEP_MS, HOLD_MS = 3, 2000, 300, 3000
NOTHING = "#F3F3F3"
LINE = "#BBBBBB"


@dataclass(frozen=True)
class Grid:
    """Squares with numbers in them, drawn with the upper left corner at `x`, `y`."""

    x: int
    y: int
    cell: int
    rows: int
    columns: int

    def box(self, row: int, column: int, rows: int = 1, columns: int = 1) -> tuple[int, ...]:
        """Return the corners of a rectangle of cells, in pixels."""
        left, top = self.x + column * self.cell, self.y + row * self.cell
        return left, top, left + columns * self.cell, top + rows * self.cell

    @property
    def right(self) -> int:
        return self.x + self.columns * self.cell

    @property
    def bottom(self) -> int:
        return self.y + self.rows * self.cell


@dataclass(frozen=True)
class Scene:
    """What stays the same in all frames: the grids, the response and the words."""

    part: Part
    response: NDArray[np.float32]
    rows: Axis
    columns: Axis
    source: Grid
    result: Grid
    cell: int
    size: tuple[int, int]
    kernel: Kernel
    sliding: Sliding
    activation: str | None


def draw(
    path: Path,
    pixels: NDArray[Any],
    part: Part,
    kernel: Kernel,
    sliding: Sliding,
    activation: str | None,
    name: str,
) -> None:
    """Write the animation over a part of `pixels` (height x width x 1)."""
    scene = _scene(pixels, part, kernel, sliding, activation)
    base = _base(scene, pixels, f"{name}: {kernel.name}")
    frames = list(_frames(scene, base, pixels))
    palette = _palette()
    flat = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    durations = [SLOW_MS if step < SLOW_STEPS else STEP_MS for step in range(len(flat) - 1)]
    flat[0].save(
        path,
        format="GIF",
        save_all=True,
        append_images=flat[1:],
        duration=[*durations, HOLD_MS],
        loop=0,
    )


def _palette() -> Image.Image:
    """Return one palette for all frames: greys, and both inks as they fade into paper."""
    greys = [(round(i * 255 / 199),) * 3 for i in range(200)]
    inks = [
        tuple(round(c + (255 - c) * i / 24) for c in ImageColor.getrgb(ink)[:3])
        for ink in (NEGATIVE, POSITIVE)
        for i in range(25)
    ]
    palette = Image.new("P", (1, 1))
    palette.putpalette([c for colour in [*greys, *inks] for c in colour])
    return palette


def _scene(
    pixels: NDArray[Any], part: Part, kernel: Kernel, sliding: Sliding, activation: str | None
) -> Scene:
    rows, columns = sliding.axes(pixels.shape[0], pixels.shape[1], kernel)
    high, wide = map(len, part.pixels)
    seen = _cut(pixels, part.inside(pixels))
    products = [seen.astype(np.float64) * weight for m in kernel.matrices for weight in m.flat]
    cell = _cell_side([*kernel.matrices, *products], 3 * kernel.columns)
    source = Grid(MARGIN, TITLE + 24, _cell_side([seen], max(high, wide)), high, wide)
    response = _cut(convolve(pixels, kernel, sliding), part.places)
    side = _cell_side([response], max(response.shape[:2]))
    result = Grid(source.right + GAP, TITLE + 24, side, response.shape[0], response.shape[1])
    below = max(source.bottom, result.bottom) + 52
    lines = len(kernel.matrices) * (kernel.rows * cell + 40) + 60
    across = 3 * kernel.columns * cell + 2 * 44 + 190
    size = (max(result.right + MARGIN, MARGIN + across + MARGIN, 680), below + lines)
    return Scene(
        part, response, rows, columns, source, result, cell, size, kernel, sliding, activation
    )


def _cut(values: NDArray[Any], part: tuple[range, range]) -> NDArray[Any]:
    down, across = part
    return values[down.start : down.stop, across.start : across.stop]


def _cell_side(arrays: Sequence[NDArray[Any]], along: int) -> int:
    """Return the side of squares that hold the numbers of `arrays`, `along` of them in a row.

    Where that would become too wide a picture, they are as small as is fit for squares without.
    """
    texts = {_short(float(value)) for array in arrays for value in np.unique(array)}
    needed = round(max(font(LETTERS).getlength(text) for text in texts)) + 6
    side = max(needed, SMALLEST, min(CELL, WIDTH // along))
    return side if side * along <= 1.5 * WIDTH else min(SMALLEST - 1, max(8, WIDTH // along))


def _base(scene: Scene, pixels: NDArray[Any], title: str) -> Image.Image:
    """Return the parts that do not move: the title, the pixels and the empty feature map."""
    picture = Image.new("RGB", scene.size, "white")
    pen = ImageDraw.Draw(picture)
    bold = font(17, bold=True)
    pen.text((MARGIN, 18), shortened(title, scene.size[0] - 2 * MARGIN, bold), "black", bold)
    seen = scene.part.inside(pixels)
    pen.text((MARGIN, 44), f"pixels: {places(seen)}", "#444444", font(14))
    _caption(pen, scene.source, f"pixels{_around(scene, seen)}")
    _caption(pen, scene.result, "feature map")
    _pixels(pen, scene, pixels)
    for row in range(scene.result.rows):
        for column in range(scene.result.columns):
            pen.rectangle(scene.result.box(row, column), NOTHING, LINE)
    return picture


def _around(scene: Scene, seen: tuple[range, range]) -> str:
    """Say what the windows find outside of the image, where they reach out of it."""
    if seen == scene.part.pixels:
        return ""
    words = {"same": "zeros", "reflect": "mirrored pixels", "edge": "its edges repeated"}
    return f", {words[scene.sliding.padding]} around the image"


def _pixels(pen: ImageDraw.ImageDraw, scene: Scene, pixels: NDArray[Any]) -> None:
    """Draw the pixels under the windows; what lies outside of the image is on paper."""
    down, across = scene.part.inside(pixels)
    shades = plain(_cut(pixels, (down, across))).pixels
    padding = scene.sliding.padding
    height, width = pixels.shape[:2]
    taken_rows = outside(np.array(scene.part.pixels[0]), height, padding)
    taken_columns = outside(np.array(scene.part.pixels[1]), width, padding)
    for row, i in enumerate(scene.part.pixels[0]):
        for column, j in enumerate(scene.part.pixels[1]):
            k, m = taken_rows[row], taken_columns[column]
            value = 0.0 if OUTSIDE in (k, m) else float(pixels[k, m, 0])
            is_inside = i in down and j in across
            shade = shades[i - down.start, j - across.start, 0] if is_inside else None
            _cell(pen, scene.source, row, column, _short(value), shade)


def _frames(scene: Scene, base: Image.Image, pixels: NDArray[Any]) -> Iterator[Image.Image]:
    seen = _cut(pixels, scene.part.inside(pixels))
    shades = show(scene.response, scene.kernel, seen).pixels
    filled = base
    for row, i in enumerate(scene.part.places[0]):
        for column, j in enumerate(scene.part.places[1]):
            (worked,) = arithmetic(pixels, scene.kernel, scene.sliding, i, j)
            filled = filled.copy()
            pen = ImageDraw.Draw(filled)
            _cell(pen, scene.result, row, column, _short(worked.output), shades[row, column, 0])
            frame = filled.copy()
            _point(scene, frame, row, column)
            _work(scene, frame, worked)
            yield frame


def _point(scene: Scene, frame: Image.Image, row: int, column: int) -> None:
    """Mark the window and the place that it fills."""
    pen = ImageDraw.Draw(frame)
    top, left = row * scene.rows.stride, column * scene.columns.stride
    window = scene.source.box(top, left, scene.rows.reach, scene.columns.reach)
    pen.rectangle(window, None, VERMILION, 3)
    pen.rectangle(scene.result.box(row, column), None, VERMILION, 3)


def _work(scene: Scene, frame: Image.Image, worked: Arithmetic) -> None:
    """Draw the products below, a line for each matrix of the kernel, and what comes of them."""
    pen = ImageDraw.Draw(frame)
    y = max(scene.source.bottom, scene.result.bottom) + 52
    window = worked.window[:, :, 0]
    for matrix, products in zip(worked.weights, worked.products, strict=True):
        x = MARGIN
        grids = (np.nan_to_num(window), matrix, products[:, :, 0])
        for index, values in enumerate(grids):
            grid = Grid(x, y, scene.cell, *values.shape)
            _caption(pen, grid, ("window", "kernel", "products")[index])
            for (i, j), value in np.ndenumerate(values):
                text = _weight(float(value)) if index == 1 else _short(float(value))
                _cell(pen, grid, i, j, text, None, _ink(value) if index == 1 else "black")
            middle = (grid.y + grid.bottom) // 2
            sign = ("×", "=", "")[index]
            pen.text((grid.right + 22, middle), sign, "black", font(20), anchor="mm")
            x = grid.right + 44
        total = f"sum {_short(products.sum())}"
        pen.text((x - 20, (y + grid.bottom) // 2), total, "black", font(17), anchor="lm")
        y = grid.bottom + 40
    pen.text((MARGIN, y - 14), _ending(scene, worked), VERMILION, font(17, bold=True))


def _ink(weight: float) -> str:
    """Return the colour of a weight's sign."""
    if weight == 0:
        return "black"
    return POSITIVE if weight > 0 else NEGATIVE


def _ending(scene: Scene, worked: Arithmetic) -> str:
    steps = [" and ".join(_short(response) for response in worked.responses)]
    if len(worked.responses) > 1:
        steps.append(f"magnitude {_short(worked.combined)}")
    if scene.sliding.bias:
        steps.append(f"with bias {scene.sliding.bias:+g}: {_short(worked.biased)}")
    if scene.activation is not None:
        steps.append(f"{scene.activation}: {_short(worked.output)}")
    return "output: " + " → ".join(steps)


def _caption(pen: ImageDraw.ImageDraw, grid: Grid, text: str) -> None:
    pen.text((grid.x, grid.y - 21), text, "#444444", font(14))


def _cell(
    pen: ImageDraw.ImageDraw,
    grid: Grid,
    row: int,
    column: int,
    text: str,
    shade: int | None,
    ink: str = "black",
) -> None:
    """Draw one square: `shade` is its grey, None for paper."""
    box = grid.box(row, column)
    pen.rectangle(box, NOTHING if shade is None else (int(shade),) * 3, LINE)
    if shade is not None:
        ink = "white" if shade < 128 else "black"
    if grid.cell < SMALLEST:
        return
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    pen.text(middle, text, ink, font(LETTERS), anchor="mm")


def _weight(value: float) -> str:
    exact = weight(value) or ""
    return exact if "/" in exact and len(exact) <= len("1/81") else _short(value)


def _short(value: float) -> str:
    """Return a number in few characters: 1234, 0.11, 1e-05."""
    if value == round(value) and abs(value) < 100_000:
        return str(int(value))
    text = f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
