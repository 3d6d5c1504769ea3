"""A loss that is no number any more."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from cnncli.errors import ModelError
from cnncli.training.position import Position

SMALL_RATE = 0.001  # with which few networks diverge


def refuse_nan(
    figures: Mapping[str, float], position: Position, steps: int, rate: Callable[[], float]
) -> None:
    """Raise ModelError where the loss of the epoch under way is no number.

    `steps` is how many there are in an epoch, `rate` returns the learning rate.
    """
    if math.isfinite(figures["loss"]):
        return
    raise ModelError(
        f"the loss became {figures['loss']} in epoch {position.epoch}, by step "
        f"{position.step} of {steps}: training cannot go on",
        hint="Begin again with a smaller learning rate, such as --learning-rate "
        f"{min(rate() / 10, SMALL_RATE):.1g}.",
    )
