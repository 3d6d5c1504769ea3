"""Options of the commands that read a folder of images, defined once."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from math import inf
from pathlib import Path
from typing import Annotated, Any

import typer

from cnncli.errors import UsageError

DataArgument = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="A folder with one folder of images for each class, with or without train, "
        "validation and test folders above them; or sample:digits.",
    ),
]
SplitOption = Annotated[
    str | None,
    typer.Option(
        "--split",
        metavar="TRAIN/VALIDATION/TEST",
        help="Percent of the images for each part, as 70/15/15 (72.25/12.75/15 unless given).",
    ),
]
SplitSeedOption = Annotated[
    int, typer.Option(min=0, metavar="N", help="Decides which image is in which part.")
]
GroupByOption = Annotated[
    str | None,
    typer.Option(
        metavar="REGEX",
        help="Keep images of one group (patient, plant, day) in one part: what REGEX finds in "
        "the file name, as '^(\\d+)_'; with a slash in it, in the path below DATA.",
    ),
]
FoldsOption = Annotated[
    int | None, typer.Option(min=2, metavar="K", help="Divide into K stratified folds.")
]
FoldOption = Annotated[
    int | None,
    typer.Option(min=1, metavar="I", help="With --folds: fold I (from 1) is the test part."),
]
SplitFromOption = Annotated[
    Path | None,
    typer.Option(metavar="RUN|CSV", help="Take the split of a run or of a table file,label,split."),
]
LabelsOption = Annotated[
    Path | None,
    typer.Option(metavar="CSV", help="A table with the class of each image of DATA."),
]
ImageColumnOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="With --labels: the column of the file names.")
]
LabelColumnOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="With --labels: the column of the classes.")
]
RangeOption = Annotated[
    str | None,
    typer.Option("--range", metavar="LO,HI", help="Values of the images that become 0 and 255."),
]
NoImageCacheOption = Annotated[
    bool, typer.Option("--no-cache", help="Keep no decoded images on disk.")
]


# Options of `data` and of `train` that decide which images are trained on.
_DECIDING = (
    *("labels", "image_column", "label_column", "split", "split_seed", "group_by"),
    *("folds", "fold", "split_from"),
)


def find(given: Mapping[str, Any]) -> Any:
    """Return the index of `data`, `labels`, `image_column` and `label_column`."""
    from cnncli.data import index
    from cnncli.data.labels import find as find_by_table

    table = labels(given)
    return index.find(given["data"]) if table is None else find_by_table(given["data"], table)


def labels(given: Mapping[str, Any]) -> Any:
    """Return `data.labels.Labels` of the options of that name; None without --labels."""
    from cnncli.data.labels import Labels

    if given["labels"] is not None:
        return Labels(given["labels"], given["image_column"], given["label_column"])
    if given["image_column"] or given["label_column"]:
        raise UsageError("--image-column and --label-column belong to --labels CSV")
    return None


def split_options(given: Mapping[str, Any]) -> Any:
    """Return `data.split.Options` of the options of that name."""
    from cnncli.data.split import Options, parse_shares

    return Options(
        seed=given["split_seed"],
        shares=parse_shares(given["split"]) if given["split"] is not None else None,
        folds=given["folds"],
        fold=given["fold"],
        group_by=given["group_by"],
        source=given["split_from"],
    )


def things(text: str) -> str:
    """Return a list of things in YAML; a single one needs no brackets: `RandomFlip`."""
    return text if text.lstrip().startswith(("[", "-")) else f"[{text}]"


def for_train(given: Mapping[str, Any], group_by: str | None = None) -> str:
    """Return DATA and the options that decide what is trained on, as `train` takes them.

    `group_by` is what takes the place of a `--group-by` that was not given.
    """
    given = {**given, "group_by": given["group_by"] or group_by}
    words = [given["data"]]
    if given["arch"] != "lesson":
        words += ["--arch", given["arch"]]
    for name in _DECIDING:
        if given[name]:
            words += [f"--{name.replace('_', '-')}", str(given[name])]
    if given["value_range"]:
        words += ["--range", given["value_range"]]
    return shlex.join(words)


def value_range(text: str | None) -> tuple[float, float] | None:
    """Read LO,HI; UsageError unless these are two numbers, the lower one first."""
    if text is None:
        return None
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        low = high = 0.0
    if not -inf < low < high < inf:
        raise UsageError(f"--range {text}: not two numbers LO,HI with LO below HI")
    return low, high
