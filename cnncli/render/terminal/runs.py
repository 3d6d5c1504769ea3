"""Runs as a table, and the differences between two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.render.terminal.table import Column, Table, without
from cnncli.render.terminal.units import duration
from cnncli.tuning.vary import short_names

if TYPE_CHECKING:
    from cnncli.runs.differences import Difference
    from cnncli.runs.listing import RunFacts
    from cnncli.runs.pairs import Paired

SURE = 0.05  # the usual bound of a p-value

COLUMNS = (
    Column("run"),
    Column("state", priority=3),
    Column("arch", priority=1),
    Column("from", priority=5),
    Column("data", priority=4),
    Column("images", "right", 6),
    Column("epochs", "right", 5),
    Column("best", "right", 7),
    Column("phase", priority=10),
    Column("fold", priority=9),
    Column("val_loss", "right", 2),
    Column("val_accuracy", "right", 3),
    Column("accuracy", "right"),
    Column("accuracy 95 %", "right", 2),
    Column("auc", "right", 4),
    Column("auc 95 %", "right", 8),
    Column("time", "right", 6),
)


def table(runs: Sequence[RunFacts], whole: RunFacts | None = None) -> Table:
    """Return a row for each run; accuracy and AUC are those of the test part.

    Folds and trials have a row for the `whole` below them, trials a column for each path varied.
    """
    shown = [*runs, *([whole] if whole is not None else ())]
    paths = list(dict.fromkeys(path for run in shown for path in run.values)) if whole else []
    varied = [Column(name, "right", 1) for name in short_names(paths)]
    rows = [[*_row(run), *(_text(run.values.get(path)) for path in paths)] for run in shown]
    sections = frozenset((len(runs),) if whole else ())
    made = Table(columns=(*COLUMNS, *varied), rows=rows, sections=sections)
    return made if any(run.phase for run in runs) else without(made, "phase")


def differences(found: Sequence[Difference], names: tuple[str, str]) -> Table:
    """Return a row for each thing that differs between two runs."""
    columns = [Column("part"), Column("what"), *(Column(name) for name in names)]
    rows = [[one.section, one.name, *map(_text, one.values)] for one in found]
    return Table(columns=columns, rows=rows)


def verdict(both: Paired) -> str:
    """Return what a comparison on the same test images says."""
    if both.first_alone == both.second_alone == 0:
        return f"Of {both.images:,} shared test images, both get the same ones right."
    chance = "may be chance" if both.p_value > SURE else "is unlikely to be chance"
    return (
        f"Of {both.images:,} shared test images, only the first run gets {both.first_alone:,} "
        f"right, only the second {both.second_alone:,}: the difference {chance} "
        f"(p = {both.p_value:.2g}, McNemar's exact test)."
    )


def _row(run: RunFacts) -> list[str]:
    return [
        run.run,
        run.state,
        run.arch,
        _descent(run),
        Path(run.data).name,
        f"{run.images:,}",
        str(run.epochs),
        _text(run.best_epoch),
        _text(run.phase),
        _text(run.fold),
        _figure(run.val_loss),
        _figure(run.val_accuracy),
        _figure(run.accuracy),
        _interval(run.accuracy_interval),
        _figure(run.auc),
        _interval(run.auc_interval),
        "-" if run.seconds is None else duration(run.seconds),
    ]


def _descent(run: RunFacts) -> str:
    """Return the runs that its weights come from, the nearest first, as they are named here."""
    folder = Path(run.run).absolute().parent
    places = [Path(each) for each in run.descent]
    names = [each.name if each.parent == folder else str(each) for each in places]
    return " < ".join(names) or "-"


def _figure(value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.4f}"


def _interval(value: Sequence[float] | None) -> str:
    return "-" if not value or None in value else f"{value[0]:.3f}-{value[1]:.3f}"


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_text, value)) + "]"
    return str(value)
