"""An exported network as one that makes probabilities of 0..255, as `classifier` does for Keras."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cnncli.network.exported import Exported, Size
from cnncli.network.preparation import OPTIONS, Preparation, fed

if TYPE_CHECKING:
    import numpy as np

_EXACT = 1e-4  # how far the sum of a softmax in float32 may be from 1


@dataclass(frozen=True)
class ExportedClassifier:
    """A network in another runtime, with what is done before and behind it.

    `preparation` is that of a network of others; one of ours has everything within.
    """

    network: Exported
    preparation: Preparation

    @property
    def input_shape(self) -> tuple[Size, ...]:
        """The batch, height, width and channels, as Keras orders them."""
        return self.network.input_shape

    @property
    def output_shape(self) -> tuple[Size, ...]:
        """The batch and the number of outputs."""
        return self.network.output_shape

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Return the outputs (float32, N x U) for images (uint8, N x H x W x C), each alone."""
        import numpy as np

        prepared = fed(images.astype(np.float32), self.preparation)
        rows = [self.network(prepared[place : place + 1]) for place in range(len(prepared))]
        outputs = np.concatenate(rows) if rows else np.zeros((0, self.output_shape[1] or 1))
        found = activated(outputs) if self.preparation.logits else normalized(outputs)
        return found.astype(np.float32)


def exported_classifier(
    network: Exported, preparation: Preparation | None = None
) -> tuple[ExportedClassifier, str | None]:
    """Return the classifier that a file is, and a doubt of how it is fed.

    `preparation` says how a network of others is fed and read; None for one of ours.
    """
    if preparation is None:
        return ExportedClassifier(network, Preparation()), None
    if preparation.feeds:
        return ExportedClassifier(network, preparation), None
    if network.pixel_range is not None:  # its own numbers say what a pixel is
        ranged = replace(preparation, input_range=network.pixel_range)
        return ExportedClassifier(network, ranged), None
    doubt = (
        "nothing says which values this network was trained on: it gets 0..255. If that is not "
        f"what it knows: {OPTIONS}"
    )
    return ExportedClassifier(network, preparation), doubt


def normalized(outputs: np.ndarray) -> np.ndarray:
    """Return rows whose sum is 1, of those that are nearly so.

    Where a network counts in whole numbers, each probability is rounded to a step of 1/256.
    """
    import numpy as np

    sums = outputs.sum(axis=1, keepdims=True)
    off = np.abs(sums - 1)
    nearly = (off > _EXACT) & (off <= outputs.shape[1] / 256) & (outputs.shape[1] > 1)
    return outputs / np.where(nearly, sums, 1)


def activated(outputs: np.ndarray) -> np.ndarray:
    """Return probabilities for logits: the sigmoid of one unit, the softmax of several."""
    import numpy as np

    if outputs.shape[1] == 1:
        return 1 / (1 + np.exp(-outputs))
    powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
