"""MODEL, as `evaluate` and `predict` take it."""

from __future__ import annotations

from typing import Annotated

import typer

from cnncli import console
from cnncli.errors import UsageError

ModelArgument = Annotated[
    str, typer.Argument(metavar="MODEL", help="A run directory, or a .keras file.")
]
ClassesOption = Annotated[
    str | None,
    typer.Option(
        "--classes",
        metavar="NAMES",
        help="The classes of a .keras file that cnncli did not train, as NAME,NAME: in the order "
        "of its outputs (of a single sigmoid: the one of 0, the one of 1).",
    ),
]


def check(model: str) -> None:
    """Say what is wrong with MODEL, or not done yet, before the seconds that TensorFlow takes."""
    from cnncli.runs import listing, model_file

    _, run = model_file.find(model)
    if run is not None and (unfinished := listing.unfinished(run)) is not None:
        console.note(unfinished)


def class_names(text: str | None) -> tuple[str, ...]:
    """Return the names of --classes; UsageError where one is empty or stands there twice."""
    names = tuple(name.strip() for name in text.split(",")) if text is not None else ()
    if not all(names) or len(set(names)) < len(names):
        raise UsageError(f"--classes {text}: not different names with commas between them")
    return names
