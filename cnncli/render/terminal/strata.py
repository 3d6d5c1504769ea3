"""Figures by stratum as a table, and the largest difference in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnncli.evaluation.strata import uncompared
from cnncli.metrics.intervals import CHANCE
from cnncli.render.terminal.evaluation import with_interval
from cnncli.render.terminal.table import Column, Table

SHOWN = ("accuracy", "auc", "sensitivity", "specificity")


def strata_table(by: Mapping[str, Any], positive: str | None, classes: Sequence[str]) -> Table:
    """Return a row for each stratum, with intervals, and what they differ by below."""
    strata = by["strata"]
    names = [name for name in SHOWN if all(name in row for row in strata.values())]
    columns = [Column("stratum"), Column("images", "right")]
    columns += [Column(name, "right", place) for place, name in enumerate(names)]
    rows = [
        [stratum, f"{row['images']:,}", *(with_interval(row, name) for name in names)]
        for stratum, row in strata.items()
    ]
    said = [_said(name, each) for name, each in by["differences"].items()]
    said += [each.removesuffix(".") for each in uncompared(by, positive, classes)]
    return Table(columns, rows, title="By stratum", footer=said, parted=True)


def _said(name: str, each: Mapping[str, Any]) -> str:
    if not each["difference"]:
        return f"No difference in {name}"
    may = "may be chance" if each["p_value"] >= CHANCE else "is hardly chance"
    return (
        f"Largest difference in {name}: {each['difference']:.3f} ({each['lowest']} below "
        f"{each['highest']}), which {may} (p = {each['p_value']:.2g})"
    )
