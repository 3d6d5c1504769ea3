"""How training went in several runs: the same figures of each, epoch by epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cnncli.errors import CnncliError, DataError, UsageError
from cnncli.runs.differences import labels
from cnncli.runs.directory import RunDirectory, is_run
from cnncli.runs.listing import below, facts, read_history, where
from cnncli.runs.record import PLACES

PREFERRED = ("val_loss", "loss")


@dataclass(frozen=True)
class History:
    """The curves of one run, by metric; NaN where an epoch has none.

    `label` tells it from the others, `best_epoch` (from 1) is the one that it keeps.
    """

    run: str
    label: str
    epochs: Sequence[int]
    best_epoch: int | None
    values: Mapping[str, Sequence[float]]


def find(places: Sequence[Path]) -> list[RunDirectory]:
    """Return runs by their folders, those in a folder of runs with it, each once.

    Raises DataError for a folder that holds none.
    """
    found: dict[Path, RunDirectory] = {}
    for place in places:
        runs = [RunDirectory(place)] if is_run(place) else below(place) if place.is_dir() else []
        if not runs:
            what = "holds no runs" if place.is_dir() else "no such folder"
            raise DataError(f"{place}: {what}", hint=where())
        for run in runs:
            found.setdefault(run.path.resolve(), run)
    return list(found.values())


def histories(
    runs: Sequence[RunDirectory], metrics: Sequence[str], warn: Callable[[str], None]
) -> list[History]:
    """Return the curves of runs; `warn` is told which are left out, and why.

    Without `metrics` the loss of validation, or of training where no run was validated. Raises
    UsageError for a metric that none of the runs has, DataError where none has an epoch.
    """
    rows = {run: _rows(run, warn) for run in runs}
    begun = [run for run in runs if rows[run]]
    if not begun:
        raise DataError("no epoch is done yet: there are no curves")
    known = list(
        dict.fromkeys(name for run in begun for name in rows[run][0] if name not in PLACES)
    )
    wanted = list(dict.fromkeys(metrics)) or [next(m for m in PREFERRED if m in known)]
    for name in wanted:
        _require(name, known)
    shown = []
    for run in begun:
        lacking = [name for name in wanted if name not in rows[run][0]]
        if lacking:
            warn(f"left out: {run.path}: has no {lacking[0]}")
        else:
            shown.append(run)
    if not shown:
        raise DataError(f"no run has all of {', '.join(wanted)}")
    return [
        History(
            str(run.path),
            label,
            [int(row["epoch"]) for row in rows[run]],
            facts(run).best_epoch,
            {name: [row[name] for row in rows[run]] for name in wanted},
        )
        for run, label in zip(shown, labels(shown), strict=True)
    ]


def _rows(run: RunDirectory, warn: Callable[[str], None]) -> Sequence[Mapping[str, float]]:
    """Return the epochs of a run; where there are none to be read, say so."""
    try:
        run.read_record()
        found = read_history(run)
    except CnncliError as error:
        warn(f"left out: {error.message}")
        return ()
    if not found:
        warn(f"left out: {run.path}: no epoch is done yet")
    return found


def _require(name: str, known: Sequence[str]) -> None:
    from cnncli.spec.problems import near

    if name not in known:
        hint = near(name, list(known)) or f"There are {', '.join(known)}."
        raise UsageError(f"--metric {name}: no run has it", hint=hint)
