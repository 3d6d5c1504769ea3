"""Which images a network was trained on already: by content, nearly, by group and by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from cnncli.data import copies
from cnncli.runs.directory import RunDirectory
from cnncli.runs.record import SplitRow, read_split
from cnncli.runs.trained import Meaning, TrainedOn

Kind = Literal["picture", "near", "group", "name"]
KINDS: tuple[Kind, ...] = ("picture", "near", "group", "name")
OF_A_FILE: tuple[Kind, ...] = ("picture", "near")  # what a model file alone can tell
# Images whose digests travel in a model file: of more, those of the lowest digests, as good as
# drawn by lot. 20,000 take 1.7 MB.
MOST = 20_000
DIGEST = 16  # hexadecimal digits that are kept: 20,000 images share one by chance in 10^11 tries


@dataclass(frozen=True)
class Known:
    """What is known of training images, by a text of the `near` of `data.facts` for each.

    `kinds` are the signs of having seen an image that can be told; of the others nothing is known.
    """

    digests: frozenset[str]
    near: Sequence[str]
    groups: frozenset[str] = field(default=frozenset())
    files: frozenset[str] = field(default=frozenset())
    kinds: tuple[Kind, ...] = KINDS


def known(run: RunDirectory | None, meaning: Meaning | None) -> Known:
    """Return what a run tells of its training images, else what its model file does."""
    if run is not None and run.split.is_file():
        rows = [row for row in read_split(run.split) if row.part == "train"]
        return Known(
            frozenset(row.digest[:DIGEST] for row in rows),
            [row.near for row in rows if row.near],
            frozenset(row.group for row in rows if row.group),
            frozenset(row.file for row in rows),
        )
    if meaning is None or meaning.trained_on is None:
        return Known(frozenset(), (), kinds=())
    about = meaning.trained_on
    return Known(frozenset(about.digests), about.near, kinds=OF_A_FILE)


def digests_of(rows: Sequence[SplitRow]) -> TrainedOn:
    """Return what a model file keeps of the training images among `rows`: no names, no groups."""
    trained = sorted((row for row in rows if row.part == "train"), key=lambda row: row.digest)
    kept = trained[:MOST]
    return TrainedOn(
        len(trained),
        tuple(row.digest[:DIGEST] for row in kept),
        tuple(row.near for row in kept if row.near),
    )


def seen(before: Known, rows: Sequence[SplitRow]) -> list[Kind | None]:
    """Return for each image why it was trained on already, the surest sign first; None if not.

    "picture": the same pixels; "near": almost the same picture, as a smaller copy has it; "group":
    another image of its patient, plant or day; "name": a file of the same path.
    """
    near = _near(before.near, [row.near for row in rows])
    found: list[Kind | None] = []
    for row, alike in zip(rows, near, strict=True):
        if row.digest[:DIGEST] in before.digests:
            found.append("picture")
        elif alike:
            found.append("near")
        elif row.group is not None and row.group in before.groups:
            found.append("group")
        else:
            found.append("name" if row.file in before.files else None)
    return found


def _near(before: Sequence[str], now: Sequence[str]) -> list[bool]:
    """Say of each hash whether one of `before` differs from it in few bits."""
    found = [False] * len(now)
    places = [place for place, text in enumerate(now) if text]
    if not before or not places:
        return found
    near = copies.alike(copies.bits([now[place] for place in places]), copies.bits(before))
    for place, rows in zip(places, near, strict=True):
        found[place] = bool(rows)
    return found
