"""Names that we make: as Keras numbers them, unique, and the same every time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from cnncli.spec import catalog
from cnncli.spec.layers import MOST_LAYERS
from cnncli.spec.model import Body
from cnncli.spec.outside import is_outside, label


def snake_case(name: str) -> str:
    """Return a class name as Keras writes it in the names of layers: MaxPooling2D, max_pooling2d.

    Source: keras.src.utils.naming.to_snake_case.
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


@cache
def base_name(word: str) -> str:
    """Return what names of a layer, an operation or a block's use begin with."""
    entry = catalog.find("layer", word)
    if entry is not None:
        return snake_case(entry.name)
    if is_outside(word):
        return label(word)
    if word.startswith("ops."):
        return word.rpartition(".")[2]
    return snake_case(word) if word in ("Sequential", "Model") else word


class Namer:
    """Makes names in one scope, none of which stands in `taken`."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)
        self._next: dict[str, int] = {}

    def numbered(self, base: str, first: int = 0) -> str:
        """Return `base`, `base_1`, ... (with `first` 1: `base_1`, `base_2`, ...)."""
        number = self._next.get(base, first)
        while True:
            name = base if number == 0 else f"{base}_{number}"
            number += 1
            if name not in self.taken:
                break
        self._next[base] = number
        self.taken.add(name)
        return name

    def free(self, name: str) -> str:
        """Return `name`, with a number behind it where it is taken."""
        if name in self.taken:
            return self.numbered(name)
        self.taken.add(name)
        return name


def explicit_names(body: Body) -> set[str]:
    """Return the names that the layers of a body are given, those of their copies too."""
    names: set[str] = set()
    for use in body.layers:
        if use.name is None:
            continue
        copies = use.repeat if isinstance(use.repeat, int) else 0
        names.add(use.name)
        names.update(f"{use.name}_{number}" for number in range(1, min(copies, MOST_LAYERS) + 1))
    return names
