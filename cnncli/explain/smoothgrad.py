"""The mean size of the gradient over noisy copies of the image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncli.explain.method import Maps, stacked

if TYPE_CHECKING:
    import numpy as np

    from cnncli.explain.network import Network

# The noise as a share of the range of the image. 0.15, which is often used, destroys the maps of
# small networks (docs/explanations.md has the figures).
NOISE = 0.05
SAMPLES = 32


def maps(
    network: Network,
    images: np.ndarray,
    classes: Sequence[int],
    layer: str | None = None,
    seed: int = 0,
) -> Maps:
    """Return the mean size of the gradient, without its sign; of the colours the strongest.

    Smilkov and others, "SmoothGrad: removing noise by adding noise" (2017).
    """
    return stacked(
        [_map(network, image, target, seed) for image, target in zip(images, classes, strict=True)]
    )


def _map(network: Network, image: np.ndarray, target: int, seed: int) -> np.ndarray:
    import numpy as np

    random = np.random.default_rng(seed)
    spread = NOISE * float(image.max() - image.min())
    total = np.zeros(image.shape)
    for part in network.steps(SAMPLES):
        count = part.stop - part.start
        noise = random.normal(0, spread, (count, *image.shape))
        noisy = (image + noise).astype(np.float32)
        total += np.abs(network.gradients(noisy, target)).sum(axis=0)
    mean: np.ndarray = (total / SAMPLES).max(axis=-1)
    return mean
