"""Which columns a narrow terminal shows."""

from __future__ import annotations

import pytest

from cnncli.render.terminal.table import Column, Table, fit, show
from tests.terminal import terminal

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


def test_what_a_parted_table_shows_below_is_not_called_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for parted in (False, True):
        with terminal(20) as screen:
            show(Table(COLUMNS, ROWS, parted=parted))
        assert all(name in screen.shown for name in ("as a", "as b", "as c")) == parted
        assert ("Left out" in capsys.readouterr().err) != parted


def test_what_is_left_out_is_named_with_all_columns_and_extra_ones_are_not_missed_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    columns = [Column("layer"), Column("shape", priority=1), Column("cost", priority=2, extra=True)]
    said = {}
    for width in (18, 13, 6):
        with terminal(width):
            show(Table(columns, [["a", "b", "c"]]))
        said[width] = capsys.readouterr().err
    assert said == {18: "", 13: "", 6: "Left out, as there is no room: shape, cost.\n"}
