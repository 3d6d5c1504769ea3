"""Mistakes of a network as tables: each of them, and the pairs of classes."""

from __future__ import annotations

from cnncli.render.terminal.table import Column, Table
from cnncli.reporting.mistakes import Found


def listed(found: Found) -> Table:
    """Return all mistakes, the surest first."""
    columns = (
        Column("file"),
        Column("true"),
        Column("taken for"),
        Column("probability", "right"),
        *([Column("fold", "right", 1)] if found.crossed else ()),
    )
    rows = [
        (one.file, one.label, one.predicted, f"{one.probability:.3f}", str(one.fold))
        for one in found.wrong
    ]
    return Table(columns, [row[: len(columns)] for row in rows])


def kinds(found: Found) -> Table:
    """Return the pairs of classes, the most frequent first."""
    columns = (Column("true"), Column("taken for"), Column("images", "right"))
    return Table(columns, [(true, taken, f"{number:,}") for (true, taken), number in found.kinds])
