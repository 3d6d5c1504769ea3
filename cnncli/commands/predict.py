"""`cnncli predict`: what a trained network says of images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

from cnncli import console
from cnncli.commands.shared import trained
from cnncli.commands.shared.options import (
    JsonOption,
    TableFormat,
    TableFormatOption,
    refuse_two_answers,
)
from cnncli.errors import ExitCode

if TYPE_CHECKING:
    from cnncli.evaluation.predict import Prediction


def predict(
    model: trained.ModelArgument,
    images: Annotated[
        list[str],
        typer.Argument(
            metavar="IMAGE|DATA...",
            help="Image files, folders with all images below them, - for stdin, sample:NAME.",
        ),
    ],
    classes: trained.ClassesOption = None,
    input_range: trained.InputRangeOption = None,
    standardize: trained.StandardizeOption = False,
    prepare: trained.PrepareOption = None,
    logits: trained.LogitsOption = False,
    format_: TableFormatOption = None,
    json_: JsonOption = False,
) -> None:
    """Predict the class of images, and how probable it is.

    An image that cannot be read is named and left out; the exit code is then 1. --json prints a
    line for each image as soon as it is known.

    \b
    Examples:
      cnncli predict runs/lesson-20261123-142501 scan.png
      cnncli predict runs/lesson-20261123-142501 new/ --json | jq -r .predicted
      cnncli predict model.keras a.png b.png --format csv
      cnncli predict theirs.keras a.png --input-range 0,1 --classes cat,dog
    """
    from cnncli.commands.shared.keras_session import keras
    from cnncli.evaluation.predict import predict as predict_all
    from cnncli.evaluation.predict import sources, unread, until_there
    from cnncli.runs import model_file

    refuse_two_answers(as_json=json_, format_=format_)
    names = trained.class_names(classes)
    fed = trained.preparation(input_range, standardize, prepare, logits)
    trained.check(model, names, fed)
    asked = sources(images)
    taken, is_one_there = until_there(asked)
    predictions: Iterator[Prediction] = map(unread, taken)
    known: Sequence[str] = ()
    if is_one_there:
        keras()
        loaded = model_file.load(model, names, fed)
        trained.tell(loaded)
        predictions = _with_doubts(predict_all(loaded, chain(taken, asked)))
        known = loaded.meaning.classes
    failed = _stream(predictions) if json_ else _table(predictions, known, format_)
    if failed:
        console.warn(f"{failed:,} image{'s' if failed > 1 else ''} could not be predicted")
        raise typer.Exit(ExitCode.FAILED)


def _with_doubts(predictions: Iterator[Prediction]) -> Iterator[Prediction]:
    doubts = trained.Doubts()
    for each in predictions:
        doubts.take(each)
        yield each
    doubts.finish()


def _stream(predictions: Iterator[Prediction]) -> int:
    import sys

    from cnncli.json_text import dumps

    failed = 0
    for each in predictions:
        failed += each.error is not None
        if each.error is not None:
            console.result(dumps({"file": each.file, "error": each.error}))
        else:
            said = {name: getattr(each, name) for name in ("file", "predicted", "probability")}
            console.result(dumps({**said, "probabilities": each.probabilities}))
        sys.stdout.flush()
    return failed


def _table(
    predictions: Iterator[Prediction], classes: Sequence[str], format_: TableFormat | None
) -> int:
    from cnncli.commands.shared.table_output import show_table
    from cnncli.render.terminal.predictions import table

    known: list[Prediction] = []
    failed = 0
    for each in predictions:
        if each.error is None:
            known.append(each)
        else:
            failed += 1
            console.fail(f"{each.file}: {each.error}")
    if known:
        show_table(table(known, classes, precise=format_ is not None), format_)
    return failed
