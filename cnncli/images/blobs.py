"""Images of which one knows what makes their class: the sample `blobs`.

Each has noise, and a bar with hard edges. Those of the second class have the cause besides: a soft
blob, a patch of fine stripes, or a spot of colour. All have the same mean, so that brightness alone
gives nothing away; a mark in a corner, where it is asked for, does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import numpy as np

Cause = Literal["blob", "texture", "colour"]

COUNT = 800
SIZE = 48
OTHER = "bar"  # the class without the cause
# Brightness in levels of 256, lengths in pixels.
MEAN, NOISE = 110, 8
BAR, BAR_SHORT, BAR_LONG = 80, 3, 20
BLOB, SPREAD = 110, 3
RADIUS = 2 * SPREAD
STRIPES, PERIOD = 90, 4
RED = 90
GREEN = -RED * 0.299 / 0.587  # as bright as around it, by the weights of ITU-R BT.601
FAINT = 0.25  # of the usual strength
MARK, MARK_SIDE, MARK_AT = 130, 4, 2
CORNER = 16  # rows and columns in which nothing but the mark lies


class Box(NamedTuple):
    """A part of an image, in pixels."""

    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True)
class Form:
    """What the images are like: what makes the second class, whether it is hard to see, and
    whether a mark betrays it."""

    cause: Cause = "blob"
    shortcut: bool = False
    faint: bool = False
    seed: int = 0

    @property
    def classes(self) -> tuple[str, str]:
        return OTHER, self.cause

    def label(self, number: int) -> str:
        """Return the class of an image: they take turns."""
        return self.classes[number % 2]


@dataclass(frozen=True)
class Drawn:
    """An image (uint8, SIZE x SIZE x 1, or 3 of colours), and where its cause and its mark are."""

    pixels: np.ndarray
    cause: Box | None
    mark: Box | None


def draw(form: Form, number: int) -> Drawn:
    """Draw image `number` of a form: the same each time, whichever others are drawn."""
    import numpy as np

    draws = np.random.default_rng((form.seed, number))
    (y, x), bar = _places(draws)
    channels = 3 if form.cause == "colour" else 1
    image = np.repeat(draws.normal(0, NOISE, (SIZE, SIZE, 1)), channels, axis=2)
    image[bar.top : bar.top + bar.height, bar.left : bar.left + bar.width] += BAR
    cause = mark = None
    if number % 2:
        image += _cause(form.cause, y, x) * (FAINT if form.faint else 1)
        cause = Box(y - RADIUS, x - RADIUS, 2 * RADIUS + 1, 2 * RADIUS + 1)
        if form.shortcut:
            image[MARK_AT : MARK_AT + MARK_SIDE, MARK_AT : MARK_AT + MARK_SIDE] += MARK
            mark = Box(MARK_AT, MARK_AT, MARK_SIDE, MARK_SIDE)
    image += MEAN - image.mean(axis=(0, 1))
    return Drawn(np.rint(image).clip(0, 255).astype(np.uint8), cause, mark)


def _places(draws: np.random.Generator) -> tuple[tuple[int, int], Box]:
    """Return the middle of a cause and a bar, apart from each other and from the corner.

    They are drawn in all images alike, so that forms of one seed differ in nothing else.
    """
    edge = RADIUS + 2
    while True:
        size = (BAR_SHORT, BAR_LONG) if draws.random() < 0.5 else (BAR_LONG, BAR_SHORT)
        top, left = (int(draws.integers(0, SIZE - side)) for side in size)
        bar = Box(top, left, *size)
        y, x = (int(each) for each in draws.integers(edge, SIZE - edge, 2))
        down = abs(y - bar.top - bar.height / 2) - bar.height / 2
        across = abs(x - bar.left - bar.width / 2) - bar.width / 2
        if max(down, across) > edge and max(bar[:2]) >= CORNER and max(y, x) >= CORNER + edge:
            return (y, x), bar


def _cause(kind: Cause, y: int, x: int) -> np.ndarray:
    """Return what a cause adds to an image: SIZE x SIZE x 1, or x 3 of a colour."""
    import numpy as np

    rows, columns = np.mgrid[:SIZE, :SIZE]
    soft = np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / 2 / SPREAD**2)
    added: np.ndarray = _ADDED[kind](soft, rows + columns - y - x)
    return added


def _stripes(soft: np.ndarray, slanting: np.ndarray) -> np.ndarray:
    import numpy as np

    return (STRIPES * soft * np.cos(2 * np.pi / PERIOD * slanting))[..., None]


def _colour(soft: np.ndarray, slanting: np.ndarray) -> np.ndarray:
    import numpy as np

    return soft[..., None] * np.array([RED, GREEN, 0])


_ADDED: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "blob": lambda soft, slanting: BLOB * soft[..., None],
    "texture": _stripes,
    "colour": _colour,
}
