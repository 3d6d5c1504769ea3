"""curves.png: how loss and accuracy went, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnncli import files
from cnncli.render.pictures.palette import BLUE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# The second line is dashed as well, for print without colour.
TRAINING, VALIDATION = BLUE, VERMILION
DECADES = 1000.0  # between the largest and the smallest loss, from which on its axis is logarithmic


def draw_curves(history: Sequence[Mapping[str, float]], best: int | None, path: Path) -> None:
    """Draw loss and accuracy of both parts over the epochs; the best epoch is marked."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    _draw(left, history, "loss", best)
    _draw(right, history, "accuracy", best)
    left.legend(frameon=False)
    with files.replacing(path) as temporary:
        figure.savefig(temporary)


def starts(history: Sequence[Mapping[str, float]]) -> dict[int, float]:
    """Return the first epoch of each phase but the first one, by the number of the phase."""
    found: dict[int, float] = {}
    for row in history:
        found.setdefault(int(row.get("phase", 1)), row["epoch"])
    return {number: epoch for number, epoch in found.items() if number > 1}


def _draw(axes: Axes, history: Sequence[Mapping[str, float]], name: str, best: int | None) -> None:
    from matplotlib.ticker import MaxNLocator

    epochs = [row["epoch"] for row in history]
    marker = "o" if len(epochs) <= 30 else ""
    axes.plot(epochs, [row[name] for row in history], color=TRAINING, label="training",
              marker=marker, markersize=3)  # fmt: skip
    if f"val_{name}" in history[-1]:
        axes.plot(epochs, [row[f"val_{name}"] for row in history], color=VALIDATION,
                  label="validation", marker=marker, markersize=3, linestyle="--")  # fmt: skip
    if best is not None:
        axes.axvline(best, color="0.6", linewidth=1, linestyle=":", label=f"best epoch ({best})")
    for number, epoch in starts(history).items():
        axes.axvline(epoch - 0.5, color="0.75", linewidth=1, label="_")
        axes.annotate(f"phase {number}", (epoch - 0.5, 1), (3, -3), fontsize=8, color="0.4",
                      xycoords=("data", "axes fraction"), textcoords="offset points",
                      va="top")  # fmt: skip
    shown = [row[key] for row in history for key in (name, f"val_{name}") if key in row]
    if name == "loss" and max(shown) > DECADES * min(shown) > 0:
        axes.set_yscale("log")
    axes.set_xlim(0.5, len(epochs) + 0.5)
    axes.set_xlabel("epoch")
    axes.set_ylabel(name)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="0.92")
