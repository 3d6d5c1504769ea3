"""A Keras model as the list of calls that its graph is made of."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cnncli.errors import ModelError

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Call:
    """One application of a layer, or of a function of `keras.ops`, to symbolic tensors.

    A layer that is shared is called several times, each a Call of its own.
    """

    operation: Any
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]
    node: Any

    @property
    def type(self) -> str:
        """The class in Keras's words; a function of `keras.ops` as `ops.add`."""
        return type_name(self.operation)

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of the operations whose results are taken, in order."""
        return tuple(tensor._keras_history.operation.name for tensor in self.inputs)

    def argument(self, name: str) -> Any:
        """Return the argument `name` of the call, or None where it was not given."""
        arguments = self.node.arguments
        signature = inspect.signature(self.operation.call)
        return signature.bind(*arguments.args, **arguments.kwargs).arguments.get(name)


def functional(model: Any) -> Any:
    """Return the graph behind a Sequential or functional model.

    Raises ModelError for a model that has none (a subclass with a `call` of its own).
    """
    graph = getattr(model, "_functional", None) or model
    if not hasattr(graph, "_nodes_by_depth"):
        raise ModelError(
            f'"{model.name}" has no graph of layers that could be read',
            hint="Models with a `call` method of their own, written in Python, cannot be shown.",
        )
    return graph


def calls(model: Any) -> Iterator[Call]:
    """Yield the calls of a model, each behind those whose results it takes."""
    graph = functional(model)
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        for node in graph._nodes_by_depth[depth]:
            yield Call(node.operation, tuple(node.input_tensors), tuple(node.output_tensors), node)


def is_model(operation: Any) -> bool:
    """Whether an operation is a network of its own, nested as one layer."""
    return hasattr(operation, "_nodes_by_depth") or hasattr(operation, "_functional")


def is_layer(operation: Any) -> bool:
    """Whether an operation is a layer, and not a function of `keras.ops`."""
    return hasattr(operation, "count_params")


def type_name(operation: Any) -> str:
    """Return the class of a layer, or `ops.NAME` for a function of `keras.ops`."""
    name = type(operation).__name__
    return name if is_layer(operation) else f"ops.{_snake_case(name)}"


def _snake_case(name: str) -> str:
    from keras.src.utils.naming import to_snake_case

    return str(to_snake_case(name))


def words(text: str) -> frozenset[str]:
    """Return the words of a text: long tables of class names read best as text."""
    return frozenset(text.split())
