"""`cnncli evaluate`: what a trained network reaches on images whose classes are known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cnncli import console
from cnncli.commands.shared import assertions, outputs, trained
from cnncli.commands.shared.applies import Needs, NotWith
from cnncli.commands.shared.data_options import (
    GroupByOption,
    GroupColumnOption,
    ImageColumnOption,
    LabelColumnOption,
    LabelsOption,
    label_table,
    refuse_two_groupings,
)
from cnncli.commands.shared.options import (
    ForceOption,
    JsonOption,
    refuse_two_answers,
)
from cnncli.errors import UsageError
from cnncli.metrics.matrix import Normalize

if TYPE_CHECKING:
    from cnncli.evaluation.evaluate import Evaluated

Format = Literal["csv", "markdown", "github"]


def evaluate(
    model: trained.ModelArgument,
    data: Annotated[
        str | None,
        typer.Argument(metavar="[DATA]", help="Other images; else the run's own test part."),
    ] = None,
    data_moved: Annotated[
        str | None,
        typer.Option(
            "--data", metavar="DATA", help="Where the images of the run are, if they moved."
        ),
        NotWith("data", hint="DATA names other images; --data says where those of the run are."),
    ] = None,
    labels: Annotated[LabelsOption, Needs("data")] = None,
    image_column: ImageColumnOption = None,
    label_column: LabelColumnOption = None,
    group_by: GroupByOption = None,
    group_column: GroupColumnOption = None,
    classes: trained.ClassesOption = None,
    input_range: trained.InputRangeOption = None,
    standardize: trained.StandardizeOption = False,
    prepare: trained.PrepareOption = None,
    logits: trained.LogitsOption = False,
    normalize: Annotated[
        Normalize | None,
        typer.Option(
            help="Show the confusion as shares: of each row (true), of each column (pred), of all."
        ),
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            callback=outputs.named_stdout,
            help="Write the prediction of each image there, as a run keeps it.",
        ),
    ] = None,
    force: ForceOption = False,
    assert_: assertions.AssertOption = None,
    format_: Annotated[
        Format | None,
        typer.Option(
            "--format",
            help="Print the table as csv or markdown, in full; github: annotations for a workflow.",
        ),
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Measure a trained network: accuracy, sensitivity, specificity, F1, AUC, confusion.

    Without DATA it is measured on the test part of its run, which it was not trained on. With
    DATA on all of the images there; a warning says how many of them it was trained on.

    \b
    Examples:
      cnncli evaluate runs/lesson-20261123-142501
      cnncli evaluate runs/lesson-20261123-142501 xrays/ --json | jq .accuracy
      cnncli evaluate runs/lesson-20261123-142501 new/ --predictions new.csv
      cnncli evaluate runs/lesson-20261123-142501 --assert 'accuracy >= 0.9'
      cnncli evaluate theirs.keras images/ --classes cat,dog --input-range 0,1
    """
    from cnncli.commands.shared.training_hooks import hooks
    from cnncli.evaluation.evaluate import Request
    from cnncli.evaluation.evaluate import evaluate as measure
    from cnncli.metrics.figures import missing
    from cnncli.training.doubts import of_overlap

    refuse_two_answers(as_json=json_, format_=format_)
    asserted = assertions.parse_all(assert_)
    refuse_two_groupings(group_by, group_column)
    table = label_table(labels, image_column, label_column, group_column)
    names = trained.class_names(classes)
    fed = trained.preparation(input_range, standardize, prepare, logits)
    request = Request(model, data, table, data_moved, names, fed, group_by)
    table_of_images = _destination(predictions, force=force)
    trained.check(model, names, fed)
    found = measure(request, hooks())
    for said in of_overlap(found.seen, "image", model):
        console.warn(f"{said}: the figures may be too good")
    absent = missing(found.evaluation.figures)
    if absent is not None:
        console.warn(absent)
    if table_of_images is not None:
        _write_predictions(found, table_of_images)
    document = _document(found, normalize)
    if json_:
        console.json_result(document)
    else:
        _show(found, format_, normalize)
    assertions.require(asserted, document, github=format_ == "github")


def _destination(predictions: Path | None, *, force: bool) -> outputs.Destination | None:
    if predictions is None:
        return None
    if predictions == outputs.STDOUT:
        raise UsageError("--predictions - would stand amid the figures", hint="Name a file.")
    if predictions.suffix.lower() != ".csv" and outputs.says_a_format(predictions):
        raise UsageError(
            f"--predictions {predictions}: predictions are written as .csv",
            hint=f"For example --predictions {predictions.with_suffix('.csv')}",
        )
    return outputs.choose(predictions, force=force, default="predictions.csv")


def _write_predictions(found: Evaluated, destination: outputs.Destination) -> None:
    from cnncli import files
    from cnncli.training.finish import predictions_csv

    with outputs.writing(destination) as path:
        files.write_text(path, predictions_csv(found.evaluation, found.trained.meaning.classes))


def _document(found: Evaluated, normalize: Normalize | None) -> dict[str, Any]:
    from cnncli.metrics import matrix

    made = found.evaluation.figures
    about = {
        "schema": "cnncli.evaluate/1",
        "model": str(found.trained.path),
        "data": found.data,
        "part": found.part,
        "trained_on": found.seen["picture"],
        "trained_on_near": found.seen["near"],
        "trained_on_group": found.seen["group"],
        "trained_on_name": found.seen["name"],
        "positive": found.trained.meaning.positive,
        **matrix.bounded(made),
    }
    if about["confusion"] is None:
        about["confusion_cells"] = matrix.cells(made["confusion"])
    elif normalize is not None:
        about["confusion_normalized"] = matrix.normalized(made["confusion"], normalize)
    return about


def _show(found: Evaluated, format_: Format | None, normalize: Normalize | None) -> None:
    from cnncli.commands.shared.table_output import show_table
    from cnncli.metrics.matrix import WHOLE_UP_TO
    from cnncli.render.terminal import evaluation
    from cnncli.render.terminal import table as tables

    figures, classes = found.evaluation.figures, found.trained.meaning.classes
    if format_ == "github":
        from cnncli.render.terminal.github import annotation

        console.result(annotation("notice", f"{found.data}: {evaluation.headline(figures)}"))
        return
    if format_ is not None:
        if len(classes) > WHOLE_UP_TO:
            console.note(f"The confusion of {len(classes):,} classes is left out (--json has it).")
        show_table(evaluation.table(figures, classes, normalize), format_)
        return
    tables.show(evaluation.class_table(figures, classes, most=evaluation.SHOWN_CLASSES))
    console.result("")
    tables.show(evaluation.confusion_table(figures, classes, normalize))
    console.result("")
    for line in evaluation.rates_lines(figures, found.trained.meaning.positive):
        console.result(line)
    console.result(evaluation.headline(figures))
