"""Several networks on the same images as a table, ties marked."""

from __future__ import annotations

from cnncli.evaluation.several import Several
from cnncli.render.terminal.evaluation import number, with_interval
from cnncli.render.terminal.table import Column, Table

TESTS = {"mcnemar": "exact McNemar test", "permutation": "permutation test of the groups"}


def several_table(found: Several) -> Table:
    """Return a row for each network, the most accurate first."""
    columns = [Column("model"), Column("accuracy", "right"), Column("AUC", "right", 1)]
    columns += [
        Column("", priority=0),
        Column("p, accuracy", "right"),
        Column("p, AUC", "right", 2),
    ]
    order = sorted(
        range(len(found.measured)),
        key=lambda i: (i != found.best, -found.measured[i].evaluation.figures["accuracy"]),
    )
    rows = [_row(found, place) for place in order]
    made = found.measured[0].evaluation.figures
    test = TESTS[found.pairs[0]["test"]]
    number_of = f"{made['images']:,} images"
    if made["groups"] < made["images"]:
        number_of += f" in {made['groups']:,} groups"
    footer = [
        f"= cannot be told from the best by these {number_of}:",
        f"{test}, Holm's correction.",
        "p are against the best, uncorrected; of the AUC by DeLong's test, if there are no groups.",
    ]
    return Table(columns, rows, footer=footer)


def _row(found: Several, place: int) -> list[str]:
    each = found.measured[place]
    figures = each.evaluation.figures
    row = [
        str(each.path),
        with_interval(figures, "accuracy"),
        with_interval(figures, "auc"),
    ]
    if place == found.best:
        return [*row, "best", "", ""]
    names = {row[0], str(found.measured[found.best].path)}
    pair = next(pair for pair in found.pairs if {pair["first"], pair["second"]} == names)
    mark = "=" if place in found.tied else ""
    return [*row, mark, number(pair["p_value"]), number(pair["auc_p_value"])]
