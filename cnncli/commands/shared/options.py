"""Arguments and options that several commands share, defined once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from cnncli.commands.shared.applies import Needs, names_a_file
from cnncli.commands.shared.outputs import named_stdout
from cnncli.errors import UsageError

ArchArgument = Annotated[
    str,
    typer.Argument(
        metavar="[ARCH]",
        help="A shipped name (see `cnncli list`), a YAML file (either with @PRESET), - for stdin, "
        "a run directory, a .keras file, or applications:NAME.",
    ),
]
ParamOption = Annotated[
    list[str] | None,
    typer.Option(
        "--param",
        "-p",
        metavar="NAME=VALUE",
        help="Set a parameter of the spec; may be given several times.",
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Override any value of the spec, as layers[0].filters=16; may be given several times.",
    ),
]
MaxParamsOption = Annotated[
    int | None,
    typer.Option(
        "--max-params",
        min=1,
        metavar="N",
        help="Refuse larger networks (2,000,000,000 parameters unless given).",
    ),
]
NoCacheOption = Annotated[
    bool, typer.Option("--no-cache", help="Compute it again, without the cache.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
TableFormat = Literal["csv", "markdown"]
TableFormatOption = Annotated[
    TableFormat | None,
    typer.Option("--format", help="Print the table as csv or markdown, in full."),
]
ForceOption = Annotated[
    bool,
    typer.Option("--force", help="Overwrite what -o names."),
    # Without them a file gets a name that nothing has yet.
    Needs(
        *("output", "predictions", "array", "augmented", "animate", "html", "raw", "features"),
        counts=names_a_file,
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        callback=named_stdout,
        help="Where to write; - is stdout.",
    ),
]


def refuse_two_answers(*, as_json: bool, format_: str | None) -> None:
    """Raise UsageError where --json and --format both say what to print."""
    if as_json and format_ is not None:
        raise UsageError(f"--json and --format {format_} are two answers", hint="Ask for one.")
