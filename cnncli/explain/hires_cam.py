"""HiResCAM: the maps of a layer, times their gradients, place by place."""

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

    Draelos, Carin, "Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional
    neural networks" (2020).
    """

    def summed(maps: np.ndarray, gradients: np.ndarray) -> np.ndarray:
        total: np.ndarray = (maps * gradients).sum(axis=-1)
        return total

    return by_layer(network, images, classes, layer, summed)
