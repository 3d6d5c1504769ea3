"""Class activation maps: the maps of a layer, added up with weights for a class."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cnncli.errors import ModelError
from cnncli.explain.method import Maps, stacked

if TYPE_CHECKING:
    import numpy as np

    from cnncli.explain.network import Network

# Takes the maps of a layer and their gradients for one image (height x width x channels).
Summed = Callable[["np.ndarray", "np.ndarray"], "np.ndarray"]


def by_layer(
    network: Network,
    images: np.ndarray,
    classes: Sequence[int],
    layer: str | None,
    summed: Summed,
) -> Maps:
    """Return what `summed` makes of the maps of a layer and their gradients, where it is above 0.

    Without `layer` it is the default one. Raises ModelError where the network has none.
    """
    import numpy as np

    name = layer_of(network, layer)
    made = []
    for image, target in zip(images, classes, strict=True):
        maps, gradients = network.activations(image[None], name, target)
        made.append(np.maximum(summed(maps[0], gradients[0]), 0))
    return stacked(made)


def layer_of(network: Network, layer: str | None) -> str:
    """Return `layer`, or the default one."""
    name = layer or network.default_layer
    if name is None:
        raise ModelError(
            "the network has no layer with maps to explain by",
            hint="Methods that need none: gradient, integrated-gradients, occlusion, rise.",
        )
    return name
