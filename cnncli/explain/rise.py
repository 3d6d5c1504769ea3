"""RISE: how the class's probability depends on which parts of the image are seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncli.explain.method import Maps, stacked

if TYPE_CHECKING:
    import numpy as np

    from cnncli.explain.answering import AnsweringNetwork

MASKS = 1000
CELLS = 8  # along a side of a mask
SEEN = 0.5  # the share of cells through which the image is seen


def maps(
    network: AnsweringNetwork,
    images: np.ndarray,
    classes: Sequence[int],
    layer: str | None = None,
    seed: int = 0,
) -> Maps:
    """Return the mean of random masks, weighted by how much of the class is seen through each.

    Petsiuk, Das, Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models"
    (2018). From each probability the mean over the masks is taken off, so that a pixel on which
    nothing depends is near 0 and not near that mean.
    """
    pairs = zip(images, classes, strict=True)
    return stacked([_map(network, image, target, seed) for image, target in pairs])


def _map(network: AnsweringNetwork, image: np.ndarray, target: int, seed: int) -> np.ndarray:
    import numpy as np

    random = np.random.default_rng(seed)
    height, width = image.shape[:2]
    seen, weighted, chances = np.zeros((height, width)), np.zeros((height, width)), 0.0
    for part in network.steps(MASKS):
        count = part.stop - part.start
        masks = np.stack([_mask(random, height, width) for _ in range(count)])
        given = network.probabilities(masks[..., None] * image, target)
        weighted += np.tensordot(given, masks, axes=1)
        seen += masks.sum(axis=0)
        chances += given.sum()
    result: np.ndarray = (weighted - seen * chances / MASKS) / (MASKS * SEEN)
    return result


def _mask(random: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Return a coarse random pattern with soft edges, shifted by a part of a cell (float32)."""
    import numpy as np

    from cnncli.images.opencv import load_cv2

    cv2 = load_cv2()
    tall, wide = -(-height // CELLS), -(-width // CELLS)  # of a cell, in pixels
    cells = (random.random((CELLS + 1, CELLS + 1)) < SEEN).astype(np.float32)
    size = ((CELLS + 1) * wide, (CELLS + 1) * tall)
    large = cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR)
    top, left = random.integers(tall), random.integers(wide)
    mask: np.ndarray = large[top : top + height, left : left + width]
    return mask
