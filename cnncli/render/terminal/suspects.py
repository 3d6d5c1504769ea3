"""Labels that may be wrong as tables: each of them, and the pairs of classes."""

from __future__ import annotations

from cnncli.render.terminal.table import Column, Table
from cnncli.reporting.suspects import copies
from cnncli.tuning.suspects import Ranking


def listed(of: Ranking) -> Table:
    """Return the suspects, the most doubtful first."""
    columns = [
        Column("file"),
        Column("given"),
        Column("suggested"),
        Column("p given", "right", 2),
        Column("p suggested", "right", 1),
        Column("fold", "right", 4),
        Column("copies of another class", priority=3),
    ]
    rows = [
        (
            *(one.file, one.given, one.suggested),
            f"{one.probability_given:.3f}",
            f"{one.probability_suggested:.3f}",
            *(str(one.fold), copies(one)),
        )
        for one in of.suspects
    ]
    if any(one.copies for one in of.suspects):
        return Table(columns, rows)
    return Table(columns[:-1], [row[:-1] for row in rows])


def kinds(of: Ranking) -> Table:
    """Return the pairs of classes, the most frequent first."""
    columns = (Column("given"), Column("suggested"), Column("images", "right"))
    return Table(columns, [(given, other, f"{number:,}") for (given, other), number in of.kinds])
