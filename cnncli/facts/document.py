"""A Summary as a JSON document, and back.

docs/summary.md describes the document, whose shape is versioned: keys may be added within a
version; none is renamed or removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from cnncli.facts.compare import Change
from cnncli.facts.sentences import explanation
from cnncli.facts.summary import Formula, Layer, Summary

SCHEMA = "cnncli.summary/1"
LARGEST = ("params", "macs", "activation_bytes")


def to_document(summary: Summary) -> dict[str, Any]:
    """Return a Summary as plain lists, dicts, texts and numbers."""
    return {
        "schema": SCHEMA,
        "name": summary.name,
        "batch": summary.batch,
        "dtype": summary.dtype,
        "total_params": summary.total_params,
        "trainable_params": summary.trainable_params,
        "non_trainable_params": summary.non_trainable_params,
        "total_macs": summary.total_macs,
        "uncounted": list(summary.uncounted),
        "weight_bytes": summary.weight_bytes,
        "activation_bytes": summary.activation_bytes,
        "largest": {quantity: _largest(summary, quantity) for quantity in LARGEST},
        "layers": [_layer(layer) for layer in summary.layers],
    }


def example() -> dict[str, Any]:
    """Return a document of a network of one layer: keys and kinds are true, the values are not."""
    inner = Layer("", "", ((1,),), 1, 1, 1, 1, 1)
    return to_document(Summary("", (replace(inner, layers=(inner,)),), 1, 1, 1, dtype=""))


def _largest(summary: Summary, quantity: str) -> dict[str, Any] | None:
    largest = summary.largest(quantity)
    return {"name": largest[0], "value": largest[1]} if largest else None


def _layer(layer: Layer) -> dict[str, Any]:
    return {
        "name": layer.name,
        "type": layer.type,
        "output_shape": _list(layer.output_shape),
        "output_shapes": [_list(shape) for shape in layer.output_shapes],
        "params": layer.params,
        "trainable_params": layer.trainable_params,
        "trainable": layer.trainable,
        "weight_bytes": layer.weight_bytes,
        "activation_bytes": layer.activation_bytes,
        "macs": layer.macs,
        "connected_to": list(layer.inputs),
        "kernel_size": _list(layer.kernel_size),
        "strides": _list(layer.strides),
        "receptive_field": _list(layer.receptive_field),
        "receptive_stride": _list(layer.receptive_stride),
        "calls": layer.calls,
        "block": list(layer.block),
        "path": layer.path or None,
        "block_paths": list(layer.block_paths),
        "arguments": dict(layer.arguments),
        "layers": [_layer(inner) for inner in layer.layers],
        "explanation": explanation(layer),
        "formulas": [asdict(formula) for formula in layer.formulas],
    }


def _list(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def change_document(change: Change) -> dict[str, Any]:
    """Return a change as JSON: pairs are [before, after], with null for what is not there."""

    def both(name: str) -> list[Any]:
        layers = (change.before, change.after)
        return [None if layer is None else _list(getattr(layer, name)) for layer in layers]

    return {
        "change": change.kind,
        "name": both("name"),
        "type": both("type"),
        "arguments": {name: list(values) for name, values in change.arguments.items()},
        "output_shape": both("output_shape"),
        "params": both("params"),
        "macs": both("macs"),
    }


def from_document(document: Mapping[str, Any]) -> Summary:
    """Return the Summary that `to_document` was given.

    Raises ValueError, KeyError or TypeError for what is no document of this version.
    """
    if document["schema"] != SCHEMA:
        raise ValueError(f"not {SCHEMA}")
    return Summary(
        name=document["name"],
        layers=tuple(_read_layer(layer) for layer in document["layers"]),
        total_params=document["total_params"],
        trainable_params=document["trainable_params"],
        weight_bytes=document["weight_bytes"],
        batch=document["batch"],
        dtype=document["dtype"],
    )


def _read_layer(document: Mapping[str, Any]) -> Layer:
    return Layer(
        name=document["name"],
        type=document["type"],
        output_shapes=tuple(tuple(shape) for shape in document["output_shapes"]),
        params=document["params"],
        trainable_params=document["trainable_params"],
        weight_bytes=document["weight_bytes"],
        activation_bytes=document["activation_bytes"],
        macs=document["macs"],
        inputs=tuple(document["connected_to"]),
        kernel_size=_tuple(document["kernel_size"]),
        strides=_tuple(document["strides"]),
        receptive_field=_tuple(document["receptive_field"]),
        receptive_stride=_tuple(document["receptive_stride"]),
        calls=document["calls"],
        block=tuple(document["block"]),
        path=document["path"] or "",
        block_paths=tuple(document["block_paths"]),
        arguments=tuple(document["arguments"].items()),
        layers=tuple(_read_layer(inner) for inner in document["layers"]),
        formulas=tuple(Formula(**formula) for formula in document["formulas"]),
    )


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
