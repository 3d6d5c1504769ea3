"""What the curves of a training say, by rules on the losses of its epochs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Kind = Literal[
    "too few epochs", "rate is zero", "not begun", "unstable", "over-fitting", "falling", "level"
]
FEWEST_EPOCHS = 3
# A loss that has changed by a smaller part of itself has not changed.
CHANGE = 0.02
# By how much the validation loss must have risen since its best epoch, and for how many epochs,
# to be over-fitting; by how much the training loss, to be unstable.
RISE, RISE_EPOCHS = 0.05, 3


@dataclass(frozen=True)
class Reading:
    """What the curves say: a word for scripts, and a sentence."""

    kind: Kind
    text: str


def read(history: Sequence[Mapping[str, float]]) -> Reading:
    """Say what losses, and the learning rate, of the epochs mean; the first rule that fits counts.

    `history` has a row for each epoch with `loss`, `learning_rate`, and `val_loss` where there
    were images to validate with; what follows is then judged by the latter.

    - rate is zero: the learning rate of the last epoch is 0.
    - too few epochs: fewer than FEWEST_EPOCHS.
    - not begun: no loss was ever lower than in the first epoch by CHANGE of it, or more.
    - unstable: the training loss of the last epochs is RISE above its lowest.
    - over-fitting: the validation loss has its lowest value RISE_EPOCHS or more epochs ago and
      is RISE above it by now, while the training loss fell on.
    - falling: the loss fell by CHANGE or more in the last quarter of the epochs.
    - level: none of these.

    By now means the lowest of the last three epochs: a rise of a moment is none.
    """
    losses = [row["loss"] for row in history]
    validated = bool(history) and all("val_loss" in row for row in history)
    judged = [row["val_loss"] for row in history] if validated else losses
    name = "val_loss" if validated else "loss"
    best = min(range(len(judged)), key=judged.__getitem__, default=0)
    rates = [row.get("learning_rate", math.nan) for row in history]
    if rates and rates[-1] == 0:
        return Reading("rate is zero", "the learning rate has come to 0: more epochs train nothing")
    if len(history) < FEWEST_EPOCHS or not all(map(math.isfinite, (*losses, *judged))):
        return Reading("too few epochs", "too few epochs to say how training goes")
    if max(_fall(losses[0], min(losses)), _fall(judged[0], min(judged))) < CHANGE:
        return Reading(
            "not begun",
            f"has not begun to learn: no loss fell by {_percent(CHANGE)} of that of the first "
            f"epoch ({losses[0]:.4g}); another learning rate may",
        )
    if _rise(losses) > RISE:
        return Reading(
            "unstable",
            f"unstable: the training loss is {_percent(_rise(losses))} above its lowest; a smaller "
            "learning rate may help",
        )
    long_ago = len(judged) - 1 - best >= RISE_EPOCHS
    if validated and long_ago and losses[-1] < losses[best] and _rise(judged) > RISE:
        return Reading(
            "over-fitting",
            f"over-fitting from epoch {best + 2}: val_loss is {_percent(_rise(judged))} above its "
            f"lowest (epoch {best + 1}) while the training loss fell on",
        )
    window = max(2, len(judged) // 4)
    fell = _fall(min(judged[:-window]), min(judged)) if len(judged) > window else 0.0
    if fell >= CHANGE:
        return Reading(
            "falling", _falling(f"{name} fell by {_percent(fell)}", window, best, len(judged))
        )
    said = f"level: {name} fell by less than {_percent(CHANGE)} in {window} epochs"
    return Reading("level", f"{said}{_unsteady(judged, best)}")


def _unsteady(losses: Sequence[float], best: int) -> str:
    """Say so where a loss that is level on the whole jumps, or ends above its lowest value."""
    jump = max((-_fall(before, after) for before, after in pairwise(losses)), default=0.0)
    end = -_fall(losses[best], losses[-1])
    said = [f"it jumped by up to {_percent(jump)} from one epoch to the next"] * (jump > RISE)
    said += [f"ends {_percent(end)} above its lowest (epoch {best + 1})"] * (end > CHANGE)
    return f"; {' and '.join(said)}" if said else ""


def _falling(said: str, window: int, best: int, epochs: int) -> str:
    """Say that a loss fell; "still" where no epoch came after the lowest."""
    fell = f"{said} in the last {window} epochs"
    if best == epochs - 1:
        return f"still falling: {fell}"
    return f"falling on the whole: {fell}, to its lowest in epoch {best + 1} of {epochs}"


def _percent(part: float) -> str:
    return f"{100 * part:.0f} %"


def _fall(before: float, after: float) -> float:
    """Return by which part of itself a loss fell."""
    return (before - after) / abs(before) if before else 0.0


def _rise(losses: Sequence[float]) -> float:
    """Return by which part of its lowest value a loss is above it by now."""
    lowest = min(losses)
    return (min(losses[-3:]) - lowest) / abs(lowest) if lowest else 0.0
