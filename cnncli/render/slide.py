"""A window sliding over a small crop, as a GIF: pixels, weights, products, feature map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from cnncli.errors import UsageError
from cnncli.images.convolution import Arithmetic, Sliding, arithmetic, convolve
from cnncli.images.display import plain, show
from cnncli.images.kernels import Kernel
from cnncli.images.sliding import OUTSIDE, Axis, outside
from cnncli.render.lettering import font, shortened
from cnncli.render.palette import BLUE, VERMILION

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_KERNEL = 9
PLACES = 8  # of the window along one side
CELL, SMALLEST, LETTERS = 40, 26, 13
WIDTH = 520
MARGIN, GAP, TITLE = 24, 70, 56
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
    """What stays the same in all frames: the grids, the shown response and the words."""

    rows: Axis
    columns: Axis
    source: Grid
    result: Grid
    cell: int
    size: tuple[int, int]
    kernel: Kernel
    sliding: Sliding
    activation: str | None


def crop_side(kernel: Kernel, sliding: Sliding) -> int:
    """Return how many pixels a side a crop needs; UsageError for kernels too large to draw."""
    taps = max(kernel.rows, kernel.columns)
    reach = (taps - 1) * sliding.dilation + 1
    if taps > LARGEST_KERNEL:
        raise UsageError(
            f"--animate draws kernels of up to {LARGEST_KERNEL} x {LARGEST_KERNEL} weights, "
            f"not {kernel.rows} x {kernel.columns}",
            hint="Choose a smaller one: gaussian:size=5",
        )
    if reach > 2 * LARGEST_KERNEL:
        raise UsageError(
            f"--animate draws windows of up to {2 * LARGEST_KERNEL} pixels a side, "
            f"and weights {sliding.dilation} apart span {reach}",
            hint="Choose a smaller --dilation.",
        )
    across = (PLACES - 1) * sliding.stride
    return across + (reach if sliding.padding == "valid" else 1)


def draw(
    path: Path,
    pixels: NDArray[Any],
    corner: tuple[int, int],
    kernel: Kernel,
    sliding: Sliding,
    activation: str | None,
    name: str,
) -> None:
    """Write the animation over `pixels` (height x width x 1), taken for a whole image."""
    scene = _scene(pixels, kernel, sliding, activation)
    base = _base(scene, pixels, f"{name}, from row {corner[0]}, column {corner[1]}: {kernel.name}")
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
        for ink in (VERMILION, BLUE)
        for i in range(25)
    ]
    palette = Image.new("P", (1, 1))
    palette.putpalette([c for colour in [*greys, *inks] for c in colour])
    return palette


def _scene(pixels: NDArray[Any], kernel: Kernel, sliding: Sliding, activation: str | None) -> Scene:
    rows, columns = sliding.axes(pixels.shape[0], pixels.shape[1], kernel)
    high = (rows.out - 1) * rows.stride + rows.reach
    wide = (columns.out - 1) * columns.stride + columns.reach
    products = [pixels.astype(np.float64) * weight for m in kernel.matrices for weight in m.flat]
    cell = _cell_side([*kernel.matrices, *products], 3 * kernel.columns)
    source = Grid(MARGIN, TITLE + 24, _cell_side([pixels], max(high, wide)), high, wide)
    response = _cell_side([convolve(pixels, kernel, sliding)], PLACES)
    result = Grid(source.right + GAP, TITLE + 24, response, rows.out, columns.out)
    below = max(source.bottom, result.bottom) + 52
    lines = len(kernel.matrices) * (kernel.rows * cell + 40) + 60
    across = 3 * kernel.columns * cell + 2 * 44 + 190
    size = (max(result.right + MARGIN, MARGIN + across + MARGIN, 680), below + lines)
    return Scene(rows, columns, source, result, cell, size, kernel, sliding, activation)


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

    padding = scene.sliding.padding
    words = {"same": "zeros around it", "valid": "no padding", "reflect": "mirrored at its edges"}
    _caption(pen, scene.source, f"pixels, {words.get(padding, 'its edges repeated')}")
    _caption(pen, scene.result, "feature map")
    shades = plain(pixels).pixels
    down = outside(np.arange(scene.source.rows) - scene.rows.before, pixels.shape[0], padding)
    places = np.arange(scene.source.columns) - scene.columns.before
    across = outside(places, pixels.shape[1], padding)
    for row, i in enumerate(down):
        for column, j in enumerate(across):
            inside = 0 <= row - scene.rows.before < pixels.shape[0] and (
                0 <= column - scene.columns.before < pixels.shape[1]
            )
            value = 0.0 if OUTSIDE in (i, j) else float(pixels[i, j, 0])
            _cell(pen, scene.source, row, column, value, shades[i, j, 0] if inside else None)
    for row in range(scene.result.rows):
        for column in range(scene.result.columns):
            pen.rectangle(scene.result.box(row, column), NOTHING, LINE)
    return picture


def _frames(scene: Scene, base: Image.Image, pixels: NDArray[Any]) -> Iterator[Image.Image]:
    response = convolve(pixels, scene.kernel, scene.sliding)
    shades = show(response, scene.kernel, pixels).pixels
    filled = base
    for row in range(scene.rows.out):
        for column in range(scene.columns.out):
            (worked,) = arithmetic(pixels, scene.kernel, scene.sliding, row, column)
            filled = filled.copy()
            pen = ImageDraw.Draw(filled)
            _cell(pen, scene.result, row, column, worked.output, shades[row, column, 0])
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
                _cell(pen, grid, i, j, float(value), None, BLUE if index == 1 else "black")
            middle = (grid.y + grid.bottom) // 2
            sign = ("×", "=", "")[index]
            pen.text((grid.right + 22, middle), sign, "black", font(20), anchor="mm")
            x = grid.right + 44
        total = f"sum {_short(products.sum())}"
        pen.text((x - 20, (y + grid.bottom) // 2), total, "black", font(17), anchor="lm")
        y = grid.bottom + 40
    pen.text((MARGIN, y - 14), _ending(scene, worked), VERMILION, font(17, bold=True))


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
    value: float,
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
    pen.text(middle, _short(value), ink, font(LETTERS), anchor="mm")


def _short(value: float) -> str:
    """Return a number in few characters: 1234, 0.11, 1e-05."""
    if value == round(value) and abs(value) < 100_000:
        return str(int(value))
    text = f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
