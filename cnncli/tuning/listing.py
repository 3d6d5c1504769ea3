"""A cross-validation as one line beside runs: all its folds together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean

from cnncli.errors import CnncliError
from cnncli.runs import listing
from cnncli.runs.directory import FINISHED, is_run
from cnncli.runs.listing import RunFacts
from cnncli.tuning.folds import Folds, is_crossval
from cnncli.words import counted


def find(folder: Path, warn: Callable[[str], None]) -> tuple[list[RunFacts], RunFacts | None]:
    """Return the runs in a folder, cross-validations as one line each; of one its folds, and all.

    Raises as `runs.listing.find`.
    """
    if is_crossval(folder):
        return listing.find(folder, warn) if _began(folder) else [], facts(folder)
    return listing.find(folder, warn, _below(folder, warn)), None


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
        if is_crossval(place):
            try:
                found.append(facts(place))
            except CnncliError as error:
                warn(f"left out: {error.message}")
    return found


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known and len(known) == len(values) else None
