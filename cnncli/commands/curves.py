"""`cnncli curves`: how training went in several runs, in one picture."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnncli import console
from cnncli.commands.shared import pictures
from cnncli.commands.shared.options import (
    ForceOption,
    JsonOption,
    OutputOption,
    TableFormatOption,
    refuse_two_answers,
)

if TYPE_CHECKING:
    from cnncli.commands.shared.outputs import Destination
    from cnncli.runs.histories import History


def curves(
    places: Annotated[
        list[Path],
        typer.Argument(metavar="RUN...", help="Runs, or folders of runs."),
    ],
    metric: Annotated[
        list[str] | None,
        typer.Option(
            "--metric",
            metavar="NAME",
            help="A column of history.csv, as val_accuracy; may be given several times. Else "
            "val_loss, or loss where no run was validated.",
        ),
    ] = None,
    output: OutputOption = None,
    force: ForceOption = False,
    format_: TableFormatOption = None,
    json_: JsonOption = False,
) -> None:
    """Draw how training went in several runs, each named by what differs between them.

    A run that is still under way is drawn as far as it has come. The picture goes to curves.png
    (curves-2.png where there is one), or to what -o names: a .png, .svg or .pdf file; on a
    terminal the curves are drawn there too.

    \b
    Examples:
      cnncli curves runs/first runs/second
      cnncli curves runs/ --metric loss --metric val_loss -o curves.svg
      cnncli curves experiments/ --format csv > curves.csv
    """
    from cnncli.runs import histories as core

    refuse_two_answers(as_json=json_, format_=format_)
    pictures.alone(output, json=json_, format=format_)
    runs = core.find(places)
    place = None
    if output is not None or not (json_ or format_):
        place = pictures.destination(output, force, "curves.png")
    found = core.histories(runs, metric or (), console.warn)
    if json_:
        document = {"schema": "cnncli.curves/1", "metrics": list(found[0].values)}
        console.json_result({**document, "runs": [asdict(each) for each in found]})
    elif format_ is not None:
        from cnncli.commands.shared.table_output import show_table
        from cnncli.render.terminal.run_curves import table

        show_table(table(found), format_)
    if place is not None:
        _draw(found, place)


def _draw(found: list[History], place: Destination) -> None:
    """Draw the file, and the curves on the terminal where no file was asked for."""
    from cnncli.render.pictures import run_curves as picture

    out = console.stdout()
    if out.is_terminal and place.chosen and not console.settings.quiet:
        from cnncli.render.terminal.run_curves import text

        out.print(text(found, out.width))
    pictures.write(picture.draw(found), place)
