"""The figures of a report: with intervals, by class, as curves, by group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cnncli.metrics import matrix
from cnncli.metrics.figures import confusion
from cnncli.metrics.rates import RATES
from cnncli.reporting.folds import Subject
from cnncli.reporting.material import Material, Predicted
from cnncli.reporting.parts import (
    Confusion,
    Estimate,
    Estimates,
    Grid,
    Part,
    Section,
    Text,
    Unit,
)
from cnncli.reporting.verdict import tested
from cnncli.reporting.words import decimal, ends, percent, with_ends
from cnncli.words import counted

DRAWN_CLASSES = 12  # of which a matrix is drawn
LISTED = 20  # mistakes and classes in a list
POINTS = 200  # of a line
NAMES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "auc": "AUC",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "positive_predictive_value": "positive predictive value",
    "negative_predictive_value": "negative predictive value",
}


def section(of: Subject) -> Section:
    """Return all figures of the part that was measured on."""
    title = "What it reached"
    made = of.predicted
    if made is None:
        known = [(NAMES[name], of.figures.get(name)) for name in ("accuracy", "auc")]
        rows = [(name, decimal(value)) for name, value in known if value is not None]
        return Section("figures", title, [Grid("Figures", ("Figure", "Value"), rows)])
    parts: list[Part] = [Text(_how(of)), _estimates(of), *_confusion(of)]
    if of.positive is not None:
        parts += _roc(of, made)
    parts.append(_table(of))
    return Section("figures", title, parts)


def _how(of: Subject) -> str:
    drawn = of.figures["bootstrap"]
    what = "groups of images" if of.grouped else "images"
    said = (
        f"Measured on {tested(of)}. Intervals hold 95 % of {drawn['draws']:,} draws of {what} "
        f"with replacement (bootstrap, seed {drawn['seed']})."
    )
    if of.positive is not None:
        said += (
            f" An image counts as {of.positive} where the probability of {of.positive} is above "
            f"{of.threshold_said}.{_on_validation(of)}"
        )
    return said


def _on_validation(of: Subject) -> str:
    """Return what a threshold that was chosen reached where it was, and what it reaches here."""
    runs = [of] if isinstance(of, Material) else of.folds
    kept = [each.kept_threshold for each in runs]
    if (
        of.positive is None
        or of.part != "test"
        or not all(each and each.is_chosen for each in kept)
    ):
        return ""
    made = [found for each in runs if (found := each.predictions("validation")) is not None]
    if len(made) < len(runs):
        return ""
    place = of.classes.index(of.positive)
    each_of = [confusion(each.labels, each.predicted, 2).tolist() for each in made]
    rows = [[sum(cells) for cells in zip(*of_class, strict=True)]
            for of_class in zip(*each_of, strict=True)]  # fmt: skip
    shares = [row[at] / sum(row) if sum(row) else None for at, row in enumerate(rows)]
    here = of.figures["classes"][of.positive]
    part = "part" if len(made) == 1 else "parts of all folds"
    images = _images(made, grouped=of.grouped)
    return (
        f" On the validation {part} ({images}) that has a sensitivity of "
        f"{percent(shares[place])} and a specificity of {percent(shares[1 - place])}; on the test "
        f"{part} {percent(here['sensitivity'])} and {percent(here['specificity'])}."
    )


def _images(made: Sequence[Predicted], *, grouped: bool) -> str:
    """Return how many images there are, and groups of them where they are of one run."""
    images = counted(sum(len(each.labels) for each in made), "image")
    if not grouped or len(made) > 1:
        return images
    return f"{images} of {counted(len(set(made[0].units.tolist())), 'group')}"


def _estimates(of: Subject) -> Estimates:
    rows = list(_rows(of))
    said = "; ".join(
        f"{row.name} {row.value:.3f}"
        + (f" ({row.low:.3f} to {row.high:.3f})" if row.low is not None else "")
        for row in rows
    )
    return Estimates("Figures with their 95 % intervals", rows, f"{said}.")


def _rows(of: Subject) -> Iterator[Estimate]:
    figures = of.figures
    for name in ("accuracy", "balanced_accuracy", "auc"):
        yield from _row(NAMES[name], figures, name)
    classes = figures["classes"]
    if of.positive is not None:
        for name in list(NAMES)[3:]:
            yield from _row(NAMES[name], classes[of.positive], name)
        return
    for label in list(classes)[:LISTED]:
        yield from _row(f"sensitivity, {label}", classes[label], "sensitivity")


def _row(title: str, figures: Mapping[str, Any], name: str) -> Iterator[Estimate]:
    value = figures.get(name)
    if value is not None and value == value:
        low, high = ends(figures, name) or (None, None)
        yield Estimate(title, value, low, high)


def _table(of: Subject) -> Grid:
    rows = [
        (
            name,
            f"{each['support']:,}",
            *(with_ends(each, key) for key in RATES),
            *(decimal(each[key]) for key in ("f1", "auc")),
        )
        for name, each in of.figures["classes"].items()
    ]
    columns = ("Class", "Images", *(NAMES[key].capitalize() for key in RATES), "F1", "AUC")
    right = frozenset(range(1, len(columns)))
    caption = "By class, with 95 % intervals"
    return Grid(caption, columns, rows, right, folded=len(rows) > 30)


def _confusion(of: Subject) -> list[Part]:
    counts = of.figures["confusion"]
    wrong = matrix.mistakes(counts)
    total = sum(cell[2] for cell in wrong)
    images = of.figures["images"]
    said = f"{images - total:,} of {counted(images, 'image')} are right, {total:,} wrong."
    if len(of.classes) <= DRAWN_CLASSES:
        cells = "; ".join(
            f"{row[place]:,} of {label} taken for {taken}"
            for label, row in zip(of.classes, counts, strict=True)
            for place, taken in enumerate(of.classes)
            if row[place]
        )
        return [Confusion(of.classes, counts, f"{said} {cells}.")]
    rows = [(of.classes[t], of.classes[p], f"{n:,}") for t, p, n in wrong[:LISTED]]
    caption = f"The most frequent mistakes ({len(rows)} of {counted(len(wrong), 'kind')})"
    return [Text(said), Grid(caption, ("True", "Taken for", "Images"), rows, frozenset((2,)))]


def _roc(of: Subject, made: Predicted) -> list[Part]:
    import numpy as np

    place = of.classes.index(of.positive or "")
    truth = made.labels == place
    if truth.all() or not truth.any():
        return []
    order = np.argsort(-made.chances[:, place], kind="stable")
    scores = made.chances[order, place]
    last = np.r_[scores[1:] != scores[:-1], True]
    up = np.r_[0, np.cumsum(truth[order])[last]] / truth.sum()
    across = np.r_[0, np.cumsum(~truth[order])[last]] / (~truth).sum()
    said = made.predicted == place
    mark = (float(said[~truth].mean()), float(said[truth].mean()))
    chosen = _thinned(len(up))
    points = [(float(across[at]), float(up[at])) for at in chosen]
    text = (
        f"Receiver operating characteristic of {of.positive}: AUC {decimal(of.figures['auc'])}. At "
        f"the threshold of {of.threshold_said}, {percent(mark[1])} of {of.positive} are found, and "
        f"{percent(mark[0])} of the others are taken for it."
    )
    title = f"Every threshold; the dot is the one in use (ROC, AUC {decimal(of.figures['auc'])})"
    across_is = "1 - specificity: others taken for it"
    return [Unit(title, across_is, "sensitivity: share found", points, text, mark)]


def _thinned(number: int) -> list[int]:
    """Return at most POINTS places of so many, the first and the last among them."""
    if number <= POINTS:
        return list(range(number))
    return [round(step * (number - 1) / (POINTS - 1)) for step in range(POINTS)]
