"""Why the figures of a run may not mean what they seem to: said before it is trained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from cnncli.data import copies
from cnncli.data.dataset import Dataset
from cnncli.runs.directory import RunDirectory, run_of
from cnncli.runs.record import SplitRow, read_split
from cnncli.words import counted

NAMED = 5  # files named; of more, the number


def of_labels(read: Dataset) -> Iterator[str]:
    """Say which classes have no images, and which pictures stand in several classes."""
    listed = {*read.index.classes, *read.index.empty_classes}
    for label in sorted(listed - set(read.classes)):
        yield f"left out: the class {label}, which holds no image that can be read"
    labels = [item.label for item in read.items]
    sets = [rows for rows in copies.exact(read.facts) if len({labels[row] for row in rows}) > 1]
    files = [read.items[row].file for rows in sets for row in rows]
    if files:
        yield (
            f"{len(files):,} files hold the same picture in more than one class: "
            f"{', '.join(files[:NAMED])}{', ... (cnncli data lists them)' * (len(files) > NAMED)}"
        )


def trained_on(run: RunDirectory | None) -> set[str]:
    """Return the digests of the images that a run was trained on, as far as it tells them."""
    if run is None or not run.split.is_file():
        return set()
    return {row.digest for row in read_split(run.split) if row.part == "train"}


def of_init(source: str, rows: Sequence[SplitRow]) -> Iterator[str]:
    """Say which images that are not to be trained on the weights of `source` come from already."""
    known = trained_on(run_of(Path(source)))
    seen = Counter(row.part for row in rows if row.digest in known)
    total = Counter(row.part for row in rows)
    for part in ("validation", "test"):
        if seen[part]:
            yield (
                f"{seen[part]:,} of {counted(total[part], f'{part} image')} were training images "
                f"of {source}: the {part} figures will flatter"
            )
