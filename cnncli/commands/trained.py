"""MODEL, as `evaluate` and `predict` take it."""

from __future__ import annotations

from typing import Annotated

import typer

from cnncli import console

ModelArgument = Annotated[
    str, typer.Argument(metavar="MODEL", help="A run directory, or a .keras file.")
]


def check(model: str) -> None:
    """Say what is wrong with MODEL, or not done yet, before the seconds that TensorFlow takes."""
    from cnncli.training import model_file, runs

    _, run = model_file.find(model)
    if run is not None and (unfinished := runs.unfinished(run)) is not None:
        console.note(unfinished)
