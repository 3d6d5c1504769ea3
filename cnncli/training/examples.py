"""Images, or what a frozen front makes of them, with targets and weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Examples:
    """Images as uint8 (N x H x W x C, perhaps on disk) with their targets and weights.

    Behind a frozen front float32 (N x D). `rows` are the places of this part's images in
    `pixels`; `targets` and `weights` have one entry for each of `rows`.
    """

    pixels: Any  # data.store.Pixels, or rows of features
    rows: np.ndarray
    targets: np.ndarray
    weights: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, places: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return pixels and targets (and weights) of some images, in the order given."""
        parts = (self.pixels[self.rows[places]], self.targets[places])
        return parts if self.weights is None else (*parts, self.weights[places])
