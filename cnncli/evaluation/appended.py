"""A table of predictions that is gone on with: what stands in it is not predicted again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING

from cnncli.errors import DataError
from cnncli.evaluation.predict import Prediction
from cnncli.metrics import deciding
from cnncli.runs.trained import Meaning

if TYPE_CHECKING:
    import numpy as np

NEAR = 1e-3  # another machine, or another number of threads, gives other last digits
_DIGEST = 16  # bytes
AT_A_TIME = 10_000  # rows
HAIR = 2e-9  # what is lost of the other of two probabilities, where one of them is written


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


@dataclass(frozen=True)
class Rule:
    """How the class in a row follows from its probabilities, of which there are the `top` ones."""

    meaning: Meaning
    abstain: float | None
    top: int | None

    def check(self, table: str, rows: Iterable[Sequence[str]]) -> None:
        """Raise DataError for the first row that says another class, made by another rule."""
        left = (row for row in rows if not row[-1])
        while chunk := list(islice(left, AT_A_TIME)):
            for row, label in zip(chunk, self._labels(table, chunk), strict=True):
                if label is not None and label != row[1]:
                    raise DataError(
                        f"{table} was made with another --threshold or --abstain, or before the "
                        f"run kept another threshold: of {row[0]} it says {row[1] or 'nothing'} "
                        f"({row[2]}), and this call would say {label or 'nothing'}",
                        hint="Decide as the table does, or name another file, which is then made.",
                    )

    def _labels(self, table: str, rows: Sequence[Sequence[str]]) -> list[str | None]:
        """Return what each row should say; None where its digits do not tell."""
        import numpy as np

        classes, threshold = self.meaning.classes, self.meaning.threshold
        positive = classes.index(self.meaning.positive) if self.meaning.positive else None
        try:
            chances = np.array([self._chances(row) for row in rows], np.float64)
        except ValueError:
            raise DataError(f"{table}: holds a probability that is no number") from None
        places = deciding.decide(chances, positive, threshold)
        taken = chances[np.arange(len(rows)), places]
        labels: list[str | None] = [classes[place] for place in places]
        if self.abstain is not None:
            labels = ["" if p < self.abstain else a for a, p in zip(labels, taken, strict=True)]
        if self.top == 1 and positive is not None:
            bounds = [deciding.HALF if threshold is None else threshold, self.abstain]
            for place, row in enumerate(chances):
                if any(abs(p - b) < HAIR for p in row for b in bounds if b is not None):
                    labels[place] = None
        return labels

    def _chances(self, row: Sequence[str]) -> list[float]:
        """Return the probability of each class; of two of them, the other one follows."""
        if self.top is None:
            return [float(text) for text in row[3:-1]]
        said = dict(zip(row[3:-1:2], map(float, row[4:-1:2]), strict=True))
        rest = 1 - sum(said.values()) if len(self.meaning.classes) == 2 else 0.0
        return [said.get(name, rest) for name in self.meaning.classes]
