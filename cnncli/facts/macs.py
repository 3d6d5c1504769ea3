"""Multiply-accumulates (MACs) of one call of a layer, for one image.

What is counted, as the literature counts it (Howard et al., "MobileNets", arXiv 1704.04861,
section 3.1; Sze et al., "Efficient Processing of Deep Neural Networks", arXiv 1703.09039): the
products that are added up in convolutions and matrix products, one multiplication with one
addition being one MAC. It is half of the float operations (FLOPs) of TensorFlow's profiler.

- Convolution: output positions x kernel weights (kernel height x width x input channels of a
  group x filters). Depthwise and separable convolutions alike, kernel by kernel.
- Transposed convolution: input positions x kernel weights.
- Dense, EinsumDense, matrix products: the product of the sizes of all indices.
- Recurrent: steps x (weights from the input + weights from the state); convolutional LSTM: the
  same for each position.
- Attention: the projections, and twice queries x keys x width (scores, weighted sum).

Counted as 0 by this convention, because nothing is multiplied and added up over a kernel or a
matrix: biases, activations, normalization, pooling, element-wise arithmetic, reshaping, resizing,
look-up tables. Every class that counts as 0 is named in zero_macs.py; what is named nowhere has
no rule and gives None, never 0. docs/summary.md tells the same to users.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from cnncli.facts.zero_macs import ZERO_LAYERS, ZERO_OPS
from cnncli.network.walk import Call, Shape, is_layer

Shapes = Sequence[Shape]
Rule = Callable[[Any, Shapes, Shapes], int]


def macs(call: Call) -> int | None:
    """Return the MACs of one call with a batch of one; None without a rule or a known size."""
    inputs = [_single(tensor.shape) for tensor in call.inputs]
    outputs = [_single(tensor.shape) for tensor in call.outputs]
    kind = type(call.operation)
    if not kind.__module__.startswith("keras."):
        return None
    if kind.__name__ in (ZERO_LAYERS if is_layer(call.operation) else ZERO_OPS):
        return 0
    try:
        if kind.__name__ in ATTENTION:
            return ATTENTION[kind.__name__](call)
        if not is_layer(call.operation):
            rule = OP_RULES.get(kind.__name__)
            return rule(call.operation, inputs, outputs) if rule else None
        return layer_macs(call.operation, inputs, outputs)
    except Uncounted:
        return None


class Uncounted(Exception):
    """A layer without a rule, or a size that is not known."""


def layer_macs(layer: Any, inputs: Shapes, outputs: Shapes) -> int:
    """Return the MACs of a layer from the shapes (batch of one) that go in and out.

    Raises Uncounted.
    """
    name = type(layer).__name__
    if name in ZERO_LAYERS:
        return 0
    if name not in LAYER_RULES:
        raise Uncounted(name)
    return LAYER_RULES[name](layer, inputs, outputs)


def _single(shape: Any) -> Shape:
    """Return a shape with a batch of one."""
    return (1, *shape[1:]) if len(shape) and shape[0] is None else tuple(shape)


def _size(shape: Sequence[int | None]) -> int:
    known = [size for size in shape if size is not None]
    if len(known) < len(shape):
        raise Uncounted("a size that is not known")
    return math.prod(known)


def _channels(layer: Any, shape: Shape) -> int:
    channels = shape[1] if layer.data_format == "channels_first" else shape[-1]
    return channels or 1


def _weights(variable: Any) -> int:
    return math.prod(variable.shape)


def _convolution(layer: Any, inputs: Shapes, outputs: Shapes) -> int:
    positions = _size(outputs[0]) // _channels(layer, outputs[0])
    return positions * _weights(layer._kernel)


def _depthwise(layer: Any, inputs: Shapes, outputs: Shapes) -> int:
    positions = _size(outputs[0]) // _channels(layer, outputs[0])
    return positions * _weights(layer.kernel)


def _separable(layer: Any, inputs: Shapes, outputs: Shapes) -> int:
    positions = _size(outputs[0]) // _channels(layer, outputs[0])
    return positions * (_weights(layer.depthwise_kernel) + _weights(layer.pointwise_kernel))


def _transposed(layer: Any, inputs: Shapes, outputs: Shapes) -> int:
    positions = _size(inputs[0]) // _channels(layer, inputs[0])
    return positions * _weights(layer.kernel)


def _dense(layer: Any, inputs: Shapes, outputs: Shapes) -> int:
    return _size(outputs[0]) * _size(inputs[0][-1:])


def einsum(equation: str, shapes: Shapes, output: Shape) -> int:
    """Return the product of the sizes of all indices of an Einstein sum of two arrays.

    Raises Uncounted for a sum of one or of more than two arrays.
    """
    left, _, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != 2 or len(shapes) != 2:
        raise Uncounted(equation)
    sizes: dict[str, int | None] = {}
    for term, shape in zip([*terms, right], [*shapes, output], strict=True):
        _read_sizes(term, shape, sizes)
    return _size(list(sizes.values()))


def _read_sizes(term: str, shape: Shape, sizes: dict[str, int | None]) -> None:
    before, dots, after = term.partition("...")
    hidden = len(shape) - len(before) - len(after)
    # The axes behind "..." get names that no equation can have, counted from the last.
    middle = [f"#{i}" for i in range(hidden, 0, -1)] if dots else []
    for index, size in zip([*before, *middle, *after], shape, strict=True):
        known = [value for value in (sizes.get(index), size) if value is not None]
        sizes[index] = max(known, default=None)


def _einsum_dense(layer: Any, inputs: Shapes, outputs: Shapes) -> int:
    return einsum(layer.equation, [inputs[0], tuple(layer._kernel.shape)], outputs[0])


def _dot(layer: Any, inputs: Shapes, outputs: Shapes) -> int:
    axes = layer.axes if isinstance(layer.axes, list | tuple) else (layer.axes, layer.axes)
    return _size(outputs[0]) * _size([inputs[0][axes[0]]])


def cell_macs(cell: Any) -> int:
    """Return the MACs of one step of a recurrent cell. Raises Uncounted."""
    name = type(cell).__name__
    if name == "StackedRNNCells":
        return sum(cell_macs(inner) for inner in cell.cells)
    if name not in ("LSTMCell", "GRUCell", "SimpleRNNCell"):
        raise Uncounted(name)
    return _weights(cell.kernel) + _weights(cell.recurrent_kernel)


def _recurrent(layer: Any, inputs: Shapes, outputs: Shapes) -> int:
    return _size(inputs[0][1:2]) * cell_macs(layer.cell)


def _convolutional_lstm(layer: Any, inputs: Shapes, outputs: Shapes) -> int:
    rank = layer.cell.rank
    shape = outputs[0][-rank:] if layer.data_format == "channels_first" else outputs[0][-rank - 1 :]
    weights = _weights(layer.cell.kernel) + _weights(layer.cell.recurrent_kernel)
    return _size(inputs[0][1:2]) * _size(shape[:rank]) * weights


def _bidirectional(layer: Any, inputs: Shapes, outputs: Shapes) -> int:
    both = (layer.forward_layer, layer.backward_layer)
    return sum(layer_macs(inner, inputs, outputs) for inner in both)


def _time_distributed(layer: Any, inputs: Shapes, outputs: Shapes) -> int:
    def step(shape: Shape) -> Shape:
        return (shape[0], *shape[2:])

    once = layer_macs(layer.layer, [step(inputs[0])], [step(outputs[0])])
    return _size(inputs[0][1:2]) * once


def _wrapped(layer: Any, inputs: Shapes, outputs: Shapes) -> int:
    return layer_macs(layer.layer, inputs, outputs)


def _query_and_value(call: Call) -> tuple[Shape, Shape, Shape]:
    """Return the shapes of query, value and key (the value again where no key is given)."""
    if "Head" in type(call.operation).__name__ or "Grouped" in type(call.operation).__name__:
        query, value = call.argument("query"), call.argument("value")
        key = call.argument("key")
    else:
        query, value, *rest = call.argument("inputs")
        key = rest[0] if rest else None
    key = value if key is None else key
    return _single(query.shape), _single(value.shape), _single(key.shape)


def _attention(call: Call) -> int:
    query, value, key = _query_and_value(call)
    # batch, queries, width of a query; batch, keys, width of a value
    scores = _size(query) * _size(key[-2:-1])
    return scores + _size(query[:-1]) * _size(value[-2:])


def _heads_attention(call: Call) -> int:
    layer = call.operation
    query, _, key = _query_and_value(call)
    axes = getattr(layer, "_attention_axes", None)
    if axes is not None and len(axes) != len(query) - 2:
        raise Uncounted("attention over some axes only")
    queries, keys = _size(query[1:-1]), _size(key[1:-1])
    projected = {"_query_dense": queries, "_key_dense": keys, "_value_dense": keys}
    projected |= {"_output_dense": queries, "_gate_dense": queries}
    projections = sum(
        positions * _weights(getattr(layer, name).kernel)
        for name, positions in projected.items()
        if getattr(layer, name, None) is not None
    )
    heads, score_width, value_width = _heads(layer)
    return projections + queries * keys * heads * (score_width + value_width)


def _heads(layer: Any) -> tuple[int, int, int]:
    if type(layer).__name__ == "GroupedQueryAttention":
        return layer.num_query_heads, layer.head_dim, layer.head_dim
    return layer._num_heads, layer._key_dim, layer._value_dim


def _matmul(operation: Any, inputs: Shapes, outputs: Shapes) -> int:
    return _size(outputs[0]) * _size(inputs[0][-1:])


def _einsum(operation: Any, inputs: Shapes, outputs: Shapes) -> int:
    return einsum(operation.subscripts, inputs, outputs[0])


def _convolution_op(operation: Any, inputs: Shapes, outputs: Shapes) -> int:
    if len(inputs) != 2:
        raise Uncounted("a kernel that is not a tensor of the graph")
    return _size(outputs[0]) // _size(inputs[1][-1:]) * _size(inputs[1])


ATTENTION: dict[str, Callable[[Call], int]] = {
    "Attention": _attention,
    "AdditiveAttention": _attention,
    "MultiHeadAttention": _heads_attention,
    "GroupedQueryAttention": _heads_attention,
}
OP_RULES: dict[str, Rule] = {
    "Matmul": _matmul,
    "Einsum": _einsum,
    "Conv": _convolution_op,
}
LAYER_RULES: dict[str, Rule] = {
    **dict.fromkeys(("Conv1D", "Conv2D", "Conv3D"), _convolution),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), _depthwise),
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D"), _separable),
    **dict.fromkeys(("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"), _transposed),
    "Dense": _dense,
    "EinsumDense": _einsum_dense,
    "Dot": _dot,
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN", "RNN"), _recurrent),
    **dict.fromkeys(("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), _convolutional_lstm),
    "Bidirectional": _bidirectional,
    "TimeDistributed": _time_distributed,
    "SpectralNormalization": _wrapped,
}
