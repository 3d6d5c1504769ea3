"""confusion.png: how many images of each class were taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cnncli import files
from cnncli.render import figure

NUMBERS_UP_TO = 25  # classes; beyond it the numbers in the cells could not be read


def draw_confusion(
    confusion: Sequence[Sequence[int]], classes: Sequence[str], title: str, path: Path
) -> None:
    """Draw a confusion matrix: a row for each true class, coloured by its share of the row."""
    import numpy as np

    counts = np.array(confusion)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = min(3.0 + 0.5 * len(classes), 14)
    drawing = figure.new(side + 0.9, side)
    axes = drawing.subplots()
    picture = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    places = range(len(classes))
    # The names are people's own: a dollar in them begins no formula.
    axes.set_xticks(places, classes, rotation=0 if _short(classes) else 90, parse_math=False)
    axes.set_yticks(places, classes, parse_math=False)
    axes.set(xlabel="predicted", ylabel="true", title=title)
    if len(classes) <= NUMBERS_UP_TO:
        size = 12 if len(classes) < 5 else 9 if len(classes) < 12 else 6
        for row, column in np.ndindex(counts.shape):
            dark = shares[row, column] > 0.5
            axes.text(column, row, str(counts[row, column]), ha="center", va="center",
                      fontsize=size, color="white" if dark else "black")  # fmt: skip
    drawing.colorbar(picture, ax=axes, shrink=0.8, label="share of the true class")
    with files.replacing(path) as temporary:
        figure.save(drawing, temporary, path.suffix)


def _short(classes: Sequence[str]) -> bool:
    """Whether the names fit side by side under the columns."""
    return sum(len(name) for name in classes) <= 4 * len(classes) + 12
