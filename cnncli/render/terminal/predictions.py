"""Predictions as a table: a row for each image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from cnncli.render.terminal import table as tables
from cnncli.render.terminal.table import Column, Table

if TYPE_CHECKING:
    from cnncli.evaluation.predict import Prediction

NEXT = 2  # classes that a narrow terminal shows beside the predicted one


def table(
    predictions: Sequence[Prediction],
    classes: Sequence[str],
    *,
    precise: bool,
    top: int | None = None,
) -> Table:
    """Return the class of each image and its probabilities, of the `top` most probable classes.

    `precise` gives 9 digits, and a row to images that could not be read as well. A terminal too
    narrow for all classes shows the next probable ones.
    """
    if precise:
        columns = [Column(name, _align(name)) for name in header(classes, top)]
        return Table(columns=columns, rows=[row(each, classes, top) for each in predictions])
    known = [(each.file, each.predicted or "", _short(each.probability)) for each in predictions]
    columns = [Column("file"), Column("predicted"), Column("probability", "right")]
    whole = Table(
        columns=[*columns, *(Column(f"p_{name}", "right") for name in classes)],
        rows=[
            [*row, *(_short((each.probabilities or {})[name]) for name in classes)]
            for row, each in zip(known, predictions, strict=True)
        ],
    )
    if top is None and tables.fits(whole):
        return whole
    count = NEXT + 1 if top is None else top
    return Table(
        columns=[*columns, Column("next", priority=1)] if count > 1 else columns,
        rows=[
            [*row, *([_then(each, count)] if count > 1 else [])]
            for row, each in zip(known, predictions, strict=True)
        ],
        footer=["", "All probabilities: --format csv or --json"] if top is None else [],
    )


def header(classes: Sequence[str], top: int | None = None) -> list[str]:
    """Return the names of the columns of a file of predictions."""
    chances = [f"p_{name}" for name in classes]
    if top is not None:
        places = range(1, min(top, len(classes)) + 1)
        chances = [name for place in places for name in (f"class_{place}", f"p_{place}")]
    return ["file", "predicted", "probability", *chances, "error"]


def row(each: Prediction, classes: Sequence[str], top: int | None = None) -> list[str]:
    """Return an image as it stands in a file; what it has not is left empty."""
    if each.error is not None or each.probabilities is None:
        return [each.file, *[""] * (len(header(classes, top)) - 2), each.error or ""]
    if top is None:
        chances = [f"{each.probabilities[name]:.9g}" for name in classes]
    else:
        most = most_probable(each, top).items()
        chances = [text for name, value in most for text in (name, f"{value:.9g}")]
    return [each.file, each.predicted or "", f"{each.probability:.9g}", *chances, ""]


def most_probable(each: Prediction, top: int | None) -> dict[str, float]:
    """Return the probabilities of the `top` most probable classes, the first of them first."""
    chances = each.probabilities or {}
    if top is None:
        return chances
    ordered = sorted(chances.items(), key=lambda one: -one[1])
    return dict(ordered[:top])


def _align(name: str) -> Literal["left", "right"]:
    return "right" if name == "probability" or name.startswith("p_") else "left"


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _then(each: Prediction, count: int) -> str:
    others = list(most_probable(each, count).items())[1:]
    return ", ".join(f"{name} {value:.4f}" for name, value in others)
