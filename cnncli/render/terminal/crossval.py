"""A cross-validation as text: a row for each fold, and the line that a paper has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncli.render.terminal.evaluation import number
from cnncli.render.terminal.table import Column, Table
from cnncli.words import counted

if TYPE_CHECKING:
    from cnncli.tuning.folds import Pooled

FIGURES = ("accuracy", "balanced_accuracy", "auc", "f1")


def table(pooled: Pooled) -> Table:
    """Return a row for each fold, one for all images together, with their figures."""
    columns = [Column("fold"), Column("images", "right")]
    columns += [Column(name, "right", place) for place, name in enumerate(FIGURES)]
    named = [(str(place), fold) for place, fold in enumerate(pooled.folds, start=1)]
    rows = [
        [name, f"{figures['images']:,}", *(number(figures.get(each)) for each in FIGURES)]
        for name, figures in (*named, ("pooled", pooled.figures))
    ]
    return Table(columns=columns, rows=rows, sections=frozenset((len(rows) - 1,)))


def sentence(pooled: Pooled) -> str:
    """Return accuracy and AUC over folds and of all images, in the words that papers use."""
    spread, folds = pooled.spread(), counted(len(pooled.folds), "fold")
    said = []
    for name, word in (("accuracy", "accuracy"), ("auc", "AUC")):
        found, value = spread[name], pooled.figures[name]
        if found["mean"] is None or number(value) == "-":
            continue
        low, high = pooled.figures[f"{name}_interval"]
        interval = f" ({low:.3f}-{high:.3f})" if number(low) != "-" else ""
        said.append(
            f"{word} {found['mean']:.3f} ± {found['standard_deviation']:.3f} over {folds} "
            f"(standard deviation); pooled {value:.3f}{interval}"
        )
    return "\n".join(said)
