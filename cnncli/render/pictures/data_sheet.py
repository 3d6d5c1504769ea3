"""Contact sheets of a data set: some images of each class, and what augmentation makes of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnncli.data.index import Item
from cnncli.data.report import Report
from cnncli.images.prepare import to_levels
from cnncli.images.reader import read
from cnncli.images.resize import resize
from cnncli.render.pictures import figure
from cnncli.words import counted

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure

COLUMNS = 8
MAX_CLASSES = 12
CELL = 1.05  # inches
THUMBNAIL = 160


def contact_sheet(report: Report) -> Figure:
    """Draw a row of images for each class, spread evenly over its files; 10 comes after 2."""
    classes = sorted(report.classes, key=_natural)[:MAX_CLASSES]
    counts = report.counts()
    sheet = figure.new(CELL * COLUMNS + 1.3, (CELL + 0.22) * len(classes) + 0.6, None)
    grid = _grid(sheet, len(classes), COLUMNS)
    for number, label in enumerate(classes):
        rows = [row for row, item in enumerate(report.items) if item.label == label]
        rows.sort(key=lambda row: _natural(report.items[row].file))
        for column, row in enumerate(_spread(rows, COLUMNS)):
            axes = sheet.add_subplot(grid[number, column])
            _picture(axes, _thumbnail(report, row), _name(report.items[row]))
            if column == 0:
                _row_title(axes, f"{_short(label, 16)}\n{counted(counts[label].total(), 'image')}")
    more = len(report.classes) - len(classes)
    shown = f", the first {MAX_CLASSES} classes" if more > 0 else ""
    title = f"{report.index.name}: {counted(len(report.items), 'image')}{shown}"
    sheet.text(
        0.01,
        0.99,
        _short(title, 90),
        va="top",
        ha="left",
        fontsize=10,
        weight="bold",
        parse_math=False,
    )
    return sheet


def augmented_sheet(
    items: Sequence[Item], pixels: np.ndarray, variants: Sequence[np.ndarray]
) -> Figure:
    """Draw each image as it is, and beside it what the augmentation made of it.

    `pixels` and each of `variants` are uint8 N x height x width x channels.
    """
    columns = len(variants) + 1
    sheet = figure.new(CELL * columns + 1.3, (CELL + 0.05) * len(items) + 0.6, None)
    grid = _grid(sheet, len(items), columns)
    for row, item in enumerate(items):
        for column, batch in enumerate((pixels, *variants)):
            axes = sheet.add_subplot(grid[row, column])
            _picture(axes, batch[row])
            if column == 0:
                _row_title(
                    axes, f"{_short(item.label, 16)}\n{_short(item.file.rpartition('/')[2])}"
                )
            if row == 0:
                title = "as it is" if column == 0 else f"change {column}"
                axes.set_title(title, fontsize=8)
    return sheet


def sample_rows(report: Report, count: int) -> list[int]:
    """Return the rows of `count` images, of as many classes as possible."""
    by_class = {label: [] for label in report.classes}  # type: dict[str, list[int]]
    for row, item in enumerate(report.items):
        by_class[item.label].append(row)
    rows: list[int] = []
    for turn in range(count):
        for members in by_class.values():
            if turn < len(members) and len(rows) < count:
                rows.append(members[turn])
    return sorted(rows)


def _grid(sheet: Figure, rows: int, columns: int) -> Any:
    width, height = sheet.get_size_inches()
    return sheet.add_gridspec(
        rows,
        columns,
        left=1.2 / width,
        right=1 - 0.08 / width,
        bottom=0.08 / height,
        top=1 - 0.5 / height,
        wspace=0.08,
        hspace=0.25,
    )


def _picture(axes: Any, pixels: np.ndarray, title: str = "") -> None:
    grey = pixels.shape[2] == 1
    shown = pixels[:, :, 0] if grey else pixels
    axes.imshow(shown, cmap="gray" if grey else None, vmin=0, vmax=255, interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    if title:
        axes.set_title(title, fontsize=6, pad=2, parse_math=False)


def _row_title(axes: Any, text: str) -> None:
    # The names are people's own: a dollar in them begins no formula.
    axes.set_ylabel(
        text, rotation=0, ha="right", va="center", fontsize=8, labelpad=6, parse_math=False
    )


def _thumbnail(report: Report, row: int) -> np.ndarray:
    item, facts = report.items[row], report.facts[row]
    value_range = (float(facts["low"]), float(facts["high"]))
    pixels = to_levels(read(item.source, name=item.file), value_range, report.background).pixels
    if max(pixels.shape[:2]) <= THUMBNAIL:
        return pixels
    scale = THUMBNAIL / max(pixels.shape[:2])
    height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
    return resize(pixels, height, width)


def _spread(rows: Sequence[int], count: int) -> list[int]:
    if len(rows) <= count:
        return list(rows)
    return [rows[(len(rows) - 1) * place // (count - 1)] for place in range(count)]


def _natural(text: str) -> tuple[list[tuple[int, str]], str]:
    """Return a key that sorts numbers in names by what they are worth."""
    # Split at numbers, every second piece is one; the text itself sorts "1" and "01".
    pieces = re.split("([0-9]+)", text.casefold())
    return [
        (int(piece), "") if place % 2 else (0, piece) for place, piece in enumerate(pieces)
    ], text


def _name(item: Item) -> str:
    return _short(item.file.rpartition("/")[2])


def _short(text: str, length: int = 18) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
