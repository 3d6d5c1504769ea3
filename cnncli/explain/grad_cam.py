"""Grad-CAM: the maps of a layer, weighted by the mean of their gradients."""

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

    Selvaraju and others, "Grad-CAM: Visual Explanations from Deep Networks" (2017).
    """

    def summed(maps: np.ndarray, gradients: np.ndarray) -> np.ndarray:
        total: np.ndarray = (maps * gradients.mean(axis=(0, 1))).sum(axis=-1)
        return total

    return by_layer(network, images, classes, layer, summed)
