"""The option of `cnncli explain` that names where causes are."""

from __future__ import annotations

from typing import Annotated

import typer

TruthOption = Annotated[
    str | None,
    typer.Option(
        "--truth",
        metavar="FILE.csv",
        help="Say how often the maps of a method point at the known cause: a table file,top,left,"
        "height,width as `cnncli samples blobs` writes it, or sample:blobs.",
    ),
]
