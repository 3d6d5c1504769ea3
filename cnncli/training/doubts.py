"""Why the figures of a run may not mean what they seem to: said before it is trained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from cnncli.data import copies
from cnncli.data.dataset import Dataset
from cnncli.runs import model_file
from cnncli.runs.directory import run_of
from cnncli.runs.record import SplitRow
from cnncli.training import overlap
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


def of_init(source: str, rows: Sequence[SplitRow]) -> Iterator[str]:
    """Say which images that are not to be trained on the weights of `source` come from already."""
    path = Path(source)
    run = run_of(path)
    is_model = run is None and path.is_file() and path.suffix == ".keras"
    before = overlap.known(run, model_file.read_meaning(path) if is_model else None)
    for part in ("validation", "test"):
        images = [row for row in rows if row.part == part]
        for said in of_overlap(Counter(overlap.seen(before, images)), f"{part} image", source):
            yield f"{said}: the {part} figures will flatter"


def of_overlap(seen: Counter[overlap.Kind | None], noun: str, source: str) -> Iterator[str]:
    """Say how many of some images `source` was trained on, a sentence for each sign of it."""
    of = counted(seen.total(), noun)
    for kind, what in {
        "picture": "were training images of",
        "near": "are almost the same pictures as training images of",
        "group": "are of groups (patients, plants, days) that are among the training images of",
        "name": "have the file names of training images, and other pixels, of",
    }.items():
        if number := seen[kind]:  # type: ignore[index]
            yield f"{number:,} of {of} {what} {source}"
