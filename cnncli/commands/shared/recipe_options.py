"""Options of the commands that train, defined once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ArchOption = Annotated[str, typer.Option("--arch", "-a", metavar="ARCH", help="The network.")]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="RUN", help="The run directory; else runs/NAME-DATE-TIME."),
]
EpochsOption = Annotated[
    int | None,
    typer.Option("--epochs", min=1, metavar="N", help="Epochs in all; else the spec's, else 10."),
]
BatchSizeOption = Annotated[
    int | None,
    typer.Option(
        "--batch-size", min=1, metavar="N", help="Images in a step; else the spec's, else 32."
    ),
]
SeedOption = Annotated[
    int | None,
    typer.Option(
        "--seed",
        min=0,
        metavar="N",
        help="Decides first weights, order of images and dropout; else the spec's, else 0.",
    ),
]
RateOption = Annotated[
    float | None,
    typer.Option(
        "--learning-rate", min=0, metavar="RATE", help="Learning rate; else that of the optimizer."
    ),
]
