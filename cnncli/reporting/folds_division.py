"""The data of a cross-validation, and how they were divided into folds."""

from __future__ import annotations

from collections import Counter

from cnncli.reporting import division
from cnncli.reporting.folds import FoldsMaterial
from cnncli.reporting.material import Material
from cnncli.reporting.parts import Branch, Facts, Flow, Grid, Part, Section
from cnncli.words import counted

DRAWN = 12  # folds that stand in the drawing; the table has all


def section(of: FoldsMaterial) -> Section:
    """Return which images each fold tested, as a drawing and as a table."""
    rows = [*division.found(of.folds[0]), ("Divided", how(of))]
    rows.append(("Kept together", division.kept_together(of.folds[0])))
    parts: list[Part] = [_flow(of), Facts(rows), _table(of), *division.unreadable(of.folds[0])]
    return Section("data", "Data, and how they were divided", parts)


def how(of: FoldsMaterial) -> str:
    """Return how the folds were made, in words."""
    seed = of.record["data"]["split"].get("seed", 0)
    return (
        f"into {counted(len(of.folds), 'fold')}, by class, seed {seed}: each fold is the test part "
        "of one network, which was trained on the others but for a validation part of them"
    )


def _flow(of: FoldsMaterial) -> Flow:
    number = len(of.record["data"].get("unreadable", ()))
    found = counted(len(of.split) + number, "image")
    lines = [_line(of, place) for place in range(len(of.folds))]
    more = [f"and {len(lines) - DRAWN:,} more"] if len(lines) > DRAWN else []
    tested = Branch(f"{counted(len(lines), 'fold')}, each tested once", [*lines[:DRAWN], *more])
    return Flow(
        Branch("Found", [found]),
        Branch("Left out", [f"{number:,} could not be read"] if number else ["none"]),
        [tested],
        f"{found} found, {number:,} left out as unreadable; tested in folds. {'; '.join(lines)}.",
    )


def _line(of: FoldsMaterial, place: int) -> str:
    rows = of.folds[place].of_part("test")
    groups = counted(len({row.group for row in rows if row.group}), "group")
    return f"fold {place + 1}: {counted(len(rows), 'image')}" + f" of {groups}" * of.grouped


def _table(of: FoldsMaterial) -> Grid:
    """Return the images of each fold by part, and of each class in its test part."""
    classes = of.classes[: division.NAMED]
    rows = [_row(fold, number, classes) for number, fold in enumerate(of.folds, start=1)]
    columns = ("Fold", "Training", "Validation", "Test", "Groups in it", *classes)
    return Grid(
        "Images of each fold by part, and of each class in its test part",
        columns,
        rows,
        frozenset(range(len(columns))),
        folded=len(rows) > 20,
    )


def _row(fold: Material, number: int, classes: tuple[str, ...]) -> tuple[str, ...]:
    test = fold.of_part("test")
    count = Counter(row.label for row in test)
    groups = len({row.group for row in test if row.group})
    parts = [len(fold.of_part("train")), len(fold.of_part("validation")), len(test), groups]
    numbers = [*parts, *(count[name] for name in classes)]
    return (str(number), *(f"{value:,}" for value in numbers))
