"""What came of a study: the table of its trials, the winner, its document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnncli import csv_text, files
from cnncli.errors import CnncliError
from cnncli.runs import record
from cnncli.spec import parse_value
from cnncli.tuning import vary
from cnncli.tuning.asking import Trial
from cnncli.tuning.studies import Plan, Study


def best_of(plan: Plan, trials: Sequence[Trial]) -> Trial | None:
    """Return the best of the trials that were finished, the first of equals; None of none."""
    done = [each for each in trials if each.ended and each.ended.state == "finished"]
    values = [value for each in done if (value := _value(each)) is not None]
    if not values:
        return None
    return next(each for each in done if _value(each) == plan.best(values))


def winner(study: Study, plan: Plan, trials: Sequence[Trial]) -> Trial:
    """Return the best of the trials; CnncliError where none was finished."""
    best = best_of(plan, trials)
    if best is None:
        raise CnncliError(
            f"{study.path}: no trial was finished",
            hint=f"{study.table} says why; try other values.",
        )
    return best


def _value(trial: Trial) -> float | None:
    return trial.ended.value if trial.ended is not None else None


def rows(plan: Plan, trials: Sequence[Trial]) -> list[list[str]]:
    """Return the rows of trials.csv, a header first; of no figure an empty text."""
    paths = [each.path for each in vary.read(plan.vary)]
    header = ["trial", "state", "epochs", "epoch", plan.metric, *paths, "why"]
    return [header, *(_row(each, paths) for each in trials if each.ended is not None)]


def _row(trial: Trial, paths: Sequence[str]) -> list[str]:
    ended, value = trial.ended, _value(trial)
    assert ended is not None
    said = [vary.text(trial.values[path]) for path in paths]
    epoch = "" if ended.epoch is None else str(ended.epoch)
    shown = "" if value is None else record.number(value)
    epochs = str(len(ended.values))
    return [str(trial.number), ended.state, epochs, epoch, shown, *said, ended.why or ""]


def finish(study: Study, plan: Plan, trials: Sequence[Trial]) -> Trial:
    """Write trials.csv and best.yaml; return the winner."""
    files.write_text(study.table, csv_text.lines(rows(plan, trials)))
    best = winner(study, plan, trials)
    run = study.run(best.number)
    files.write_text(study.best, run.read_text(run.spec))
    return best


def document(
    study: Study,
    plan: Plan,
    trials: Sequence[Trial],
    importances: Mapping[str, float],
    metrics: Mapping[str, Any],
) -> dict[str, Any]:
    """Return study.json of a study that is finished; `metrics` are those of the winner."""
    best = _document(winner(study, plan, trials))
    del best["why"]
    return {
        **plan.document(),
        "state": "finished",
        "tried": [_document(each) for each in trials],
        "best": {**best, "spec": "best.yaml"},
        "importances": dict(importances),
        "test": metrics.get("test"),
    }


def _document(trial: Trial) -> dict[str, Any]:
    ended = trial.ended
    assert ended is not None
    return {
        "trial": trial.number,
        "run": f"trial-{trial.number}",
        "state": ended.state,
        "epochs": len(ended.values),
        "epoch": ended.epoch,
        "value": ended.value,
        "values": {path: _plain(value) for path, value in trial.values.items()},
        "why": ended.why,
    }


def _plain(value: Any) -> Any:
    return parse_value(value) if isinstance(value, str) else value
