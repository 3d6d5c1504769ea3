"""What may be asked of a split: its shares, folds, groups and seed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cnncli.errors import UsageError

# As in the lesson: 15 % to test, and 15 % of the rest to validate.
DEFAULT_SHARES = (0.85 * 0.85, 0.85 * 0.15, 0.15)
VALIDATION_OF_REST = 0.15


@dataclass(frozen=True)
class Options:
    """How to split; `shares` are those of train, validation and test and sum to 1."""

    seed: int = 0
    shares: tuple[float, float, float] | None = None
    folds: int | None = None
    fold: int | None = None
    group_by: str | None = None
    source: Path | None = None


DEFAULT = Options()


def parse_shares(text: str) -> tuple[float, float, float]:
    """Read "70/15/15" (train, validation and test, in percent)."""
    words = text.split("/")
    try:
        percents = [float(word) for word in words]
    except ValueError:
        percents = []
    # Written so that what is no number (nan) fails as well.
    if len(percents) != 3 or not (min(percents) >= 0 and abs(sum(percents) - 100) <= 1e-6):
        raise UsageError(
            f"--split {text}: three numbers that make 100 are wanted",
            hint="For example --split 70/15/15 for training, validation and test.",
        )
    if percents[0] <= 0:
        raise UsageError(f"--split {text}: nothing is left to train on")
    return percents[0] / 100, percents[1] / 100, percents[2] / 100


def consistent(options: Options) -> None:
    """Raise UsageError for options that exclude each other, or count wrongly."""
    if (options.folds is None) != (options.fold is None):
        raise UsageError("--folds K and --fold I belong together: fold I of K is the test part")
    if options.folds is not None and options.fold is not None:
        if options.folds < 2:
            raise UsageError(f"--folds {options.folds}: two or more are wanted")
        if not 1 <= options.fold <= options.folds:
            raise UsageError(f"--fold {options.fold}: it counts from 1 to {options.folds}")
        if options.shares is not None:
            raise UsageError("--split and --folds exclude each other")
    if options.source is not None and (options.shares or options.folds):
        raise UsageError("--split-from takes a split over as it is: --split and --folds change it")
