"""Which columns a narrow terminal shows."""

from __future__ import annotations

from cnncli.render.terminal.table import Column, Table, fit

COLUMNS = [
    Column("class"),
    Column("f1", "right", 1),
    *(Column(f"as {name}", "right", 2, group="confusion") for name in "abc"),
    Column("note", priority=3),
]
ROWS = [["a", "0.5", "1", "2", "3", "x"]]


def test_columns_of_a_group_are_shown_all_or_not_at_all() -> None:
    shown = {
        width: [column.header for column in fit(Table(COLUMNS, ROWS), width).columns]
        for width in range(4, 60)
    }
    for headers in shown.values():
        assert "class" in headers
        assert sum(header.startswith("as ") for header in headers) in (0, 3)
    assert shown[59] == [column.header for column in COLUMNS]
    assert shown[26] == ["class", "f1", "note"]  # what is less important may still fit
