"""What a run that has come to its end can be followed by."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnncli.training.job import Outcome

NO_USE = ("rate is zero", "not begun")  # curves of which more epochs make nothing better


def longer(outcome: Outcome) -> str | None:
    """Return the command that trains on; None where that is of no use, and for a fold.

    The folds of a cross-validation are compared, so all of them train equally long.
    """
    from cnncli.tuning.folds import Folds

    curves = outcome.metrics.get("curves")
    is_fold = Folds(outcome.run.path.parent).record.exists()
    return None if is_fold or (curves and curves["kind"] in NO_USE) else _resumed(outcome)


def how_to_go_on(outcome: Outcome) -> str:
    """Return what to do with a run of which nothing is left to be done."""
    if outcome.state == "stopped early":
        return (
            "It had come to the end of its patience; more of that begins a new run from its "
            f"weights: cnncli train DATA --init {outcome.run.path} --early-stopping N"
        )
    return f"More epochs: {_resumed(outcome)}"


def _resumed(outcome: Outcome) -> str:
    epochs = 2 * outcome.metrics["epochs"]
    return f"cnncli train --resume {outcome.run.path} --epochs {epochs}"
