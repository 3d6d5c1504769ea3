"""Keras's classes and their arguments, as data: what a spec may say, known without Keras.

`python -m cnncli.network.catalog` makes the data from the installed Keras.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cnncli.spec import epochs
from cnncli.spec.bounds import FREE, NUMERIC, Bound, bound
from cnncli.spec.families import REFUSED as _REFUSED
from cnncli.spec.graph import EMPTY

# Class -> why it is refused, for all families together.
REFUSED: Mapping[str, str] = MappingProxyType(
    {name: reason for family in _REFUSED.values() for name, reason in family.items()}
)


@dataclass(frozen=True)
class ClassEntry:
    """A class of Keras: its own name, and the types and bounds of its arguments.

    `call` holds the names of a layer's call arguments, `*` where it takes any.
    """

    name: str
    arguments: Mapping[str, str]
    required: tuple[str, ...]
    call: tuple[str, ...] = ()
    bounds: Mapping[str, Bound] = field(default_factory=lambda: EMPTY)


@cache
def _data() -> dict[str, Any]:
    return json.loads((Path(__file__).parent / "catalog.json").read_text(encoding="utf-8"))


@cache
def _descriptions() -> dict[str, Any]:
    return json.loads((Path(__file__).parent / "descriptions.json").read_text(encoding="utf-8"))


def keras_version() -> str:
    """Return the version of Keras that the catalog was made from."""
    return str(_data()["keras"])


@cache
def find(family: str, name: str) -> ClassEntry | None:
    """Return a class of a family by its name or an alias; None when there is none."""
    data = _data()[family]
    own = data["aliases"].get(name, name)
    entry = data["classes"].get(own)
    if entry is None:
        return None
    codes, bounds = entry["arguments"], entry.get("bounds", {})
    in_epochs, their_bounds = epochs.arguments(codes if family == "schedule" else ())
    return ClassEntry(
        own,
        {argument: code.removesuffix("!") for argument, code in codes.items()} | in_epochs,
        tuple(argument for argument, code in codes.items() if code.endswith("!")),
        tuple(entry.get("call", ())),
        {
            name: bound(family, name, bounds.get(name, EMPTY))
            if code.removesuffix("!") in NUMERIC
            else FREE
            for name, code in codes.items()
        }
        | their_bounds,
    )


def names(family: str) -> list[str]:
    """Return the names of a family's classes, aliases too."""
    data = _data()[family]
    return [*data["classes"], *(a for a, own in data["aliases"].items() if own in data["classes"])]


def refusal(family: str, name: str) -> str | None:
    """Say why a class of a family is refused; None when it is not."""
    own = _data()[family]["aliases"].get(name, name)
    return _REFUSED[family].get(own)


def identifiers(family: str) -> Mapping[str, str]:
    """Return the lower-case names that Keras itself takes for a family, with their class."""
    found: Mapping[str, str] = _data()["identifiers"].get(family, {})
    return found


def activations() -> list[str]:
    """Return the names of Keras's activation functions."""
    return list(_data()["activations"])


def dtypes() -> list[str]:
    """Return the names of Keras's dtype policies, without those of quantized models."""
    return list(_data()["dtypes"])


def operations() -> Mapping[str, list[str]]:
    """Return the functions of `keras.ops` that a spec may name, with their arguments."""
    found: Mapping[str, list[str]] = _data()["ops"]
    return found


def applications() -> Mapping[str, Mapping[str, Any]]:
    """Return the networks of `keras.applications`: of each its module and its arguments."""
    found: Mapping[str, Mapping[str, Any]] = _data()["applications"]
    return found


def description(family: str, class_name: str, argument: str = "") -> str:
    """Return Keras's first sentence on a class, or on one of its arguments."""
    if argument in epochs.IN_STEPS and family == "schedule":
        return epochs.description(argument)
    return str(_descriptions()[family].get(class_name, {}).get(argument, ""))
