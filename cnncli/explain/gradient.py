"""The gradient of a class's score with respect to each pixel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncli.explain.method import Maps, one_map, stacked

if TYPE_CHECKING:
    import numpy as np

    from cnncli.explain.network import Network


def maps(
    network: Network,
    images: np.ndarray,
    classes: Sequence[int],
    layer: str | None = None,
    seed: int = 0,
) -> Maps:
    """Return how the score changes with each pixel; of its colours the strongest.

    Simonyan, Vedaldi, Zisserman, "Deep Inside Convolutional Networks" (2013), with the sign kept.
    """
    pairs = zip(images, classes, strict=True)
    return stacked([one_map(network.gradients(image[None], c)[0]) for image, c in pairs])
