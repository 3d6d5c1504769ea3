"""Training every fold of a cross-validation, and going on with those that are not done."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from cnncli import files
from cnncli.errors import ExitCode
from cnncli.runs.directory import is_run
from cnncli.tuning.fleet import Fleet
from cnncli.tuning.folds import Folds, Plan
from cnncli.tuning.pooled import Pooled, document


@dataclass(frozen=True)
class Hooks:
    """What is told meanwhile: a fold begins; a line that one of several said; one was ended by a
    signal (its negative exit code); whether folds say anything at all.
    """

    began: Callable[[int], None]
    said: Callable[[int, str], None]
    died: Callable[[int, int], None]
    quiet: bool = False


def train_all(folds: Folds, plan: Plan, jobs: int, hooks: Hooks) -> dict[int, int]:
    """Train the folds that are not done, `jobs` at a time; return the exit codes of failed ones.

    Each is a process with the same number of threads, so that neither `jobs` nor a stop changes
    a bit. A fold that fails leaves the others alone, unless it could not be begun: neither could
    they, for the same reason, which is thus said once.
    """
    commands = {}
    for fold in range(1, plan.folds + 1):
        if not folds.is_done(fold):
            folds.clear(fold)
            commands[fold] = _words(folds, plan, fold, quiet=hooks.quiet)
    environment = {**os.environ, "TF_NUM_INTRAOP_THREADS": str(plan.threads)}

    def could_not_begin(fold: int, code: int) -> bool:
        return code == ExitCode.USAGE or (code > 0 and not is_run(folds.run(fold).path))

    fleet = Fleet(jobs, environment, plan.folder, hooks.said, could_not_begin, hooks.died)
    codes = fleet.run(commands, hooks.began)
    return {fold: codes.get(fold, 1) for fold in commands if codes.get(fold) != 0}


def require_data(folds: Folds, plan: Plan) -> None:
    """Raise DataError where folds are to come, and the images are gone: once, and not by each."""
    if not all(folds.is_done(fold) for fold in range(1, plan.folds + 1)):
        folds.require_images(plan.data, plan.folder)


def _words(folds: Folds, plan: Plan, fold: int, *, quiet: bool) -> list[str]:
    """Return the command line that begins a fold, or goes on with it."""
    place = folds.run(fold).path.absolute()
    more = ["--quiet"] if quiet else []
    if is_run(place):
        return ["train", f"--resume={place}", *more]
    division = [f"--folds={plan.folds}", f"--fold={fold}", f"--out={place}"]
    return ["train", *plan.options, *division, *more, "--", plan.data]


def discard(folds: Folds, plan: Plan) -> bool:
    """Remove a folder in which no fold could be begun; whether it was so."""
    if any(is_run(folds.run(fold).path) for fold in range(1, plan.folds + 1)):
        return False
    for left in (folds.record, folds.path / ".lock"):
        left.unlink(missing_ok=True)
    folds.path.rmdir()
    return True


def finish(folds: Folds, plan: Plan, pooled: Pooled) -> None:
    """Write predictions.csv and crossval.json."""
    files.write_text(folds.predictions, pooled.tested.csv())
    folds.write(document(plan, pooled))
