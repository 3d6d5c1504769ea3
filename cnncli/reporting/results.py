"""The figures of a report: with intervals, by class, as curves, by group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from cnncli.metrics import matrix
from cnncli.metrics.calibration import brier_score, expected_calibration_error, reliability
from cnncli.reporting.folds import Subject
from cnncli.reporting.material import Predicted
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
from cnncli.reporting.words import decimal, ends, listed, percent, with_ends
from cnncli.words import counted

DRAWN_CLASSES = 12  # of which a matrix is drawn
LISTED = 20  # mistakes, groups and classes in a list
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
    parts: list[Part] = [Text(_how(of)), _estimates(of)]
    parts += [_table(of), *_confusion(of)]
    if of.positive is not None:
        parts += _roc(of, made)
    return Section("figures", title, parts)


def by_group(of: Subject) -> Section | None:
    """Return the groups of the part with most mistakes; None where there are no groups."""
    made = of.predicted
    if made is None or not of.grouped:
        return None
    right: dict[str, list[bool]] = defaultdict(list)
    for row, is_right in zip(made.rows, made.labels == made.predicted, strict=True):
        if row.group:
            right[row.group].append(bool(is_right))
    whole = sum(all(each) for each in right.values())
    none = sum(not any(each) for each in right.values())
    some = len(right) - whole - none
    text = (
        f"Of {counted(len(right), 'group')}, {whole:,} had all their images right, {some:,} some, "
        f"{none:,} none."
    )
    worst = sorted(right.items(), key=lambda pair: (sum(pair[1]) - len(pair[1]), pair[0]))
    rows = [
        (name, f"{len(each):,}", f"{len(each) - sum(each):,}")
        for name, each in worst[:LISTED]
        if not all(each)
    ]
    grid = Grid(
        f"Groups with most mistakes{f' (the first {LISTED})' if len(rows) == LISTED else ''}",
        ("Group", "Images", "Wrong"),
        rows,
        frozenset((1, 2)),
    )
    return Section("groups", "By group", [Text(text), *([grid] if rows else [])])


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
            f"{of.threshold_said}."
        )
    return said


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
            with_ends(each, "sensitivity"),
            *(decimal(each[key]) for key in ("specificity", "precision", "f1", "auc")),
        )
        for name, each in of.figures["classes"].items()
    ]
    columns = ("Class", "Images", "Sensitivity", "Specificity", "Precision", "F1", "AUC")
    return Grid("By class", columns, rows, frozenset(range(1, 7)), folded=len(rows) > 30)


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
    title = f"Every threshold (ROC, AUC {decimal(of.figures['auc'])})"
    return [Unit(title, "others taken for it", "found", points, text, mark)]


def _thinned(number: int) -> list[int]:
    """Return at most POINTS places of so many, the first and the last among them."""
    if number <= POINTS:
        return list(range(number))
    return [round(step * (number - 1) / (POINTS - 1)) for step in range(POINTS)]


def calibration(of: Subject) -> Section | None:
    """Return whether the probabilities are what they say; None without predictions."""
    import numpy as np

    made = of.predicted
    if made is None or not len(made.labels):
        return None
    sure = made.chances.max(axis=1)
    right = made.chances.argmax(axis=1) == made.labels
    bins = reliability(made.labels, made.chances)
    bars = np.histogram(sure, bins=20, range=(0, 1))[0] / len(sure)
    said = (
        f"The network is {percent(float(sure.mean()))} sure in the mean, and "
        f"{percent(float(right.mean()))} of its likeliest classes are right. Expected calibration "
        f"error {decimal(expected_calibration_error(bins))} ({counted(len(bins), 'bin')} of about "
        f"equally many images), Brier score {decimal(brier_score(made.labels, made.chances))}, log "
        f"loss {decimal(of.figures['log_loss'])}."
    )
    points = [(each["confidence"], each["accuracy"]) for each in bins]
    sets = listed([f"{percent(p)} said, {percent(r)} right" for p, r in points], 15)
    unit = Unit(
        "How sure it is, and what is right",
        "probability of the likeliest class",
        "share that is right",
        points,
        f"In sets of equally many images: {sets}. The diagonal is where both are the same; bars "
        "show how many images have which probability.",
        bars=[float(bar) for bar in bars],
    )
    return Section("calibration", "Calibration", [Text(said), unit])
