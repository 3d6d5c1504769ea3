"""The control: an edge detector, which knows no network and must fail every check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

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
    """Return how strong the edges of the image are (Sobel), whatever the network and the class.

    Adebayo and others, "Sanity Checks for Saliency Maps" (2018), have such a one as well.
    """
    import numpy as np

    from cnncli.images.opencv import load_cv2

    cv2 = load_cv2()
    grey = images.mean(axis=-1).astype(np.float32)
    across = [cv2.Sobel(image, cv2.CV_32F, 1, 0) for image in grey]
    down = [cv2.Sobel(image, cv2.CV_32F, 0, 1) for image in grey]
    return stacked([np.hypot(x, y) for x, y in zip(across, down, strict=True)])
