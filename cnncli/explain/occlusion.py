"""Occlusion: how far the score falls when a part of the image is covered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncli.explain.method import Maps, stacked

if TYPE_CHECKING:
    import numpy as np

    from cnncli.explain.answering import AnsweringNetwork

POSITIONS = 16  # along a side, or one for each pixel
WIDTH = 2  # of the patch, in positions: neighbouring ones overlap by half


def maps(
    network: AnsweringNetwork,
    images: np.ndarray,
    classes: Sequence[int],
    layer: str | None = None,
    seed: int = 0,
) -> Maps:
    """Return the fall of the score for a patch around the middle of each cell of a grid.

    Zeiler, Fergus, "Visualizing and Understanding Convolutional Networks" (2014). The patch is
    an eighth of each side; it is set to 0 behind `preprocess`, and cut at the rim.
    """
    pairs = zip(images, classes, strict=True)
    return stacked([_map(network, image, target) for image, target in pairs])


def patches(height: int, width: int) -> list[tuple[slice, slice]]:
    """Return the part of an image that each cell of the grid covers, row by row."""
    return [(row, column) for row in _parts(height) for column in _parts(width)]


def _parts(length: int) -> list[slice]:
    count = min(POSITIONS, length)
    step = length / count
    reach = max(1, round(step * WIDTH))
    starts = [round((place + 0.5) * step - reach / 2) for place in range(count)]
    return [slice(max(0, start), min(length, start + reach)) for start in starts]


def _map(network: AnsweringNetwork, image: np.ndarray, target: int) -> np.ndarray:
    import numpy as np

    height, width = image.shape[:2]
    places = patches(height, width)
    whole = network.scores(image[None], target)[0]
    falls = []
    for part in network.steps(len(places)):
        some = places[part]
        covered = np.repeat(image[None], len(some), axis=0)
        for each, place in zip(covered, some, strict=True):
            each[place] = 0
        falls.append(whole - network.scores(covered, target))
    return np.concatenate(falls).reshape(min(POSITIONS, height), min(POSITIONS, width))
