"""`predict --append`: a table that is gone on with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cnncli import console, files
from cnncli.commands.shared.prediction_outputs import Rows
from cnncli.errors import DataError, UsageError
from cnncli.words import counted

if TYPE_CHECKING:
    from cnncli.evaluation.appended import Done
    from cnncli.evaluation.listing import Listing, Source
    from cnncli.evaluation.predict import Prediction
    from cnncli.journal import Journal
    from cnncli.runs.trained import Meaning

Known = Callable[["Source", str], None]  # takes an image, and its class as the table has it


class Table:
    """A table that rows are added to, and what stands in it already."""

    def __init__(self, journal: Journal, done: Done, top: int | None) -> None:
        self._journal, self.done, self._top = journal, done, top
        self._is_checked = False

    def remaining(self, listing: Listing, known: Known) -> Iterator[Source]:
        """Yield the images that have no row; `known` gets the others."""
        for source in listing:
            label = self.done.find(source.file)
            if label is None:
                yield source
            else:
                listing.leave_out()
                known(source, label)

    def first(self) -> Source | None:
        """Return an image that has a row and is still there, to compare."""
        from cnncli.evaluation.listing import Source
        from cnncli.images.reader import is_there

        name = self.done.first[0] if self.done.first else ""
        return Source(name, name) if name and is_there(name) and name != "-" else None

    def compare(self, now: Prediction, classes: Sequence[str]) -> None:
        """Raise DataError where a network says something else of an image than its row."""
        from cnncli.evaluation.appended import compare
        from cnncli.render.terminal.predictions import row

        name = str(self._journal.path)
        compare(name, self.done.first, now, row(now, classes, self._top))

    def check(self, meaning: Meaning, abstain: float | None) -> None:
        """Raise DataError where the class in a row follows from its probabilities no more."""
        from cnncli.evaluation.appended import Rule

        if self._is_checked:
            return
        self._is_checked = True
        self.begin(meaning.classes)
        Rule(meaning, abstain, self._top).check(str(self._journal.path), self._journal.rows())

    def begin(self, classes: Sequence[str]) -> None:
        """Mend the table, or begin it; DataError where it has other columns."""
        from cnncli.render.terminal.predictions import header

        self._journal.begin(header(classes, self._top), "this network and these options")

    @contextmanager
    def adding(self, classes: Sequence[str]) -> Iterator[Rows]:
        """Give what adds a row for each image."""
        self.begin(classes)
        rows = Rows(self._journal.write, classes, self._top, begin=False)
        yield rows
        before = f" to {len(self.done):,}" if len(self.done) else ""
        console.note(f"{self._journal.path}: {counted(rows.written, 'row')} added{before}")


@contextmanager
def table(path: Path, top: int | None, classes: Sequence[str]) -> Iterator[Table]:
    """Open the table, and look through it; `classes` are those of the network where known."""
    from cnncli.evaluation.appended import Done
    from cnncli.journal import Journal

    if path.suffix.lower() != ".csv":
        raise UsageError(f"--append {path}: a table is a .csv file")
    if not path.exists() and (reason := files.why_not(path)):
        raise DataError(f"{path} cannot be written: {reason}")
    with Journal(path) as journal:
        opened = Table(journal, Done(()), top)
        if classes:
            opened.begin(classes)
        opened.done = Done(journal.rows())
        yield opened
