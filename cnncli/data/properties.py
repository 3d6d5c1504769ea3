"""What may give the classes away, of all that is known of images without a look at them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from cnncli.data.index import Item
from cnncli.data.shortcuts import Property

if TYPE_CHECKING:
    import numpy as np

# Words for one kind of thing, by the facts that tell it.
_TELLING = {
    "format": "the file format",
    "mode": "the mode of the files",
    "depth": "the number of bits",
    "orientation": "the EXIF orientation",
}
NAMES = "the pattern of the file names"


class Examined(Protocol):
    """Images and their facts: see `report.Report`."""

    @property
    def items(self) -> Sequence[Item]: ...
    @property
    def facts(self) -> np.ndarray: ...
    def values(self, name: str) -> Sequence[str]: ...


def families(report: Examined) -> list[list[Property]]:
    """Return what is known of each image; properties that say much the same are together."""
    facts = report.facts
    height, width = facts["height"].astype(float), facts["width"].astype(float)
    return [
        *([Property(what, report.values(name))] for name, what in _TELLING.items()),
        [
            Property("the size (height x width)", report.values("size")),
            Property("the number of pixels", height * width),
            Property("the proportion of width to height", width / height),
        ],
        [Property("the mean brightness (0 to 255)", facts["mean"].astype(float))],
        [Property(NAMES, name_patterns(report.items))],
    ]


def name_patterns(items: Sequence[Item]) -> list[str]:
    """Return the names of the files with # for each number and * for the names of classes."""
    labels = sorted({item.label for item in items}, key=len, reverse=True)
    classes = re.compile("|".join(map(re.escape, filter(None, labels))) or r"(?!)", re.IGNORECASE)
    return [
        re.sub(r"\d+", "#", classes.sub("*", item.file.rpartition("/")[2].rpartition(".")[0]))
        for item in items
    ]
