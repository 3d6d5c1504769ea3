"""Options of the commands that read a folder of images, defined once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnncli.commands.shared.applies import Needs, NotWith
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from cnncli.data.classing import Classing
    from cnncli.data.index import Index
    from cnncli.data.labels import Labels
    from cnncli.data.split_options import Options

DataArgument = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="A folder with one folder of images for each class, with or without train, "
        "validation and test folders above them; or sample:digits, sample:blobs.",
    ),
]
SplitOption = Annotated[
    str | None,
    typer.Option(
        "--split",
        metavar="TRAIN/VALIDATION/TEST",
        help="Percent of the images for each part, as 70/15/15 (72.25/12.75/15 unless given).",
    ),
    NotWith("folds", "split_from"),
]
SplitSeedOption = Annotated[
    int | None,
    typer.Option(min=0, metavar="N", help="Decides which image is in which part (0 unless given)."),
    NotWith("split_from"),
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
    int | None,
    typer.Option(min=2, metavar="K", help="Divide into K stratified folds."),
    Needs("fold"),
    NotWith("split_from"),
]
FoldOption = Annotated[
    int | None,
    typer.Option(min=1, metavar="I", help="With --folds: fold I (from 1) is the test part."),
    Needs("folds"),
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
    str | None,
    typer.Option(metavar="NAME", help="With --labels: the column of the file names."),
    Needs("labels"),
]
LabelColumnOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="With --labels: the column of the classes."),
    Needs("labels"),
]
GroupColumnOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="With --labels: the column of the patient, plant or day, instead of --group-by.",
    ),
    Needs("labels"),
]
CorrectionsOption = Annotated[
    Path | None,
    typer.Option(
        metavar="CSV",
        help="A table file,action,label of what was decided on doubtful labels: keep, drop, or "
        "relabel with the right class (cnncli mistakes DIR --suspects -o CSV begins one).",
    ),
]
RangeOption = Annotated[
    str | None,
    typer.Option(
        "--range",
        metavar="LO,HI",
        help="Values that become 0 and 255, in images of more than 8 bits or of floats.",
    ),
]
DepthOption = Annotated[
    int,
    typer.Option(
        "--depth",
        min=1,
        metavar="N",
        help="How many folders below each other name a class: a/b of 2.",
    ),
    NotWith("labels"),
]
MergeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--merge",
        metavar="NEW=CLASS,CLASS",
        help="Make one class of several; may be given several times.",
    ),
]
BackgroundOption = Annotated[
    str | None,
    typer.Option(
        "--background",
        metavar="COLOUR",
        help="Lay what is transparent onto this: white, '#f0f0f0'; else transparency is dropped.",
    ),
]
NoImageCacheOption = Annotated[
    bool,
    typer.Option(
        "--no-cache", help="Keep no decoded images, nor what frozen layers make of them, on disk."
    ),
]


@dataclass(frozen=True)
class Source:
    """What data: a folder of images, and how they come to their classes."""

    data: str
    labels: Path | None = None
    image_column: str | None = None
    label_column: str | None = None
    group_column: str | None = None
    depth: int = 1
    merge: tuple[str, ...] = ()

    def table(self) -> Labels | None:
        """Return the table of the classes; None where the folders say them."""
        return label_table(self.labels, self.image_column, self.label_column, self.group_column)

    def find(self) -> Index:
        """List the images."""
        from cnncli.data.classing import find

        return find(self.data, self.table(), self.classing())

    def classing(self) -> Classing:
        """Return --depth and --merge for the core; UsageError for what cannot be meant."""
        from cnncli.data.classing import Classing, parse_merge

        return Classing(self.depth, parse_merge(self.merge))

    def words(self) -> list[str]:
        """Return the options that say the same on a command line, behind DATA."""
        said = {**vars(self), "depth": self.depth if self.depth > 1 else None}
        words = _words({name: said[name] for name in said if name not in ("data", "merge")})
        return words + [word for text in self.merge for word in ("--merge", text)]


def label_table(
    labels: Path | None,
    image_column: str | None,
    label_column: str | None,
    group_column: str | None,
) -> Labels | None:
    """Return what --labels and its columns say; None without --labels."""
    from cnncli.data.labels import Labels

    if labels is None:
        return None
    return Labels(labels, image_column, label_column, group_column)


def refuse_two_groupings(group_by: str | None, group_column: str | None) -> None:
    """Raise UsageError where groups are to come of the names and of a table."""
    if group_by is not None and group_column is not None:
        raise UsageError("--group-by and --group-column exclude each other")


@dataclass(frozen=True)
class Division:
    """How the images are divided into parts to train on, to validate with and to test on."""

    split: str | None = None
    split_seed: int | None = None
    group_by: str | None = None
    folds: int | None = None
    fold: int | None = None
    split_from: Path | None = None

    def options(self) -> Options:
        """Return the same for the core; UsageError for what cannot be meant."""
        from cnncli.data.split_options import Options, parse_shares

        return Options(
            seed=self.split_seed or 0,
            shares=parse_shares(self.split) if self.split is not None else None,
            folds=self.folds,
            fold=self.fold,
            group_by=self.group_by,
            source=self.split_from,
        )

    def words(self) -> list[str]:
        """Return the options that say the same on a command line."""
        return _words(vars(self))


def _words(options: dict[str, Any]) -> list[str]:
    """Return options that were given, by their names in Python, as words of a command line."""
    given = {f"--{name.replace('_', '-')}": str(value) for name, value in options.items() if value}
    return [word for option in given.items() for word in option]


def things(text: str) -> str:
    """Return a list of things in YAML; a single one needs no brackets: `RandomFlip`."""
    return text if text.lstrip().startswith(("[", "-")) else f"[{text}]"


def background(text: str | None) -> tuple[int, int, int] | None:
    """Read the colour of --background."""
    if text is None:
        return None
    from cnncli.images.prepare import colour

    return colour(text, "--background")


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


def look(data: str, options: Mapping[str, Any]) -> None:
    """Find the images and what was decided on them, so that faults are told once for all runs."""
    from cnncli.data import corrections

    names = ("labels", "image_column", "label_column", "group_column", "depth")
    merge = tuple(options["merge"] or ())
    found = Source(data, merge=merge, **{name: options[name] for name in names}).find()
    if options["corrections"] is not None:
        corrections.read(options["corrections"], found)
