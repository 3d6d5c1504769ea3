"""`cnncli train`: a network from a folder of images, or the rest of a run that was stopped."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cnncli.commands.shared.applies import Leaves, Needs, NotWith
from cnncli.commands.shared.data_options import (
    BackgroundOption,
    CorrectionsOption,
    DepthOption,
    Division,
    FoldOption,
    FoldsOption,
    GroupByOption,
    GroupColumnOption,
    ImageColumnOption,
    LabelColumnOption,
    LabelsOption,
    MergeOption,
    NoImageCacheOption,
    RangeOption,
    Source,
    SplitFromOption,
    SplitOption,
    SplitSeedOption,
    refuse_two_groupings,
)
from cnncli.commands.shared.options import JsonOption, ParamOption, SetOption
from cnncli.commands.shared.training_cluster import (
    JoinTimeoutOption,
    WorkersOption,
    carried_out,
)
from cnncli.commands.shared.training_options import (
    ArchOption,
    AugmentOption,
    BatchSizeOption,
    ClassWeightOption,
    EarlyStoppingOption,
    EpochsOption,
    FreezeOption,
    InitOption,
    KeepOption,
    LossOption,
    NoAdaptOption,
    NoTestOption,
    OptimizerOption,
    OutOption,
    PositiveOption,
    PretrainedOption,
    RateOption,
    SaveEveryOption,
    SeedOption,
    TensorBoardOption,
)
from cnncli.commands.shared.training_request import NewRun, Recipe
from cnncli.commands.shared.training_run import tell


def train(
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="[DATA]",
            help="A folder with a folder of images for each class, or sample:digits, sample:blobs.",
        ),
        NotWith(
            "resume",
            hint="The run knows its images. If they have moved: "
            "cnncli train --resume RUN --data DATA",
        ),
    ] = None,
    arch: ArchOption = None,
    out: OutOption = None,
    epochs: EpochsOption = None,
    batch_size: BatchSizeOption = None,
    seed: SeedOption = None,
    optimizer: OptimizerOption = None,
    learning_rate: RateOption = None,
    loss: LossOption = None,
    class_weight: ClassWeightOption = None,
    keep: KeepOption = None,
    early_stopping: EarlyStoppingOption = None,
    augment: AugmentOption = None,
    freeze: FreezeOption = None,
    pretrained: PretrainedOption = False,
    init: InitOption = None,
    split: SplitOption = None,
    split_seed: SplitSeedOption = None,
    group_by: GroupByOption = None,
    folds: FoldsOption = None,
    fold: FoldOption = None,
    split_from: SplitFromOption = None,
    labels: LabelsOption = None,
    image_column: ImageColumnOption = None,
    label_column: LabelColumnOption = None,
    group_column: GroupColumnOption = None,
    depth: DepthOption = 1,
    merge: MergeOption = None,
    corrections: CorrectionsOption = None,
    background: BackgroundOption = None,
    positive: PositiveOption = None,
    range_: RangeOption = None,
    param: ParamOption = None,
    set_: SetOption = None,
    no_adapt: NoAdaptOption = False,
    no_test: NoTestOption = False,
    resume: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="Go on with a run that was stopped."),
        Leaves(
            *("epochs", "data_moved", "save_every", "tensorboard", "no_cache"),
            *("workers", "join_timeout", "json_"),
            hint="A run goes on as it began; what else is to differ, such as another rate, "
            "begins a new one: cnncli train DATA --init RUN",
        ),
    ] = None,
    data_moved: Annotated[
        str | None,
        typer.Option("--data", metavar="DATA", help="With --resume: where the images are now."),
        Needs("resume"),
    ] = None,
    workers: WorkersOption = None,
    join_timeout: JoinTimeoutOption = None,
    save_every: SaveEveryOption = 60.0,
    no_cache: NoImageCacheOption = False,
    tensorboard: TensorBoardOption = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Move a run that --out names to RUN.old."),
        Needs("out"),
    ] = False,
    json_: JsonOption = False,
) -> None:
    """Train a network on a folder of images, and evaluate it.

    The last line of the output is the run directory: its model.keras is the best epoch (lowest
    validation loss, or as --keep says), metrics.json what it reached on images that it never saw.
    Ctrl-C stops at the next batch; --resume goes on from there, to the same weights.

    \b
    Examples:
      cnncli train sample:digits --arch lenet5 --epochs 8
      cnncli train xrays/ --group-by '^(\\d+)_' --epochs 12
      cnncli train xrays/ --set 'training.optimizer={SGD: {momentum: 0.9}}'
      cnncli train xrays/ --arch applications:MobileNetV2 --pretrained
      cnncli train xrays/ --workers 2
      cnncli train --resume runs/lesson-20261123-142501
      cnncli train --init runs/lesson-20261123-142501 --learning-rate 1e-5
    """
    from cnncli.training.job import Wishes

    command = ["cnncli", *sys.argv[1:]]
    wishes = Wishes(save_every=save_every, tensorboard=tensorboard, command=command)
    if resume is not None:
        wishes = replace(wishes, epochs=epochs, data=data_moved, cache=not no_cache)
        outcome = carried_out(resume, wishes, workers, join_timeout)
    else:
        recipe = Recipe(
            arch=arch,
            param=param,
            set_=set_,
            epochs=epochs,
            batch_size=batch_size,
            seed=seed,
            optimizer=optimizer,
            learning_rate=learning_rate,
            loss=loss,
            class_weight=class_weight,
            keep=keep,
            early_stopping=early_stopping,
            augment=augment,
            freeze=freeze,
            pretrained=pretrained,
        )
        refuse_two_groupings(group_by, group_column)
        wanted = NewRun(
            Source(
                data or "",
                labels,
                image_column,
                label_column,
                group_column,
                depth,
                tuple(merge or ()),
            ),
            Division(
                split=split,
                split_seed=split_seed,
                group_by=group_by,
                folds=folds,
                fold=fold,
                split_from=split_from,
            ),
            recipe,
            positive=positive,
            value_range=range_,
            background=background,
            corrections=corrections,
            cache=not no_cache,
            adapt=not no_adapt,
            test=not no_test,
            init=init,
            out=out,
            force=force,
        )
        outcome = carried_out(wanted, wishes, workers, join_timeout)
    if outcome is not None:
        tell(outcome, as_json=json_)
