"""`cnncli tune`: many trainings whose values differ, and the best of them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnncli import console, extras
from cnncli.commands.shared.applies import Leaves, NotWith
from cnncli.commands.shared.options import JsonOption
from cnncli.commands.shared.study import (
    all_trials,
    beaten_by,
    look_closely,
    spec_with,
    tell,
)
from cnncli.commands.shared.taken_options import Taken
from cnncli.commands.train import train
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from cnncli.tuning.studies import Plan

# Options of `train` that are said for every trial, or mean something else here.
_OURS = ("out", "no_test")
_OF_ONE_RUN = ("data", "resume", "data_moved", "force", "json_", "workers", "join_timeout")
OF_TRAIN = Taken(train, (*_OURS, *_OF_ONE_RUN))
MOST_JOBS = 4  # as many as may be under way without a change of what is tried next

DataArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[DATA]",
        help="A folder with one folder of images for each class, or sample:digits.",
    ),
    NotWith("resume", hint="The study knows its images."),
]
VaryOption = Annotated[
    list[str] | None,
    typer.Option(
        "--vary",
        metavar="PATH=VALUES",
        help="What to try: layers[0].filters=8|16|32, or a range, 'PATH=1e-4..1e-2 log'; may be "
        "given several times.",
    ),
]
TrialsOption = Annotated[
    int, typer.Option("--trials", min=1, max=10_000, metavar="N", help="How many trainings.")
]
MetricOption = Annotated[
    str,
    typer.Option(
        "--metric", metavar="NAME", help="By which figure of the validation part they are judged."
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", help="The folder of the study; required without --resume."
    ),
]
JobsOption = Annotated[
    int,
    typer.Option("--jobs", min=1, max=MOST_JOBS, metavar="N", help="Trials to train at a time."),
]
ThreadsOption = Annotated[
    int | None,
    typer.Option(
        "--threads",
        min=1,
        metavar="N",
        help="Threads of each trial, else one for each processor; they decide the last bits.",
    ),
]
ResumeOption = Annotated[
    Path | None,
    typer.Option("--resume", metavar="DIR", help="Go on with a study."),
    Leaves("jobs", "json_", hint="A study goes on as it began."),
]


def tune(
    data: DataArgument = None,
    vary: VaryOption = None,
    trials: TrialsOption = 20,
    metric: MetricOption = "val_loss",
    out: OutOption = None,
    jobs: JobsOption = 1,
    threads: ThreadsOption = None,
    resume: ResumeOption = None,
    json_: JsonOption = False,
    **options: Any,
) -> None:
    """Try values of a spec: train with each, and keep what is best on the validation part.

    Each trial is a run below DIR (trial-1 and on); Optuna chooses what the next one tries, and
    one that falls behind the others is stopped early. DIR/best.yaml is the spec of the best
    trial, DIR/trials.csv the table of all. The test part is evaluated once, for the best. After
    Ctrl-C or a crash --resume goes on, to the same table. The last line is DIR.

    \b
    Examples:
      cnncli tune xrays/ --vary 'layers[0].filters=8|16|32' --out study
      cnncli tune xrays/ --vary 'params.dropout_rate=0.2..0.7' --out study
      cnncli tune sample:digits --arch lenet5 --vary 'seed=1..9' --out seeds
      cnncli tune --resume study --jobs 2
    """
    from cnncli.training.devices import refuse_several_machines
    from cnncli.tuning.studies import Study

    extras.TUNE.check("tune")
    refuse_several_machines()
    if resume is not None:
        study = Study(resume)
        plan = study.plan()
        if study.read().get("state") != "finished":
            study.require_spec(plan)
            if plan.spec_digest is not None:
                console.note(f"Spec of the trials: {study.spec}, as it was when the study began.")
            study.require_images(plan.data, plan.folder)
    elif data is None:
        raise UsageError("there is nothing to train on: name a folder of images, or --resume DIR")
    elif out is None:
        raise UsageError("where is the study to stand?", hint="Say --out DIR.")
    else:
        plan, spec = _planned(data, vary or (), trials, metric, threads, options)
        study = Study(out)
        study.begin(plan, spec)
    tell(study, all_trials(study, plan, jobs), as_json=json_)


def _planned(
    data: str,
    varied: Sequence[str],
    trials: int,
    metric: str,
    threads: int | None,
    options: Mapping[str, Any],
) -> tuple[Plan, str | None]:
    """Return what is asked for, and the spec to keep; tell faults that are those of every trial."""
    from cnncli.images.parallel import processors
    from cnncli.spec.presets import PARAM
    from cnncli.spec.whole import whole
    from cnncli.tuning import figures, fitting, studies

    if not varied:
        raise UsageError(
            "there is nothing to try", hint="Say --vary, such as 'layers[0].filters=8|16|32'."
        )
    if options["arch"] == "-":
        raise UsageError("--arch -: every trial reads the spec, and - can be read once only")
    spec = fitting.check(varied, spec_with(data, options), beaten_by(options))
    figures.refuse(metric, spec, varied)
    look_closely(data, options)
    words = OF_TRAIN.words(options)
    if metric != "val_loss" and options["keep"] is None and spec.training.keep is None:
        words.append(f"--keep={metric}")
    if spec.preset is not None:  # which --arch may have named, instead of the spec that is kept
        words.append(f"--param={PARAM}={spec.preset}")
    kept = None if options["pretrained"] else whole(spec)
    number = threads or int(os.environ.get("TF_NUM_INTRAOP_THREADS") or 0)
    plan = studies.Plan(
        trials=_no_more(trials, varied),
        metric=metric,
        vary=tuple(varied),
        data=data,
        options=tuple(words),
        folder=str(Path.cwd()),
        threads=number or processors(),
        seed=spec.seed,
        spec_digest=studies.digest(kept) if kept is not None else None,
    )
    return plan, kept


def _no_more(trials: int, varied: Sequence[str]) -> int:
    """Return how many trials there can be whose values all differ."""
    from cnncli.tuning import vary

    there_are = vary.combinations(vary.read(varied))
    if there_are is None or there_are >= trials:
        return trials
    console.note(f"There are {there_are} combinations of values: so many trials, not {trials}.")
    return there_are


OF_TRAIN.give(tune)
