"""The phases of a recipe, each as a whole recipe: what a phase does not say stays as it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cnncli.spec.model import Pattern, Spec, Training
from cnncli.spec.scalars import is_number

KEPT = "val_loss"  # the figure by which the best epoch is chosen where nothing is said


@dataclass(frozen=True)
class Freezing:
    """Layers that are not trained from now on, then those that are, by patterns of their names."""

    freeze: tuple[Pattern, ...]
    unfreeze: tuple[Pattern, ...]

    def all(self) -> Iterator[Pattern]:
        """Yield every pattern, in order."""
        yield from self.freeze
        yield from self.unfreeze


@dataclass(frozen=True)
class Stage:
    """One phase: its recipe in full, and all that was frozen and unfrozen up to it, in order."""

    training: Training
    freezing: tuple[Freezing, ...]


def stages(training: Training) -> tuple[Stage, ...]:
    """Return the phases of a recipe, one after the other; a recipe without any is one phase."""
    now = replace(training, freeze=(), unfreeze=(), phases=())
    done: tuple[Freezing, ...] = (_freezing(training.freeze, training.unfreeze),)
    if not training.phases:
        return (Stage(now, done),)
    found = []
    for phase in training.phases:
        said = dict(phase.said)
        done = (*done, _freezing(said.pop("freeze", ()), said.pop("unfreeze", ())))
        now = replace(now, **said)
        found.append(Stage(now, done))
    return tuple(found)


def patterns(training: Training) -> Iterator[Pattern]:
    """Yield what names layers in a recipe, of all its phases."""
    for each in stages(training)[-1].freezing:
        yield from each.all()


def judged_anew(said: Sequence[Stage], number: int) -> bool:
    """Whether the best epoch is chosen anew in a phase (from 1 on): by another figure or loss."""
    if number == 1:
        return False
    before, now = (each.training for each in said[number - 2 : number])
    return (before.loss, before.keep or KEPT) != (now.loss, now.keep or KEPT)


def said_from(training: Training, key: str) -> int | None:
    """Return the first phase (from 1 on) that says a key itself; None where none does."""
    saying = (n for n, phase in enumerate(training.phases, start=1) if key in phase.said)
    return next(saying, None)


def last_alone(training: Training, epochs: int | None = None) -> str:
    """Return the options of `train` by which another run trains as the last phase does."""
    last = stages(training)[-1]
    freeze, unfreeze = dict[str, None](), dict[str, None]()
    for each in last.freezing:
        for pattern, on, off in (
            *((pattern, freeze, unfreeze) for pattern in each.freeze),
            *((pattern, unfreeze, freeze) for pattern in each.unfreeze),
        ):
            off.pop(pattern.text, None)
            on[pattern.text] = None
    optimizer = last.training.optimizer
    rate = optimizer.arguments.get("learning_rate") if optimizer is not None else None
    options = ["--set training.phases=null"]
    for key, names in (("freeze", freeze), ("unfreeze", unfreeze)):
        if names:
            quoted = ", ".join(f'"{name}"' for name in names)
            options.append(f"--set 'training.{key}=[{quoted}]'")
    if is_number(rate):
        options.append(f"--learning-rate {rate:g}")
    return " ".join([*options, f"--epochs {epochs or last.training.epochs}"])


def spec_of(spec: Spec, stage: Stage) -> Spec:
    """Return the spec whose recipe is that of one phase alone."""
    return replace(spec, training=stage.training)


def say_all(training: Training, key: str) -> bool:
    """Whether each phase says a key itself, so that what is said beside them does nothing."""
    return bool(training.phases) and all(key in phase.said for phase in training.phases)


def _freezing(freeze: Sequence[Pattern], unfreeze: Sequence[Pattern]) -> Freezing:
    return Freezing(tuple(freeze), tuple(unfreeze))
