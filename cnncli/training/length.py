"""How many epochs a run that goes on is to be trained for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncli.errors import ModelError
from cnncli.runs.directory import RunDirectory, crossval_of
from cnncli.training import state
from cnncli.words import counted


def raised(run: RunDirectory, about: Mapping[str, Any], epochs: int) -> int:
    """Return the number of all epochs; ModelError where a run cannot be trained for so many."""
    above = crossval_of(run.path)
    if above is not None and epochs != about["epochs"]:
        raise ModelError(
            f"{run.path}: is a fold of {above}, whose folds train for "
            f"{counted(about['epochs'], 'epoch')} each",
            hint="Of folds that are not trained alike, the figures mean nothing. For more epochs "
            f"begin another one: cnncli crossval DATA --epochs {epochs} --out DIR",
        )
    saved = state.read(run.state)
    done = saved.facts["position"]["epoch"] - 1 if saved is not None else 0
    if epochs < done:
        raise ModelError(
            f"{run.path}: {counted(done, 'epoch')} done already, so --epochs {epochs} cannot be",
            hint="--epochs is the number of all epochs, those that are done included.",
        )
    return epochs


def left(run: RunDirectory, about: Mapping[str, Any]) -> bool:
    """Whether any are to come."""
    saved = state.read(run.state)
    if saved is None:
        return True
    position = saved.facts["position"]
    return not position["stopped_early"] and position["epoch"] <= about["epochs"]
