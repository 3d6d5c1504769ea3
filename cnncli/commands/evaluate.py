"""`cnncli evaluate`: what a trained network reaches on images whose classes are known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from cnncli.commands.shared import assertions, crossed, evaluation_example, outputs, trained
from cnncli.commands.shared import evaluation_answers as answers
from cnncli.commands.shared import evaluation_pictures as pictures
from cnncli.commands.shared.applies import Leaves, Needs, NotWith
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
from cnncli.commands.shared.several_answers import compare, only
from cnncli.commands.shared.strata_options import ByColumnOption, ByOption
from cnncli.commands.shared.threshold_options import (
    AbstainOption,
    AtSensitivityOption,
    AtSpecificityOption,
    BestOption,
    KeepOption,
    ThresholdOption,
    keep_threshold,
    refuse_to_keep,
    rule,
)
from cnncli.errors import UsageError
from cnncli.metrics.matrix import Normalize

Format = Literal["csv", "markdown", "github"]


def evaluate(
    model: trained.ModelOrFoldsArgument,
    data: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[DATA]",
            help="Other images; else the run's own test part. With --on: more models.",
        ),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option(
            "--on",
            metavar="DATA|RUN",
            help="Compare several models on the same images: a folder, or the test part of a run.",
        ),
        Leaves(
            *("model", "data", "labels", "image_column", "label_column", "group_by"),
            *("group_column", "format_", "json_"),
            hint="Each model alone has the other options.",
        ),
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
    threshold: ThresholdOption = None,
    at_sensitivity: AtSensitivityOption = None,
    at_specificity: AtSpecificityOption = None,
    best: BestOption = None,
    keep: KeepOption = False,
    abstain: AbstainOption = None,
    by: ByOption = None,
    by_column: ByColumnOption = None,
    calibrate: Annotated[
        bool,
        typer.Option(
            "--calibrate",
            help="First make its probabilities better, by a temperature that is fitted on the "
            "validation part: a run of its own, which is then measured.",
        ),
        Needs("out"),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="RUN", help="With --calibrate: the directory of that run."),
        Needs("calibrate"),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            callback=outputs.named_stdout,
            help="Draw pictures there: ROC, precision and recall, reliability, confusion.",
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
    DATA on all of the images there; a warning says how many of them it was trained on. A threshold
    is always chosen on the validation part, never on the images that are measured. Of the DIR of
    `cnncli crossval` all images are measured, each as its own fold tested it.

    \b
    Examples:
      cnncli evaluate runs/lesson-20261123-142501
      cnncli evaluate runs/lesson-20261123-142501 xrays/ --json | jq .accuracy
      cnncli evaluate runs/lesson-20261123-142501 new/ --predictions new.csv
      cnncli evaluate runs/lesson-20261123-142501 --assert 'accuracy >= 0.9'
      cnncli evaluate runs/lesson-20261123-142501 -o pictures
      cnncli evaluate runs/lesson-20261123-142501 --at-sensitivity 0.9 --keep
      cnncli evaluate runs/first runs/second other.onnx --on runs/first
      cnncli evaluate cv --at-sensitivity 0.9 --by '^(.)'
      cnncli evaluate theirs.keras images/ --classes cat,dog --input-range 0,1
    """
    from dataclasses import replace

    from cnncli.commands.shared.training_hooks import hooks
    from cnncli.evaluation.evaluate import Request
    from cnncli.evaluation.evaluate import evaluate as measure
    from cnncli.evaluation.strata import finder

    refuse_two_answers(as_json=json_, format_=format_)
    asserted = assertions.parse_all(assert_)
    refuse_two_groupings(group_by, group_column)
    table = label_table(labels, image_column, label_column, group_column)
    if on is not None:
        models = [model, *(data or ())]
        if format_ == "github":
            raise UsageError("--format github does nothing beside --on", hint="csv or markdown do.")
        compare(models, on, table, group_by, as_json=json_, format_=format_)
        return
    how = rule(threshold, at_sensitivity, at_specificity, best)
    answer = answers.Answer(
        pictures.folder(output, force=force),
        answers.predictions_file(predictions, force=force),
        normalize,
        abstain,
        asserted,
        format_,
        json_,
    )
    if crossed.is_crossval(model):
        crossed.refuse(
            model,
            {
                "DATA": (data, crossed.ONE),
                "--data": (data_moved if by_column is None else None, crossed.UNREAD),
                "--classes": (classes, crossed.OWN),
                "--input-range": (input_range, crossed.OWN),
                "--standardize": (standardize, crossed.OWN),
                "--prepare": (prepare, crossed.OWN),
                "--logits": (logits, crossed.OWN),
                "--calibrate": (calibrate, crossed.TEMPERATURE),
            },
        )
        strata = (by, by_column, data_moved)
        crossed.evaluate(Path(model), how, group_by, strata, answer, keep=keep)
        return
    names = trained.class_names(classes)
    fed = trained.preparation(input_range, standardize, prepare, logits)
    request = Request(model, only(data), table, data_moved, names, fed, group_by, how)
    strata_of = finder(request, by, by_column)
    trained.check(model, names, fed)
    if asserted:
        known = trained.known_meaning(model, names, fed)
        has_strata = strata_of is not None
        evaluation_example.check(answer, known.classes, known.positive, strata=has_strata)
    if keep:
        refuse_to_keep(model)
    if calibrate and out is not None:
        request = replace(request, model=answers.calibrated(model, out, data_moved, hooks()))
    found = measure(request, hooks())
    if keep:
        keep_threshold(found)
    answers.warn(found)
    answer.give(found, strata_of, answers.about(found))
