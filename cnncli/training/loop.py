"""The loop that trains: epochs and steps, validation, the best model, a state at every stop.

It is not `model.fit`: that one cannot go on from the middle of an epoch, and is slower on
arrays of bytes than this (benchmarks/job.py). A step is Keras's own `train_step`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from signal import Signals
from typing import TYPE_CHECKING, Any

from cnncli.errors import ModelError
from cnncli.runs.keep import Keep
from cnncli.training import callbacks, recipe, replicas, state
from cnncli.training.agreement import Asked
from cnncli.training.augmentation import Augmentation
from cnncli.training.devices import Devices
from cnncli.training.examples import Examples
from cnncli.training.moment import Moment, Observer, Pace, Row
from cnncli.training.signals import EXIT_CODES, Stopped, StopRequest
from cnncli.training.steps import compiled_steps

if TYPE_CHECKING:
    import numpy as np

SMALL_RATE = 0.001  # with which few networks diverge
SHOWN_EVERY = 0.25  # seconds between two looks at the figures of the epoch under way


@dataclass
class Position:
    """How far a run has come: in `epoch` (from 1), `step` steps are done."""

    epoch: int = 1
    step: int = 0
    history: list[Row] = field(default_factory=list)
    best_epoch: int | None = None
    best_value: float | None = None
    stopped_early: bool = False
    seconds: float = 0.0


@dataclass
class Loop:
    """One run under way."""

    model: Any  # compiled
    train: Examples
    validation: Examples | None
    batch_size: int
    epochs: int
    seed: int
    callbacks: Sequence[Any]
    augmentation: Augmentation
    state_file: Path
    save_best: Callable[[], None]
    observer: Observer
    order: Callable[[int, int, int], np.ndarray]  # (seed, epoch, n) -> a permutation
    devices: Devices
    save_every: float = 60.0
    keep: Keep = field(default_factory=lambda: Keep("val_loss"))
    position: Position = field(default_factory=Position)

    @property
    def steps(self) -> int:
        """Steps in an epoch."""
        return math.ceil(len(self.train) / self.batch_size)

    def run(self, stop: StopRequest) -> Position:
        """Train to the last epoch, from where `prepare` left it, and return where it ended.

        Raises Stopped when a signal came, and ModelError when the loss is no number.
        """
        self._stop, self._agreement = stop, self.devices.agreement()
        self._saved_at = self._shown_at = self._started = time.monotonic()
        self._seconds_before = self.position.seconds
        while self.position.epoch <= self.epochs and not self.position.stopped_early:
            self._epoch()
        return self.position

    def prepare(self, saved: state.State | None) -> None:
        """Make what training needs, as it was in `saved`; ModelError where that does not fit."""
        with self.devices.scope():
            self.model.optimizer.build(self.model.trainable_variables)
            # Keras makes them with the first batch; a state needs them before.
            recipe.build_metrics(self.model, self.train.targets[:1])
        self._compiled = compiled_steps(self.model, self.augmentation, self.devices, self.train)
        for each in self.callbacks:
            each.set_model(self.model)
            each.set_params({"epochs": 0, "steps": self.steps, "verbose": 0})
            each.on_train_begin()
        if saved is None:
            return
        replicas.restore(self.devices, saved, self._groups())
        callbacks.restore(self.callbacks, saved.facts["callbacks"])
        known = (each.name for each in fields(Position))
        self.position = Position(**{name: saved.facts["position"][name] for name in known})

    def traced(self) -> Any:
        """Return the graph of a training step, once it is prepared."""
        return self._compiled.traced()

    def _groups(self) -> dict[str, list[Any]]:
        return {
            "model": list(self.model.variables),
            "optimizer": list(self.model.optimizer.variables),
            "metrics": list(self.model.metrics_variables),
            "augmentation": self.augmentation.variables,
        }

    def _epoch(self) -> None:
        position = self.position
        if position.step == 0:
            self.model.reset_metrics()
            for each in self.callbacks:
                each.on_epoch_begin(position.epoch - 1)
        self._train_epoch()
        row: Row = {"epoch": position.epoch, **self._figures()}
        row.update(self._validate(row))
        row["learning_rate"] = self._learning_rate()
        for each in self.callbacks:
            each.on_epoch_end(position.epoch - 1, dict(row))
        position.history.append(row)
        position.stopped_early = bool(self.model.stop_training)
        position.epoch, position.step = position.epoch + 1, 0
        self._save()
        self.observer.epoch_done(position.history, position.best_epoch)

    def _train_epoch(self) -> None:
        position = self.position
        order = self.order(self.seed, position.epoch, len(self.train))
        pace = Pace()
        for step in range(position.step, self.steps):
            places = order[step * self.batch_size : (step + 1) * self.batch_size]
            self._compiled.train(self.train, places)
            position.step = step + 1
            rate, last = pace.after(len(places)), position.step == self.steps
            asked = self._agreement.after(self._ask, last=last)
            if asked.show:
                self._show("train", position.step, self.steps, rate)
            if asked.stop is not None:
                self._save()
                raise self._stopped(asked.stop)
            if asked.save:
                self._save()

    def _validate(self, trained: Row) -> Row:
        """Measure the validation part; keep the model when it is the best so far."""
        if self.validation is None:
            self._keep_if_best(trained)
            return {}
        # Averaged weights are swapped in and out below, which costs bits: a stop inside of it
        # must leave the state of before.
        before = self._capture()
        for each in self.callbacks:
            each.on_test_begin()
        try:
            row = self._measure(self.validation, before)
            self._keep_if_best({**trained, **row})
        finally:
            for each in self.callbacks:
                each.on_test_end()
        return row

    def _measure(self, part: Examples, before: state.State) -> Row:
        import numpy as np

        self.model.reset_metrics()
        pace, steps = Pace(), math.ceil(len(part) / self.batch_size)
        # Steps of one size, but for an image: the last one has something for each device, too.
        for step, places in enumerate(np.array_split(np.arange(len(part)), steps)):
            self._compiled.test(part, places)
            rate = pace.after(len(places))
            asked = self._agreement.after(self._ask, last=step + 1 == steps)
            if asked.show:
                self._show("validate", step + 1, steps, rate)
            if asked.stop is not None:
                self._write(before)
                raise self._stopped(asked.stop)
        return {f"val_{name}": value for name, value in self._figures().items()}

    def _keep_if_best(self, row: Row) -> None:
        position = self.position
        if self.keep.takes(row, position.best_value):
            position.best_epoch, position.best_value = position.epoch, self.keep.value(row)
            self.save_best()

    def _figures(self) -> Row:
        figures = _floats(self.model.get_metrics_result())
        self._refuse_nan(figures)
        return figures

    def _learning_rate(self) -> float:
        return float(self.model.optimizer.learning_rate.numpy())

    def _refuse_nan(self, figures: Mapping[str, float]) -> None:
        if math.isfinite(figures["loss"]):
            return
        position = self.position
        raise ModelError(
            f"the loss became {figures['loss']} in epoch {position.epoch}, by step "
            f"{position.step} of {self.steps}: training cannot go on",
            hint="Begin again with a smaller learning rate, such as --learning-rate "
            f"{min(self._learning_rate() / 10, SMALL_RATE):.1g}.",
        )

    def _show(self, phase: str, step: int, steps: int, rate: float) -> None:
        """Tell the observer where training stands."""
        self._shown_at = time.monotonic()
        position, figures = self.position, _floats(self.model.get_metrics_result())
        if phase == "train":
            self._refuse_nan(figures)
        self.observer.moment(
            Moment(
                epoch=position.epoch,
                epochs=self.epochs,
                step=step,
                steps=steps,
                phase=phase,
                images_per_second=rate,
                figures=figures,
                history=position.history,
                best_epoch=position.best_epoch,
            )
        )

    def _save(self) -> None:
        if self.position.step:
            self._refuse_nan(_floats(self.model.get_metrics_result()))
        self._write(self._capture())
        self._saved_at = time.monotonic()

    def _write(self, captured: state.State) -> None:
        if self.devices.writes:
            state.write(self.state_file, captured)

    def _ask(self) -> Asked:
        now = time.monotonic()
        save, show = now - self._saved_at > self.save_every, now - self._shown_at >= SHOWN_EVERY
        return Asked(self._stop.received, save, show)

    def _capture(self) -> state.State:
        self.position.seconds = self._seconds_before + time.monotonic() - self._started
        facts = {
            "position": dict(vars(self.position)),
            "callbacks": callbacks.capture(self.callbacks),
        }
        return replicas.capture(self.devices, self._groups(), facts)

    def _stopped(self, by: Signals) -> Stopped:
        return Stopped(EXIT_CODES[by], self.position.epoch, self.position.step)


def _floats(figures: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in figures.items()}
