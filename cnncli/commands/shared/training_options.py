"""The options of `train` as a request to the core."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cnncli.commands.shared import data_options
from cnncli.errors import UsageError
from cnncli.spec.graph import Position, Thing
from cnncli.spec.model import Spec
from cnncli.training.begin import Request
from cnncli.training.images import Options

NOWHERE = Position(0, 0)

# Options that set a value of the spec, and which; they beat --set, which beats -p.
PATHS = {
    "epochs": "training.epochs",
    "batch_size": "training.batch_size",
    "seed": "seed",
    "optimizer": "training.optimizer",
    "loss": "training.loss",
    "class_weight": "training.class_weight",
    "freeze": "training.freeze",
}


def request(given: Mapping[str, Any], command: Sequence[str]) -> Request:
    """Return what `train` was asked for; UsageError or SpecError for what cannot be meant."""
    return Request(
        spec=_spec(given),
        arch=given["arch"],
        data=given["data"],
        labels=data_options.labels(given),
        options=Options(
            split=data_options.split_options(given),
            positive=given["positive"],
            value_range=data_options.value_range(given["range_"]),
            cache=not given["no_cache"],
        ),
        out=given["out"],
        force=given["force"],
        adapt=not given["no_adapt"],
        init=given["init"],
        command=command,
    )


def _spec(given: Mapping[str, Any]) -> Spec:
    from cnncli.commands.shared.architectures import architecture
    from cnncli.network.architecture import has_spec

    arch = given["arch"]
    if not has_spec(arch):
        architecture(arch)  # says so where there is no such thing at all
        raise UsageError(
            f"{arch} has no spec, and a network is trained from one",
            hint="Make one of it, and train that: "
            f"cnncli import {arch} -o model.yaml, then cnncli train ... --arch model.yaml",
        )
    overrides = [
        f"{path}={_value(option, given[option])}" for option, path in PATHS.items() if given[option]
    ]
    if given["augment"]:
        overrides.append(f"training.augmentation={data_options.things(given['augment'])}")
    if given["seed"] == 0:
        overrides.append("seed=0")
    resolved = architecture(arch, given["param"], [*(given["set_"] or ()), *overrides])
    assert resolved.spec is not None
    return _with_shortcuts(resolved.spec, given)


def _value(option: str, value: Any) -> str:
    """Write a value as YAML: texts are the user's own YAML already."""
    if isinstance(value, list):
        return "[" + ", ".join(f'"{item}"' for item in value) + "]"
    if option == "augment" and not value.lstrip().startswith("["):
        return f"[{value}]"  # one layer needs no brackets
    return str(value)


def _with_shortcuts(spec: Spec, given: Mapping[str, Any]) -> Spec:
    training = spec.training
    if given["learning_rate"] is not None:
        if not math.isfinite(given["learning_rate"]):
            raise UsageError(f"--learning-rate {given['learning_rate']}: is not a finite number")
        optimizer = training.optimizer or Thing("Adam", {}, NOWHERE)
        arguments = {**optimizer.arguments, "learning_rate": given["learning_rate"]}
        training = replace(training, optimizer=replace(optimizer, arguments=arguments))
    if given["early_stopping"] is not None:
        others = tuple(c for c in training.callbacks if c.class_name != "EarlyStopping")
        stopping = Thing("EarlyStopping", {"patience": given["early_stopping"]}, NOWHERE)
        training = replace(training, callbacks=(*others, stopping))
    return replace(spec, training=training)
