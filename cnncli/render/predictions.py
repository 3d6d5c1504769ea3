"""Predictions as a table: a row for each image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncli.render.table import Column, Table

if TYPE_CHECKING:
    from cnncli.training.predict import Prediction


def table(predictions: Sequence[Prediction], classes: Sequence[str], *, precise: bool) -> Table:
    """Return the class of each image and its probabilities, with 9 digits where `precise`."""
    digits = "{:.9g}" if precise else "{:.4f}"
    columns = [Column("file"), Column("predicted"), Column("probability", "right")]
    columns += [Column(f"p_{name}", "right", 1, group="probabilities") for name in classes]
    rows = []
    for each in predictions:
        chances = each.probabilities or {}
        shown = [digits.format(chances[name]) for name in classes]
        chance = digits.format(each.probability)
        rows.append([each.file, each.predicted or "", chance, *shown])
    return Table(columns=columns, rows=rows)
