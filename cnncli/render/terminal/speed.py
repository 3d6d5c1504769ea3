"""The speeds of networks as a table, and as a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnncli.render.terminal.table import Column, Table
from cnncli.render.terminal.units import size

if TYPE_CHECKING:
    from cnncli.exporters.speed import Speed

NAMES = ("min", "q1", "median", "q3")


def document(found: Sequence[Speed]) -> list[dict[str, Any]]:
    """Return an object for each batch of each way of running."""
    return [
        {
            "model": each.model,
            "runtime": each.runtime,
            "batch": each.batch,
            "threads": each.threads,
            "milliseconds": dict(zip(NAMES, each.milliseconds, strict=True)),
            "images_per_second": each.images_per_second,
            "memory_bytes": each.memory_bytes,
            "start_milliseconds": each.start_milliseconds,
            "file_bytes": each.file_bytes,
        }
        for each in found
    ]


def table(found: Sequence[Speed], *, precise: bool) -> Table:
    """Return a row for each batch of each way of running; `precise` gives numbers in full."""
    return Table(
        columns=[
            Column("model"),
            Column("runtime"),
            Column("threads", "right"),
            Column("batch", "right"),
            *(Column(f"{name} ms", "right", priority=2 * (name[0] == "q")) for name in NAMES),
            Column("images/s", "right"),
            Column("memory", "right", priority=1),
            Column("start ms", "right", priority=3),
            Column("file", "right", priority=3),
        ],
        rows=[_row(each, precise) for each in found],
    )


def _row(each: Speed, precise: bool) -> list[str]:
    numbers = [*each.milliseconds, each.images_per_second]
    shown = [repr(value) if precise else f"{value:.3g}" for value in numbers]
    *times, rate = shown
    if not precise and each.images_per_second >= 100:
        rate = f"{each.images_per_second:,.0f}"
    sizes = [each.memory_bytes, each.file_bytes]
    memory, file = (str(value) if precise else size(value) for value in sizes)
    start = repr(each.start_milliseconds) if precise else f"{each.start_milliseconds:,.0f}"
    return [
        each.model, each.runtime, str(each.threads), str(each.batch), *times, rate, memory, start,
        file,
    ]  # fmt: skip
