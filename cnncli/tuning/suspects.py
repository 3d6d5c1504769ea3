"""Labels of a cross-validation that may be wrong: no network judges an image it was trained on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cnncli.data import copies, corrections
from cnncli.data.corrections import Corrections
from cnncli.metrics import suspects
from cnncli.runs import life
from cnncli.runs.record import SplitRow
from cnncli.tuning.folds import Folds
from cnncli.tuning.pooled import Tested, read

if TYPE_CHECKING:
    import numpy as np


class Copy(NamedTuple):
    """Another file of the same picture, or nearly, and its class."""

    file: str
    label: str


@dataclass(frozen=True)
class Ranked:
    """An image with the class `given` and the likeliest other one, as its fold tested it.

    `copies` are those of a suspect that have another class than it.
    """

    file: str
    given: str
    suggested: str
    probability_given: float
    probability_suggested: float
    fold: int
    suspect: bool
    copies: tuple[Copy, ...] = ()


@dataclass(frozen=True)
class Ranking:
    """All images of a cross-validation, suspects first, the most doubtful first.

    `accuracy` is how often the networks agree with the classes given; `decided` are the
    corrections that it was trained with: what was decided on is no suspect again.
    """

    path: Path
    data: str
    classes: Sequence[str]
    accuracy: float
    ranked: Sequence[Ranked]
    decided: Corrections | None = None

    @cached_property
    def suspects(self) -> list[Ranked]:
        return [one for one in self.ranked if one.suspect]

    @cached_property
    def kinds(self) -> list[tuple[tuple[str, str], int]]:
        """Pairs of the class given and suggested, with their suspects, the most frequent first."""
        counts = Counter((one.given, one.suggested) for one in self.suspects)
        return sorted(counts.items(), key=lambda kind: (-kind[1], kind[0]))


def rank(path: Path) -> Ranking:
    """Rank the images of a cross-validation that is finished by how doubtful their labels are.

    Raises ModelError for one that is not finished, and what `pooled.read` raises. cleanlab
    must be installed (`extras.LABELS`).
    """
    folds = Folds(path)
    tested = read(folds, folds.finished().folds)
    about = folds.run(1).read_record()["data"]
    decided = corrections.recorded(about.get("corrections"))
    found = suspects.doubts(tested.labels, tested.chances)
    rows = _rows(tested, found, decided)
    shown = [row for row in rows if row.suspect]
    others = _copies(tested.split, [row.file for row in shown])
    rows = [replace(row, copies=others.get(row.file, ())) for row in rows]
    agreed = float((tested.labels == tested.chances.argmax(axis=1)).mean())
    return Ranking(path, about["path"], tested.classes, agreed, rows, decided)


def look(ranking: Ranking) -> None:
    """Count a look at the test part of each fold."""
    for fold, images in Counter(one.fold for one in ranking.ranked).items():
        life.look(Folds(ranking.path).run(fold), images, "mistakes --suspects")


def _rows(tested: Tested, found: suspects.Doubts, decided: Corrections | None) -> list[Ranked]:
    """Return all images, suspects first; what was decided on already is none."""
    files, classes = tested.files, tested.classes
    other = suspects.suggested(tested.labels, tested.chances)
    known = decided.decided if decided is not None else frozenset()
    rows = [
        Ranked(
            files[row],
            classes[tested.labels[row]],
            classes[other[row]],
            float(tested.chances[row, tested.labels[row]]),
            float(tested.chances[row, other[row]]),
            int(tested.fold_of[row]),
            bool(found.suspects[row]) and files[row] not in known,
        )
        for row in found.order.tolist()
    ]
    return sorted(rows, key=lambda row: not row.suspect)


def _copies(rows: Sequence[SplitRow], files: Sequence[str]) -> Mapping[str, tuple[Copy, ...]]:
    """Return for each of `files` its copies among `rows` that have another class."""
    by_file = {row.file: row for row in rows}
    asked = [by_file[file] for file in files]
    by_digest: dict[str, list[SplitRow]] = defaultdict(list)
    for row in rows:
        by_digest[row.digest].append(row)
    found = {row.file: {other.file: other for other in by_digest[row.digest]} for row in asked}
    hashed, known = [row for row in asked if row.near], [row for row in rows if row.near]
    if hashed:
        near = copies.alike(_bits(hashed), _bits(known))
        for row, places in zip(hashed, near, strict=True):
            found[row.file] |= {known[place].file: known[place] for place in places}
    return {
        row.file: tuple(
            Copy(other.file, other.label)
            for other in sorted(found[row.file].values(), key=lambda other: other.file)
            if other.label != row.label
        )
        for row in asked
    }


def _bits(rows: Sequence[SplitRow]) -> np.ndarray:
    return copies.bits([row.near for row in rows])
