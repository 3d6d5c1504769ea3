"""One way of writing CSV for all tables: whoever reads it gets every field back as it was."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli import csv_text
from cnncli.data import known_causes
from cnncli.render.terminal.table import Column, Table, to_csv
from cnncli.runs import record, tables
from cnncli.runs.record import SplitRow
from tests.conftest import ROOT

# Quotes, what parts fields, and all that Python takes for the end of a line.
NASTY = st.text(st.sampled_from("a,;\"' \t\n\r\x0b\x0c\x1c\x85\u2028\u00fc"), max_size=6)
ROWS = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.lists(NASTY, min_size=width, max_size=width), min_size=1, max_size=5)
)


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@given(ROWS)
def test_every_field_comes_back(rows: list[list[str]]) -> None:
    text = csv_text.lines(rows)
    assert text == "".join(map(csv_text.line, rows))
    assert text.endswith("\n") and not text.endswith("\r\n")
    assert read(text) == rows


@given(ROWS)
def test_a_table_on_stdout_and_a_split_come_back(rows: list[list[str]]) -> None:
    columns = [Column(f"c{number}") for number in range(len(rows[0]))]
    assert read(to_csv(Table(columns, rows)))[1:] == rows
    split = [SplitRow(row[0], row[-1], "train", "00", group=row[-1] or None) for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        record.write_split(Path(folder, "split.csv"), split)
        assert record.read_split(Path(folder, "split.csv")) == split
        assert len(tables.read(Path(folder, "split.csv"), ["near"])) == len(rows)


@given(NASTY.filter(bool))
def test_the_cause_in_a_file_of_any_name_is_found(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "truth.csv")
        path.write_text(csv_text.lines([known_causes.COLUMNS, (name, 1, 2, 3, 4)]), newline="")
        box = known_causes.causes(str(path)).of(str(Path(folder, name)))
    assert box == known_causes.Box(1, 2, 3, 4)


@pytest.mark.parametrize("word", ["csv.writer", "csv.DictWriter"])
def test_there_is_no_other_way_of_writing_csv(word: str) -> None:
    holders = [path.name for path in (ROOT / "cnncli").rglob("*.py") if word in path.read_text()]
    assert set(holders) <= {"csv_text.py"}
