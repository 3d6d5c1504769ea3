"""Data sets that come with cnncli or its dependencies: `sample:digits`, `sample:blobs`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli.errors import UsageError
from cnncli.images import blobs, samples

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class SampleSet:
    """A data set by name: what it shows, its classes, how many images, and of which size.

    `labels` returns the class of each image in the order of their numbers, `image` one of them
    (uint8, height x width x channels).
    """

    name: str
    about: str
    classes: tuple[str, ...]
    count: int
    side: int
    labels: Callable[[], Sequence[str]]
    image: Callable[[int], np.ndarray]

    @property
    def source(self) -> str:
        """What stands for it on a command line."""
        return f"{samples.PREFIX}{self.name}"


def _digit_labels() -> list[str]:
    return [str(label) for label in samples.digits()[1].tolist()]


def _blob_labels() -> list[str]:
    return [blobs.Form().label(number) for number in range(blobs.COUNT)]


SETS: Mapping[str, SampleSet] = {
    each.name: each
    for each in (
        SampleSet(
            "digits",
            "handwritten digits, 8 x 8 (scikit-learn; UCI, 1998)",
            tuple("0123456789"),
            1_797,
            8,
            _digit_labels,
            lambda number: samples.digits()[0][number],
        ),
        SampleSet(
            "blobs",
            f"a soft blob or none, {blobs.SIZE} x {blobs.SIZE}: one knows what makes the class",
            blobs.Form().classes,
            blobs.COUNT,
            blobs.SIZE,
            _blob_labels,
            lambda number: blobs.draw(blobs.Form(), number).pixels,
        ),
    )
}


def is_set(source: str) -> bool:
    """Whether `source` names a whole data set."""
    return samples.is_sample(source) and source.removeprefix(samples.PREFIX) in SETS


def member(source: str) -> tuple[SampleSet, int] | None:
    """Return the data set and the number that `sample:digits/17` names; None for other samples.

    Raises UsageError for a number that there is not.
    """
    kind, slash, number = source.removeprefix(samples.PREFIX).partition("/")
    found = SETS.get(kind)
    if found is None or not slash:
        return None
    if not (number.isascii() and number.isdecimal()) or int(number) >= found.count:
        raise UsageError(
            f"there is no sample image {source}",
            hint=f"They are numbered from 0 to {found.count - 1:,}.",
        )
    return found, int(number)
