"""The training images that are nearest to an image in the features of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncli.explain.network import Network
from cnncli.reporting.parts import Near
from cnncli.runs import record
from cnncli.runs.directory import RunDirectory
from cnncli.runs.trained import Trained
from cnncli.training import images
from cnncli.training.hooks import Hooks, Progress
from cnncli.training.images import Images

if TYPE_CHECKING:
    import numpy as np

NEAREST = 3
MOST = 20_000  # training images that are compared with, drawn by lot of more
_BLOCK = 256


class Neighbours:
    """Training images of a run by their features: what the last layer of the network gets.

    Features are compared by the angle between them (cosine), as the score is a sum over them.
    """

    def __init__(self, network: Network, trained_on: Images, progress: Progress) -> None:
        import numpy as np

        self._network = network
        self._images = trained_on
        rows = np.arange(len(trained_on.rows))
        if len(rows) > MOST:
            rows = np.sort(np.random.default_rng(0).choice(rows, MOST, replace=False))
        self._rows = rows
        parts = []
        for start in range(0, len(rows), _BLOCK):
            progress(start, len(rows))
            block = trained_on.pixels[trained_on.places[rows[start : start + _BLOCK]]]
            parts.append(self._features(block))
        self._known = np.concatenate(parts)

    def of(self, pixels: np.ndarray) -> list[Near]:
        """Return the NEAREST training images of one image, the nearest first."""
        import numpy as np

        likeness = self._known @ self._features(pixels[None])[0]
        chosen = self._rows[np.argsort(-likeness, kind="stable")[:NEAREST]].tolist()
        return [
            Near(
                self._images.rows[row].file,
                self._images.rows[row].label,
                self._images.pixels[self._images.places[[row]]][0],
            )
            for row in chosen
        ]

    def _features(self, pixels: np.ndarray) -> np.ndarray:
        """Return features of length 1 (N x F, float32); of length 0 where there is none."""
        import numpy as np

        found = self._network.features(self._network.inputs(pixels))
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        return np.divide(found, lengths, out=np.zeros_like(found), where=lengths > 0)


def training_images(run: RunDirectory, trained: Trained, moved: str | None, hooks: Hooks) -> Images:
    """Read the training images of a run again; DataError where they are not those of then."""
    about = run.read_record()
    rows = [row for row in record.read_split(run.split, about["classes"]) if row.part == "train"]
    return images.reload(about, rows, trained.target, images.listed(about, moved), hooks)
