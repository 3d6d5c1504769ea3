"""JSON Schema (draft 2020-12) of the language, made from the catalog, for editors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncli.spec import catalog
from cnncli.spec.families import FAMILIES
from cnncli.spec.layers import BESIDE, INPUT_ARGUMENTS

URI = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

_PARAM: Schema = {"type": "string", "pattern": r"^\$[^$]", "description": "$name, a parameter"}
_NUMBERS: Schema = {
    "type": "array",
    "items": {"anyOf": [{"type": ["number", "null"]}, {"$ref": "#/$defs/numbers"}]},
}
_PLAIN: Schema = {"not": {"type": "object"}}


def schema() -> Schema:
    """Return the schema: what an editor completes and marks, a little wider than `validate`."""
    return {
        "$schema": URI,
        "title": "cnncli spec",
        "description": f"An architecture for cnncli, in the layer names of Keras "
        f"{catalog.keras_version()}",
        "type": "object",
        "required": ["input", "layers"],
        "additionalProperties": False,
        "properties": _top(),
        "$defs": _definitions(),
    }


def _top() -> Schema:
    return {
        "name": _text("The name of the architecture (default: that of the file)"),
        "description": _text("One line on what it is"),
        "seed": _or_param(
            {"type": "integer", "minimum": 0}, "Where random first weights come from"
        ),
        "params": _described({"type": "object"}, "What -p NAME=VALUE may set: names and defaults"),
        "input": {"$ref": "#/$defs/input"},
        "preprocess": _or_param(
            {"enum": ["none", "standardize", "rescale"]},
            "standardize: each image to mean 0 and variance 1; rescale: 0..255 to 0..1",
        ),
        "resize": _or_param(
            {"enum": ["stretch", "pad", "crop"]}, "How images are brought to the input size"
        ),
        "dtype": _or_param({"type": "string"}, "Keras's dtype policy, such as mixed_float16"),
        "blocks": {
            "type": "object",
            "description": "Things of one's own, used like layers",
            "propertyNames": {"pattern": r"^(?!use$)[^A-Z./\s][^A-Z./]*$"},
            "additionalProperties": {"$ref": "#/$defs/block"},
        },
        "layers": {"$ref": "#/$defs/layers"},
        "output": {"$ref": "#/$defs/names"},
        "training": {"$ref": "#/$defs/training"},
    }


def _definitions() -> Schema:
    things = {family: _family(family) for family in FAMILIES if family != "layer"}
    classes = {
        f"{family}.{name}": _class_arguments(family, name)
        for family in FAMILIES
        for name in _own_names(family)
    }
    plain = ("bool", "text", "integer", "integers", "number", "numbers", "list", "any")
    types = (*plain, "activation", *FAMILIES)
    return {
        **{f"type.{code}": _type(code) for code in types},
        **{f"beside.{name}": found for name, found in _beside().items()},
        "numbers": _NUMBERS,
        "name": {"type": ["string", "number", "boolean"]},
        "names": _names(),
        "shape": _shape(),
        "input": _input(),
        "block": _block(),
        "layers": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/item"}},
        "item": _item(),
        "layer": _family("layer"),
        "activation": _activation(),
        "training": _training(),
        **things,
        **classes,
    }


def _names() -> Schema:
    own = {"$ref": "#/$defs/names"}
    return {
        "description": "A name, a list of names, or a mapping to names; NAME/1 is a second result",
        "anyOf": [
            {"$ref": "#/$defs/name"},
            {"type": "array", "minItems": 1, "items": own},
            {"type": "object", "additionalProperties": own},
        ],
    }


def _shape() -> Schema:
    size = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}, _PARAM]}
    return {
        "description": "Sizes without the batch; for images [height, width, channels]",
        "anyOf": [{"type": "array", "items": size}, _PARAM],
    }


def _input() -> Schema:
    shape = {"$ref": "#/$defs/shape"}
    arguments: Schema = {name: _typed(code) for name, code in INPUT_ARGUMENTS.items()}
    arguments["shape"] = arguments["batch_shape"] = shape
    of_keras = {"type": "object", "properties": arguments, "additionalProperties": False}
    several = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"not": {"enum": list(INPUT_ARGUMENTS)}},
        "additionalProperties": {"anyOf": [shape, of_keras]},
    }
    return {
        "description": "A shape, the arguments of keras.Input, or several inputs by name",
        "anyOf": [shape, of_keras, several],
    }


def _block() -> Schema:
    return {
        "type": "object",
        "required": ["layers"],
        "additionalProperties": False,
        "properties": {
            "params": {"type": ["object", "null"]},
            "layers": {"$ref": "#/$defs/layers"},
            "output": {"$ref": "#/$defs/names"},
            "description": {"type": "string"},
        },
    }


def _beside_references() -> Schema:
    return {name: {"$ref": f"#/$defs/beside.{name}"} for name in BESIDE}


def _beside() -> Schema:
    return {
        "name": _described({"$ref": "#/$defs/name"}, "A name for the result"),
        "inputs": _described({"$ref": "#/$defs/names"}, "What it takes, if not the layer before"),
        "call": {"type": "object", "description": "Constant arguments of the call"},
        "repeat": _or_param({"type": "integer", "minimum": 0}, "How many copies in a chain"),
    }


def _item() -> Schema:
    """Return what may stand in a list of layers: classes, blocks, use, ops, nested models."""
    words = catalog.names("layer")
    mapping: Schema = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {
            **{word: _reference("layer", word) for word in words},
            "use": _use(),
            "Sequential": _nested(["layers"]),
            "Model": _nested(["input", "layers"]),
        },
        # A block, or a function of keras.ops; no class is lower case.
        "patternProperties": {r"^[^A-Z]": {"type": ["object", "null"]}},
        "additionalProperties": False,
    }
    simple = [word for word in words if not _required("layer", word)]
    return {
        "anyOf": [
            mapping,
            {"enum": simple},
            {"type": "string", "pattern": r"^(ops\.|[^A-Z./]+$)"},
        ]
    }


def _use() -> Schema:
    return {
        "type": "object",
        "description": "Applies a layer again, with its weights",
        "required": ["layer"],
        "additionalProperties": False,
        "properties": {"layer": {"$ref": "#/$defs/name"}, **_beside_references()},
    }


def _nested(required: list[str]) -> Schema:
    parts: Schema = {
        "input": {"$ref": "#/$defs/input"},
        "layers": {"$ref": "#/$defs/layers"},
        "output": {"$ref": "#/$defs/names"},
        "trainable": _typed("bool"),
    }
    allowed = parts if "input" in required else {k: parts[k] for k in ("layers", "trainable")}
    return {
        "type": "object",
        "required": required,
        "additionalProperties": False,
        "properties": {**allowed, **_beside_references()},
    }


def _family(family: str) -> Schema:
    """Return the schema of `Class` or `Class: {...}` of a family, as an argument or a section."""
    names = catalog.names(family)
    mapping: Schema = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {name: _reference(family, name) for name in names},
        "additionalProperties": False,
    }
    if family == "layer":
        mapping["properties"] |= {
            "Sequential": _nested(["layers"]),
            "Model": _nested(["input", "layers"]),
        }
    identified = list(catalog.identifiers(family))
    simple = [name for name in names if not _required(family, name)]
    return {"anyOf": [mapping, {"enum": [*simple, *identified]}, _PARAM]}


def _activation() -> Schema:
    return {"anyOf": [{"enum": catalog.activations()}, {"$ref": "#/$defs/layer"}]}


def _training() -> Schema:
    def listed(family: str) -> Schema:
        items: Schema = {"$ref": f"#/$defs/{family}"}
        if family == "metric":
            items = {"anyOf": [items, {"enum": ["accuracy", "acc"]}]}
        return {"anyOf": [{"type": "array", "items": items}, {"type": "null"}, _PARAM]}

    weights = {"type": "object", "additionalProperties": _or_param({"type": "number"})}
    nothing: Schema = {"type": "null"}
    count = _or_param({"type": "integer", "minimum": 1})
    properties = {
        "optimizer": {"anyOf": [{"$ref": "#/$defs/optimizer"}, nothing]},
        "loss": {"anyOf": [{"$ref": "#/$defs/loss"}, nothing]},
        "metrics": listed("metric"),
        "epochs": _described(count, "Times that all training images are seen (default 10)"),
        "batch_size": _described(count, "Images for each step (default 32)"),
        "class_weight": {"anyOf": [{"const": "balanced"}, weights, nothing, _PARAM]},
        "callbacks": listed("callback"),
        "augmentation": listed("layer"),
        "freeze": {
            "description": "Layers that are not trained, by name; * stands for any text",
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}, nothing],
        },
    }
    return {
        "type": ["object", "null"],
        "description": "How `cnncli train` trains it; an option of the command beats it",
        "additionalProperties": False,
        "properties": properties,
    }


def _own_names(family: str) -> list[str]:
    found = (catalog.find(family, name) for name in catalog.names(family))
    return list(dict.fromkeys(entry.name for entry in found if entry is not None))


def _required(family: str, name: str) -> tuple[str, ...]:
    entry = catalog.find(family, name)
    return entry.required if entry is not None else ()


def _reference(family: str, name: str) -> Schema:
    entry = catalog.find(family, name)
    own = entry.name if entry is not None else name
    sentence = catalog.description(family, own)
    reference: Schema = {"$ref": f"#/$defs/{family}.{own}"}
    return _described(reference, sentence) if sentence else reference


def _class_arguments(family: str, name: str) -> Schema:
    entry = catalog.find(family, name)
    assert entry is not None
    properties = {
        argument: _described(_typed(code), catalog.description(family, name, argument))
        for argument, code in entry.arguments.items()
    }
    if family == "layer":
        properties = {**properties, **_beside_references()}
    kind: str | list[str] = "object" if entry.required else ["object", "null"]
    found: Schema = {"type": kind, "additionalProperties": False, "properties": properties}
    if entry.required:
        found["required"] = list(entry.required)
    return found


def _typed(code: str) -> Schema:
    if "|" in code:  # Keras does not mind capitals
        words = code.split("|")
        capitals = "|".join(
            "".join(f"[{c.upper()}{c}]" if c.isalpha() else c for c in w) for w in words
        )
        choice: list[Schema] = [{"enum": words}, {"type": "string", "pattern": f"^({capitals})$"}]
        return {"anyOf": [*choice, {"type": "null"}, _PARAM]}
    return {"$ref": f"#/$defs/type.{code}"}


def _type(code: str) -> Schema:
    """Return the schema of a type of the catalog; nothing and a parameter fit every type."""
    numbers: Schema = {"$ref": "#/$defs/numbers"}
    of_code: dict[str, list[Schema]] = {
        "bool": [{"type": "boolean"}, {"enum": [0, 1]}],
        "text": [{"type": "string"}],
        "integer": [{"type": "integer"}],
        "integers": [{"type": "integer"}, numbers],
        "number": [{"type": "number"}],
        "numbers": [{"type": "number"}, numbers],
        "list": [{"type": "array"}],
        "any": [_PLAIN],
    }
    options = of_code.get(code) or [{"$ref": f"#/$defs/{code}"}]
    if code == "schedule":
        options.append({"type": "number"})
    if code == "layer":
        options.append({"type": "array", "items": {"$ref": "#/$defs/layer"}})
    return {"anyOf": [*options, {"type": "null"}, _PARAM]}


def _described(found: Mapping[str, Any], text: str) -> Schema:
    return {"description": text, **found} if text else dict(found)


def _or_param(found: Schema, text: str = "") -> Schema:
    return _described({"anyOf": [found, _PARAM]}, text)


def _text(text: str) -> Schema:
    return {"type": ["string", "number", "boolean"], "description": text}
