"""The table of `cnncli cache`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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
            Column("What", priority=3),
            Column("Folder", priority=2),
        ],
        rows=[
            [
                fact["name"],
                f"{fact['entries']:,}",
                size(fact["bytes"]),
                size(fact["limit_bytes"]) if math.isfinite(fact["limit_bytes"]) else "-",
                fact["help"],
                fact["folder"],
            ]
            for fact in facts
        ],
    )
