"""The loop that trains: epochs and steps, validation, the best model, a state at every stop.

It is not `model.fit`: that one cannot go on from the middle of an epoch, and is slower on
arrays of bytes than this (benchmarks/job.py). A step is Keras's own `train_step`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from typing import TYPE_CHECKING, Any

from cnncli.errors import ModelError
from cnncli.training import callbacks, recipe, replicas, state
from cnncli.training.agreement import Asked
from cnncli.training.best_weights import OFTEN, BestWeights
from cnncli.training.devices import GPU, Devices
from cnncli.training.divergence import refuse_nan
from cnncli.training.examples import Examples
from cnncli.training.feature_steps import FeatureSteps
from cnncli.training.moment import Moment, Observer, Pace, Row
from cnncli.training.position import Position, add_row, position_of
from cnncli.training.signals import EXIT_CODES, Stopped, StopRequest
from cnncli.training.stage import Both, Stage
from cnncli.training.steps import Steps, compiled_steps

if TYPE_CHECKING:
    import numpy as np

SHOWN_EVERY = 0.25  # seconds between two looks at the figures of the epoch under way


@dataclass
class Loop:
    """One run under way."""

    stages: Callable[[int], Stage]  # makes the phase of a number, from 1 on
    phases: Sequence[int]  # the most epochs of each
    seed: int
    state_file: Path
    observer: Observer
    order: Callable[[int, int, int], np.ndarray]  # (seed, epoch, n) -> a permutation
    devices: Devices
    settle: Callable[[Any], None] = lambda graph: None  # is given that of a step, on a card
    save_every: float = 60.0
    position: Position = field(default_factory=Position)

    @property
    def steps(self) -> int:
        """Steps in an epoch."""
        return math.ceil(len(self.stage.train) / self.stage.batch_size)

    def run(self, stop: StopRequest) -> Position:
        """Train to the last epoch, from where `prepare` left it, and return where it ended.

        Raises Stopped when a signal came, and ModelError when the loss is no number.
        """
        self._stop, self._agreement = stop, self.devices.agreement()
        self._saved_at = self._shown_at = self._started = time.monotonic()
        self._seconds_before = self.position.seconds
        self._best = BestWeights()
        while True:
            self._phase()
            if self.position.phase == len(self.phases):
                return self.position
            self._next_phase()

    def prepare(self, saved: state.State | None) -> None:
        """Make what training needs, as it was in `saved`; ModelError where that does not fit."""
        if saved is not None:
            self.position = position_of(saved)
            if self.position.phase > len(self.phases):
                raise ModelError("the saved state is of a phase that the run does not have")
        self._enter()
        if saved is not None:
            replicas.restore(self.devices, saved, self._groups())
            callbacks.restore(self.stage.callbacks, saved.facts["callbacks"])

    def _enter(self) -> None:
        """Make what the phase needs: a fresh optimizer, metrics, callbacks as they begin."""
        self.stage = self.stages(self.position.phase)
        self.model = self.stage.model
        self._still = state.Still(self.stage.still)
        with self.devices.scope():
            self.model.optimizer.build(self.model.trainable_variables)
            # Keras makes them with the first batch; a state needs them before.
            recipe.build_metrics(self.model, self.stage.train.targets[:1])
        self._steps: Steps | None = None
        for each in self.stage.callbacks:
            each.set_model(self.model)
            each.set_params({"epochs": 0, "steps": self.steps, "verbose": 0})
            each.on_train_begin()

    def _next_phase(self) -> None:
        position = self.position
        position.phase, position.phase_began = position.phase + 1, position.epoch
        position.stopped_early = self.model.stop_training = False
        self._enter()
        if self.stage.anew:
            position.best_epoch = position.best_value = None

    def _groups(self) -> dict[str, list[Any]]:
        return {
            "model": list(self.stage.variables),
            "optimizer": list(self.model.optimizer.variables),
            "metrics": list(self.model.metrics_variables),
            "augmentation": self.stage.augmentation.variables,
        }

    def _phase(self) -> None:
        position, last = self.position, self.position.last_epoch(self.phases)
        while position.epoch <= last and not position.stopped_early:
            self._make_steps()
            self._epoch()

    def _make_steps(self) -> None:
        """Make the steps of the phase, of what its frozen front makes of all images."""
        if self._steps is not None:
            return
        stage = self.stage
        self._both: Both = (stage.train, stage.validation)
        if stage.features is not None:
            self._both = stage.features(self._featured)
            self._steps = FeatureSteps(self.model, stage.batch_size, self._both[0])
        else:
            self._steps = compiled_steps(self.model, stage.augmentation, self.devices, stage.train)
        if self.devices.kind == GPU:
            self.settle(self._steps.traced())

    def _featured(self, done: int, number: int) -> None:
        """Tell how many images the frozen front has seen; stop where that is asked for."""
        asked = self._agreement.after(self._ask, last=done == number)
        self._obey(asked, "features", done, number, 0.0)

    def _ask(self) -> Asked:
        now = time.monotonic()
        save, show = now - self._saved_at > self.save_every, now - self._shown_at >= SHOWN_EVERY
        return Asked(self._stop.received, save, show)

    def _ask_after_epoch(self) -> Asked:
        return Asked(save=time.monotonic() - self._saved_at >= min(OFTEN, self.save_every))

    def _obey(self, asked: Asked, phase: str, step: int, steps: int, rate: float) -> None:
        """Show, and stop with a state, where that is asked for."""
        if asked.show and (phase, step) != ("train", steps):  # those figures come at once
            self._show(phase, step, steps, rate)
        if asked.stop is not None:
            self._save()
            raise self._stopped(asked.stop)

    def _epoch(self) -> None:
        position = self.position
        if position.step == 0:
            self.model.reset_metrics()
            for each in self.stage.callbacks:
                each.on_epoch_begin(position.epoch - 1)
        self._train_epoch()
        row: Row = {"epoch": position.epoch, **self._figures()}
        row.update(self._validate(row))
        row["learning_rate"] = self._learning_rate()
        for each in self.stage.callbacks:
            each.on_epoch_end(position.epoch - 1, dict(row))
        if len(self.phases) > 1:
            row["phase"] = position.phase
        add_row(position.history, row)
        position.stopped_early = bool(self.model.stop_training)
        position.epoch, position.step = position.epoch + 1, 0
        is_last = position.stopped_early or position.epoch > position.last_epoch(self.phases)
        if self._agreement.after(self._ask_after_epoch, last=True).save or is_last:
            self._save()
        self.observer.epoch_done(position.history, position.best_epoch, self._last_epoch)

    @property
    def _last_epoch(self) -> int:
        """The last epoch, if no phase stops early from now on."""
        return self.position.last_epoch(self.phases) + sum(self.phases[self.position.phase :])

    def _train_epoch(self) -> None:
        position, steps, size = self.position, self._steps, self.stage.batch_size
        assert steps is not None
        train, _ = self._both
        order = self.order(self.seed, position.epoch, len(train))
        pace = Pace()
        while position.step < self.steps:
            done = min(position.step + steps.at_once, self.steps)
            places = order[position.step * size : done * size]
            steps.train(train, places)
            position.step = done
            asked = self._agreement.after(self._ask, last=done == self.steps)
            self._obey(asked, "train", done, self.steps, pace.after(len(places)))
            if asked.save:
                self._save()

    def _validate(self, trained: Row) -> Row:
        """Measure the validation part; keep the model when it is the best so far."""
        part = self._both[1]
        if part is None:
            self._keep_if_best(trained)
            return {}
        # Averaged weights are swapped in and out below, which costs bits: a stop inside of it
        # must leave the state of before.
        before = self._capture()
        for each in self.stage.callbacks:
            each.on_test_begin()
        try:
            row = self._measure(part, before)
            self._keep_if_best({**trained, **row})
        finally:
            for each in self.stage.callbacks:
                each.on_test_end()
        return row

    def _measure(self, part: Examples, before: state.State) -> Row:
        import numpy as np

        assert self._steps is not None
        self.model.reset_metrics()
        pace, steps = Pace(), math.ceil(len(part) / self.stage.batch_size)
        # Steps of one size, but for an image: the last one has something for each device, too.
        for step, places in enumerate(np.array_split(np.arange(len(part)), steps)):
            self._steps.test(part, places)
            rate = pace.after(len(places))
            asked = self._agreement.after(self._ask, last=step + 1 == steps)
            if asked.show:
                self._show("validate", step + 1, steps, rate)
            if asked.stop is not None:
                self._write(before)
                raise self._stopped(asked.stop)
        return {f"val_{name}": value for name, value in self._figures().items()}

    def _keep_if_best(self, row: Row) -> None:
        position, keep = self.position, self.stage.keep
        if not keep.takes(row, position.best_value):
            return
        position.best_epoch, position.best_value = position.epoch, keep.value(row)
        self._best.hold(self.model, self.stage.save_best)
        if self._best.is_due and self.devices.writes:
            self._best.write()

    def _figures(self) -> Row:
        self._refuse_nan(figures := _floats(self.model.get_metrics_result()))
        return figures

    def _learning_rate(self) -> float:
        return float(self.model.optimizer.learning_rate.numpy())

    def _refuse_nan(self, figures: Mapping[str, float]) -> None:
        refuse_nan(figures, self.position, self.steps, self._learning_rate)

    def _show(self, phase: str, step: int, steps: int, rate: float) -> None:
        """Tell the observer where training stands."""
        self._shown_at = time.monotonic()
        position, figures = self.position, _floats(self.model.get_metrics_result())
        if phase == "train":
            self._refuse_nan(figures)
        self.observer.moment(
            Moment(
                epoch=position.epoch,
                epochs=self._last_epoch,
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
            self._best.write()  # before any state that tells of it
            state.write(self.state_file, captured)

    def _capture(self) -> state.State:
        self.position.seconds = self._seconds_before + time.monotonic() - self._started
        facts = {
            "position": dict(vars(self.position)),
            "callbacks": callbacks.capture(self.stage.callbacks),
        }
        return replicas.capture(self.devices, self._groups(), facts, self._still)

    def _stopped(self, by: Signals) -> Stopped:
        position = self.position
        phase = position.phase if len(self.phases) > 1 else None
        return Stopped(EXIT_CODES[by], position.epoch, position.step, phase)


def _floats(figures: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in figures.items()}
