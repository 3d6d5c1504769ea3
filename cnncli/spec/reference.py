"""What a spec may say, class by class: for people who write one without Keras's documentation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cnncli.spec import application_families, catalog, families, outside
from cnncli.spec.bounds import FREE, Bound
from cnncli.spec.layers import OPS
from cnncli.spec.outside import PRETRAINED
from cnncli.spec.types import expected
from cnncli.spec.yaml_text import flow

# In the order in which they are listed, with the word for several of them.
KINDS: Mapping[str, str] = {
    "layer": "layers",
    "activation": "activations",
    "optimizer": "optimizers",
    "schedule": "learning-rate schedules",
    "loss": "losses",
    "metric": "metrics",
    "callback": "callbacks",
    "initializer": "initializers",
    "regularizer": "regularizers",
    "constraint": "constraints",
    "op": "operations",
    "network": "networks from outside",
}
# What an example gives for an argument that is required, where it is not 2.
_VALUES: Mapping[str, Any] = {
    "activation": "relu",
    "boundaries": [1000, 2000],
    "cell": {"LSTMCell": {"units": 8}},
    "cells": [{"LSTMCell": {"units": 8}}],
    "decay_rate": 0.9,
    "decay_steps": 1000,
    "dims": [2, 1, 3],
    "drop_path_rate": 0.2,
    "equation": "abc,cd->abd",
    "factor": 0.5,
    "filters": 16,
    "first_decay_steps": 1000,
    "height_factor": 0.2,
    "initial_learning_rate": 0.01,
    "init_values": 0.1,
    "inner_optimizer": "Adam",
    "kernel_size": 3,
    "layer": {"Dense": {"units": 8}},
    "output_shape": [None, 2],
    "precision": 0.5,
    "projection_dim": 3,
    "rate": 0.3,
    "recall": 0.5,
    "sensitivity": 0.5,
    "specificity": 0.5,
    "stddev": 0.1,
    "target_class_ids": [1],
    "target_shape": [-1],
    "units": 10,
    "values": [0.01, 0.001, 0.0001],
    "width_factor": 0.2,
}
# What some classes need though Keras has a default for it, or must have another value.
_MORE: Mapping[str, Mapping[str, Any]] = {
    "Adam": {"learning_rate": 0.001},
    "Bidirectional": {"layer": {"LSTM": {"units": 8}}},
    "CategoryEncoding": {"num_tokens": 4},
    "Constant": {"value": 0.1},
    "Discretization": {"bin_boundaries": [0.0, 1.0]},
    "EarlyStopping": {"patience": 5},
    "F1Score": {"average": "macro"},
    "FBetaScore": {"average": "macro"},
    "Hashing": {"num_bins": 4},
    "IntegerLookup": {"vocabulary": [1, 2]},
    "Pipeline": {"layers": [{"RandomFlip": {"mode": "horizontal"}}]},
    "RandomPosterization": {"factor": 4},
    "STFTSpectrogram": {"frame_length": 8, "frame_step": 4, "fft_length": 8},
    "SGD": {"learning_rate": 0.01, "momentum": 0.9},
    "StringLookup": {"vocabulary": ["a", "b"]},
    "TextVectorization": {"vocabulary": ["a", "b"]},
}
_WHAT = (
    "A network of keras.applications, up to its features, for pixels of 0..255.",
    "The network of a .keras file or of a run, whole or up to a layer.",
)
# Arguments of networks from outside: their default, and what they say.
_OF_NETWORKS: Mapping[str, tuple[Any, str]] = {
    "alpha": (1.0, "The share of the channels that it has."),
    "depth_multiplier": (1, "How many results each channel has in depthwise convolutions."),
    "file": (None, "A .keras file or a run directory, from where the spec stands."),
    "include_top": (False, "The classes of ImageNet; a spec has its own, so only false."),
    "minimalistic": (False, "Without squeeze-and-excitation, hard swish and 5 x 5 kernels."),
    "pooling": (None, "Global pooling of the last map; nothing for the map itself."),
    "prepare": (
        None,
        "What brings 0..255 to what it knows: the range of its inputs, as [-1, 1], rescale, "
        f"standardize, or its family: {', '.join(application_families.families())}.",
    ),
    "trainable": (True, "Whether its weights are trained."),
    "until": (None, "The layer behind which it is cut."),
    "weights": ("imagenet", "imagenet, null for random ones, a file, or a run directory."),
}
# Arguments that all layers have, and which say nothing of one.
EVERYWHERE = frozenset(("name", "dtype", "autocast", "trainable", "activity_regularizer"))


@dataclass(frozen=True)
class Entry:
    """A class, a function or an operation that a spec may name, or that is refused."""

    kind: str
    name: str
    group: str
    description: str
    aliases: tuple[str, ...] = ()
    refused: str | None = None


@dataclass(frozen=True)
class Argument:
    """An argument of a class: `type` in words, `bounds` in those of JSON Schema."""

    name: str
    type: str
    required: bool
    default: Any
    bounds: Mapping[str, Any]
    choices: tuple[str, ...]
    description: str


@cache
def _data() -> dict[str, Any]:
    return json.loads((Path(__file__).parent / "reference.json").read_text(encoding="utf-8"))


def entries(kind: str) -> Iterator[Entry]:
    """Yield what a spec may name of one kind, then what is refused."""
    if kind == "activation":
        yield from (_function(kind, name) for name in catalog.activations())
        return
    if kind == "op":
        yield from (_function(kind, name) for name in catalog.operations())
        return
    if kind == "network":
        yield from (Entry(kind, name, "", _WHAT[name == PRETRAINED]) for name in outside.names())
        return
    own = list(_data()[kind])
    aliases: dict[str, list[str]] = {name: [] for name in own}
    for name in (*catalog.names(kind), *catalog.identifiers(kind)):
        found = catalog.find(kind, catalog.identifiers(kind).get(name, name))
        if found is not None and found.name != name and found.name in aliases:
            aliases[found.name].append(name)
    for name in own:
        group = _data()[kind][name]["group"]
        yield Entry(kind, name, group, catalog.description(kind, name), tuple(aliases[name]))
    for name, reason in families.REFUSED[kind].items():
        yield Entry(kind, name, "", "", refused=reason)


def _function(kind: str, name: str) -> Entry:
    shown = f"{OPS}{name}" if kind == "op" else name
    return Entry(kind, shown, "", catalog.description(kind, name))


def find(name: str) -> list[Entry]:
    """Return what is called so, of whatever kind; capitals do not count where nothing else is."""
    everything = [entry for kind in KINDS for entry in entries(kind)]
    exact = [entry for entry in everything if name in (entry.name, *entry.aliases)]
    folded = name.lower()
    return exact or [
        entry
        for entry in everything
        if folded in (entry.name.lower(), *(alias.lower() for alias in entry.aliases))
    ]


def names() -> list[str]:
    """Return all names, those of classes first."""
    found = [entry for kind in KINDS for entry in entries(kind)]
    return list(dict.fromkeys(name for entry in found for name in (entry.name, *entry.aliases)))


def arguments(entry: Entry) -> list[Argument]:
    """Return the arguments of an entry; those that all layers share stand last."""
    if entry.refused or entry.kind == "activation":
        return []
    if entry.kind == "network":
        return _of_network(entry)
    own = entry.name.removeprefix(OPS) if entry.kind == "op" else entry.name
    defaults = _data()[entry.kind][own]["defaults"]
    if entry.kind == "op":
        taken = [name for name in catalog.operations()[own] if name != "*"]
        codes, required, bounds = dict.fromkeys(taken, "any"), set(taken) - set(defaults), {}
    else:
        found = catalog.find(entry.kind, own)
        assert found is not None
        codes, required, bounds = dict(found.arguments), set(found.required), dict(found.bounds)
    listed = [
        _argument(entry, own, name, code, name in required, defaults.get(name), bounds.get(name))
        for name, code in codes.items()
    ]
    return sorted(listed, key=lambda argument: argument.name in EVERYWHERE)


def default_of(layer: str, argument: str) -> Any:
    """Return what Keras takes for an argument of a layer that is left out; None for "not given"."""
    value = _data()["layer"].get(layer, {}).get("defaults", {}).get(argument)
    return "linear" if value is None and argument.endswith("activation") else value


def _of_network(entry: Entry) -> list[Argument]:
    found = outside.entry(entry.name)
    assert found is not None
    return [
        Argument(
            name,
            expected(code, found.bounds[name]),
            name in found.required,
            _OF_NETWORKS[name][0],
            dict(found.bounds[name].whole),
            tuple(code.split("|")) if "|" in code else (),
            _OF_NETWORKS[name][1],
        )
        for name, code in found.arguments.items()
    ]


def _argument(
    entry: Entry,
    own: str,
    name: str,
    code: str,
    required: bool,
    default: Any,
    bound: Bound | None,
) -> Argument:
    choices = tuple(code.split("|")) if "|" in code else ()
    words = expected(code, bound or FREE)
    limits = dict(bound.whole) if bound is not None else {}
    said = catalog.description(entry.kind, own, name)
    return Argument(name, words, required, default, limits, choices, said)


def call_arguments(entry: Entry) -> list[str]:
    """Return what a call of a layer takes: names for `inputs:` and `call:`."""
    found = catalog.find("layer", entry.name) if entry.kind == "layer" else None
    return [name for name in found.call if name != "*"] if found is not None else []


def example(entry: Entry) -> str | None:
    """Return a line of YAML that works, as it stands in a spec; None where there is none."""
    if entry.refused:
        return None
    if entry.kind == "network":
        given = {"file": "model.keras"} if entry.name == PRETRAINED else {"pooling": "avg"}
        return f"- {_inside({entry.name: given})}"
    if entry.kind == "op":
        tensors = _data()["op"][entry.name.removeprefix(OPS)]["tensors"]
        if tensors == 1:
            return f"- {entry.name}"
        return f"- {flow({entry.name: {'inputs': ['a', 'b']}})[1:-1]}" if tensors else None
    thing = {entry.name: given} if (given := _given(entry)) else entry.name
    if entry.kind == "layer":
        return f"- {_inside(thing)}"
    if entry.kind == "schedule":
        return f"optimizer: {flow({'Adam': {'learning_rate': thing}})}"
    if entry.kind in ("optimizer", "loss"):
        return f"{entry.kind}: {flow(thing)}"
    if entry.kind in ("metric", "callback"):
        return f"{entry.kind}s: {flow([thing])}"
    argument = "activation" if entry.kind == "activation" else f"kernel_{entry.kind}"
    return f"- {_inside({'Dense': {'units': 10, argument: thing}})}"


def _given(entry: Entry) -> dict[str, Any]:
    found = catalog.find(entry.kind, entry.name) if entry.kind != "activation" else None
    required = {name: _VALUES.get(name, 2) for name in found.required} if found is not None else {}
    return {**required, **_MORE.get(entry.name, {})}


def _inside(thing: Any) -> str:
    """Return a class with its arguments as an item of a list."""
    return thing if isinstance(thing, str) else flow(thing)[1:-1]
