"""An evaluation as text: the figures that matter, a row for each class, the confusion."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from cnncli.metrics.matrix import WHOLE_UP_TO, Normalize, mistakes, normalized
from cnncli.metrics.rates import RATES
from cnncli.render.terminal import table as tables
from cnncli.render.terminal.table import Column, Table
from cnncli.words import counted

FIGURES = ("precision", "recall", "f1", "auc")
# Of more classes, these that are told worst; of a larger matrix, these most frequent mistakes.
ANSWERED_STEP = 0.1
SHOWN_CLASSES, MATRIX_UP_TO, SHOWN_MISTAKES = 50, 40, 20


def summary_line(metrics: Mapping[str, Any], longer: str | None = None) -> list[str]:
    """Return lines that say what a run reached.

    `longer` is the command that trains on, advised where the validation part says so.
    """
    lines = []
    best, because = metrics.get("best_epoch"), metrics.get("best_because")
    if best is not None:
        lines.append(f"Best epoch: {best} of {metrics['epochs']} ({because}).")
    if metrics.get("difference") is not None:
        lines.append(f"{metrics['difference'].capitalize()}.")
    for part in ("validation", "test"):
        if part in metrics:
            lines.append(f"{part.capitalize()}: {headline(metrics[part])}")
            if part == "validation" and best == metrics["epochs"] and longer is not None:
                advice = "By validation the last epoch is the best, so more may be better"
                lines.append(f"{advice}: {longer}")
    return lines


def rates_lines(figures: Mapping[str, Any], positive: str | None) -> list[str]:
    """Return the rates of the positive class of two, with their intervals; nothing of more."""
    if positive is None:
        return []
    texts = [f"{_said(rate)} {with_interval(figures, rate)}" for rate in RATES]
    return [f"Of {positive}: {', '.join(texts[:2])}", *(f"  {text}" for text in texts[2:])]


def _said(rate: str) -> str:
    return rate.replace("_", " ")


def calibration_line(figures: Mapping[str, Any]) -> str:
    """Return how far the probabilities can be taken at their word."""
    error = _short(figures["expected_calibration_error"])
    scores = f"Brier score {_short(figures['brier_score'])}, log loss {_short(figures['log_loss'])}"
    return f"expected calibration error {error}, {scores}"


def abstain_table(answered: Mapping[str, Any]) -> Table:
    """Return what comes of not answering below some confidences, about a tenth of the images
    apart.
    """
    columns = [Column(name, "right") for name in ("confidence from", "answered", "accuracy")]
    curve, rows, shown = answered["curve"], [], math.inf
    for point in curve:
        if point["answered"] <= shown - ANSWERED_STEP:
            shown = point["answered"]
            values = (point["confidence"], point["answered"], point["accuracy"])
            rows.append([_short(value) for value in values])
    own = (
        f"From {answered['confidence']:g} on: {counted(answered['images'], 'image')} answered "
        f"({_short(answered['answered'])}), accuracy {with_interval(answered, 'accuracy')}"
    )
    return Table(columns, rows, title="Answering only where it is sure", footer=[own])


def headline(figures: Mapping[str, Any]) -> str:
    """Return accuracy and AUC with their intervals, on one line."""
    text = f"accuracy {with_interval(figures, 'accuracy')}"
    if figures.get("auc") is not None and not math.isnan(figures["auc"]):
        text += f", AUC {with_interval(figures, 'auc')}"
    return f"{text}, {counted(figures['images'], 'image')}"


def table(
    figures: Mapping[str, Any], classes: Sequence[str], normalize: Normalize | None = None
) -> Table:
    """Return a row for each class: its figures, and how its images were predicted (`as CLASS`).

    The latter is left out where the classes are too many for it.
    """
    figured = _with_rates(class_table(figures, classes), figures, classes)
    if len(classes) > WHOLE_UP_TO:
        return figured
    confusion = _confusion(figures, classes, classes, normalize)
    predicted = [Column(f"as {name}", "right", 2) for name in classes]
    rows = [[*row, *counts[1:]] for row, counts in zip(figured.rows, confusion.rows, strict=True)]
    return Table(columns=[*figured.columns, *predicted], rows=rows)


def _with_rates(figured: Table, figures: Mapping[str, Any], classes: Sequence[str]) -> Table:
    """Return a table of classes with a column for each rate, and for the ends of its interval."""
    names = [f"{rate}{end}" for rate in RATES for end in ("", "_low", "_high")]
    rows = []
    for name, row in zip(classes, figured.rows, strict=True):
        of_class = figures["classes"][name]
        values = [[of_class[rate], *of_class[f"{rate}_interval"]] for rate in RATES]
        rows.append([*row, *(number(value) for three in values for value in three)])
    return Table([*figured.columns, *(Column(name, "right") for name in names)], rows)


def class_table(
    figures: Mapping[str, Any], classes: Sequence[str], most: int | None = None
) -> Table:
    """Return a row for each class with its figures; of more than `most`, those of the lowest F1."""
    columns = [Column("class"), Column("images", "right")]
    columns += [Column(name, "right", 0 if name == "f1" else 1) for name in FIGURES]
    left_out = len(classes) - most if most is not None else 0
    shown = _worst(figures, classes, most) if most is not None and left_out > 0 else classes
    rows = []
    for name in shown:
        row = figures["classes"][name]
        rows.append([name, f"{row['support']:,}", *(number(row[figure]) for figure in FIGURES)])
    if left_out <= 0:
        return Table(columns=columns, rows=rows)
    return Table(
        columns,
        rows,
        title=f"The {most:,} classes of the lowest F1",
        footer=[f"{counted(left_out, 'class')} more: --format csv or --json"],
    )


def _worst(figures: Mapping[str, Any], classes: Sequence[str], most: int) -> list[str]:
    """Return the classes of the lowest F1 in their order; those without images come last."""

    def key(name: str) -> float:
        f1 = figures["classes"][name]["f1"]
        return math.inf if f1 is None or math.isnan(f1) else f1

    return sorted(classes, key=key)[:most]


def confusion_table(
    figures: Mapping[str, Any], classes: Sequence[str], normalize: Normalize | None = None
) -> Table:
    """Return the confusion matrix; classes are numbered where their names make it too wide.

    Of very many classes, the most frequent mistakes.
    """
    if len(classes) > MATRIX_UP_TO:
        return _mistakes(figures, classes)
    named = _confusion(figures, classes, classes, normalize)
    if tables.fits(named):
        return named
    numbers = [str(number) for number in range(1, len(classes) + 1)]
    rows = [f"{number} {name}" for number, name in zip(numbers, classes, strict=True)]
    return _confusion(figures, rows, numbers, normalize)


def _mistakes(figures: Mapping[str, Any], classes: Sequence[str]) -> Table:
    found = mistakes(figures["confusion"])
    rows = [[classes[t], classes[p], f"{count:,}"] for t, p, count in found[:SHOWN_MISTAKES]]
    more = len(found) - len(rows)
    return Table(
        [Column("true"), Column("taken for"), Column("images", "right")],
        rows,
        title="Confusion: the most frequent mistakes" if rows else "Confusion: no mistake",
        footer=[f"{more:,} more kinds of mistakes: --json"] if more > 0 else [],
    )


_SHARES = {
    "true": ", shares of the true class",
    "pred": ", shares of the predicted class",
    "all": ", shares of all images",
}


def _confusion(
    figures: Mapping[str, Any],
    truths: Sequence[str],
    predicted: Sequence[str],
    normalize: Normalize | None,
) -> Table:
    columns = [Column("true"), *(Column(name, "right", 1, group="confusion") for name in predicted)]
    if normalize is None:
        cells = [[f"{count:,}" for count in row] for row in figures["confusion"]]
    else:
        shares = normalized(figures["confusion"], normalize)
        cells = [[f"{share:.2f}" for share in row] for row in shares]
    rows = [[name, *row] for name, row in zip(truths, cells, strict=True)]
    title = "Confusion: rows are the true classes, columns the predicted"
    return Table(columns, rows, title=title + (_SHARES[normalize] if normalize else ""))


def number(value: float | None) -> str:
    """Return a figure with 4 decimals, and a dash where it could not be computed."""
    return "-" if value is None or math.isnan(value) else f"{value:.4f}"


def with_interval(figures: Mapping[str, Any], name: str) -> str:
    """Return a figure with 3 decimals and its interval, where it has one."""
    low, high = figures[f"{name}_interval"]
    interval = "" if low is None or math.isnan(low) else f" ({low:.3f}-{high:.3f})"
    return f"{_short(figures[name])}{interval}"


def _short(value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.3f}"
