"""How many epochs a run that goes on is to be trained for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncli.errors import ModelError, UsageError
from cnncli.runs.directory import RunDirectory, crossval_of, study_of
from cnncli.runs.record import phases
from cnncli.spec import load_file
from cnncli.spec.phases import last_alone
from cnncli.training import state
from cnncli.training.position import position_of
from cnncli.words import counted


def raised(run: RunDirectory, about: Mapping[str, Any], epochs: int) -> int:
    """Return the number of all epochs; ModelError where a run cannot be trained for so many.

    Raises UsageError for a run in phases, each of which has its own number.
    """
    if about.get("phases"):
        raise UsageError(
            f"{run.path}: has {counted(len(about['phases']), 'phase')}, each with its own number "
            "of epochs: --epochs does nothing",
            hint="More of them begin a new run from its weights, trained as in the last phase: "
            f"{after_phases(run, epochs)}",
        )
    if epochs != about["epochs"]:
        _refuse_part(run, about["epochs"], epochs)
    saved = state.read(run.state)
    done = saved.facts["position"]["epoch"] - 1 if saved is not None else 0
    if epochs < done:
        raise ModelError(
            f"{run.path}: {counted(done, 'epoch')} done already, so --epochs {epochs} cannot be",
            hint="--epochs is the number of all epochs, those that are done included.",
        )
    return epochs


def _refuse_part(run: RunDirectory, before: int, epochs: int) -> None:
    """Raise ModelError for a fold or a trial, which is compared with others by its epochs."""
    if (above := crossval_of(run.path)) is not None:
        raise ModelError(
            f"{run.path}: is a fold of {above}, whose folds train for "
            f"{counted(before, 'epoch')} each",
            hint="Of folds that are not trained alike, the figures mean nothing. For more epochs "
            f"begin another one: cnncli crossval DATA --epochs {epochs} --out DIR",
        )
    if (above := study_of(run.path)) is not None:
        raise ModelError(
            f"{run.path}: is a trial of {above}, whose table tells what it came to in "
            f"{counted(before, 'epoch')}",
            hint="More epochs begin a new run from its weights: "
            f"cnncli train DATA --init {run.path} --epochs N",
        )


def after_phases(run: RunDirectory, epochs: int | None = None) -> str:
    """Return the command that goes on from the weights of a run as its last phase trained it."""
    training = load_file(run.spec).training
    return f"cnncli train --init {run.path} {last_alone(training, epochs)}"


def left(run: RunDirectory, about: Mapping[str, Any]) -> bool:
    """Whether any are to come."""
    saved = state.read(run.state)
    if saved is None:
        return True
    return not position_of(saved).is_done(phases(about))
