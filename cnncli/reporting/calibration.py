"""Whether the probabilities of a report are what they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncli.metrics import calibration, deciding
from cnncli.reporting.folds import Subject
from cnncli.reporting.parts import Section, Text, Unit
from cnncli.reporting.words import decimal, listed, percent
from cnncli.words import counted

if TYPE_CHECKING:
    import numpy as np

PER_BIN = 10  # images, at least: of fewer, one that is right or wrong moves a point by much


def section(of: Subject) -> Section | None:
    """Return whether the probabilities are what they say; None without predictions."""
    made = of.predicted
    if made is None or not len(made.labels):
        return None
    sure, right = made.chances.max(axis=1), made.chances.argmax(axis=1) == made.labels
    bins = calibration.reliability(made.labels, made.chances)
    error = calibration.expected_calibration_error(bins)
    said = (
        f"The network is {percent(float(sure.mean()))} sure in the mean, and its likeliest class "
        f"{_at_half(of)}is right for {percent(float(right.mean()))}. Expected calibration error "
        f"{decimal(error)} ({counted(len(bins), 'bin')} of about equally many images), Brier score "
        f"{decimal(calibration.brier_score(made.labels, made.chances))}, log loss "
        f"{decimal(of.figures['log_loss'])}."
    )
    return Section("calibration", "Calibration", [Text(said), _diagram(made.labels, made.chances)])


def _at_half(of: Subject) -> str:
    return "" if of.positive is None else f"(the one above {deciding.HALF:g}) "


def fewer(images: int) -> int:
    """Return how many bins a diagram of so many images has, PER_BIN images or more in each."""
    return max(1, min(calibration.BINS, images // PER_BIN))


def _diagram(labels: np.ndarray, chances: np.ndarray) -> Unit:
    import numpy as np

    bins = calibration.reliability(labels, chances, fewer(len(labels)))
    bars = np.histogram(chances.max(axis=1), bins=20, range=(0, 1))[0] / len(labels)
    points = [(each["confidence"], each["accuracy"]) for each in bins]
    return Unit(
        f"How sure it is, and what is right: {counted(len(bins), 'set')} of equally many images",
        "probability of the likeliest class",
        "share that is right",
        points,
        f"{_sets(points)} The diagonal is where both are the same; bars show how many images have "
        "which probability.",
        bars=[float(bar) for bar in bars],
        joined=False,
    )


def _sets(points: Sequence[tuple[float, float]]) -> str:
    return f"Said and right: {listed([f'{percent(p)} and {percent(r)}' for p, r in points], 15)}."
