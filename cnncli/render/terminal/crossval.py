"""A cross-validation as text: a row for each fold, and the line that a paper has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnncli.render.terminal.evaluation import number
from cnncli.render.terminal.table import Column, Table

FIGURES = ("accuracy", "balanced_accuracy", "auc", "f1")


def table(folds: Sequence[Mapping[str, Any]], pooled: Mapping[str, Any]) -> Table:
    """Return a row for each fold, one for all images together, with their figures."""
    columns = [Column("fold"), Column("images", "right")]
    columns += [Column(name, "right", place) for place, name in enumerate(FIGURES)]
    named = [(str(place), fold) for place, fold in enumerate(folds, start=1)]
    rows = [
        [name, f"{figures['images']:,}", *(number(figures.get(each)) for each in FIGURES)]
        for name, figures in (*named, ("pooled", pooled))
    ]
    return Table(columns=columns, rows=rows, sections=frozenset((len(rows) - 1,)))
