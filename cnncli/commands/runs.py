"""`cnncli runs`: training runs side by side, or what differs between two."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cnncli import console
from cnncli.commands.shared.applies import When
from cnncli.commands.shared.options import (
    JsonOption,
    TableFormat,
    TableFormatOption,
    refuse_two_answers,
)
from cnncli.commands.shared.table_output import show_table
from cnncli.errors import UsageError


def runs(
    places: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[DIR | RUN RUN]", help="A folder of runs, or two runs."),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(
            "--sort",
            metavar="COLUMN",
            help="As val_loss, accuracy (of validation), test_accuracy.",
        ),
        When(lambda given: len(given["places"] or ()) < 2, "for two runs side by side"),
    ] = None,
    format_: TableFormatOption = None,
    json_: JsonOption = False,
) -> None:
    """Show training runs side by side, or what differs between two of them.

    Accuracy and AUC are those of the test part, with 95 % bootstrap intervals; --sort goes by
    those of the validation part, as choosing by the test part would spoil it. A cross-validation
    is one row: of all its images together, of validation the mean over its folds; named as DIR, it
    stands below its folds. A study is one row, that of its best trial; named as DIR, its trials
    stand above, with their values. Of two runs with the same test images it also says how many
    only one of them gets right, and whether that may be chance (McNemar's exact test).

    \b
    Examples:
      cnncli runs
      cnncli runs experiments/ --sort accuracy
      cnncli runs cv
      cnncli runs runs/first runs/second
    """
    refuse_two_answers(as_json=json_, format_=format_)
    chosen = places or [Path("runs")]
    if len(chosen) > 2:
        raise UsageError(f"one folder or two runs, not {len(chosen)}")
    if len(chosen) == 2:
        _compare(chosen[0], chosen[1], format_, as_json=json_)
        return
    from cnncli.render.terminal import runs as render
    from cnncli.runs import listing as core
    from cnncli.tuning.listing import find

    found, whole = find(chosen[0], console.warn)
    if sort is not None:
        found = core.sort(found, sort)
        if sort in core.JUDGED:
            console.note(f"Sorted by val_{sort}; by the test part: --sort {core.TEST}{sort}")
    if json_:
        folds = [whole] if whole is not None else []
        console.json_result([asdict(run) for run in (*found, *folds)])
    else:
        show_table(render.table(found, whole), format_)


def _compare(first: Path, second: Path, format_: TableFormat | None, *, as_json: bool) -> None:
    from cnncli.render.terminal import runs as render
    from cnncli.runs.differences import compare
    from cnncli.runs.directory import RunDirectory
    from cnncli.runs.pairs import paired

    pair = RunDirectory(first), RunDirectory(second)
    for run in pair:
        run.read_record()  # says so where it is no run
    found = compare(pair)
    if as_json:
        names = ("section", "name", "first", "second")
        rows = [(each.section, each.name, *each.values) for each in found]
        documents = [dict(zip(names, row, strict=True)) for row in rows]
        console.json_result(documents)
        return
    if not found:
        console.note("The two runs do not differ.")
        return
    show_table(render.differences(found, (str(first), str(second))), format_)
    both = paired(*pair)
    if both is not None:
        console.note(render.verdict(both))
