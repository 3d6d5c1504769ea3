"""Values of activation functions and of their derivatives as a table."""

from __future__ import annotations

from collections.abc import Sequence

from cnncli.render.pictures.activations import Panel
from cnncli.render.terminal.table import Column, Table


def values(panels: Sequence[Panel], digits: int) -> Table:
    """Return values and derivatives as a table: a row for each function and input."""
    rows = [
        [panel.label, *(f"{number:.{digits}g}" for number in point)]
        for panel in panels
        for point in zip(panel.x, panel.value, panel.derivative, strict=True)
    ]
    columns = [Column("function"), *(Column(n, "right") for n in ("x", "value", "derivative"))]
    starts = frozenset(len(panels[0].x) * index for index in range(1, len(panels)))
    return Table(columns, rows, sections=starts)
