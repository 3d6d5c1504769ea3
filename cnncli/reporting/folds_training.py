"""How the networks of a cross-validation were trained, and what each of them reached."""

from __future__ import annotations

from cnncli.reporting import training
from cnncli.reporting.folds import FoldsMaterial
from cnncli.reporting.material import Material
from cnncli.reporting.parts import Curves, Facts, Grid, Line, Part, Section, Text
from cnncli.reporting.results import NAMES
from cnncli.reporting.words import decimal, with_ends
from cnncli.words import counted

DRAWN = 10  # folds whose curves are drawn
OF_ONE = ("Epochs", "Epoch kept", "Time")  # what each fold has for itself
ONE_SCALE = (
    "The figures of all images together rank the answers of several networks in one list. Where "
    "those are not equally sure, the AUC of all lies below the mean of the folds."
)


def section(of: FoldsMaterial) -> Section:
    """Return the curves of all folds, and the recipe that they share."""
    parts: list[Part] = [
        _curves(of, name) for name in training.SHOWN if all(_has(f, name) for f in of.folds)
    ]
    if len(of.folds) > DRAWN:
        parts.append(Text(f"The curves are those of the first {DRAWN} of {len(of.folds):,} folds."))
    recipe = [row for row in training.recipe(of.folds[0]) if row[0] not in OF_ONE]
    return Section("training", "Training", [*parts, Facts(recipe), _epochs(of)])


def reached(of: FoldsMaterial) -> list[Part]:
    """Return the figures of each fold, and their mean and spread."""
    return [_of_each(of), _over(of), Text(ONE_SCALE)]


def _has(fold: Material, name: str) -> bool:
    return bool(fold.history) and name in fold.history[-1]


def _curves(of: FoldsMaterial, name: str) -> Curves:
    validates = all(_has(fold, f"val_{name}") for fold in of.folds)
    column, part = (f"val_{name}", "validation") if validates else (name, "training")
    lines = [
        Line(f"fold {number}", [(e, row[column]) for e, row in enumerate(fold.history, start=1)])
        for number, fold in enumerate(of.folds[:DRAWN], start=1)
    ]
    at_end = "; ".join(f"{each.name} {decimal(each.points[-1][1])}" for each in lines)
    title = f"{name.capitalize()} of the {part} part, by fold"
    return Curves(title, lines, None, f"{title}, over the epochs. At the end: {at_end}.")


def _epochs(of: FoldsMaterial) -> Grid:
    rows = [
        (
            str(number),
            f"{len(fold.history):,}",
            str(training.kept_epoch(fold)),
            (fold.metrics.get("curves") or {}).get("text", ""),
        )
        for number, fold in enumerate(of.folds, start=1)
    ]
    return Grid(
        f"Epochs of each fold, at most {counted(of.record['epochs'], 'epoch')}; the one that is "
        f"kept: {training.why_kept(of.folds[0])}",
        ("Fold", "Trained", "Kept", "What the curves say"),
        rows,
        frozenset((0, 1, 2)),
        folded=len(rows) > 20,
    )


def _of_each(of: FoldsMaterial) -> Grid:
    rows = [
        (
            str(number),
            f"{made['images']:,}",
            *(with_ends(made, name) for name in ("accuracy", "auc")),
            *(decimal(made[name]) for name in ("balanced_accuracy", "f1", "threshold")),
        )
        for number, made in enumerate(of.crossed.folds, start=1)
    ]
    columns = ("Fold", "Images", "Accuracy", "AUC", "Balanced accuracy", "F1", "Threshold")
    kept = len(columns) - (of.positive is None)
    return Grid(
        "Each fold, on the images that it tested, with 95 % intervals",
        columns[:kept],
        [row[:kept] for row in rows],
        frozenset(range(kept)),
        folded=len(rows) > 20,
    )


def _over(of: FoldsMaterial) -> Grid:
    rows = [
        (
            name,
            decimal(of.spread[key]["mean"]),
            decimal(of.spread[key]["standard_deviation"]),
            with_ends(of.figures, key),
        )
        for key, name in NAMES.items()
        if of.figures[key] is not None
    ]
    columns = ("Figure", "Mean over folds", "Standard deviation", "All images together")
    return Grid("Over the folds, and of all images together", columns, rows, frozenset((1, 2, 3)))
