"""JSON Schema (draft 2020-12) of the language, made from the catalog, for editors."""

from __future__ import annotations

from cnncli.spec import catalog, outside
from cnncli.spec.inputs import INPUT_ARGUMENTS
from cnncli.spec.layers import BLOCK_NAME, OPS
from cnncli.spec.rounding import FORMS
from cnncli.spec.schema_classes import (
    PARAM,
    Schema,
    beside_references,
    definitions,
    described,
    network,
    or_param,
    reference,
    required,
    typed,
)
from cnncli.spec.values import NESTED

URI = "https://json-schema.org/draft/2020-12/schema"
_BLOCK = f"^{BLOCK_NAME}$"


def schema() -> Schema:
    """Return the schema: what an editor completes and marks, a little wider than `validate`."""
    return {
        "$schema": URI,
        "description": f"An architecture for cnncli, in the layer names of Keras "
        f"{catalog.keras_version()}",
        "type": "object",
        "anyOf": [{"required": ["input", "layers"]}, {"required": ["extends"]}],
        "additionalProperties": False,
        "properties": _top(),
        "$defs": _definitions(),
    }


def _top() -> Schema:
    return {
        "name": _text("The name of the architecture (default: that of the file)"),
        "description": _text("One line on what it is"),
        "seed": or_param({"type": "integer", "minimum": 0}, "Where random first weights come from"),
        "params": described({"type": "object"}, "What -p NAME=VALUE may set: names and defaults"),
        "extends": described(
            {"type": "string", "minLength": 1},
            "The spec that this one changes: a shipped name or a YAML file, perhaps with @PRESET",
        ),
        "changes": described(
            {"type": ["object", "null"]},
            "What differs from it: paths with values, as layers[0].filters: 16",
        ),
        "presets": described(
            {
                "type": ["object", "null"],
                "propertyNames": {"pattern": r"^[\w.+-]+$"},
                "additionalProperties": {"type": ["object", "null"]},
            },
            "Sets of parameters under a name, chosen by -p preset=NAME or ARCH@NAME",
        ),
        "input": {"$ref": "#/$defs/input"},
        "preprocess": or_param(
            {"enum": ["none", "standardize", "rescale"]},
            "standardize: each image to mean 0 and variance 1; rescale: 0..255 to 0..1",
        ),
        "resize": or_param(
            {"enum": ["stretch", "pad", "crop"]}, "How images are brought to the input size"
        ),
        "dtype": or_param({"type": "string"}, "Keras's dtype policy, such as mixed_float16"),
        "blocks": {
            "type": "object",
            "description": "Groups of layers of your own, used like layers",
            "propertyNames": {"pattern": _BLOCK},
            "additionalProperties": {"$ref": "#/$defs/block"},
        },
        "layers": {"$ref": "#/$defs/layers"},
        "output": {"$ref": "#/$defs/names"},
        "training": {"$ref": "#/$defs/training"},
    }


def _definitions() -> Schema:
    return {
        **definitions(),
        **{f"beside.{name}": found for name, found in _beside().items()},
        "name": {"type": ["string", "number", "boolean"]},
        "names": _names(),
        "rounding": _rounding(),
        "shape": _shape(),
        "input": _input(),
        "block": _block(),
        "layers": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/item"}},
        "item": _item(),
        "layer.Sequential": _nested(["layers"]),
        "layer.Model": _nested(["input", "layers"]),
        "training": _training(),
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


def _rounding() -> Schema:
    part = or_param({"type": "number", "minimum": 0})
    forms = [
        {
            "type": "object",
            "required": [name for name, left_out in parts.items() if left_out is None],
            "additionalProperties": False,
            "properties": dict.fromkeys(parts, part),
        }
        for parts in FORMS.values()
    ]
    text = "scale: a multiple of the divisor next to scale x by; ceil: up to a whole number"
    return described({"anyOf": forms}, text)


def _shape() -> Schema:
    size = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}, PARAM]}
    return {
        "description": "Sizes without the batch; for images [height, width, channels]",
        "anyOf": [{"type": "array", "items": size}, PARAM],
    }


def _input() -> Schema:
    shape = {"$ref": "#/$defs/shape"}
    arguments: Schema = {name: typed(code) for name, code in INPUT_ARGUMENTS.items()}
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


def _beside() -> Schema:
    return {
        "name": described({"$ref": "#/$defs/name"}, "A name for the result"),
        "inputs": described({"$ref": "#/$defs/names"}, "What it takes, if not the layer before"),
        "call": {"type": "object", "description": "Constant arguments of the call"},
        "repeat": described(
            {"anyOf": [{"type": "integer", "minimum": 0}, PARAM, {"$ref": "#/$defs/rounding"}]},
            "How many copies in a chain",
        ),
    }


def _item() -> Schema:
    """Return what may stand in a list of layers: classes, blocks, use, ops, nested models."""
    words = catalog.names("layer")
    mapping: Schema = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {
            **{word: reference("layer", word) for word in words},
            "use": _use(),
            **{name: {"$ref": f"#/$defs/layer.{name}"} for name in NESTED},
            **{OPS + name: _operation(taken) for name, taken in catalog.operations().items()},
            **{word: network(word) for word in outside.names()},
        },
        "patternProperties": {_BLOCK: {"type": ["object", "null"]}},
        "additionalProperties": False,
    }
    simple = [word for word in words if not required("layer", word)]
    operations = [OPS + name for name in catalog.operations()]
    return {
        "anyOf": [
            mapping,
            {"enum": [*simple, *operations, *outside.alone()]},
            {"type": "string", "pattern": _BLOCK},
        ]
    }


def _operation(arguments: list[str]) -> Schema:
    own = {name: typed("any") for name in arguments if name != "*"}
    return {
        "type": ["object", "null"],
        "properties": {**own, **beside_references()},
        "additionalProperties": "*" in arguments,
    }


def _use() -> Schema:
    return {
        "type": "object",
        "description": "Applies a layer again, with its weights",
        "required": ["layer"],
        "additionalProperties": False,
        "properties": {"layer": {"$ref": "#/$defs/name"}, **beside_references()},
    }


def _nested(required: list[str]) -> Schema:
    parts: Schema = {
        "input": {"$ref": "#/$defs/input"},
        "layers": {"$ref": "#/$defs/layers"},
        "output": {"$ref": "#/$defs/names"},
        "trainable": typed("bool"),
    }
    allowed = parts if "input" in required else {k: parts[k] for k in ("layers", "trainable")}
    return {
        "type": "object",
        "required": required,
        "additionalProperties": False,
        "properties": {**allowed, **beside_references()},
    }


def _training() -> Schema:
    def listed(family: str, text: str) -> Schema:
        items: Schema = {"$ref": f"#/$defs/{family}"}
        if family == "metric":
            items = {"anyOf": [items, {"enum": ["accuracy", "acc"]}]}
        return described(
            {"anyOf": [{"type": "array", "items": items}, {"type": "null"}, PARAM]}, text
        )

    weights = {"type": "object", "additionalProperties": or_param({"type": "number"})}
    nothing: Schema = {"type": "null"}
    count = or_param({"type": "integer", "minimum": 1})
    properties = {
        "optimizer": described(
            {"anyOf": [{"$ref": "#/$defs/optimizer"}, nothing]},
            "How the weights are changed (default Adam)",
        ),
        "loss": described(
            {"anyOf": [{"$ref": "#/$defs/loss"}, nothing]},
            "What training minimizes (default: what fits the last layer)",
        ),
        "metrics": listed("metric", "What is measured besides the loss and the accuracy"),
        "epochs": described(count, "How often all training images are seen (default 10)"),
        "batch_size": described(count, "Images for each step (default 32)"),
        "class_weight": described(
            {"anyOf": [{"const": "balanced"}, weights, nothing, PARAM]},
            "How much an image of each class counts; balanced: rare classes more",
        ),
        "callbacks": listed("callback", "What watches the training"),
        "augmentation": listed("layer", "How training images are changed at random"),
        "keep": described(
            or_param({"type": "string"}),
            "The epoch that is kept: the best by this figure of the history (default val_loss), "
            "or last",
        ),
        "freeze": _layer_names("Layers that are not trained, by name; * stands for any text"),
        "unfreeze": _layer_names("Layers that are trained again, or of a frozen network"),
    }
    phase = {"type": "object", "additionalProperties": False, "properties": properties}
    phases = {
        "description": "One after the other: what a phase does not say stays as it was",
        "anyOf": [{"type": "array", "minItems": 1, "items": phase}, nothing],
    }
    return {
        "type": ["object", "null"],
        "description": "How `cnncli train` trains it; an option of the command beats it",
        "additionalProperties": False,
        "properties": {**properties, "phases": phases},
    }


def _layer_names(text: str) -> Schema:
    names: Schema = {"type": "array", "items": {"type": "string"}}
    return {"description": text, "anyOf": [{"type": "string"}, names, {"type": "null"}]}


def _text(text: str) -> Schema:
    return {"type": ["string", "number", "boolean"], "description": text}
