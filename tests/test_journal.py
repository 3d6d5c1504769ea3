"""A table that rows are added to, and that a kill at any byte leaves to be gone on with."""

from __future__ import annotations

import csv
import errno
import os
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.errors import DataError
from cnncli.journal import Journal, line

HEADER = ("from", "to")
NASTY = st.text(st.sampled_from('a,"\n\r \udcff\u00fc'), max_size=6)


@given(st.lists(st.tuples(NASTY, NASTY), max_size=6), st.floats(0, 1))
def test_a_file_that_was_cut_goes_on_as_if_nothing_was(
    rows: list[tuple[str, str]], share: float
) -> None:
    whole = "".join(map(line, [HEADER, *rows])).encode("utf-8", "surrogateescape")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.csv")
        path.write_bytes(whole[: int(share * len(whole))])
        with Journal(path) as journal:
            journal.begin(HEADER, "ours")
            kept = len(list(journal.rows()))
            for row in rows[kept:]:
                journal.add(row)
        assert path.read_bytes() == whole
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            assert [tuple(row) for row in csv.reader(file)] == [HEADER, *rows]


@pytest.mark.parametrize("content", ["from,at\n", "mine", "from,to,and\na,b,c\n", "x" * 5000])
def test_what_is_something_else_is_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content)
    with Journal(path) as journal, pytest.raises(DataError, match="not those of ours"):
        journal.begin(HEADER, "ours")
    assert path.read_text() == content


def test_a_row_with_too_few_values_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("from,to\na,b\nc\nd,e\n")
    with Journal(path) as journal, pytest.raises(DataError, match=":3: 1 values"):
        list(journal.rows())


def test_only_one_may_add_rows_unless_it_is_shared(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with Journal(path) as first:
        first.begin(HEADER, "ours")
        with pytest.raises(DataError, match="another process"):
            Journal(path)
    with Journal(path, shared=True) as first, Journal(path, shared=True) as second:
        for place, one in enumerate((first, second, first)):
            one.add((str(place), ""))
        assert [row[0] for row in second.rows()] == ["0", "1", "2"]


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.csv")
    with pytest.raises(DataError, match="it is none"):
        Journal(tmp_path / "fifo.csv")
    with pytest.raises(IsADirectoryError):
        Journal(tmp_path)


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """Let files grow to `size` bytes and not beyond: Python ignores the signal that comes of it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_row_that_does_not_fit_leaves_no_half_of_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with Journal(path) as journal:
        journal.begin(HEADER, "ours")
        journal.add(("a", "b"))
        before = path.read_bytes()
        with no_file_above(len(before) + 10), pytest.raises(OSError) as raised:
            journal.add(("c" * 20, "d"))
        assert (raised.value.errno, raised.value.filename) == (errno.EFBIG, str(path))
        assert path.read_bytes() == before
