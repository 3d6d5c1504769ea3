"""`cnncli evaluate`: what a trained network reaches on images whose classes are known."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cnncli import console
from cnncli.commands.options import (
    JsonOption,
    TableFormat,
    TableFormatOption,
    refuse_two_answers,
)

ModelArgument = Annotated[
    str, typer.Argument(metavar="MODEL", help="A run directory, or a .keras file.")
]


def evaluate(
    model: ModelArgument,
    data: Annotated[
        str | None,
        typer.Argument(metavar="[DATA]", help="Other images; else the run's own test part."),
    ] = None,
    format_: TableFormatOption = None,
    json_: JsonOption = False,
) -> None:
    """Measure a trained network: accuracy, precision, recall, F1, AUC, confusion.

    Without DATA it is measured on the test part of its run, which it was not trained on. With
    DATA on all of the images there; a warning says how many of them it was trained on.

    \b
    Examples:
      cnncli evaluate runs/lesson-20261123-142501
      cnncli evaluate runs/lesson-20261123-142501 xrays/ --json | jq .accuracy
    """
    from cnncli.commands.keras_session import keras
    from cnncli.commands.training_hooks import hooks
    from cnncli.training import model_file
    from cnncli.training.evaluation import evaluate as measure

    refuse_two_answers(as_json=json_, format_=format_)
    model_file.find(model)  # before the seconds that TensorFlow takes
    keras()
    found = measure(model, data, hooks())
    if found.seen:
        number = len(found.evaluation.files)
        console.warn(
            f"{found.seen:,} of these {number:,} images were trained on: the figures are too good"
        )
    _show(found, format_, as_json=json_)


def _show(found: Any, format_: TableFormat | None, *, as_json: bool) -> None:
    from cnncli.commands.table_output import show_table
    from cnncli.render import evaluation
    from cnncli.render import table as tables

    figures, classes = found.evaluation.figures, found.trained.meaning.classes
    if as_json:
        about = {
            "schema": "cnncli.evaluate/1",
            "model": str(found.trained.path),
            "data": found.data,
            "part": found.part,
            "trained_on": found.seen,
            "positive": found.trained.meaning.positive,
        }
        console.json_result({**about, **figures})
        return
    if format_ is not None:
        show_table(evaluation.table(figures, classes), format_)
        return
    tables.show(evaluation.class_table(figures, classes))
    console.result("")
    tables.show(evaluation.confusion_table(figures, classes))
    console.result(f"\n{evaluation.headline(figures)}")
