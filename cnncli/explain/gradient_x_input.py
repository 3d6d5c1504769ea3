"""The gradient times the value of the pixel."""

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
    """Return what each pixel adds to the score if the network were linear; colours are summed.

    Shrikumar, Greenside, Kundaje, "Learning Important Features Through Propagating Activation
    Differences" (2017), where it is the method to compare with.
    """
    pairs = zip(images, classes, strict=True)
    return stacked([(network.gradients(i[None], c)[0] * i).sum(axis=-1) for i, c in pairs])
