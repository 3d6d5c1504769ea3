"""confusion.png: how many images of each class were taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cnncli import files
from cnncli.render.pictures import figure

NUMBERS_UP_TO = 25  # classes; beyond it the numbers in the cells could not be read
POINTS, SMALLEST = 10.0, 3.0  # size of a name; where it would be smaller, names are left out
LETTER = 0.6  # width of a letter as a share of its size
INCH = 72.0  # points


def draw_confusion(
    confusion: Sequence[Sequence[int]], classes: Sequence[str], title: str, path: Path
) -> None:
    """Draw a confusion matrix: a row for each true class, coloured by its share of the row."""
    import numpy as np

    counts = np.array(confusion)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = min(2.5 + 0.5 * len(classes), 12)
    size = min(POINTS, 0.8 * INCH * side / len(classes))
    longest = max(len(name) for name in classes) * LETTER * size / INCH if size >= SMALLEST else 0
    upright = longest > side / len(classes)
    drawing = figure.new(side + 1.6 + longest, side + 0.8 + (longest if upright else 0))
    axes = drawing.subplots()
    picture = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    if size >= SMALLEST:
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_ticks(range(len(classes)), classes, fontsize=size)
        axes.tick_params("x", rotation=90 if upright else 0)
    axes.set(xlabel="predicted", ylabel="true")
    drawing.suptitle(title, fontsize=12)
    if len(classes) <= NUMBERS_UP_TO:
        digits = 12 if len(classes) < 5 else 9 if len(classes) < 12 else 6
        for row, column in np.ndindex(counts.shape):
            dark = shares[row, column] > 0.5
            axes.text(column, row, str(counts[row, column]), ha="center", va="center",
                      fontsize=digits, color="white" if dark else "black")  # fmt: skip
    drawing.colorbar(picture, ax=axes, shrink=0.8, label="share of the true class")
    with files.replacing(path) as temporary:
        figure.save(drawing, temporary, path.suffix)
