"""Predictions as a table: a row for each image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from cnncli.render.terminal import table as tables
from cnncli.render.terminal.table import Column, Table

if TYPE_CHECKING:
    from cnncli.evaluation.predict import Prediction

NEXT = 2  # classes that a narrow terminal shows beside the predicted one


def table(predictions: Sequence[Prediction], classes: Sequence[str], *, precise: bool) -> Table:
    """Return the class of each image and its probabilities.

    `precise` gives 9 digits, and a row to images that could not be read as well. A terminal too
    narrow for all classes shows the next probable ones.
    """
    if precise:
        columns = [Column(name, _align(name)) for name in header(classes)]
        return Table(columns=columns, rows=[row(each, classes) for each in predictions])
    known = [(each.file, each.predicted or "", _short(each.probability)) for each in predictions]
    columns = [Column("file"), Column("predicted"), Column("probability", "right")]
    whole = Table(
        columns=[*columns, *(Column(f"p_{name}", "right") for name in classes)],
        rows=[
            [*row, *(_short((each.probabilities or {})[name]) for name in classes)]
            for row, each in zip(known, predictions, strict=True)
        ],
    )
    if tables.fits(whole):
        return whole
    return Table(
        columns=[*columns, Column("next", priority=1)],
        rows=[[*row, _then(each)] for row, each in zip(known, predictions, strict=True)],
        footer=["", "All probabilities: --format csv or --json"],
    )


def header(classes: Sequence[str]) -> list[str]:
    """Return the names of the columns of a file of predictions."""
    return ["file", "predicted", "probability", *(f"p_{name}" for name in classes), "error"]


def row(each: Prediction, classes: Sequence[str]) -> list[str]:
    """Return an image as it stands in a file; what it has not is left empty."""
    if each.error is not None or each.probabilities is None:
        return [each.file, "", "", *("" for _ in classes), each.error or ""]
    chances = (f"{each.probabilities[name]:.9g}" for name in classes)
    return [each.file, each.predicted or "", f"{each.probability:.9g}", *chances, ""]


def _align(name: str) -> Literal["left", "right"]:
    return "right" if name == "probability" or name.startswith("p_") else "left"


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _then(prediction: Prediction) -> str:
    chances = prediction.probabilities or {}
    ordered = sorted(chances, key=lambda name: -chances[name])
    return ", ".join(f"{name} {chances[name]:.4f}" for name in ordered[1 : NEXT + 1])
