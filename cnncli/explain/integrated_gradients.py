"""Integrated gradients: what each pixel adds to the score, from a baseline on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnncli.explain.method import Maps, stacked

if TYPE_CHECKING:
    import numpy as np

    from cnncli.explain.network import Network

FIRST_STEPS, LAST_STEPS = 32, 2048
# What the map may miss of the difference of scores, as a share of it.
COMPLETE = 0.01


def maps(
    network: Network,
    images: np.ndarray,
    classes: Sequence[int],
    layer: str | None = None,
    seed: int = 0,
) -> Maps:
    """Return the share of each pixel in the difference of scores to a baseline; colours summed.

    Sundararajan, Taly, Yan, "Axiomatic Attribution for Deep Networks" (2017), behind `preprocess`
    and from 0 there. The steps double until the map sums up to the difference within COMPLETE.
    The figures: `steps`, `baseline`, and `missed`, the share of the difference that is missing.
    """
    made = [_map(network, image, target) for image, target in zip(images, classes, strict=True)]
    return stacked([each for each, _ in made], [figures for _, figures in made])


def _map(network: Network, image: np.ndarray, target: int) -> tuple[np.ndarray, dict[str, Any]]:
    import numpy as np

    ends = np.stack([np.zeros_like(image), image])
    before, after = network.scores(ends, target)
    steps = FIRST_STEPS
    while True:
        shares = image * _mean_gradient(network, image, target, steps)
        missed = abs(shares.sum() - (after - before)) / (abs(after - before) or 1.0)
        if missed <= COMPLETE or steps >= LAST_STEPS:
            figures = {"steps": steps, "missed": float(missed), "baseline": network.baseline}
            return shares.sum(axis=-1), figures
        steps *= 2


def _mean_gradient(network: Network, image: np.ndarray, target: int, steps: int) -> np.ndarray:
    """Return the mean over the way from 0 to the image, taken in the middle of each step."""
    import numpy as np

    total = np.zeros(image.shape)
    parts = (np.arange(steps, dtype=np.float32) + 0.5) / steps
    for part in network.steps(steps):
        along = parts[part, None, None, None] * image
        total += network.gradients(along, target).sum(axis=0)
    return total / steps
