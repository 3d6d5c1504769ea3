"""Where training stands, and who is told."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

Row = dict[str, float]  # of the history: the figures of an epoch


@dataclass(frozen=True)
class Moment:
    """Where training stands; what a display shows. `step` counts the steps that are done."""

    epoch: int
    epochs: int
    step: int
    steps: int
    phase: str  # "train", "validate", or "features" (of images, what a frozen front makes)
    images_per_second: float  # 0 while it is not known
    figures: Mapping[str, float]
    history: Sequence[Row]
    best_epoch: int | None


class Observer(Protocol):
    """What training tells while it runs."""

    def moment(self, moment: Moment) -> None:
        """Tell where training stands, a few times a second."""

    def epoch_done(self, history: Sequence[Row], best_epoch: int | None, epochs: int) -> None:
        """Tell that an epoch is over: its row is the last of `history`, of `epochs` at most."""


@dataclass
class Pace:
    """How fast images go through; the first batch is left out, for its step may be compiled."""

    images: int = 0
    since: float | None = None

    def after(self, images: int) -> float:
        """Return images a second once so many more are done; 0 while that is not known."""
        now = time.monotonic()
        if self.since is None:
            self.since = now
            return 0.0
        self.images += images
        return self.images / max(now - self.since, 1e-9)
