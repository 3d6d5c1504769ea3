"""A network as it leaves: of raw pixels, with what is told beside it and images to check it on."""

from __future__ import annotations

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
    `images_from` says whose.
    """

    name: str
    model: Any
    texts: Mapping[str, str]
    images: np.ndarray
    images_from: str

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
        return sum(int(variable.value.numpy().nbytes) for variable in self.model.variables)

    @cached_property
    def outputs(self) -> np.ndarray:
        """What Keras makes of the images, as `predict` asks it: float32, N x units."""
        from cnncli.training.probabilities import predictor

        return predictor(self.model)(self.images)
