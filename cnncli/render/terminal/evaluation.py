"""An evaluation as text: the figures that matter, a row for each class, the confusion."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from cnncli.render.terminal import table as tables
from cnncli.render.terminal.table import Column, Table
from cnncli.words import counted

FIGURES = ("precision", "recall", "f1", "auc")


def summary_line(metrics: Mapping[str, Any]) -> list[str]:
    """Return lines that say what a run reached."""
    lines = []
    best, because = metrics.get("best_epoch"), metrics.get("best_because")
    if best is not None:
        lines.append(f"Best epoch: {best} of {metrics['epochs']} ({because}).")
    for part in ("validation", "test"):
        if part in metrics:
            lines.append(f"{part.capitalize()}: {headline(metrics[part])}")
    return lines


def headline(figures: Mapping[str, Any]) -> str:
    """Return accuracy and AUC with their intervals, on one line."""
    text = f"accuracy {_with_interval(figures, 'accuracy')}"
    if figures.get("auc") is not None and not math.isnan(figures["auc"]):
        text += f", AUC {_with_interval(figures, 'auc')}"
    return f"{text}, {counted(figures['images'], 'image')}"


def table(figures: Mapping[str, Any], classes: Sequence[str]) -> Table:
    """Return a row for each class: its figures, and how its images were predicted (`as CLASS`)."""
    figured, confusion = class_table(figures, classes), confusion_table(figures, classes)
    predicted = [Column(f"as {name}", "right", 2) for name in classes]
    rows = [[*row, *counts[1:]] for row, counts in zip(figured.rows, confusion.rows, strict=True)]
    return Table(columns=[*figured.columns, *predicted], rows=rows)


def class_table(figures: Mapping[str, Any], classes: Sequence[str]) -> Table:
    """Return a row for each class with its figures."""
    columns = [Column("class"), Column("images", "right")]
    columns += [Column(name, "right", 0 if name == "f1" else 1) for name in FIGURES]
    rows = []
    for name in classes:
        row = figures["classes"][name]
        rows.append([name, f"{row['support']:,}", *(number(row[figure]) for figure in FIGURES)])
    return Table(columns=columns, rows=rows)


def confusion_table(figures: Mapping[str, Any], classes: Sequence[str]) -> Table:
    """Return the confusion matrix; classes are numbered where their names make it too wide."""
    named = _confusion(figures, classes, classes)
    if tables.fits(named):
        return named
    numbers = [str(number) for number in range(1, len(classes) + 1)]
    rows = [f"{number} {name}" for number, name in zip(numbers, classes, strict=True)]
    return _confusion(figures, rows, numbers)


def _confusion(
    figures: Mapping[str, Any], truths: Sequence[str], predicted: Sequence[str]
) -> Table:
    columns = [Column("true"), *(Column(name, "right", 1, group="confusion") for name in predicted)]
    counts = figures["confusion"]
    rows = [[name, *(f"{n:,}" for n in row)] for name, row in zip(truths, counts, strict=True)]
    return Table(columns, rows, title="Confusion: rows are the true classes, columns the predicted")


def number(value: float | None) -> str:
    """Return a figure with 4 decimals, and a dash where it could not be computed."""
    return "-" if value is None or math.isnan(value) else f"{value:.4f}"


def _with_interval(figures: Mapping[str, Any], name: str) -> str:
    low, high = figures[f"{name}_interval"]
    interval = "" if low is None or math.isnan(low) else f" ({low:.3f}-{high:.3f})"
    return f"{figures[name]:.3f}{interval}"
