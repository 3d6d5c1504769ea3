"""Keras's classes, their arguments and the types of these as JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncli.spec import catalog, outside
from cnncli.spec.application_families import families
from cnncli.spec.epochs import IN_EPOCHS
from cnncli.spec.families import FAMILIES
from cnncli.spec.layers import BESIDE
from cnncli.spec.values import NESTED

Schema = dict[str, Any]

# Neither this nor the whole has a title or a description: editors would show it with every value.
PARAM: Schema = {"type": "string", "pattern": r"^\$[^$]"}
_PLAIN: Schema = {"not": {"type": "object"}}
_NUMBERS: Schema = {
    "type": "array",
    "items": {"anyOf": [{"type": ["number", "null"]}, {"$ref": "#/$defs/numbers"}]},
}
_TYPES = ("bool", "text", "integer", "integers", "number", "numbers", "list", "any", "activation")


def definitions() -> Schema:
    """Return the definitions of all families, classes and types."""
    families = {family: _family(family) for family in FAMILIES}
    classes = {
        f"{family}.{name}": _class_arguments(family, name)
        for family in FAMILIES
        for name in _own_names(family)
    }
    types = {f"type.{code}": _type(code) for code in (*_TYPES, *FAMILIES)}
    return {**types, "numbers": _NUMBERS, **families, "activation": _activation(), **classes}


def _family(family: str) -> Schema:
    """Return the schema of `Class` or `Class: {...}` of a family, as an argument or a section."""
    names = catalog.names(family)
    mapping: Schema = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {name: reference(family, name) for name in names},
        "additionalProperties": False,
    }
    if family == "layer":
        mapping["properties"] |= {name: {"$ref": f"#/$defs/layer.{name}"} for name in NESTED}
    identified = list(catalog.identifiers(family))
    simple = [name for name in names if not required(family, name)]
    return {"anyOf": [mapping, {"enum": [*simple, *identified]}, PARAM]}


def _activation() -> Schema:
    return {"anyOf": [{"enum": catalog.activations()}, {"$ref": "#/$defs/layer"}]}


def _own_names(family: str) -> list[str]:
    found = (catalog.find(family, name) for name in catalog.names(family))
    return list(dict.fromkeys(entry.name for entry in found if entry is not None))


def required(family: str, name: str) -> tuple[str, ...]:
    entry = catalog.find(family, name)
    return entry.required if entry is not None else ()


def reference(family: str, name: str) -> Schema:
    entry = catalog.find(family, name)
    own = entry.name if entry is not None else name
    sentence = catalog.description(family, own)
    found: Schema = {"$ref": f"#/$defs/{family}.{own}"}
    return described(found, sentence)


def _class_arguments(family: str, name: str) -> Schema:
    entry = catalog.find(family, name)
    assert entry is not None
    properties = {
        argument: described(
            {**typed(code), **entry.bounds[argument].whole},
            catalog.description(family, name, argument),
        )
        for argument, code in entry.arguments.items()
    }
    if family == "layer":
        properties = {**properties, **beside_references()}
    kind: str | list[str] = "object" if entry.required else ["object", "null"]
    found: Schema = {"type": kind, "additionalProperties": False, "properties": properties}
    either = [name for name in entry.required if IN_EPOCHS.get(name) in entry.arguments]
    if entry.required:
        found["required"] = [name for name in entry.required if name not in either]
    if either:
        found["allOf"] = [
            {"oneOf": [{"required": [name]}, {"required": [IN_EPOCHS[name]]}]} for name in either
        ]
    return found


def network(word: str) -> Schema:
    """Return what a network from outside takes."""
    entry = outside.entry(word)
    assert entry is not None
    properties = {
        name: {**typed(code), **entry.bounds[name].whole} for name, code in entry.arguments.items()
    }
    if "prepare" in properties:
        properties["prepare"] = _preparation()
    return {
        "type": "object" if entry.required else ["object", "null"],
        "required": list(entry.required),
        "additionalProperties": False,
        "properties": {**properties, **beside_references()},
    }


def _preparation() -> Schema:
    ways = [*families(), *catalog.applications(), outside.STANDARDIZE, outside.RESCALE]
    limits = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    return described(
        {"anyOf": [{"enum": ways}, {"type": "string"}, limits, {"type": "null"}, PARAM]},
        "What brings pixels of 0..255 to what it was trained on: a family, or a range of values",
    )


def beside_references() -> Schema:
    return {name: {"$ref": f"#/$defs/beside.{name}"} for name in BESIDE}


def typed(code: str) -> Schema:
    if "|" in code:  # Keras does not mind capitals
        words = code.split("|")
        capitals = "|".join(
            "".join(f"[{c.upper()}{c}]" if c.isalpha() else c for c in w) for w in words
        )
        choice: list[Schema] = [{"enum": words}, {"type": "string", "pattern": f"^({capitals})$"}]
        return {"anyOf": [*choice, {"type": "null"}, PARAM]}
    return {"$ref": f"#/$defs/type.{code}"}


def _type(code: str) -> Schema:
    """Return the schema of a type of the catalog; nothing and a parameter fit every type."""
    numbers: Schema = {"$ref": "#/$defs/numbers"}
    rounding: Schema = {"$ref": "#/$defs/rounding"}
    of_code: dict[str, list[Schema]] = {
        "bool": [{"type": "boolean"}, {"enum": [0, 1]}],
        "text": [{"type": "string"}],
        "integer": [{"type": "integer"}, rounding],
        "integers": [{"type": "integer"}, numbers, rounding],
        "number": [{"type": "number"}, rounding],
        "numbers": [{"type": "number"}, numbers, rounding],
        "list": [{"type": "array"}],
        "any": [_PLAIN, rounding],
    }
    options = of_code.get(code) or [{"$ref": f"#/$defs/{code}"}]
    if code == "schedule":
        options.append({"type": "number"})
    if code == "layer":
        options.append({"type": "array", "items": {"$ref": "#/$defs/layer"}})
    return {"anyOf": [*options, {"type": "null"}, PARAM]}


def described(found: Mapping[str, Any], text: str) -> Schema:
    return {"description": text, **found} if text else dict(found)


def or_param(found: Schema, text: str = "") -> Schema:
    return described({"anyOf": [found, PARAM]}, text)
