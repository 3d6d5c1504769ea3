"""Predictions as a table: a row for each image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncli.render.terminal import table as tables
from cnncli.render.terminal.table import Column, Table

if TYPE_CHECKING:
    from cnncli.evaluation.predict import Prediction

NEXT = 2  # classes that a narrow terminal shows beside the predicted one


def table(predictions: Sequence[Prediction], classes: Sequence[str], *, precise: bool) -> Table:
    """Return the class of each image and its probabilities, with 9 digits where `precise`.

    A terminal too narrow for all classes shows the next probable ones.
    """
    digits = "{:.9g}" if precise else "{:.4f}"
    known = [
        (each.file, each.predicted or "", digits.format(each.probability)) for each in predictions
    ]
    columns = [Column("file"), Column("predicted"), Column("probability", "right")]
    whole = Table(
        columns=[*columns, *(Column(f"p_{name}", "right") for name in classes)],
        rows=[
            [*row, *(digits.format((each.probabilities or {})[name]) for name in classes)]
            for row, each in zip(known, predictions, strict=True)
        ],
    )
    if precise or tables.fits(whole):
        return whole
    return Table(
        columns=[*columns, Column("next", priority=1)],
        rows=[[*row, _then(each)] for row, each in zip(known, predictions, strict=True)],
        footer=["", "All probabilities: --format csv or --json"],
    )


def _then(prediction: Prediction) -> str:
    chances = prediction.probabilities or {}
    ordered = sorted(chances, key=lambda name: -chances[name])
    return ", ".join(f"{name} {chances[name]:.4f}" for name in ordered[1 : NEXT + 1])
