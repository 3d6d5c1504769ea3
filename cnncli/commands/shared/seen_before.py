"""What is said of images that a network was trained on, where it is measured on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncli import console

if TYPE_CHECKING:
    from cnncli.evaluation.evaluate import Evaluated


def warn(found: Evaluated, so: str) -> None:
    """Say how many images a network was trained on, or that it does not tell: `so` they mislead."""
    from cnncli.training.doubts import of_overlap

    for said in of_overlap(found.seen, "image", str(found.path)):
        console.warn(f"{said}: {so}")
    if not found.tells:
        console.note(
            f"{found.path} does not say which images it was trained on: if these are among them, "
            f"{so}"
        )
