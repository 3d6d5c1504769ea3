"""What fewer bits cost: the accuracy before and after, on images whose classes are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.exporters.check import Load
from cnncli.exporters.examples import Examples
from cnncli.exporters.network import Network
from cnncli.metrics import deciding, intervals, paired
from cnncli.network.exported_classifier import normalized
from cnncli.process import apart
from cnncli.runs.trained import Meaning
from cnncli.training import probabilities

if TYPE_CHECKING:
    import numpy as np

MOST = 2000  # images that it is measured on, spread evenly over the part
BATCH = 8


@dataclass(frozen=True)
class Accuracy:
    """Of the network in Keras, and of the file; `interval` is that of `after` minus `before`."""

    before: float
    after: float
    interval: Sequence[float]
    images: int
    part: str

    @property
    def drop(self) -> float:
        """How much is lost."""
        return self.before - self.after


def measure(
    path: Path, load: Load, network: Network, meaning: Meaning, known: Examples
) -> Accuracy:
    """Let Keras and the format's own runtime answer for the same images."""
    import numpy as np

    labels = np.array([meaning.classes.index(row.label) for row in known.rows])
    positive = meaning.classes.index(meaning.positive) if meaning.positive else None

    def right(outputs: np.ndarray) -> np.ndarray:
        chances = probabilities.to_classes(normalized(outputs), positive)
        return deciding.decide(chances, positive) == labels

    before = right(probabilities.predictor(network.model)(known.pixels))
    after = right(apart(_outputs, load, path, known.pixels))
    numbers: dict[str, int] = {}
    units = np.array(
        [numbers.setdefault(row.group or row.file, len(numbers)) for row in known.rows]
    )
    return Accuracy(
        float(before.mean()),
        float(after.mean()),
        _interval(before, after, units),
        len(labels),
        known.rows[0].part,
    )


def _interval(before: np.ndarray, after: np.ndarray, units: np.ndarray) -> list[float]:
    """Return the interval of 95 % of the difference, `after` minus `before`.

    Where no answer changed, every draw is the same and says nothing: then it is bounded by the
    share of images whose answer may change all the same (Clopper and Pearson).
    """
    import numpy as np

    if (before == after).all():
        changing = intervals.exact_interval(0, len(np.unique(units)))[1]
        return [-changing, changing]
    return paired.difference_interval(after, before, units)


def _outputs(load: Load, path: Path, pixels: np.ndarray) -> np.ndarray:
    import numpy as np

    opened = load(path)
    parts = [
        opened(pixels[start : start + BATCH].astype(np.float32))
        for start in range(0, len(pixels), BATCH)
    ]
    return np.concatenate(parts)
