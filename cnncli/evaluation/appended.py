"""A table of predictions that is gone on with: what stands in it is not predicted again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING

from cnncli.errors import DataError
from cnncli.evaluation.predict import Prediction

if TYPE_CHECKING:
    import numpy as np

NEAR = 1e-3  # another machine, or another number of threads, gives other last digits
_DIGEST = 16  # bytes


class Done:
    """The images that have a row, by name, and the class that each was taken for.

    Of a million rows it takes 20 MB.
    """

    def __init__(self, rows: Iterable[Sequence[str]]) -> None:
        import numpy as np

        digests, classes = bytearray(), []
        numbers: dict[str, int] = {}
        self.failed = 0
        self.first: Sequence[str] = ()  # a row to compare with what the network says now
        for row in rows:
            digests += _digest(row[0])
            classes.append(numbers.setdefault(row[1], len(numbers)))
            self.failed += bool(row[-1])
            if not self.first and not row[-1]:
                self.first = row
        known = np.frombuffer(bytes(digests), f"S{_DIGEST}")
        order = np.argsort(known, kind="stable")
        self._digests: np.ndarray = known[order]
        self._classes: np.ndarray = np.array(classes, np.int32)[order]
        self._names = list(numbers)

    def __len__(self) -> int:
        return len(self._digests)

    def find(self, file: str) -> str | None:
        """Return the class of an image ("" where it got none); None where it has no row."""
        import numpy as np

        # Taken out as those in the table are: NumPy leaves out zeros at the end of a text.
        digest = np.frombuffer(_digest(file), f"S{_DIGEST}")[0]
        place = int(np.searchsorted(self._digests, digest))
        if place == len(self) or self._digests[place] != digest:
            return None
        return self._names[self._classes[place]]


def _digest(file: str) -> bytes:
    return blake2b(file.encode("utf-8", "surrogateescape"), digest_size=_DIGEST).digest()


def compare(table: str, row: Sequence[str], now: Prediction, said: Sequence[str]) -> None:
    """Raise DataError unless a network says of an image what stands in a table already.

    `said` is the row that it would get now. An image that cannot be read any more says nothing.
    """
    if now.error is not None:
        return
    for before, after in zip(row[1:-1], said[1:-1], strict=True):
        if before != after and not _near(before, after):
            raise DataError(
                f"{table} was not made with this network and these options, or its images have "
                f"changed: of {now.file} it says {row[1] or 'nothing'} ({row[2]}), and now it is "
                f"{said[1] or 'nothing'} ({said[2]})",
                hint="Name another file, which is then made.",
            )


def _near(before: str, after: str) -> bool:
    try:
        return abs(float(before) - float(after)) <= NEAR
    except ValueError:
        return False
