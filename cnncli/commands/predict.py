"""`cnncli predict`: what a trained network says of images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cnncli import console
from cnncli.commands.shared import (
    append_output,
    predict_options,
    prediction_outputs,
    sort_output,
    trained,
    vector_output,
)
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
    from cnncli.commands.shared.append_output import Table
    from cnncli.commands.shared.prediction_outputs import Output
    from cnncli.commands.shared.sort_output import Sorting
    from cnncli.evaluation.listing import Listing, Source
    from cnncli.evaluation.predict import Prediction
    from cnncli.evaluation.thresholds import Rule
    from cnncli.network.preparation import Preparation
    from cnncli.runs.trained import Meaning, Trained


def predict(
    model: predict_options.ModelArgument = None,
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
    features: predict_options.FeaturesOption = None,
    append: predict_options.AppendOption = None,
    move_into: predict_options.MoveIntoOption = None,
    copy_into: predict_options.CopyIntoOption = None,
    undo: predict_options.UndoOption = None,
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

    --append is for many images: the table has each row at once, and what has one is passed over,
    also an image that could not be read. --move-into sorts the files; what has no answer, by
    --abstain or as it cannot be read, stays where it is.

    \b
    Examples:
      cnncli predict runs/lesson-20261123-142501 scan.png
      cnncli predict runs/lesson-20261123-142501 new/ --json | jq -r .predicted
      cnncli predict model.keras a.png b.png --format csv
      cnncli predict runs/lesson-20261123-142501 new/ -o new.csv
      cnncli predict theirs.keras a.png --input-range 0,1 --classes cat,dog
      find new/ -name '*.png' | cnncli predict model.keras --files-from - --json
      cnncli predict model.keras new/ --shard 2/8 --append new-2.csv
      cnncli predict model.keras new/ --features vectors.npy -o new.csv
      cnncli predict model.keras new/ --move-into sorted --abstain 0.9
      cnncli predict --undo sorted
    """
    if undo is not None:
        sort_output.undo(undo)
        return
    refuse_two_answers(as_json=json_, format_=format_)
    asked = Asked(
        predict_options.model(model),
        trained.class_names(classes),
        trained.preparation(input_range, standardize, prepare, logits),
        rule(threshold, None, None, None),
        abstain,
        features is not None,
    )
    arrays = vector_output.destinations(features, asked.model, output, force=force)
    folder = move_into or copy_into
    listing = predict_options.listing(images, files_from, shard, folder)
    to = prediction_outputs.destination(output, force=force) if output is not None else None
    trained.check(asked.model, asked.names, asked.fed)
    early = trained.at_once(asked.model, asked.names, asked.fed)
    own = early.meaning if early else trained.own_meaning(asked.model)
    known: Sequence[str] = own.classes if own is not None else asked.names
    with ExitStack() as stack:
        sorting = table = None
        if folder is not None:
            how: Literal["move", "copy"] = "move" if move_into is not None else "copy"
            sorting = stack.enter_context(sort_output.sorting(folder, how, images or (), known))
        if append is not None:
            table = stack.enter_context(append_output.table(append, top, known))
            if own is not None:
                table.check(_decided(asked, own), abstain)
        network, predictions = _predictions(asked, early, listing, table, sorting)
        known = network.meaning.classes if network is not None else known
        outputs: list[Output] = []
        if table is not None:
            outputs.append(stack.enter_context(table.adding(known)))
        elif to is not None:
            outputs.append(stack.enter_context(prediction_outputs.writing(to, known, top)))
        else:
            printing = prediction_outputs.printing(known, format_, top, as_json=json_)
            outputs.append(stack.enter_context(printing))
        if arrays is not None:
            outputs.append(stack.enter_context(vector_output.writing(*arrays)))
        if sorting is not None:
            sorting.check_classes(known)
            outputs.append(sorting)
        done, failed = _take(_counted(predictions, listing), outputs)
    if done == 0 and table is None:
        console.note("There is no image to predict.")
    failed += sorting.failed if sorting is not None else 0
    _end(failed, table)


@dataclass(frozen=True)
class Asked:
    """What is asked of a network: which, how it is fed, what it says of an image."""

    model: str
    names: Sequence[str]
    fed: Preparation
    rule: Rule | None
    abstain: float | None
    vectors: bool


def _predictions(
    asked: Asked,
    early: Trained | None,
    listing: Listing,
    table: Table | None,
    sorting: Sorting | None,
) -> tuple[Trained | None, Iterator[Prediction]]:
    """Return the network, `early` where there is one, and its predictions.

    None for the network where no image is there to be read.
    """
    from cnncli.evaluation.listing import until_there
    from cnncli.evaluation.predict import predict, unread

    left = iter(listing)
    if table is not None:
        left = table.remaining(listing, sorting.take_known if sorting is not None else _pass)
    taken, is_one_there = until_there(left)
    if not is_one_there:
        return None, map(unread, taken)
    loaded = early or _loaded(asked)
    trained.tell(loaded)
    loaded = trained.deciding(loaded, asked.model, asked.rule)
    if table is not None:
        table.check(loaded.meaning, asked.abstain)
    if table is not None and (first := table.first()) is not None:
        table.compare(next(predict(loaded, [first], asked.abstain)), loaded.meaning.classes)
    every = chain(taken, left)
    return loaded, _with_doubts(predict(loaded, every, asked.abstain, vectors=asked.vectors))


def _decided(asked: Asked, meaning: Meaning) -> Meaning:
    """Return what the network says, with the threshold that this call decides by."""
    from cnncli.runs import model_file

    run = model_file.find(asked.model)[1]
    return trained.decided(meaning, asked.model, run, asked.rule)[0]


def _loaded(asked: Asked) -> Trained:
    from cnncli.runs import model_file, record

    trained.load_keras(asked.model)
    # Images are computed beside each other: each by a thread of its own, as splitting up one takes
    # a small network three times the processor time. The bits are the same.
    record.set_threads(1)
    return model_file.load(asked.model, asked.names, asked.fed)


def _pass(image: Source, label: str) -> None:
    """Do nothing with an image that has a row."""


def _with_doubts(predictions: Iterator[Prediction]) -> Iterator[Prediction]:
    doubts = trained.Doubts()
    for each in predictions:
        doubts.take(each)
        yield each
    doubts.finish()


def _counted(predictions: Iterable[Prediction], listing: Listing) -> Iterator[Prediction]:
    """Pass predictions on under a bar that tells how many are done, of how many, how fast."""
    from cnncli.commands.shared.progress import progress

    with progress("Predicting", "images") as show:
        for done, each in enumerate(predictions, 1):
            yield each
            show(done, listing.total or 0)


def _take(predictions: Iterable[Prediction], outputs: Sequence[Output]) -> tuple[int, int]:
    """Hand predictions to where they go; return how many there are, and how many of no image."""
    done = failed = 0
    for each in predictions:
        done += 1
        failed += each.error is not None
        for output in outputs:
            output.take(each)
    return done, failed


def _end(failed: int, table: Table | None) -> None:
    """Say how many images could not be predicted, now and before; Exit with 1 where there are."""
    before = table.done.failed if table is not None else 0
    if failed:
        console.warn(f"{counted(failed, 'image')} could not be predicted")
    if before:
        console.warn(f"{counted(before, 'image')} could not be predicted by earlier calls")
    if failed or before:
        raise typer.Exit(ExitCode.FAILED)
