"""`cnncli train`: a network from a folder of images, or the rest of a run that was stopped."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnncli import console
from cnncli.commands.shared.applies import Leaves, Needs, NotWith
from cnncli.commands.shared.data_options import (
    BackgroundOption,
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
from cnncli.commands.shared.training_options import (
    ArchOption,
    BatchSizeOption,
    ClassWeightOption,
    EpochsOption,
    KeepOption,
    NewRun,
    OutOption,
    RateOption,
    Recipe,
    SeedOption,
)
from cnncli.errors import ExitCode, Terminated, UsageError

if TYPE_CHECKING:
    from cnncli.runs.directory import RunDirectory
    from cnncli.training.images import Images
    from cnncli.training.job import Outcome, Wishes


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
    arch: ArchOption = "lesson",
    out: OutOption = None,
    epochs: EpochsOption = None,
    batch_size: BatchSizeOption = None,
    seed: SeedOption = None,
    optimizer: Annotated[
        str | None,
        typer.Option(
            metavar="THING",
            help="As in a spec: 'SGD: {momentum: 0.9}'; else the spec's, else Adam.",
        ),
    ] = None,
    learning_rate: RateOption = None,
    loss: Annotated[
        str | None,
        typer.Option(
            metavar="THING",
            help="As in a spec; else the spec's, else cross-entropy, binary for one output.",
        ),
    ] = None,
    class_weight: ClassWeightOption = None,
    keep: KeepOption = None,
    early_stopping: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Stop after N epochs without a better val_loss."),
    ] = None,
    augment: Annotated[
        str | None,
        typer.Option(metavar="THINGS", help="As in a spec: 'RandomFlip', '[RandomZoom: ...]'."),
    ] = None,
    freeze: Annotated[
        list[str] | None,
        typer.Option(metavar="LAYER", help="Do not train this layer; * stands for any text."),
    ] = None,
    init: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Begin with these weights: RUN, .keras, .weights.h5."),
    ] = None,
    split: SplitOption = None,
    split_seed: SplitSeedOption = 0,
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
    background: BackgroundOption = None,
    positive: Annotated[
        str | None, typer.Option(metavar="CLASS", help="Which of two classes counts as positive.")
    ] = None,
    range_: RangeOption = None,
    param: ParamOption = None,
    set_: SetOption = None,
    no_adapt: Annotated[
        bool, typer.Option("--no-adapt", help="A last layer that does not fit is an error.")
    ] = False,
    resume: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="Go on with a run that was stopped."),
        Leaves(
            *("epochs", "data_moved", "save_every", "tensorboard", "no_cache", "json_"),
            hint="A run goes on as it began; what else is to differ, such as another rate, "
            "begins a new one: cnncli train DATA --init RUN",
        ),
    ] = None,
    data_moved: Annotated[
        str | None,
        typer.Option("--data", metavar="DATA", help="With --resume: where the images are now."),
        Needs("resume"),
    ] = None,
    save_every: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="Save within long epochs this often.")
    ] = 60.0,
    no_cache: NoImageCacheOption = False,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write logs for TensorBoard into the run.")
    ] = False,
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
      cnncli train --resume runs/lesson-20261123-142501
    """
    from cnncli.training.job import Wishes

    command = ["cnncli", *sys.argv[1:]]
    wishes = Wishes(save_every=save_every, tensorboard=tensorboard, command=command)
    if resume is not None:
        wishes = replace(wishes, epochs=epochs, data=data_moved, cache=not no_cache)
        outcome = _resume(resume, wishes)
    elif data is not None:
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
        )
        refuse_two_groupings(group_by, group_column)
        wanted = NewRun(
            Source(
                data, labels, image_column, label_column, group_column, depth, tuple(merge or ())
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
            cache=not no_cache,
            adapt=not no_adapt,
            init=init,
            out=out,
            force=force,
        )
        outcome = _new(wanted, wishes)
    else:
        raise UsageError("there is nothing to train on: name a folder of images, or --resume RUN")
    _tell(outcome, as_json=json_)


def _new(wanted: NewRun, wishes: Wishes) -> Outcome:
    from cnncli.commands.shared.training_hooks import hooks
    from cnncli.training.begin import begin

    with _nothing_kept():
        request = wanted.request(wishes.command)
        run, images = begin(request, hooks())
    console.note(f"Training {request.spec.name} in {run.path}")
    return _carry_on(run, wishes, images)


@contextlib.contextmanager
def _nothing_kept() -> Iterator[None]:
    """Tell who interrupts what comes before a run that there is none to go on with."""
    try:
        yield
    except KeyboardInterrupt:
        console.say("Interrupted before the run began: nothing was kept.")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except Terminated:
        console.say("Terminated before the run began: nothing was kept.")
        raise typer.Exit(ExitCode.TERMINATED) from None


def _resume(path: Path, wishes: Wishes) -> Outcome:
    from cnncli.runs.directory import RunDirectory

    return _carry_on(RunDirectory(path), wishes, None)


def _carry_on(run: RunDirectory, wishes: Wishes, images: Images | None) -> Outcome:
    from cnncli.commands.shared.training_hooks import hooks
    from cnncli.training.job import carry_on
    from cnncli.training.signals import Stopped

    try:
        return carry_on(run, hooks(), wishes, images)
    except Stopped as stop:
        console.say(f"Stopped in epoch {stop.epoch}, after step {stop.step}. Go on with:")
        console.say(f"  cnncli train --resume {run.path}")
        raise typer.Exit(stop.exit_code) from None
    except (KeyboardInterrupt, Terminated):  # before the first step, or behind the last
        console.say(f"Go on with:\n  cnncli train --resume {run.path}")
        raise


def _tell(outcome: Outcome, *, as_json: bool) -> None:
    from cnncli.commands.shared.going_on import how_to_go_on, longer
    from cnncli.render.terminal.evaluation import summary_line

    run = outcome.run.path
    if outcome.already:
        console.note(f"{run}: {outcome.state} already, nothing was done. {how_to_go_on(outcome)}")
    elif outcome.state == "stopped early":
        console.note(f"Stopped early: best epoch {outcome.metrics['best_epoch']}.")
    if as_json:
        about = {"schema": "cnncli.train/1", "run": str(run), "state": outcome.state}
        console.json_result({**about, **outcome.metrics})
        return
    curves = outcome.metrics.get("curves")
    for line in summary_line(outcome.metrics, longer(outcome)):
        console.note(line)
    if curves is not None:
        console.note(f"{outcome.run.curves}: {curves['text']}.")
    console.result(str(run))
