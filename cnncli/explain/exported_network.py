"""An `.onnx` or `.tflite` file made ready to be explained by its answers; no TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncli.errors import ModelError
from cnncli.explain.answering import AnsweringNetwork
from cnncli.network import exported_parts, runtimes
from cnncli.network.exported import Exported
from cnncli.network.exported_classifier import ExportedClassifier, activated, normalized
from cnncli.network.preparation import Preparation, fed
from cnncli.runs import carried

if TYPE_CHECKING:
    import numpy as np

STANDARDIZE = Preparation(standardize=True)
# How far a part of a file may answer from the whole; with fewer bits the whole rounds what enters.
SAME, SAME_ROUNDED = 1e-3, 0.25


class ExportedNetwork(AnsweringNetwork):
    """A network that another program runs, entered behind its standardisation, if it has one.

    Any other preprocessing leaves black at 0: then images enter as pixels. Raises ModelError
    where the file cannot be entered there.
    """

    def __init__(
        self, model: ExportedClassifier, classes: Sequence[str], positive: str | None = None
    ) -> None:
        super().__init__(classes, positive)
        self._model = model
        is_within = model.network.metadata.get(carried.PREPROCESS) == carried.text("standardize")
        self._standardizes = is_within or model.preparation.standardize
        self._scores, self._is_cut = _opened(model.network, enters=is_within)
        self._compare()

    @property
    def units(self) -> int:
        """How many outputs there are for an image."""
        return self._model.output_shape[1] or 1

    @property
    def entry_shape(self) -> Sequence[int | None]:
        """Height, width and channels where images enter."""
        return self._model.network.shape

    @property
    def baseline(self) -> str:
        """What stands for "nothing is there": the value 0 where images enter, in words."""
        return "the mean of the image" if self._standardizes else "black"

    def inputs(self, pixels: np.ndarray) -> np.ndarray:
        """Return images of 0..255 (N x H x W x C) as they leave the standardisation."""
        import numpy as np

        images = np.asarray(pixels, np.float32)
        return fed(images, STANDARDIZE) if self._standardizes else images

    def forward(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what the last activation gets, and what it makes of it (N x U each)."""
        import numpy as np

        scores = self._scores(self._fed(images))
        is_open = self._is_cut or self._model.preparation.logits
        outputs = activated(scores) if is_open else normalized(scores)
        return scores.astype(np.float64), outputs

    def _fed(self, images: np.ndarray) -> np.ndarray:
        return images if self._standardizes else fed(images, self._model.preparation)

    def _compare(self) -> None:
        """Raise ModelError where the part that is used does not answer as the whole."""
        import numpy as np

        pixels = np.random.default_rng(0).integers(0, 256, (2, *self._model.network.shape))
        whole = self._model.predict(pixels.astype(np.uint8))
        difference = float(np.abs(self.forward(self.inputs(pixels))[1] - whole).max())
        rounds = carried.QUANTIZED in self._model.network.metadata
        if not difference <= (SAME_ROUNDED if rounds else SAME):
            raise ModelError(
                f"{self._model.network.path}: without its first and last steps it answers "
                f"otherwise (by {difference:.2g}), so that it cannot be explained"
            )


def _opened(network: Exported, *, enters: bool) -> tuple[Exported, bool]:
    """Return the network up to its scores, and whether an activation was left out behind them.

    It `enters` behind the standardisation that the file holds.
    """
    parts = runtimes.parts_of(network.path)
    scores = exported_parts.scores(parts)
    entry, like = parts.image, None
    if enters:
        entry, like = _behind(parts, network)
    if entry == parts.image and scores is None:
        return network, False
    return parts.part(entry, like, scores or parts.output), scores is not None


def _behind(parts: exported_parts.Parts, network: Exported) -> tuple[str, np.ndarray]:
    """Return the result that the standardisation of a file ends with, and one value of it."""
    import numpy as np

    draws = np.random.default_rng(0)
    image = draws.integers(0, 256, (1, *network.shape)).astype(np.float32)
    return exported_parts.standardized(parts, image, fed(image, STANDARDIZE))
