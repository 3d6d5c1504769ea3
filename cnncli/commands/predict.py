"""`cnncli predict`: what a trained network says of images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnncli import console
from cnncli.commands.shared import predict_options, prediction_outputs, trained
from cnncli.commands.shared.applies import NotWith
from cnncli.commands.shared.options import (
    ForceOption,
    JsonOption,
    TableFormatOption,
    refuse_two_answers,
)
from cnncli.commands.shared.outputs import named_stdout
from cnncli.commands.shared.threshold_options import AbstainOption, ThresholdOption, rule
from cnncli.errors import ExitCode
from cnncli.words import counted

if TYPE_CHECKING:
    from cnncli.commands.shared.prediction_outputs import Output
    from cnncli.evaluation.listing import Listing
    from cnncli.evaluation.predict import Prediction


def predict(
    model: trained.ModelArgument,
    images: predict_options.ImagesArgument = None,
    classes: trained.ClassesOption = None,
    input_range: trained.InputRangeOption = None,
    standardize: trained.StandardizeOption = False,
    prepare: trained.PrepareOption = None,
    logits: trained.LogitsOption = False,
    threshold: ThresholdOption = None,
    abstain: AbstainOption = None,
    top: predict_options.TopOption = None,
    files_from: predict_options.FilesFromOption = None,
    shard: predict_options.ShardOption = None,
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
    it, too, with the reason. --json prints a line for each image, and --format csv a row, as soon
    as it is known; a table is drawn when all of them are. Memory does not grow with the number of
    images but for a drawn one, and a terminal shows how many a second there are, and the time left.

    \b
    Examples:
      cnncli predict runs/lesson-20261123-142501 scan.png
      cnncli predict runs/lesson-20261123-142501 new/ --json | jq -r .predicted
      cnncli predict model.keras a.png b.png --format csv
      cnncli predict runs/lesson-20261123-142501 new/ -o new.csv
      cnncli predict theirs.keras a.png --input-range 0,1 --classes cat,dog
      find new/ -name '*.png' | cnncli predict model.keras --files-from - --json
      cnncli predict model.keras new/ --shard 2/8 -o new-2.csv
    """
    from cnncli.evaluation.listing import until_there
    from cnncli.evaluation.predict import predict as predict_all
    from cnncli.evaluation.predict import unread
    from cnncli.runs import model_file

    refuse_two_answers(as_json=json_, format_=format_)
    names = trained.class_names(classes)
    fed = trained.preparation(input_range, standardize, prepare, logits)
    listing = predict_options.listing(images, files_from, shard)
    to = prediction_outputs.destination(output, force=force) if output is not None else None
    trained.check(model, names, fed)
    asked = iter(listing)
    taken, is_one_there = until_there(asked)
    predictions: Iterator[Prediction] = map(unread, taken)
    known: Sequence[str]
    if is_one_there:
        trained.load_keras(model)
        loaded = model_file.load(model, names, fed)
        trained.tell(loaded)
        loaded = trained.deciding(loaded, model, rule(threshold, None, None, None))
        predictions = _with_doubts(predict_all(loaded, chain(taken, asked), abstain))
        known = loaded.meaning.classes
    else:
        known = trained.known_classes(model, names, fed)
    if to is not None:
        output_ = prediction_outputs.writing(to, known, top)
    else:
        output_ = prediction_outputs.printing(known, format_, top, as_json=json_)
    failed = _take(_counted(predictions, listing), output_)
    if listing.total == 0:
        console.note("There is no image to predict.")
    if failed:
        console.warn(f"{counted(failed, 'image')} could not be predicted")
        raise typer.Exit(ExitCode.FAILED)


def _with_doubts(predictions: Iterator[Prediction]) -> Iterator[Prediction]:
    doubts = trained.Doubts()
    for each in predictions:
        doubts.take(each)
        yield each
    doubts.finish()


def _counted(predictions: Iterable[Prediction], listing: Listing) -> Iterator[Prediction]:
    """Pass predictions on under a bar that tells how many are done, of how many, how fast."""
    from cnncli.commands.shared.training_hooks import progress

    with progress("Predicting", "images") as show:
        for done, each in enumerate(predictions, 1):
            yield each
            show(done, listing.total or 0)


def _take(predictions: Iterable[Prediction], output: AbstractContextManager[Output]) -> int:
    """Hand predictions to where they go; return how many images could not be predicted."""
    failed = 0
    with output as to:
        for each in predictions:
            failed += each.error is not None
            to.take(each)
    return failed
