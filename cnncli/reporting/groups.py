"""Groups of images (patients, plants, days) of a report, by how many of their images are wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from cnncli.reporting.folds import Subject
from cnncli.reporting.parts import Grid, Section, Text
from cnncli.reporting.words import listed, percent
from cnncli.words import counted

LISTED = 20  # groups in the table
Group = Sequence[tuple[str, bool]]  # of each image its class, and whether it is right


def section(of: Subject) -> Section | None:
    """Return the groups of the part with most mistakes; None where there are no groups."""
    made = of.predicted
    if made is None or not of.grouped:
        return None
    found: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for row, is_right in zip(made.rows, made.labels == made.predicted, strict=True):
        if row.group:
            found[row.group].append((row.label, bool(is_right)))
    text = Text(f"{_counts(found)} {_standing_out(found)}".strip())
    return Section("groups", "By group", [text, *_table(found)])


def _wrong(of: Group) -> int:
    return sum(not is_right for _, is_right in of)


def _counts(found: Mapping[str, Group]) -> str:
    whole = sum(not _wrong(each) for each in found.values())
    none = sum(_wrong(each) == len(each) for each in found.values())
    some = len(found) - whole - none
    return (
        f"Of {counted(len(found), 'group')}, {whole:,} had all their images right, {some:,} some, "
        f"{none:,} none."
    )


def _standing_out(found: Mapping[str, Group]) -> str:
    """Say so where no group has two mistakes: each may be chance."""
    most = max(map(_wrong, found.values()), default=0)
    return "None stands out: no group has more than one mistake." if most == 1 else ""


def _table(found: Mapping[str, Group]) -> list[Grid]:
    wrong = {name: each for name, each in found.items() if _wrong(each)}
    worst = sorted(wrong.items(), key=lambda pair: (-_share(pair[1]), -_wrong(pair[1]), pair[0]))
    rows = [
        (
            name,
            listed(sorted({label for label, _ in each}), 3),
            f"{len(each):,}",
            f"{_wrong(each):,}",
            percent(_share(each)),
        )
        for name, each in worst[:LISTED]
    ]
    more = f" (the first {LISTED} of {len(wrong):,})" if len(wrong) > LISTED else ""
    columns = ("Group", "Class", "Images", "Wrong", "Share wrong")
    caption = f"Groups with mistakes, the largest share first{more}"
    return [Grid(caption, columns, rows, frozenset((2, 3, 4)), folded=True)] if rows else []


def _share(of: Group) -> float:
    return _wrong(of) / len(of)
