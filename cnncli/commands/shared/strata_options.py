"""Options that divide the images that are measured into strata, defined once."""

from __future__ import annotations

from typing import Annotated

import typer

from cnncli.commands.shared.applies import NotWith

ByOption = Annotated[
    str | None,
    typer.Option(
        "--by",
        metavar="REGEX",
        help="Figures for each stratum of the images: for what REGEX finds in their names.",
    ),
    NotWith("by_column"),
]
ByColumnOption = Annotated[
    str | None,
    typer.Option(
        "--by-column",
        metavar="NAME",
        help="The same by a column of the table of labels: sex, site.",
    ),
]
