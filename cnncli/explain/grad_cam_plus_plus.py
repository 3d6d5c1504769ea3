"""Grad-CAM++: as Grad-CAM, with more weight on the places where a map counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncli.explain.cam import by_layer
from cnncli.explain.method import Maps

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
    """Return what in the maps of a layer speaks for the class; what speaks against it is 0.

    Chattopadhay and others, "Grad-CAM++: Improved Visual Explanations for Deep Convolutional
    Networks" (2018), with the weights of the places of a map adding up to 1, as in the authors'
    own code and in tf-keras-vis.
    """
    return by_layer(network, images, classes, layer, _summed)


def _summed(maps: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    import numpy as np

    places = (0, 1)
    squares = gradients**2
    below = 2 * squares + maps.sum(axis=places) * gradients**3
    alpha = np.divide(squares, below, out=np.zeros_like(squares), where=below != 0)
    sums = alpha.sum(axis=places)
    alpha /= np.where(sums == 0, 1, sums)
    weights = (alpha * np.maximum(gradients, 0)).sum(axis=places)
    total: np.ndarray = (maps * weights).sum(axis=-1)
    return total
