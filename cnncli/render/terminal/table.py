"""Tables: as a person reads them on a terminal, and as programs read them from a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from cnncli import console, csv_text
from cnncli.visible import LINES, visible

if TYPE_CHECKING:
    from rich.box import Box
    from rich.table import Table as RichTable


@dataclass(frozen=True)
class Column:
    """A column of a table; in one that `folds`, a long header and lists take several lines.

    On a terminal too narrow for all of them, columns of the highest `priority` number are
    dropped first; those of priority 0 always stay. Where only `extra` columns have no room,
    nothing is said. Columns of one `group` say something
    together: all of them are shown, or none.
    """

    header: str
    align: Literal["left", "right"] = "left"
    priority: int = 0
    folds: bool = False
    extra: bool = False
    group: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of text, and the lines that stand above and below them.

    `sections` are the indices of rows that a line is drawn above. One that is `parted` drops no
    column: those that do not fit stand in a table of their own below, beside the first column.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    title: str = ""
    footer: Sequence[str] = ()
    sections: frozenset[int] = field(default_factory=frozenset)
    parted: bool = False


def without(table: Table, header: str) -> Table:
    """Return a table without the column of a header."""
    kept = [place for place, column in enumerate(table.columns) if column.header != header]
    rows = [[row[place] for place in kept] for row in table.rows]
    return replace(table, columns=[table.columns[place] for place in kept], rows=rows)


def show(table: Table) -> None:
    """Print a table on stdout: drawn on a terminal, otherwise one row a line, nothing shortened."""
    if not console.is_terminal(sys.stdout):
        console.result(plain(table))
        return
    from rich.text import Text

    table = shown(table)
    out = console.stdout()
    fitting = fit(table, out.width)
    if table.title:
        out.print(Text(table.title, style="bold"))
    for number, part in enumerate(_parts(table, out.width) if table.parted else [fitting]):
        if number:
            out.print()
        out.print(_rich(part))
    for line in table.footer:
        out.print(Text(line))
    kept = table.columns if table.parted else fitting.columns
    gone = [column for column in table.columns if column not in kept]
    if not all(column.extra for column in gone):
        console.note(f"Left out, as there is no room: {', '.join(_named(gone))}.")


def shown(table: Table) -> Table:
    """Return the table as people may read it: what breaks a row or gives orders is written out."""
    return replace(
        table,
        columns=[replace(column, header=visible(column.header)) for column in table.columns],
        rows=[[visible(cell) for cell in row] for row in table.rows],
        title=visible(table.title, keep=LINES),
        footer=[visible(line, keep=LINES) for line in table.footer],
    )


def fits(table: Table) -> bool:
    """Whether all columns can be shown on stdout, where they always can if it is no terminal."""
    if not console.is_terminal(sys.stdout):
        return True
    return _drawn_width(_widths(table)) <= console.stdout().width


def plain(table: Table) -> str:
    """Return a table as aligned text without colour or boxes, at its natural width."""
    table = shown(table)
    cells = [[column.header for column in table.columns], *table.rows]
    widths = _widths(table)
    lines = [table.title] if table.title else []
    for row in cells:
        padded = (
            cell.rjust(width) if column.align == "right" else cell.ljust(width)
            for cell, width, column in zip(row, widths, table.columns, strict=True)
        )
        lines.append("  ".join(padded).rstrip())
    return "\n".join([*lines, *table.footer])


def to_csv(table: Table) -> str:
    """Return header and rows as CSV."""
    header = [column.header for column in table.columns]
    return csv_text.lines([header, *table.rows])


def to_markdown(table: Table) -> str:
    """Return a table in GitHub's Markdown."""
    table = shown(table)

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    rule = ["---:" if column.align == "right" else "---" for column in table.columns]
    lines = [line([column.header for column in table.columns]), line(rule)]
    return "\n".join([*lines, *map(line, table.rows)])


def fit(table: Table, width: int) -> Table:
    """Return the table with the columns that fit `width` characters, the most important first."""
    widths = _folded_widths(table)
    kept: list[int] = []
    for together in _groups(table.columns):
        fits = _drawn_width([widths[i] for i in (*kept, *together)]) <= width
        if fits or table.columns[together[0]].priority == 0:
            kept += together
    kept.sort()
    return _columns(table, kept)


def _named(columns: Sequence[Column]) -> list[str]:
    """Return the headers, of a group the first and the last one."""
    named = []
    for together in _groups(columns):
        first, last = columns[together[0]].header, columns[together[-1]].header
        named.append(first if first == last else f"{first} to {last}")
    return named


def _groups(columns: Sequence[Column]) -> list[list[int]]:
    """Return the places of columns that stand or fall together, the most important first."""
    groups: dict[object, list[int]] = {}
    for place in sorted(range(len(columns)), key=lambda i: columns[i].priority):
        groups.setdefault(columns[place].group or place, []).append(place)
    return list(groups.values())


def _rich(table: Table) -> RichTable:
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(
        box=_rules(),
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,
        header_style="bold",
    )
    natural, folded, width = _widths(table), _folded_widths(table), console.stdout().width
    fits = _drawn_width(folded) <= width
    missing = _drawn_width(natural) - width
    for i, column in enumerate(table.columns):
        # Lists and headers take several lines, and text folds where it must; a number is never
        # cut, even where the terminal is too narrow for it.
        number = column.align == "right"
        uncut = max((len(row[i]) for row in table.rows), default=0) if column.folds else natural[i]
        least = max(folded[i], natural[i] - max(0, missing)) if fits else uncut if number else None
        drawn.add_column(
            column.header,
            justify=column.align,
            no_wrap=number and not column.folds,
            overflow="fold",
            min_width=least,
        )
    for index, row in enumerate(table.rows):
        drawn.add_row(*map(Text, row), end_section=index + 1 in table.sections)
    return drawn


def _rules() -> Box:
    """Return lines below headers and above sections, in ASCII where a locale has no others."""
    from rich import box

    lines = box.SIMPLE_HEAD
    return box.Box(str(lines).replace("─", "-"), ascii=True) if console.lacks_lines() else lines


def _widths(table: Table) -> list[int]:
    cells = [[column.header for column in table.columns], *table.rows]
    return [max(len(row[i]) for row in cells) for i in range(len(table.columns))]


def _folded_widths(table: Table) -> list[int]:
    """Return the least width of each column, where headers and lists fold that may."""
    return [
        _folded_width(column, [row[i] for row in table.rows]) if column.folds else width
        for i, (column, width) in enumerate(zip(table.columns, _widths(table), strict=True))
    ]


def _folded_width(column: Column, cells: Sequence[str]) -> int:
    if column.align == "right":
        return max(map(len, [*column.header.split(), *cells]))
    items = (item for cell in cells for item in cell.split(", "))
    return max([len(column.header), *(len(item) + 1 for item in items)])


def _drawn_width(widths: Sequence[int]) -> int:
    # Between two columns Rich puts a space, and a blank where a vertical line would stand.
    return sum(widths) + 2 * (len(widths) - 1)


def _parts(table: Table, width: int) -> Iterator[Table]:
    """Yield tables of the first column and as many of the others as fit beside it."""
    widths = _folded_widths(table)
    part = [0]
    for i in range(1, len(widths)):
        if len(part) > 1 and _drawn_width([widths[j] for j in (*part, i)]) > width:
            yield _columns(table, part)
            part = [0]
        part.append(i)
    yield _columns(table, part)


def _columns(table: Table, kept: Sequence[int]) -> Table:
    return Table(
        columns=[table.columns[i] for i in kept],
        rows=[[row[i] for i in kept] for row in table.rows],
        sections=table.sections,
    )
