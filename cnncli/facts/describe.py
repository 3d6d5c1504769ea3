"""Ask a Keras model for the facts of its Summary."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from cnncli.facts.arguments import said
from cnncli.facts.field import Field, State
from cnncli.facts.formulas import Known, formulas
from cnncli.facts.macs import macs
from cnncli.facts.receptive_field import receptive_fields
from cnncli.facts.summary import Layer, Number, Summary, known_sum
from cnncli.network.walk import Call, calls, is_layer, is_model, type_name
from cnncli.spec.graph import Graph, Node
from cnncli.spec.outside import is_outside


def describe(
    model: Any,
    *,
    name: str | None = None,
    graph: Graph | None = None,
    batch: int = 1,
    dtype: str | None = None,
) -> Summary:
    """Return the Summary of a Keras model.

    `graph`, where the model was built from one, gives the order of the file and the blocks.
    Memory is that of `batch` images, floats taken as `dtype` (each layer's own when None).
    Raises ModelError for a model without a graph of layers.
    """
    asked = _Question(batch, dtype, receptive_fields(model))
    weights = model.weights
    return Summary(
        name=name or model.name,
        layers=_with_inputs(_layers(model, graph, asked), graph),
        total_params=_count(weights),
        trainable_params=_count(model.trainable_weights),
        weight_bytes=_bytes(weights, dtype),
        batch=batch,
        dtype=dtype,
    )


def _with_inputs(layers: tuple[Layer, ...], graph: Graph | None) -> tuple[Layer, ...]:
    """Return the layers with the paths of the inputs of the file: `input`, or `input.NAME`."""
    names = [entry.name for entry in graph.inputs] if graph else []
    paths = {name: "input" if len(names) == 1 else f"input.{name}" for name in names}
    return tuple(
        replace(layer, path=paths[layer.name]) if layer.name in paths else layer for layer in layers
    )


@dataclass(frozen=True)
class _Question:
    batch: int
    dtype: str | None
    fields: Mapping[int, State] = field(repr=False)


def _layers(model: Any, graph: Graph | None, asked: _Question) -> tuple[Layer, ...]:
    uses: dict[int, list[Call]] = {}
    for call in calls(model):
        uses.setdefault(id(call.operation), []).append(call)
    nodes = {node.name: node for node in graph.nodes} if graph else {}
    layers = [_layer(same, nodes.get(same[0].operation.name), asked) for same in uses.values()]
    if graph is None:
        return tuple(layers)
    order = [*(i.name for i in graph.inputs), *(node.name for node in graph.nodes)]
    place = {name: index for index, name in enumerate(order)}
    # What the file does not name: the input of a Sequential.
    return tuple(sorted(layers, key=lambda layer: place.get(layer.name, -1)))


def _layer(same: list[Call], node: Node | None, asked: _Question) -> Layer:
    operation, first = same[0].operation, same[0]
    weights = operation.weights if is_layer(operation) else []
    trainable = operation.trainable_weights if is_layer(operation) else []
    size, stride = _receptive_field(first, asked.fields)
    inner = _layers(operation, node.graph if node else None, asked) if is_model(operation) else ()
    layer = Layer(
        name=operation.name,
        type=node.class_name if node and is_outside(node.class_name) else type_name(operation),
        output_shapes=tuple(tuple(tensor.shape) for tensor in first.outputs),
        params=_count(weights),
        trainable_params=_count(trainable),
        weight_bytes=_bytes(weights, asked.dtype),
        activation_bytes=known_sum(_activation(call, inner, asked) for call in same),
        macs=known_sum(_macs(call, inner) for call in same),
        inputs=tuple(dict.fromkeys(source for call in same for source in call.sources)),
        kernel_size=_sizes(operation, "kernel_size", "pool_size"),
        strides=_sizes(operation, "strides"),
        receptive_field=size,
        receptive_stride=stride,
        calls=len(same),
        block=node.group if node else (),
        path=node.path if node else "",
        block_paths=node.group_paths if node else (),
        arguments=_arguments(operation, node),
        layers=inner,
    )
    return replace(layer, formulas=formulas(first, _known(layer, first, asked)))


def _arguments(operation: Any, node: Node | None) -> tuple[tuple[str, object], ...]:
    if node is not None and is_outside(node.class_name):
        return tuple(node.arguments.items())
    return said(operation)


def _known(layer: Layer, call: Call, asked: _Question) -> Known:
    """Return the numbers that the formulas of a layer must come to."""
    own = asked.fields.get(id(call.outputs[0]))
    before = [asked.fields.get(id(tensor)) for tensor in call.inputs]
    strides = [tuple(_number(s) for s in f.stride) for f in before if isinstance(f, Field)]
    sizes = [f.size for f in before if isinstance(f, Field)]
    whole = [v for v in getattr(call.operation, "weights", ()) if "int" in v.dtype]
    return Known(
        params=layer.params,
        macs=layer.macs,
        memory=layer.activation_bytes,
        weights=layer.weight_bytes,
        integers=_count(whole),
        integer_bytes=_bytes(whole, asked.dtype),
        bytes_each=math.ceil(_bits(call.outputs[0].dtype, asked.dtype) / 8),
        batch=asked.batch,
        calls=layer.calls,
        field=layer.receptive_field,
        stride=layer.receptive_stride,
        before=list(zip(sizes, strides, strict=True)),
        edges=[axis.widest for axis in own.axes] if isinstance(own, Field) else [],
    )


def _count(variables: Iterable[Any]) -> int:
    return sum(math.prod(variable.shape) for variable in _unique(variables))


def _unique(variables: Iterable[Any]) -> Iterable[Any]:
    return {id(variable): variable for variable in variables}.values()


def _bytes(variables: Iterable[Any], dtype: str | None) -> int:
    return sum(
        math.ceil(math.prod(variable.shape) * _bits(variable.dtype, dtype) / 8)
        for variable in _unique(variables)
    )


def _bits(own: str, floats: str | None) -> int:
    from keras.src.utils.dtype_utils import dtype_size

    if own in ("string", "str"):
        return 0  # of no fixed size
    return int(dtype_size(floats if floats and "float" in own else own))


def _macs(call: Call, inner: tuple[Layer, ...]) -> int | None:
    return known_sum(layer.macs for layer in inner) if inner else macs(call)


def _activation(call: Call, inner: tuple[Layer, ...], asked: _Question) -> int | None:
    """Return the bytes of the results of a call; of a nested model, those of its layers."""
    if inner:
        # Its input and its result are results of other layers as well.
        return known_sum(layer.activation_bytes for layer in inner if layer.type != "InputLayer")
    return known_sum(_tensor_bytes(tensor, asked) for tensor in call.outputs)


def _tensor_bytes(tensor: Any, asked: _Question) -> int | None:
    shape = [asked.batch, *tensor.shape[1:]]
    if None in shape:
        return None
    return math.ceil(math.prod(shape) * _bits(tensor.dtype, asked.dtype) / 8)


def _sizes(operation: Any, *names: str) -> tuple[int, ...] | None:
    for name in names:
        value = getattr(operation, name, None)
        if isinstance(value, int):
            return (value,)
        if isinstance(value, list | tuple) and all(isinstance(size, int) for size in value):
            return tuple(value)
    return None


def _receptive_field(
    call: Call, fields: Mapping[int, State]
) -> tuple[tuple[int, ...] | str | None, tuple[Number, ...] | None]:
    """Return size and stride of the field of the first result, if it has spatial axes."""
    state = fields.get(id(call.outputs[0]), "unknown")
    if len(call.outputs[0].shape) < 3:
        return None, None
    if not isinstance(state, Field):
        return state, None
    return state.size, tuple(_number(stride) for stride in state.stride)


def _number(value: Fraction) -> Number:
    return int(value) if value.denominator == 1 else float(value)
