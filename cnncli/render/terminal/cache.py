"""The table of `cnncli cache`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cnncli.render.terminal.table import Column, Table
from cnncli.render.terminal.units import size


def table(facts: Sequence[Mapping[str, Any]]) -> Table:
    """Return what is kept, how much of it, and where."""
    return Table(
        columns=[
            Column("Kept"),
            Column("Entries", "right"),
            Column("Size", "right"),
            Column("At most", "right", priority=1),
            Column("What", priority=2, folds=True),
        ],
        rows=[
            [
                fact["name"],
                f"{fact['entries']:,}",
                size(fact["bytes"]),
                size(fact["limit_bytes"]) if math.isfinite(fact["limit_bytes"]) else "-",
                fact["help"],
            ]
            for fact in facts
        ],
        footer=[f"In {folder}" for folder in dict.fromkeys(map(_around, facts))],
    )


def _around(fact: Mapping[str, Any]) -> str:
    """Return the folder in which that of a cache stands, under its name."""
    return str(Path(fact["folder"]).parent)
