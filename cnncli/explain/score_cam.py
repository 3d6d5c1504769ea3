"""Score-CAM: the maps of a layer, weighted by how well the class is seen through each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncli.explain.cam import layer_of
from cnncli.explain.method import Maps, stacked

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
    """Return the maps of a layer, each times the class's probability with the rest dimmed.

    Wang and others, "Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural
    Networks" (2020). Of one sigmoid unit the weight is p or 1 - p, so that the two classes have
    maps of their own. A map that is the same everywhere shows nothing and has no weight.
    """
    name = layer_of(network, layer)
    pairs = zip(images, classes, strict=True)
    return stacked([_map(network, image, target, name) for image, target in pairs])


def _map(network: Network, image: np.ndarray, target: int, layer: str) -> np.ndarray:
    import numpy as np

    shown = network.activations(image[None], layer, target)[0][0]
    live = np.flatnonzero(shown.max(axis=(0, 1)) > shown.min(axis=(0, 1)))
    total = np.zeros(shown.shape[:2])
    for part in network.steps(len(live)):
        channels = live[part]
        masks = _masks(shown[..., channels], image.shape[:2])
        weights = network.probabilities(masks * image, target)
        total += shown[..., channels] @ weights
    return np.maximum(total, 0)


def _masks(maps: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """Return maps at the size of the image, each from 0 to 1: N x height x width x 1, float32."""
    import numpy as np

    from cnncli.images.opencv import load_cv2

    cv2 = load_cv2()
    height, width = size[:2]
    planes = np.moveaxis(maps, -1, 0).astype(np.float32)
    large = np.stack(
        [cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR) for plane in planes]
    )
    lowest = large.min(axis=(1, 2), keepdims=True)
    spread = large.max(axis=(1, 2), keepdims=True) - lowest
    masks: np.ndarray = ((large - lowest) / np.where(spread == 0, 1, spread))[..., None]
    return masks
