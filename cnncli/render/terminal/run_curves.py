"""Curves of several runs on a terminal, and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncli.render.terminal import plot
from cnncli.render.terminal.table import Column, Table

if TYPE_CHECKING:
    from rich.text import Text

    from cnncli.runs.histories import History


def text(histories: Sequence[History], width: int) -> Text:
    """Draw each metric in a plot of its own, for a terminal of `width` columns."""
    from rich.text import Text

    columns = plot.room(width)
    last = max(each.epochs[-1] for each in histories)
    span = (1.0, float(max(last, 2)))
    lines = []
    for metric in histories[0].values:
        lines += _plot(metric, histories, span, columns)
    lines += plot.key([_named(each) for each in histories], columns)
    return Text("\n").join(lines)


def _plot(metric: str, histories: Sequence[History], span: plot.Range, width: int) -> list[Text]:
    import numpy as np
    from rich.text import Text

    curves = [
        (np.array(each.epochs, np.float64), np.array(each.values[metric], np.float64))
        for each in histories
    ]
    bounds = plot.bounds_of([y for _, y in curves])
    cells = plot.lettered(curves, span, width, plot.TALL, bounds)
    return [
        plot.line("", Text(f"{metric:^{width}}", style="bold")),
        *plot.framed(cells, span, width, plot.TALL, bounds),
        plot.line("", Text(plot.axis(span, width))),
        plot.line("", Text(plot.ends(span, width))),
    ]


def _named(history: History) -> str:
    best = history.best_epoch
    kept = f"  (epoch {best} of {history.epochs[-1]} is kept)" if best is not None else ""
    return f"{history.label}{kept}"


def table(histories: Sequence[History]) -> Table:
    """Return a row for each epoch of each run, with 9 significant digits."""
    metrics = list(histories[0].values)
    columns = [Column("run"), Column("label"), Column("epoch", "right")]
    columns += [Column(name, "right") for name in metrics]
    rows = [
        [each.run, each.label, str(epoch), *(f"{each.values[name][place]:.9g}" for name in metrics)]
        for each in histories
        for place, epoch in enumerate(each.epochs)
    ]
    return Table(columns=columns, rows=rows)
