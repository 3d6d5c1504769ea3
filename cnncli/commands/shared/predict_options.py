"""Options of `predict` that say which images, how much of each, and what becomes of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnncli.commands.shared.applies import Leaves, NotWith
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from cnncli.evaluation.listing import Listing, Shard

ModelArgument = Annotated[
    str | None,
    typer.Argument(metavar="[MODEL]", help="A run directory, or a .keras, .onnx or .tflite file."),
]
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
AppendOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.csv",
        help="Add a row for each image to this table, at once, and pass over those that have one: "
        "killed at any moment, the same call goes on.",
    ),
    NotWith("output", "format_", "json_", hint="The table is what it writes."),
]
FeaturesOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.npy",
        help="Write the vectors that the last layer gets, a row for each image that is predicted; "
        "FILE.csv beside it names their files.",
    ),
    NotWith("append", hint="A table is gone on with, an array is written once."),
]
MoveIntoOption = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Move each file to DIR/CLASS, never over another; DIR/moved.csv lists where each was.",
    ),
    NotWith("copy_into", hint="Either of them."),
]
CopyIntoOption = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Copy each file to DIR/CLASS; DIR/copied.csv lists them."),
]
UndoOption = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Move the files that were sorted into DIR back to where they were, remove unchanged "
        "copies, and end.",
    ),
    Leaves(hint="The lists in DIR know the files: cnncli predict --undo DIR"),
]


def model(given: str | None) -> str:
    """Return MODEL; UsageError without one."""
    if given is None:
        raise UsageError(
            "Missing argument 'MODEL'", hint="For example: cnncli predict runs/NAME new/"
        )
    return given


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


def listing(
    images: list[str] | None, files_from: str | None, asked: str | None, but: Path | None = None
) -> Listing:
    """Return the images to predict, none below the folder `but`; UsageError where none is named."""
    from cnncli.evaluation.listing import Listing, listed

    def skip(folder: str) -> bool:
        return but is not None and but.is_dir() and but.samefile(folder)

    share = shard(asked)
    if files_from is not None:
        return Listing(*listed(files_from), share, skip)
    if not images:
        raise UsageError(
            "predict what? There is no image",
            hint="Name images or folders, or a list of them: --files-from FILE",
        )
    return Listing(images, len(images), share, skip)
