"""A table on stdout in the form that was asked for."""

from __future__ import annotations

from cnncli import console
from cnncli.errors import UsageError
from cnncli.render import table as tables
from cnncli.render.table import Table

FORMATS = ("csv", "markdown")


def show_table(table: Table, format_: str | None) -> None:
    """Print a table: drawn, or as `--format csv` or markdown; UsageError for another format."""
    if format_ is None:
        tables.show(table)
    elif format_ == "csv":
        console.result(tables.to_csv(table))
    elif format_ == "markdown":
        console.result(tables.to_markdown(table))
    else:
        raise UsageError(f"--format {format_}: there is {' and '.join(FORMATS)}")
