"""Two runs on the same test images: which images only one of them gets right."""

from __future__ import annotations

from dataclasses import dataclass

from cnncli.metrics.paired import mcnemar
from cnncli.runs import tables
from cnncli.runs.directory import RunDirectory


@dataclass(frozen=True)
class Paired:
    """How many test images two runs share, and how many of them only the one gets right.

    `p_value` is that of McNemar's exact test (Psychometrika 1947): how likely a difference of
    this size is if both are equally good.
    """

    images: int
    first_alone: int
    second_alone: int
    p_value: float


def paired(first: RunDirectory, second: RunDirectory) -> Paired | None:
    """Compare two runs on the test images that they share; None where there are none."""
    import numpy as np

    one, other = _right(first), _right(second)
    shared = [image for image in one if image in other]
    if not shared:
        return None
    right = np.array([(one[image], other[image]) for image in shared])
    first_alone, second_alone = right[:, 0] & ~right[:, 1], right[:, 1] & ~right[:, 0]
    p_value = mcnemar(right[:, 0], right[:, 1])
    return Paired(len(shared), int(first_alone.sum()), int(second_alone.sum()), p_value)


def _right(run: RunDirectory) -> dict[tuple[str, str], bool]:
    """Return for each test image (its file and class) whether the run gets it right."""
    if not run.predictions.exists():  # it was trained without a test part
        return {}
    return {
        (row["file"], row["label"]): row["predicted"] == row["label"]
        for row in tables.read(run.predictions, ("file", "label", "predicted"))
    }
