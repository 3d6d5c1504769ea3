"""Images with what they should become: a part of a run's data, ready for batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.data.store import Pixels
from cnncli.errors import DataError
from cnncli.spec.model import Spec
from cnncli.training import recipe
from cnncli.training.images import Images

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Examples:
    """Images as uint8 (N x H x W x C, perhaps on disk) with their targets and weights.

    Behind a frozen front float32 (N x D, see `features`). `rows` are the places of this part's
    images in `pixels`; `targets` and `weights` have one entry for each of `rows`.
    """

    pixels: Pixels
    rows: np.ndarray
    targets: np.ndarray
    weights: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, places: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return pixels and targets (and weights) of some images, in the order given."""
        parts = (self.pixels[self.rows[places]], self.targets[places])
        return parts if self.weights is None else (*parts, self.weights[places])


def parts_of(
    images: Images, network: Spec, loss: Any, units: int
) -> tuple[Examples, Examples | None]:
    """Return the images to train on and those to validate with, which there may be none of."""
    positive = images.positive_index
    made: dict[str, Examples] = {}
    for part in ("train", "validation"):
        rows = images.of_part(part)
        labels = images.labels[rows]
        weights = (
            recipe.weights(labels, images.classes, network.training.class_weight)
            if part == "train"
            else None
        )
        targets = recipe.targets(labels, loss, units, positive)
        if len(rows):
            made[part] = Examples(images.pixels, images.places[rows], targets, weights)
    if "train" not in made:
        raise DataError("no image is left to train on")
    return made["train"], made.get("validation")
