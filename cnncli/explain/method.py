"""What every explanation method is: a function from images and a class to maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Maps:
    """A map for each image (N x rows x columns, float32), with the method's own resolution.

    A cell of a map stands for the same share of the image everywhere. Above 0 speaks for the
    class, below 0 against it. `figures` is what else a method knows of each of its maps.
    """

    values: np.ndarray
    figures: Sequence[Mapping[str, Any]] = ()


class Method(Protocol):
    """One way of explaining; each stands in a module of its own, listed in the registry."""

    def __call__(
        self,
        network: Any,
        images: np.ndarray,
        classes: Sequence[int],
        layer: str | None = None,
        seed: int = 0,
    ) -> Maps:
        """Return a map for each of `images`, of what speaks for its class in `classes`.

        `network` is an `AnsweringNetwork`; a `Network` for what does not work by its answers
        alone. `images` are as its `inputs` returns them. A map depends on its own image alone:
        the same image, class, layer and seed give the same map, whatever stands beside it.
        """


def one_map(values: np.ndarray) -> np.ndarray:
    """Return colours (... x channels) as one map: the value of largest size, with its sign."""
    import numpy as np

    place = np.abs(values).argmax(axis=-1)[..., None]
    largest: np.ndarray = np.take_along_axis(values, place, axis=-1)[..., 0]
    return largest


def stacked(maps: Sequence[np.ndarray], figures: Sequence[Mapping[str, Any]] = ()) -> Maps:
    """Return the maps of one image after the other as one answer."""
    import numpy as np

    return Maps(np.stack(maps).astype(np.float32), tuple(figures))
