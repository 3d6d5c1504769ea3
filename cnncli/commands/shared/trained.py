"""MODEL, as `evaluate` and `predict` take it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cnncli import console
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from cnncli.evaluation.predict import Prediction

NAMED = 3  # of the images of which something is odd

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


class Doubts:
    """Warns of images that may not look as those of training, of the first few by name."""

    def __init__(self) -> None:
        self._count = 0

    def take(self, prediction: Prediction) -> None:
        """Say what is doubtful of one, if anything is."""
        self._count += bool(prediction.doubt)
        if prediction.doubt and self._count <= NAMED:
            console.warn(f"{prediction.file}: {prediction.doubt}")

    def finish(self) -> None:
        """Say how many more there were."""
        if self._count > NAMED:
            console.warn(f"{self._count - NAMED:,} more images of this kind")


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
