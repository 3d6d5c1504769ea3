"""Options of `predict` that say which images, and how much of each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from cnncli.commands.shared.applies import NotWith
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from cnncli.evaluation.listing import Listing, Shard

ImagesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[IMAGE|DATA]...",
        help="Image files, folders with all images below them, - for stdin, sample:NAME.",
    ),
]
FilesFromOption = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|-",
        help="Predict the images that this file lists, one path a line, read as it comes; "
        "- is stdin.",
    ),
    NotWith("images", hint="Put the images into the list, or name them all."),
]
ShardOption = Annotated[
    str | None,
    typer.Option(
        metavar="I/N",
        help="Predict only every N-th image from the I-th on: one of N workers. All N tables "
        "together have the rows of the whole.",
    ),
]
TopOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="K",
        help="Give the K most probable classes of each image, and no column for each class.",
    ),
]


def shard(text: str | None) -> Shard:
    """Return the share that --shard I/N asks for: all without it."""
    from cnncli.evaluation.listing import Shard

    if text is None:
        return Shard()
    said = re.fullmatch(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,8})", text)
    if said is None or int(said[1]) > int(said[2]):
        raise UsageError(
            f"--shard {text}: not one of N shares, counted from 1",
            hint="Of four workers: --shard 1/4, --shard 2/4, --shard 3/4, --shard 4/4",
        )
    return Shard(int(said[1]), int(said[2]))


def listing(images: list[str] | None, files_from: str | None, asked: str | None) -> Listing:
    """Return the images to predict; UsageError where none are named."""
    from cnncli.evaluation.listing import Listing, listed

    share = shard(asked)
    if files_from is not None:
        return Listing(*listed(files_from), share)
    if not images:
        raise UsageError(
            "predict what? There is no image",
            hint="Name images or folders, or a list of them: --files-from FILE",
        )
    return Listing(images, len(images), share)
