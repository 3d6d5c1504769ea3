"""Learning-rate schedules counted in epochs, beside Keras's arguments in steps.

How many steps there are in an epoch depends on the number of images and on the size of a batch, so
a schedule in steps means another thing with other data.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from cnncli.spec.bounds import Bound

# What Keras counts in steps -> the same in epochs.
IN_EPOCHS: Mapping[str, str] = {
    "decay_steps": "decay_epochs",
    "first_decay_steps": "first_decay_epochs",
    "warmup_steps": "warmup_epochs",
    "boundaries": "boundaries_epochs",
}
IN_STEPS: Mapping[str, str] = {epochs: steps for steps, epochs in IN_EPOCHS.items()}
_REASON = "it is a number of epochs"
_BOUNDS: Mapping[str, Bound] = {
    "decay_epochs": Bound(ours={"exclusiveMinimum": 0}, reason=_REASON),
    "first_decay_epochs": Bound(ours={"exclusiveMinimum": 0}, reason=_REASON),
    "warmup_epochs": Bound(ours={"minimum": 0}, reason=_REASON),
    "boundaries_epochs": Bound(ours={"items": {"exclusiveMinimum": 0}}, reason=_REASON),
}


def arguments(keras: Collection[str]) -> tuple[dict[str, str], dict[str, Bound]]:
    """Return the arguments in epochs that stand beside those of a schedule: types and bounds."""
    own = [IN_EPOCHS[name] for name in keras if name in IN_EPOCHS]
    types = {name: "list" if name == "boundaries_epochs" else "number" for name in own}
    return types, {name: _BOUNDS[name] for name in own}


def instead(name: str, given: Collection[str | None]) -> bool:
    """Whether an argument in steps is given in epochs."""
    return IN_EPOCHS.get(name) in given


def twice(given: Collection[str]) -> list[tuple[str, str]]:
    """Return what is given both in epochs and in steps, as (epochs, steps)."""
    return [(epochs, steps) for steps, epochs in IN_EPOCHS.items() if {epochs, steps} <= {*given}]


def description(name: str) -> str:
    """Return a sentence on an argument in epochs."""
    return f"{IN_STEPS[name]}, counted in epochs: steps in an epoch are those of the data"
