"""A data set: the images of a folder that can be read, with their classes, facts and pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.data import ranges
from cnncli.data.index import Index, Item, Unreadable, find
from cnncli.data.scan import Progress
from cnncli.data.store import Pixels, store
from cnncli.errors import DataError
from cnncli.images.prepare import Target
from cnncli.images.resize import distortion
from cnncli.words import counted

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Dataset:
    """Row i of `pixels` (uint8, N x height x width x channels) and of `facts` is `items[i]`.

    `items` are those of the index that can be read, in its order; `unreadable` are the others
    with their reasons. `cached` says whether the pixels stand on disk, or are decoded each time.
    """

    index: Index
    target: Target
    items: tuple[Item, ...]
    facts: np.ndarray
    pixels: Pixels
    unreadable: tuple[Unreadable, ...]
    cached: bool

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(sorted({item.label for item in self.items}))

    @cached_property
    def labels(self) -> np.ndarray:
        """The class of each item as its place in `classes`, int64."""
        import numpy as np

        place = {name: number for number, name in enumerate(self.classes)}
        return np.array([place[item.label] for item in self.items], np.int64)

    def rows(self, files: Sequence[str]) -> np.ndarray:
        """Return the rows of `files`, int64; DataError names those that are not there."""
        import numpy as np

        places = {item.file: row for row, item in enumerate(self.items)}
        missing = [file for file in files if file not in places]
        if missing:
            why = {one.file: one.reason for one in self.unreadable}.get(missing[0], "not there")
            more = f" (and {len(missing) - 1:,} more)" if len(missing) > 1 else ""
            raise DataError(f"{self.index.name}: {missing[0]}: {why}{more}")
        return np.array([places[file] for file in files], np.int64)

    def fingerprint(self, files: Sequence[str] | None = None) -> str:
        """Return a hash of the content of `files` (of all): the same for the same pictures."""
        import hashlib

        rows = range(len(self.items)) if files is None else self.rows(files).tolist()
        state = hashlib.blake2b(digest_size=16)
        for row in rows:
            state.update(f"{self.items[row].file}\0{self.items[row].label}\0".encode())
            state.update(self.facts["digest"][row].tobytes())
        return state.hexdigest()


def load(
    data: str | Path | Index,
    target: Target,
    *,
    cache: bool = True,
    progress: Progress | None = None,
) -> Dataset:
    """Read all images of `data` once, and return them as the network of `target` takes them.

    The pixels are kept in the user's cache directory, unless `cache` is false or there is no
    room. Raises DataError when there is no image that can be read.
    """
    index = data if isinstance(data, Index) else find(data)
    stored = store(index, target, use_cache=cache, progress=progress)
    unreadable = (*index.unreadable, *stored.unreadable)
    ok = stored.facts["ok"]
    items = index.items if ok.all() else tuple(compress(index.items, ok.tolist()))
    if not items:
        first = unreadable[0]
        raise DataError(f"{index.name} holds no image that can be read", hint=_first(first))
    facts = stored.facts if ok.all() else stored.facts[ok]
    return Dataset(index, target, items, facts, stored.pixels, unreadable, stored.cached)


def _first(one: Unreadable) -> str:
    return f"The first: {one.file}: {one.reason}"


def notes(dataset: Dataset) -> list[str]:
    """Return what a user should know of how the pixels came about, one sentence each."""
    facts, target = dataset.facts, dataset.target
    said = []
    if target.resize == "stretch" and (stretched := _stretched(facts, target)):
        said.append(
            f"{stretched:,} of {counted(len(facts), 'image')} change in proportions by more than a "
            f"tenth on the way to {target.height} x {target.width} (resize: pad or crop keeps them)"
        )
    if clipped := int((facts["clipped"] > 0).sum()):
        said.append(f"{counted(clipped, 'image')} with values outside of the range, clipped")
    if (faint := ranges.faint(facts)).any():
        said.append(ranges.faint_text(facts[faint]))
    if target.value_range and (others := ranges.others(facts, target.value_range)).any():
        said.append(ranges.others_text(facts, others, target.value_range))
    return said


def _stretched(facts: np.ndarray, target: Target) -> int:
    sizes = zip(facts["height"].tolist(), facts["width"].tolist(), strict=True)
    return sum(distortion(h, w, target.height, target.width) > 0.1 for h, w in sizes)
