"""`cnncli crossval`: a network trained and tested on every fold of a folder of images."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnncli import console
from cnncli.commands.shared.applies import Leaves, NotWith
from cnncli.commands.shared.data_options import look
from cnncli.commands.shared.options import JsonOption
from cnncli.commands.shared.taken_options import Taken
from cnncli.commands.train import train
from cnncli.errors import CnncliError, Terminated, UsageError
from cnncli.process import how_it_ended

if TYPE_CHECKING:
    from cnncli.tuning.folds import Folds, Plan
    from cnncli.tuning.pooled import Pooled

# Options of `train` that are said for every fold, or mean something else here.
_OURS = ("out", "split", "folds", "fold", "split_from", "no_test")
_OF_ONE_RUN = ("data", "resume", "data_moved", "force", "json_", "workers", "join_timeout")
OF_TRAIN = Taken(train, (*_OURS, *_OF_ONE_RUN))

DataArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[DATA]",
        help="A folder with one folder of images for each class, or sample:digits.",
    ),
    NotWith("resume", hint="The folds know their images."),
]
FoldsOption = Annotated[
    int, typer.Option("--folds", min=2, max=1000, metavar="K", help="How many folds.")
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", help="The folder of the folds; required without --resume."
    ),
]
JobsOption = Annotated[
    int, typer.Option("--jobs", min=1, max=256, metavar="N", help="Folds to train at a time.")
]
ThreadsOption = Annotated[
    int | None,
    typer.Option(
        "--threads",
        min=1,
        metavar="N",
        help="Threads of each fold, else one for each processor; they decide the last bits.",
    ),
]
ResumeOption = Annotated[
    Path | None,
    typer.Option("--resume", metavar="DIR", help="Go on with a cross-validation."),
    Leaves("jobs", "json_", hint="A cross-validation goes on as it began."),
]


def crossval(
    data: DataArgument = None,
    folds: FoldsOption = 5,
    out: OutOption = None,
    jobs: JobsOption = 1,
    threads: ThreadsOption = None,
    resume: ResumeOption = None,
    json_: JsonOption = False,
    **options: Any,
) -> None:
    """Cross-validate: train on all folds but one, test on that one, for each fold.

    The folds are stratified, and keep groups together; each is a run below DIR (fold-1 and on),
    as `cnncli train --folds K --fold I` makes it. DIR/predictions.csv holds every image as its
    fold tested it, DIR/crossval.json the figures: over the folds, and of all images together.
    After Ctrl-C or a crash --resume goes on, to the same bits. The last line is DIR.

    \b
    Examples:
      cnncli crossval xrays/ --folds 5 --group-by '^(\\d+)_' --out cv
      cnncli crossval sample:digits --arch lenet5 --epochs 2 --folds 3 --out cv
      cnncli crossval xrays/ --arch applications:MobileNetV2 --pretrained --out cv
      cnncli crossval --resume cv --jobs 2
    """
    from cnncli.images.parallel import processors
    from cnncli.training.devices import refuse_several_machines
    from cnncli.tuning.crossval import require_data
    from cnncli.tuning.folds import Folds, Plan

    refuse_several_machines()
    if resume is not None:
        place = Folds(resume)
        plan = place.plan()
        require_data(place, plan)
    elif data is None:
        raise UsageError("there is nothing to train on: name a folder of images, or --resume DIR")
    elif options["arch"] == "-":
        raise UsageError("--arch -: every fold reads the spec, and - can be read once only")
    elif out is None:
        raise UsageError("where are the folds to stand?", hint="Say --out DIR.")
    else:
        look(data, options)
        place = Folds(out)
        number = threads or int(os.environ.get("TF_NUM_INTRAOP_THREADS") or 0)
        words = tuple(OF_TRAIN.words(options))
        plan = Plan(folds, data, words, str(Path.cwd()), number or processors())
        place.begin(plan)
    _tell(place, plan, _all_folds(place, plan, jobs), as_json=json_)


OF_TRAIN.give(crossval)


def _all_folds(place: Folds, plan: Plan, jobs: int) -> Pooled:
    """Train the folds that are not done, and put their test images together."""
    from cnncli.runs.directory import RunDirectory, lock
    from cnncli.tuning import crossval as core
    from cnncli.tuning.pooled import pool

    hooks = core.Hooks(
        began=lambda fold: console.note(f"Fold {fold} of {plan.folds}"),
        said=lambda fold, line: console.say(f"fold {fold}: {line}"),
        died=_tell_death,
        quiet=console.settings.quiet,
    )
    resume = f"cnncli crossval --resume {place.path}"
    with lock(RunDirectory(place.path)):
        try:
            failed = core.train_all(place, plan, jobs, hooks)
        except (KeyboardInterrupt, Terminated):
            console.say(f"Go on with:\n  {resume}")
            raise
        killed = any(code < 0 for code in failed.values())
        if (
            failed and not killed and core.discard(place, plan)
        ):  # none was begun, and each has said why
            raise typer.Exit(max(failed.values()))
        if failed:
            named = ", ".join(f"fold {fold}" for fold in sorted(failed))
            raise CnncliError(f"{place.path}: not done: {named}", hint=f"Go on with:\n  {resume}")
        pooled = pool(place, plan.folds)
        core.finish(place, plan, pooled)
    return pooled


def _tell_death(fold: int, code: int) -> None:
    """Say what ended a fold that could not say it itself, below what it had shown."""
    console.begin_line()
    console.warn(f"fold {fold} {how_it_ended(code)}")


def _tell(place: Folds, plan: Plan, pooled: Pooled, *, as_json: bool) -> None:
    from cnncli.render.terminal.crossval import table
    from cnncli.render.terminal.table import show
    from cnncli.reporting.spread import lines
    from cnncli.tuning.pooled import document, spread

    if as_json:
        console.json_result(document(plan, pooled))
        return
    if console.settings.quiet:
        console.result(str(place.path))
        return
    show(table(pooled.folds, pooled.figures))
    console.result("")
    for line in lines(spread(pooled.folds), pooled.figures):
        console.result(line, folds=True)
    console.result(str(place.path))
