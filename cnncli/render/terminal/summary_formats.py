"""A Summary in each of the forms that `cnncli summary` prints."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cnncli import console
from cnncli.facts.summary import Summary
from cnncli.render.pages import table_page
from cnncli.render.terminal import table as tables
from cnncli.render.terminal.summary import exact_table, table
from cnncli.render.terminal.summary_rows import rows

_LONG = 100  # lines of a table that a person would rather see closed


def show(
    summary: Summary,
    form: str,
    columns: Sequence[str] | None,
    *,
    everything: bool,
    depth: int | None,
) -> None:
    """Print a summary as `form`: "table", "markdown", "csv" or "html".

    Raises UsageError for a column that there is not.
    """
    if form == "csv":
        exact = exact_table(summary, columns, everything=everything, depth=depth)
        console.result(tables.to_csv(exact))
        return
    drawn = table(summary, columns, everything=everything, depth=depth)
    if form == "markdown":
        lines = [f"- {line}" for line in drawn.footer if line]
        console.result("\n".join([tables.to_markdown(drawn), "", *lines]))
    elif form == "html":
        console.result(table_page.page(drawn, title=summary.name))
    else:
        tables.show(drawn)
        if depth is None and console.is_terminal(sys.stdout):
            _name_depth(summary, len(drawn.rows))


def _name_depth(summary: Summary, lines: int) -> None:
    """Say what makes a long table short, where that does."""
    closed = len(rows(summary.layers, 1))
    if lines > _LONG and closed <= lines / 2:
        console.note(f"{lines} lines; --depth 1 shows {closed}, each block in one.")
