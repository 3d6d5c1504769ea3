"""Where predictions go: a table or JSON lines, row by row where that can be."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO, Protocol

from cnncli import console, files
from cnncli.commands.shared import outputs
from cnncli.commands.shared.options import TableFormat
from cnncli.csv_text import line as csv_line
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from cnncli.evaluation.predict import Prediction

LINES = (".jsonl", ".ndjson", ".json")  # endings of files with a line of JSON for each image
Write = Callable[[str], object]  # takes a line with its end


class Output(Protocol):
    """Takes predictions, one after the other."""

    def take(self, each: Prediction) -> None: ...


class Lines:
    """A line of JSON for each image, as soon as it is known."""

    def __init__(self, write: Write, top: int | None, *, tell: bool = False) -> None:
        self._write, self._top, self._tell = write, top, tell

    def take(self, each: Prediction) -> None:
        if self._tell:
            tell(each)
        self._write(line(each, self._top) + "\n")


class Rows:
    """A row of CSV for each image, as soon as it is known, below a header."""

    def __init__(
        self, write: Write, classes: Sequence[str], top: int | None, *, begin: bool = True
    ) -> None:
        from cnncli.render.terminal.predictions import header

        self._write, self._classes, self._top = write, classes, top
        self.written = 0
        if begin:
            write(csv_line(header(classes, top)))

    def take(self, each: Prediction) -> None:
        from cnncli.render.terminal.predictions import row

        tell(each)
        self._write(csv_line(row(each, self._classes, self._top)))
        self.written += 1


class Drawn:
    """A table, drawn at the end, as its columns are as wide as what is widest in them."""

    def __init__(
        self, classes: Sequence[str], format_: TableFormat | None, top: int | None
    ) -> None:
        self._classes, self._format, self._top = classes, format_, top
        self._every: list[Prediction] = []

    def take(self, each: Prediction) -> None:
        tell(each)
        if each.error is None or self._format is not None:
            self._every.append(replace(each, vector=None))

    def finish(self) -> None:
        """Print the table."""
        from cnncli.commands.shared.table_output import show_table
        from cnncli.render.terminal.predictions import table

        precise = self._format is not None
        if self._every:
            made = table(self._every, self._classes, precise=precise, top=self._top)
            show_table(made, self._format)


def tell(each: Prediction) -> None:
    """Say on stderr why there is no prediction of an image."""
    if each.error is not None:
        console.fail(f"{each.file}: {each.error}")


def line(each: Prediction, top: int | None) -> str:
    """Return a prediction as one line of JSON."""
    from cnncli.json_text import dumps
    from cnncli.render.terminal.predictions import most_probable

    if each.error is not None:
        return dumps({"file": each.file, "error": each.error})
    said = {name: getattr(each, name) for name in ("file", "predicted", "probability")}
    return dumps({**said, "probabilities": most_probable(each, top)})


def destination(output: Path, *, force: bool) -> outputs.Destination:
    """Return where -o writes; UsageError for an ending that is none of its own."""
    chosen = outputs.choose(output, force=force, default="predictions.csv")
    if chosen.suffix not in (".csv", *LINES):
        raise UsageError(
            f"-o {output}: predictions are written as .csv or .jsonl",
            hint=f"For example -o {output.with_suffix('.csv')}",
        )
    return chosen


@contextmanager
def printing(
    classes: Sequence[str], format_: TableFormat | None, top: int | None, *, as_json: bool
) -> Iterator[Output]:
    """Give what prints predictions on stdout."""
    if as_json:
        yield Lines(_print, top)
    elif format_ == "csv":
        yield Rows(_print, classes, top)
    else:
        drawn = Drawn(classes, format_, top)
        yield drawn
        drawn.finish()


@contextmanager
def writing(to: outputs.Destination, classes: Sequence[str], top: int | None) -> Iterator[Output]:
    """Give what writes predictions: a file appears when it is whole, a stream gets each at once."""
    if to.path is None:
        yield _writer(to, _print, classes, top)
    elif files.is_stream(to.path):
        with files.writing_through(to.path) as sink:
            yield _writer(to, _at_once(sink), classes, top)
    else:
        with (
            outputs.writing(to) as path,
            path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file,
        ):
            yield _writer(to, file.write, classes, top)


def _writer(
    to: outputs.Destination, write: Write, classes: Sequence[str], top: int | None
) -> Output:
    if to.suffix in LINES:
        return Lines(write, top, tell=True)
    return Rows(write, classes, top)


def _print(text: str) -> None:
    console.result(text)
    sys.stdout.flush()


def _at_once(sink: BinaryIO) -> Write:
    def write(text: str) -> None:
        sink.write(text.encode("utf-8", "surrogateescape"))
        sink.flush()

    return write
