"""The order in which images are trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def order(seed: int, epoch: int, count: int) -> np.ndarray:
    """Return the order of `count` images in one epoch: int64, a pure function of its arguments.

    Nothing is drawn from a state that runs along, so a resumed run goes on in the same order.
    """
    import numpy as np

    return np.random.default_rng([seed, epoch]).permutation(count)
