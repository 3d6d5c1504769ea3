"""A study as text: a row for each of its best trials, and what mattered."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from cnncli.render.terminal.table import Column, Table
from cnncli.runs.keep import direction
from cnncli.spec.yaml_text import flow
from cnncli.tuning import vary
from cnncli.tuning.vary import short_names
from cnncli.words import counted

SHOWN = 10  # trials of a table
_STATES = ("finished", "pruned", "failed")


def table(document: Mapping[str, Any]) -> Table:
    """Return a row for each of the best trials, the winner first."""
    metric, tried = document["metric"], document["tried"]
    paths = list(tried[0]["values"])
    columns = [Column("trial", "right"), Column("state", "left", 2), Column(metric, "right")]
    columns += [Column("epoch", "right", 3)]
    columns += [Column(name, "right", 1) for name in short_names(paths)]
    ranked = sorted(tried, key=lambda trial: _rank(trial, document["best"]["trial"], metric))
    rows = [
        [
            str(trial["trial"]),
            trial["state"],
            _short(trial["value"]),
            f"{trial['epoch'] or '-'} of {trial['epochs']}" if trial["epochs"] else "-",
            *(_short(trial["values"][path]) for path in paths),
        ]
        for trial in ranked[:SHOWN]
    ]
    left = len(tried) - SHOWN
    footer = [f"{counted(left, 'trial')} more: trials.csv"] if left > 0 else []
    return Table(columns, rows, footer=footer)


def lines(document: Mapping[str, Any]) -> list[str]:
    """Return what mattered, and which trial won."""
    best, metric, found = document["best"], document["metric"], document["importances"]
    said = []
    if vary.combinations(vary.read(document["vary"])) == len(document["tried"]):
        said.append(f"All {len(document['tried'])} combinations were tried.")
    if found:
        names = dict(zip(found, short_names(list(found)), strict=True))
        parts = ", ".join(f"{names[path]} {share:.2f}" for path, share in found.items())
        said.append(f"What mattered (parts of 1): {parts}")
    values = ", ".join(f"{path} {_short(value)}" for path, value in best["values"].items())
    said.append(f"Best: trial {best['trial']}, {metric} {_short(best['value'])}, with {values}")
    return said


def _rank(trial: Mapping[str, Any], best: int, metric: str) -> tuple[Any, ...]:
    value = trial["value"]
    sign = -1 if direction(metric) else 1
    of_value = math.inf if value is None else sign * value
    return trial["trial"] != best, _STATES.index(trial["state"]), of_value, trial["trial"]


def _short(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else flow(value)
