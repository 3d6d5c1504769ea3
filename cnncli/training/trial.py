"""Trying a recipe on made-up targets before a run begins, so that its faults are told at once.

Keras finds them with the first batch, or at the end of an epoch, with a traceback.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from cnncli.network.faults import Fault, describe
from cnncli.network.objects import make_thing
from cnncli.runs.keep import LAST, direction
from cnncli.spec.graph import Position, Thing
from cnncli.spec.model import Spec, Training
from cnncli.spec.problems import near
from cnncli.training import recipe
from cnncli.training.recipe import Recipe

if TYPE_CHECKING:
    import numpy as np


def try_out(model: Any, spec: Spec, made: Recipe, positive: int | None, *, validates: bool) -> None:
    """Compute loss and metrics of two images, and see that callbacks can do their work.

    `model` is a compiled one that nobody trains. Raises SpecError at the line of what fails.
    """
    import numpy as np

    training = spec.training
    targets = recipe.targets(np.array([0, 1]), made.loss, model.output_shape[-1], positive)
    outputs = np.full((2, model.output_shape[-1]), 0.5, np.float32)
    left_out = recipe.idle(training, validates=validates)
    callbacks = [each for each in training.callbacks if each not in left_out]
    try:
        if training.loss is not None:
            _attempt(training.loss, lambda: made.loss(targets, outputs))
        for metric in training.metrics:
            _try_metric(metric, targets, outputs)
        names = recipe.build_metrics(model, targets)
        names += [f"val_{name}" for name in names] if validates else []
        _try_keep(training, names)
        for thing, callback in zip(callbacks, made.callbacks, strict=True):
            _try_callback(thing, callback, model, [*names, "learning_rate"])
    except Fault as fault:
        raise fault.in_source(spec.source) from fault.__cause__


def _try_keep(training: Training, names: Sequence[str]) -> None:
    """Raise Fault where the epoch to keep is chosen by what is no figure, or has no direction."""
    said, where = training.keep, training.where or Position(1, 1)
    if said is None or said == LAST:
        return
    if said not in names:
        hint = near(said, [*names, LAST]) or f"there are {', '.join(names)} and {LAST}"
        raise Fault(f'keep: "{said}" is no figure of this run', where, hint)
    if direction(said) is None:
        hint = f"keep: val_loss, or {LAST}"
        raise Fault(f'keep: whether more or less of "{said}" is better is not known', where, hint)


def _try_metric(thing: Thing, targets: np.ndarray, outputs: np.ndarray) -> None:
    metric = make_thing(thing, "metric")
    numbers = "with CategoricalCrossentropy the targets are one-hot, not class numbers"
    hint = numbers if targets.ndim == 1 else None
    result = _attempt(thing, lambda: metric(targets, outputs), hint)
    if len(result.shape):
        raise Fault(
            f"{thing.class_name} gives {result.shape[0]} numbers; a metric here gives one",
            thing.where,
            "an argument such as average: macro makes one of them",
        )


def _try_callback(thing: Thing, callback: Any, model: Any, names: Sequence[str]) -> None:
    figure = recipe.watched(thing)
    if figure and figure not in names:
        hint = near(figure, names) or f"there are {', '.join(names)}"
        message = f'{thing.class_name} watches "{figure}", which is no figure of this run'
        raise Fault(message, thing.argument_where.get("monitor", thing.where), hint)
    if thing.class_name == "SwapEMAWeights" and not model.optimizer.use_ema:
        hint = "give it use_ema: true"
        raise Fault("SwapEMAWeights: the optimizer keeps no averaged weights", thing.where, hint)
    callback.set_model(model)
    if thing.class_name == "ReduceLROnPlateau":
        rate = float(model.optimizer.learning_rate)
        _attempt(thing, lambda: setattr(model.optimizer, "learning_rate", rate))
    if figure:
        callback.on_train_begin()
        _attempt(thing, lambda: callback.on_epoch_end(0, dict.fromkeys(names, 1.0)))


def _attempt(thing: Thing, compute: Callable[[], Any], hint: str | None = None) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Keras only warns of is no fault
            return compute()
    except MemoryError:
        raise
    except Exception as error:
        text = describe(error)
        message = f"{thing.class_name} does not fit here: {text}"
        raise Fault(message, thing.where, hint) from error
