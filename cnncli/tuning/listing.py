"""A cross-validation or a study as one line beside runs: all its folds, or its best trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

from cnncli.errors import CnncliError
from cnncli.runs import listing
from cnncli.runs.directory import FINISHED, is_run
from cnncli.runs.listing import RunFacts
from cnncli.tuning.folds import Folds, is_crossval
from cnncli.tuning.studies import Study, is_study
from cnncli.words import counted

# What of a line is not known before there is a figure.
_FIGURES = (
    *("best_epoch", "phase", "fold", "val_loss", "val_accuracy", "val_auc", "accuracy"),
    *("accuracy_interval", "auc", "auc_interval", "seconds"),
)


def find(folder: Path, warn: Callable[[str], None]) -> tuple[list[RunFacts], RunFacts | None]:
    """Return the runs in a folder, folders of several as one line each; of one its runs, and all.

    Raises as `runs.listing.find`.
    """
    if is_crossval(folder):
        return listing.find(folder, warn) if _began(folder) else [], facts(folder)
    if is_study(folder):
        made = listing.find(folder, warn) if _began(folder) else []
        return _with_values(folder, made), facts_of_study(folder)
    return listing.find(folder, warn, _below(folder, warn)), None


def _with_values(folder: Path, made: Sequence[RunFacts]) -> list[RunFacts]:
    """Return trials with what they varied, and their state in the study, once that is done."""
    tried = {each["run"]: each for each in Study(folder).read().get("tried", ())}
    return [
        replace(each, values=known["values"], state=_state(each, known))
        if (known := tried.get(Path(each.run).name)) is not None
        else each
        for each in made
    ]


def _state(run: RunFacts, known: Mapping[str, Any]) -> str:
    return run.state if known["state"] == FINISHED else str(known["state"])


def facts_of_study(path: Path) -> RunFacts:
    """Return what the files of a study say; ModelError where they cannot be read.

    The figures are those of its best trial, once it is done.
    """
    study = Study(path)
    plan, said = study.plan(), study.read()
    numbers = range(1, plan.trials + 1)
    made = [listing.facts(study.run(each)) for each in numbers if is_run(study.run(each).path)]
    best = said["best"]["trial"] if "best" in said else None
    line = listing.facts(study.run(best)) if best is not None else _nothing(plan.data, plan.seed)
    done = sum(study.is_done(each) for each in numbers)
    seconds = [each.seconds for each in made if each.seconds is not None]
    return replace(
        line,
        run=str(path),
        state=FINISHED if best is not None else f"{done} of {counted(plan.trials, 'trial')}",
        arch=made[0].arch if made else "",
        images=made[0].images if made else 0,
        epochs=max((each.epochs for each in made), default=0),
        fold=counted(plan.trials, "trial"),
        seconds=sum(seconds) if seconds else None,
        created=min((each.created for each in made), default=""),
        values=said["best"]["values"] if best is not None else {},
    )


def _nothing(data: str, seed: int) -> RunFacts:
    """Return the line of what has come to no figure yet."""
    unknown = dict.fromkeys(_FIGURES)
    return RunFacts("", "", "", (), data, 0, seed, 0, **unknown, created="")  # type: ignore[arg-type]


def facts(path: Path) -> RunFacts:
    """Return what the files of a cross-validation say; ModelError where they cannot be read.

    Figures of validation are means over the folds, those of the test are of all images together.
    """
    folds = Folds(path)
    plan = folds.plan()
    runs = [folds.run(fold) for fold in range(1, plan.folds + 1)]
    made = [listing.facts(run) for run in runs if is_run(run.path)]
    done = sum(folds.is_done(fold) for fold in range(1, plan.folds + 1))
    whole = done == plan.folds
    pooled = folds.pooled() if whole else {}
    seconds = [each.seconds for each in made]
    return RunFacts(
        run=str(path),
        state=FINISHED if whole else f"{done} of {counted(plan.folds, 'fold')}",
        arch=made[0].arch if made else "",
        descent=made[0].descent if made else (),
        data=made[0].data if made else plan.data,
        images=made[0].images if made else 0,
        seed=made[0].seed if made else 0,
        epochs=max((each.epochs for each in made), default=0),
        best_epoch=None,
        phase=None,
        fold=counted(plan.folds, "fold"),
        val_loss=_mean([each.val_loss for each in made]),
        val_accuracy=_mean([each.val_accuracy for each in made]),
        val_auc=_mean([each.val_auc for each in made]),
        accuracy=pooled.get("accuracy"),
        accuracy_interval=pooled.get("accuracy_interval"),
        auc=pooled.get("auc"),
        auc_interval=pooled.get("auc_interval"),
        seconds=sum(known) if (known := [s for s in seconds if s is not None]) else None,
        created=min((each.created for each in made), default=""),
    )


def _began(folder: Path) -> bool:
    return bool(listing.below(folder))


def _below(folder: Path, warn: Callable[[str], None]) -> list[RunFacts]:
    if not folder.is_dir() or is_run(folder):
        return []
    found = []
    for place in folder.iterdir():
        kind = facts if is_crossval(place) else facts_of_study if is_study(place) else None
        if kind is not None:
            try:
                found.append(kind(place))
            except CnncliError as error:
                warn(f"left out: {error.message}")
    return found


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known and len(known) == len(values) else None
