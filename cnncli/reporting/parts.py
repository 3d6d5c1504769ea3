"""The parts that a report is made of: text, tables and figures, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np

    from cnncli.facts.summary import Summary

# good: nothing to hold against it; caution: to be kept in mind; doubt: the figures may not mean
# what they seem to; missing: for a person to say.
Tone = Literal["plain", "good", "caution", "doubt", "missing"]


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Facts:
    """Names and what stands behind each."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Grid:
    """A table. The columns at `right` hold numbers; what is `folded` is opened by the reader."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: frozenset[int] = frozenset()
    folded: bool = False


@dataclass(frozen=True)
class Commands:
    """Lines for a shell, or of a file; with a `caption` the reader opens them."""

    lines: Sequence[str]
    caption: str = ""


@dataclass(frozen=True)
class Line:
    """A line of a chart: its name and its points."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Curves:
    """Lines over the epochs; `kept` is the epoch of the model."""

    title: str
    lines: Sequence[Line]
    kept: int | None
    text: str


@dataclass(frozen=True)
class Estimate:
    """A figure between 0 and 1 with its interval, which may not be known."""

    name: str
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Estimates:
    """Figures with their intervals, below each other."""

    title: str
    rows: Sequence[Estimate]
    text: str


@dataclass(frozen=True)
class Confusion:
    """How many images of each class (row) were taken for which (column)."""

    classes: Sequence[str]
    counts: Sequence[Sequence[int]]
    text: str


@dataclass(frozen=True)
class Unit:
    """A line in the unit square, and the diagonal; `mark` is a point on it, `bars` stand below.

    Bars are shares of all, at equal steps.
    """

    title: str
    across: str
    up: str
    points: Sequence[tuple[float, float]]
    text: str
    mark: tuple[float, float] | None = None
    bars: Sequence[float] = ()
    joined: bool = True


@dataclass(frozen=True)
class Branch:
    """One box of the flow: a heading and lines below it."""

    title: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Flow:
    """Where the images went: found, left out, and into which parts."""

    found: Branch
    left_out: Branch
    parts: Sequence[Branch]
    text: str


@dataclass(frozen=True)
class Network:
    """The drawing of a network."""

    summary: Summary
    text: str


@dataclass(frozen=True)
class Explained:
    """A map over an image, its name, and lines on it: its verdicts.

    Where `empty` says why there is nothing to see, the image is shown as it is. `doubts` are the
    verdicts by which the map is not to be trusted.
    """

    name: str
    values: np.ndarray
    lines: Sequence[str] = ()
    doubts: Sequence[str] = ()
    empty: str = ""


@dataclass(frozen=True)
class Near:
    """A training image that is near to another one in the network's features."""

    file: str
    label: str
    pixels: np.ndarray


@dataclass(frozen=True)
class Mistake:
    """An image (uint8, height x width x channels) that was taken for another class.

    `near` are the training images that are nearest to it in the network's features, `fold` is the
    one of a cross-validation that tested it.
    """

    file: str
    label: str
    predicted: str
    probability: float
    pixels: np.ndarray
    maps: Sequence[Explained] = ()
    near: Sequence[Near] = ()
    fold: int | None = None


@dataclass(frozen=True)
class Mistakes:
    """Mistakes with pictures."""

    found: Sequence[Mistake]


@dataclass(frozen=True)
class Row:
    """A test image in the table: classes as places in the list of classes."""

    file: str
    label: int
    predicted: int
    probability: float
    group: str | None = None
    fold: int | None = None


@dataclass(frozen=True)
class Predictions:
    """All predictions of the test part; `pictures` are small pixels by the place of the row."""

    classes: Sequence[str]
    rows: Sequence[Row]
    pictures: Mapping[int, np.ndarray] = field(default_factory=dict)


Part = (
    Text
    | Facts
    | Grid
    | Commands
    | Curves
    | Estimates
    | Confusion
    | Unit
    | Flow
    | Network
    | Mistakes
    | Predictions
)


@dataclass(frozen=True)
class Section:
    """A heading with what stands below it; `key` is its anchor."""

    key: str
    title: str
    parts: Sequence[Part]


@dataclass(frozen=True)
class Report:
    """A report: its title, a line below it, and its sections."""

    title: str
    line: str
    sections: Sequence[Section]
