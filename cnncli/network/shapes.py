"""Why a layer cannot take what it is given: the shapes that met, and what would fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnncli.network.faults import Fault, describe
from cnncli.spec.graph import Node, Ref


def refusal(node: Node, what: str, error: Exception, tensors: Mapping[str, Any]) -> Fault:
    """Say why Keras refused a call, with the names and shapes of what came in."""
    met = ", ".join(f"{name} {shape}" for name, shape in met_shapes(node, tensors))
    return Fault(f"{what} cannot take {met}: {describe(error)}", node.where)


def met_shapes(node: Node, tensors: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give the name and shape of each tensor that enters `node`."""
    for ref in _refs(node.inputs):
        value = tensors[ref.name]
        if isinstance(value, list | tuple):
            if ref.index is None:
                yield ref.name, tuple(tuple(item.shape) for item in value)
                continue
            value = value[ref.index]
        label = ref.name if ref.index is None else f"{ref.name}/{ref.index}"
        yield label, tuple(getattr(value, "shape", ()))


def _refs(inputs: Any) -> Iterator[Ref]:
    if isinstance(inputs, Ref):
        yield inputs
    elif isinstance(inputs, Mapping):
        for item in inputs.values():
            yield from _refs(item)
    elif inputs is not None:
        for item in inputs:
            yield from _refs(item)
