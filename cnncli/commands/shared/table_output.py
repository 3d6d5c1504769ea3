"""A table on stdout in the form that was asked for."""

from __future__ import annotations

from cnncli import console
from cnncli.commands.shared.options import TableFormat
from cnncli.render.terminal import table as tables
from cnncli.render.terminal.table import Table


def show_table(table: Table, format_: TableFormat | None) -> None:
    """Print a table: drawn, or as `--format csv` or markdown."""
    if format_ is None:
        tables.show(table)
    elif format_ == "csv":
        console.result(tables.to_csv(table))
    else:
        console.result(tables.to_markdown(table))
