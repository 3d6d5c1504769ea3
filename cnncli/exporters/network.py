"""A network as it leaves: of raw pixels, with what is told beside it and images to check it on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Network:
    """A Keras model of 0..255 pixels that gives probabilities, its preparation within.

    `texts` travel with it (see `runs.carried`). `images` (uint8, N x H x W x C) are real ones,
    `images_from` says whose, `is_own` that there are some of its run among them. `typical` are
    more of them, by which the steps of whole numbers are chosen.
    """

    name: str
    model: Any
    texts: Mapping[str, str]
    images: np.ndarray
    images_from: str
    is_own: bool = False
    typical: np.ndarray | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of an image."""
        return tuple(self.model.input_shape[1:])

    @property
    def units(self) -> int:
        """The number of outputs."""
        return int(self.model.output_shape[-1])

    @property
    def weight_bytes(self) -> int:
        """How much memory its weights take."""
        return sum(
            math.prod(variable.shape) * _width(variable) for variable in self.model.variables
        )

    @cached_property
    def outputs(self) -> np.ndarray:
        """What Keras makes of the images, as `predict` asks it: float32, N x units."""
        from cnncli.training.probabilities import predictor

        return predictor(self.model)(self.images)

    @cached_property
    def noise(self) -> float:
        """How far Keras differs from itself: the same images alone, and in batches of 8.

        Networks that add up large numbers amplify the roundings of float32, in any program.
        """
        import warnings

        import numpy as np

        warnings.filterwarnings("ignore", message="The structure of `inputs`")  # a list of one
        parts = [self.images[start : start + 8] for start in range(0, len(self.images), 8)]
        outputs = [
            np.asarray(self.model(part.astype(np.float32), training=False)) for part in parts
        ]
        return float(np.abs(np.concatenate(outputs).astype(np.float64) - self.outputs).max())


def _width(variable: Any) -> int:
    """Return the bytes of one number of a variable."""
    import tensorflow as tf

    return int(tf.as_dtype(variable.dtype).size)
