"""`cnncli predict`: what a trained network says of images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnncli import console
from cnncli.commands.shared import outputs, trained
from cnncli.commands.shared.applies import NotWith
from cnncli.commands.shared.options import (
    ForceOption,
    JsonOption,
    TableFormat,
    TableFormatOption,
    refuse_two_answers,
)
from cnncli.commands.shared.outputs import named_stdout
from cnncli.commands.shared.threshold_options import AbstainOption, ThresholdOption, rule
from cnncli.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from cnncli.evaluation.predict import Prediction

LINES = (".jsonl", ".ndjson", ".json")  # endings of files with a line of JSON for each image


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
    threshold: ThresholdOption = None,
    abstain: AbstainOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            callback=named_stdout,
            help="Write it there: a table (.csv), or a line of JSON for each image (.jsonl).",
        ),
        NotWith("format_", "json_", hint="The ending of FILE says which it is: .csv, .jsonl."),
    ] = None,
    force: ForceOption = False,
    format_: TableFormatOption = None,
    json_: JsonOption = False,
) -> None:
    """Predict the class of images, and how probable it is.

    An image that cannot be read is named, and the exit code is then 1; a CSV table has a row for
    it, too, with the reason. --json prints a line for each image as soon as it is known.

    \b
    Examples:
      cnncli predict runs/lesson-20261123-142501 scan.png
      cnncli predict runs/lesson-20261123-142501 new/ --json | jq -r .predicted
      cnncli predict model.keras a.png b.png --format csv
      cnncli predict runs/lesson-20261123-142501 new/ -o new.csv
      cnncli predict theirs.keras a.png --input-range 0,1 --classes cat,dog
    """
    from cnncli.evaluation.predict import predict as predict_all
    from cnncli.evaluation.predict import sources, unread, until_there
    from cnncli.runs import model_file

    refuse_two_answers(as_json=json_, format_=format_)
    names = trained.class_names(classes)
    fed = trained.preparation(input_range, standardize, prepare, logits)
    destination = _destination(output, force=force) if output is not None else None
    trained.check(model, names, fed)
    asked = sources(images)
    taken, is_one_there = until_there(asked)
    predictions: Iterator[Prediction] = map(unread, taken)
    known: Sequence[str] = ()
    if is_one_there:
        trained.load_keras(model)
        loaded = model_file.load(model, names, fed)
        trained.tell(loaded)
        loaded = trained.deciding(loaded, model, rule(threshold, None, None, None))
        predictions = _with_doubts(predict_all(loaded, chain(taken, asked), abstain))
        known = loaded.meaning.classes
    if destination is not None:
        failed = _write(predictions, known, destination)
    else:
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


def _destination(output: Path, *, force: bool) -> outputs.Destination:
    destination = outputs.choose(output, force=force, default="predictions.csv")
    if destination.suffix not in (".csv", *LINES):
        raise UsageError(
            f"-o {output}: predictions are written as .csv or .jsonl",
            hint=f"For example -o {output.with_suffix('.csv')}",
        )
    return destination


def _stream(predictions: Iterator[Prediction]) -> int:
    import sys

    failed = 0
    for each in predictions:
        failed += each.error is not None
        console.result(_line(each))
        sys.stdout.flush()
    return failed


def _line(each: Prediction) -> str:
    """Return a prediction as one line of JSON."""
    from cnncli.json_text import dumps

    if each.error is not None:
        return dumps({"file": each.file, "error": each.error})
    said = {name: getattr(each, name) for name in ("file", "predicted", "probability")}
    return dumps({**said, "probabilities": each.probabilities})


def _write(
    predictions: Iterator[Prediction], classes: Sequence[str], destination: outputs.Destination
) -> int:
    """Write predictions as they are made; the file appears when all of them are in it."""
    import csv

    from cnncli.render.terminal.predictions import header, row

    failed = 0
    with (
        outputs.writing(destination) as path,
        path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file,
    ):
        table = csv.writer(file, lineterminator="\n")
        if destination.suffix not in LINES:
            table.writerow(header(classes))
        for each in predictions:
            failed += each.error is not None
            if each.error is not None:
                console.fail(f"{each.file}: {each.error}")
            if destination.suffix in LINES:
                file.write(_line(each) + "\n")
            else:
                table.writerow(row(each, classes))
    return failed


def _table(
    predictions: Iterator[Prediction], classes: Sequence[str], format_: TableFormat | None
) -> int:
    from cnncli.commands.shared.table_output import show_table
    from cnncli.render.terminal.predictions import table

    every = []
    for each in predictions:
        every.append(each)
        if each.error is not None:
            console.fail(f"{each.file}: {each.error}")
    known = [each for each in every if each.error is None]
    if format_ is not None:
        show_table(table(every, classes, precise=True), format_)
    elif known:
        show_table(table(known, classes, precise=False), None)
    return len(every) - len(known)
