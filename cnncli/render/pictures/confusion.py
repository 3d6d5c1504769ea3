"""confusion.png: how many images of each class were taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnncli import files
from cnncli.metrics.matrix import Normalize, normalized
from cnncli.render.pictures import figure

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.colors import PowerNorm

NUMBERS_UP_TO = 25  # classes; beyond it the numbers in the cells could not be read
COUNTS_UP_TO = 6  # classes; beyond it a cell has no room for the number of images as well
POINTS, SMALLEST = 10.0, 3.0  # size of a name; where it would be smaller, names are left out
LETTER = 0.6  # width of a letter as a share of its size
INCH = 72.0  # points
# The root of a share is its shade: a mistake of 2 % is as dark as 14 % would be, and is seen.
GAMMA = 0.5
RIGHT, WRONG = "Blues", "Oranges"
DARK = 0.45  # share from which letters on it are white


def draw_confusion(
    confusion: Sequence[Sequence[int]],
    classes: Sequence[str],
    title: str,
    path: Path,
    how: Normalize = "true",
) -> None:
    """Draw a confusion matrix: a row for each true class, shares in percent (see `normalized`).

    What is right is blue and what is wrong orange; cells of no image are blank.
    """
    import numpy as np

    counts = np.array(confusion)
    shares = normalized(counts, how)
    side = min(2.5 + 0.55 * len(classes), 12)
    size = min(POINTS, 0.8 * INCH * side / len(classes))
    named = size >= SMALLEST
    rows = [f"{name} ({count:,})" for name, count in zip(classes, counts.sum(axis=1), strict=True)]
    longest = max(map(len, rows)) * LETTER * size / INCH if named else 0
    upright = longest > side / len(classes)
    drawing = figure.new(side + 2.2 + longest, side + 0.8 + (longest if upright else 0))
    axes = drawing.subplots()
    right = np.eye(len(classes), dtype=bool)
    for cells, colours, label in ((right, RIGHT, "right"), (~right, WRONG, "wrong")):
        seen = np.ma.masked_array(shares, ~cells | (counts == 0))
        picture = axes.imshow(seen, cmap=colours, norm=_norm())
        bar = drawing.colorbar(picture, ax=axes, shrink=0.8, pad=0.02, ticks=_TICKS)
        bar.set_label(label)
        bar.ax.set_yticklabels([f"{100 * tick:g} %" for tick in _TICKS] if label == "wrong" else [])
    if named:
        axes.xaxis.set_ticks(range(len(classes)), classes, fontsize=size)
        axes.yaxis.set_ticks(range(len(classes)), rows, fontsize=size)
        axes.tick_params("x", rotation=90 if upright else 0)
    axes.set(xlabel="predicted", ylabel="true (images)")
    drawing.suptitle(f"{title}\nin % of {_OF[how]}", fontsize=12)
    if len(classes) <= NUMBERS_UP_TO:
        _write_numbers(axes, counts, shares)
    with files.replacing(path) as temporary:
        figure.save(drawing, temporary, path.suffix)


_OF = {"true": "the true class", "pred": "the predicted class", "all": "all images"}
_TICKS = (0.01, 0.05, 0.2, 0.5, 1.0)


def _norm() -> PowerNorm:
    from matplotlib.colors import PowerNorm

    return PowerNorm(GAMMA, vmin=0, vmax=1)


def _write_numbers(axes: Axes, counts: np.ndarray, shares: np.ndarray) -> None:
    """Write the percent into each cell that has images, and where there is room their number."""
    import numpy as np

    classes = len(counts)
    size = 11 if classes < 5 else 9 if classes < 12 else 6
    for row, column in np.argwhere(counts).tolist():
        share, count = shares[row, column], counts[row, column]
        text = _percent(share)
        if classes <= COUNTS_UP_TO:
            text += f" %\n{count:,}"
        axes.text(column, row, text, ha="center", va="center", fontsize=size,
                  color="white" if share > DARK else "black")  # fmt: skip


def _percent(share: float) -> str:
    """Return a share in whole percent; neither 0 nor 100 for what is not quite so."""
    if share >= 0.995:
        return "100" if share == 1 else ">99"
    return "<1" if share < 0.005 else f"{100 * share:.0f}"
