"""The options of `train` as a request to the core."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli import console
from cnncli.commands.shared import data_options
from cnncli.commands.shared.data_options import Division, Source
from cnncli.errors import UsageError
from cnncli.spec.phases import said_from, say_all

if TYPE_CHECKING:
    from cnncli.spec.model import Spec
    from cnncli.training.begin import Request

DEFAULT_ARCH = "lesson"
# Options that set a value of the spec, and which; they beat --set, which beats -p.
PATHS = {
    "epochs": "training.epochs",
    "batch_size": "training.batch_size",
    "seed": "seed",
    "optimizer": "training.optimizer",
    "loss": "training.loss",
    "class_weight": "training.class_weight",
    "keep": "training.keep",
    "freeze": "training.freeze",
    "augment": "training.augmentation",
}

_OR_PRETRAINED = ". Or train a new head on what Keras has trained on ImageNet: --pretrained"
# Options that do nothing where every phase of a spec says such a key itself.
SAID_BY_PHASES = {
    "batch_size": "batch_size",
    "optimizer": "optimizer",
    "learning_rate": "optimizer",
    "loss": "loss",
    "class_weight": "class_weight",
    "keep": "keep",
    "early_stopping": "callbacks",
    "augment": "augmentation",
}


@dataclass(frozen=True)
class Recipe:
    """Which network, and how it is trained; None for what the spec says."""

    arch: str | None = None  # None: the lesson's
    param: Sequence[str] | None = None
    set_: Sequence[str] | None = None
    epochs: int | None = None
    batch_size: int | None = None
    seed: int | None = None
    optimizer: str | None = None
    learning_rate: float | None = None
    loss: str | None = None
    class_weight: str | None = None
    keep: str | None = None
    early_stopping: int | None = None
    augment: str | None = None
    freeze: Sequence[str] | None = None
    pretrained: bool = False
    # PATH=VALUE, as --set, of which nothing is told: what a study tries.
    varied: Sequence[str] = ()

    def spec(self) -> Spec:
        """Return the spec that is trained; UsageError or SpecError for what cannot be meant."""
        from cnncli.commands.shared.architectures import architecture, with_head
        from cnncli.network.architecture import has_spec

        arch = self.arch or DEFAULT_ARCH
        if self.pretrained:
            made = with_head(arch, self.param, self.set_, options=self._overrides())
            return self._with_shortcuts(made)
        if not has_spec(arch):
            architecture(arch)  # says so where there is no such thing at all
            raise UsageError(
                f"{arch} has no spec, and a network is trained from one",
                hint="Make one of it, and train that: "
                f"cnncli import {arch} -o model.yaml, then cnncli train ... --arch model.yaml"
                + _OR_PRETRAINED
                * arch.startswith("applications:"),
            )
        resolved = architecture(arch, self.param, self.set_, options=self._overrides())
        assert resolved.spec is not None
        self._refuse_idle(resolved.spec)
        return self._with_shortcuts(resolved.spec)

    def _refuse_idle(self, spec: Spec) -> None:
        """Raise UsageError for an option that the phases of a spec say themselves."""
        phases = spec.training.phases
        if phases and self.epochs is not None:
            raise UsageError(
                f"--epochs does nothing beside phases: {spec.name} has {len(phases)}, each with "
                "its own number of epochs",
                hint="Change one of them: --set 'training.phases[0].epochs=N'; "
                "or train without phases: --set training.phases=null",
            )
        for option, key in SAID_BY_PHASES.items():
            own = said_from(spec.training, key)
            if getattr(self, option) is not None and own is not None:
                _refuse_or_tell(_option(option), key, own, spec)

    def _overrides(self) -> list[str]:
        """Return the options that set a value of the spec, as --set would: PATH=YAML."""
        values: dict[str, Any] = {
            **{option: getattr(self, option) for option in PATHS},
            "augment": data_options.things(self.augment) if self.augment else None,
            "freeze": _quoted(self.freeze) if self.freeze else None,
        }
        return list(self.varied) + [
            f"{PATHS[option]}={value}"
            for option, value in values.items()
            if value not in (None, "")
        ]

    def _with_shortcuts(self, spec: Spec) -> Spec:
        from cnncli.spec.graph import Position, Thing

        nowhere, training = Position(0, 0), spec.training
        if self.learning_rate is not None:
            if not math.isfinite(self.learning_rate):
                raise UsageError(f"--learning-rate {self.learning_rate}: is not a finite number")
            optimizer = training.optimizer or Thing("Adam", {}, nowhere)
            arguments = {**optimizer.arguments, "learning_rate": self.learning_rate}
            training = replace(training, optimizer=replace(optimizer, arguments=arguments))
        if self.early_stopping is not None:
            others = tuple(c for c in training.callbacks if c.class_name != "EarlyStopping")
            stopping = Thing("EarlyStopping", {"patience": self.early_stopping}, nowhere)
            training = replace(training, callbacks=(*others, stopping))
        return replace(spec, training=training)


def _refuse_or_tell(option: str, key: str, own: int, spec: Spec) -> None:
    """Raise UsageError for an option that no phase takes; say up to which one it holds else.

    `own` is the first phase that says its own `key`, which those behind it keep.
    """
    if own > 1:
        console.note(
            f"{option} holds before phase {own}, which says its own {key} "
            f"(another by --set 'training.phases[{own - 1}].{key}=...')."
        )
        return
    who = "each phase" if say_all(spec.training, key) else "the first phase"
    raise UsageError(
        f"{option} does nothing: {who} of {spec.name} says its own {key}",
        hint=f"Change one of them: --set 'training.phases[0].{key}=...'",
    )


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _quoted(names: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


@dataclass(frozen=True)
class NewRun:
    """A new run as `train` was asked for it: what data, how divided, what recipe, where to."""

    source: Source
    division: Division
    recipe: Recipe
    positive: str | None = None
    value_range: str | None = None
    background: str | None = None
    corrections: Path | None = None
    cache: bool = True
    adapt: bool = True
    init: str | None = None
    out: Path | None = None
    force: bool = False
    test: bool = True

    def request(self, command: Sequence[str]) -> Request:
        """Return the same for the core; UsageError or SpecError for what cannot be meant."""
        from cnncli.training.begin import Request
        from cnncli.training.images import Options

        return Request(
            spec=self.recipe.spec(),
            arch=self.recipe.arch or DEFAULT_ARCH,
            data=self.source.data,
            labels=self.source.table(),
            options=Options(
                split=self.division.options(),
                positive=self.positive,
                value_range=data_options.value_range(self.value_range),
                background=data_options.background(self.background),
                classing=self.source.classing(),
                cache=self.cache,
                corrections=self.corrections,
            ),
            out=self.out,
            force=self.force,
            adapt=self.adapt,
            init=self.init,
            test=self.test,
            command=command,
        )
