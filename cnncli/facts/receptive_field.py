"""Receptive fields: which input pixels a unit of a feature map can depend on.

A rule for each class of layers tells how a field grows on the way through it (Araujo, Norris and
Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019). Borders are not
cut: near the edge of an image a part of the field lies on the padding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cnncli.facts.field import START, Axis, Field, State, union
from cnncli.network.walk import Call, calls, functional, is_layer, is_model, words

States = dict[int, State]


def receptive_fields(model: Any, start: Any = None) -> dict[int, State]:
    """Return the receptive field of every tensor of a model, by the id of its KerasTensor.

    Tensors of nested models are in it too, seen from the inputs of the outermost; where the tensor
    `start` is given, of what lies behind it seen from there.
    """
    graph = functional(model)
    first = _channels_first(model)
    states: States = {}
    for index, tensor in enumerate(graph._inputs):
        states[id(tensor)] = Field(index, (START,) * max(0, len(tensor.shape) - 2))
    if start is not None:
        held: States = {id(start): Field(0, (START,) * max(0, len(start.shape) - 2))}
    else:
        held = {}
    _follow(graph, states, first, held)
    return states


def _follow(graph: Any, states: States, channels_first: bool, held: States) -> None:
    for call in calls(graph):
        if not call.inputs:
            continue
        entering = [states[id(tensor)] for tensor in call.inputs]
        if is_model(call.operation):
            leaving = _through_model(call.operation, entering, states, channels_first, held)
        else:
            leaving = [_state(call, entering, channels_first)] * len(call.outputs)
        made = zip(call.outputs, leaving, strict=True)
        states.update({id(t): held.get(id(t), s) for t, s in made})


def _through_model(
    model: Any, entering: Sequence[State], states: States, channels_first: bool, held: States
) -> list[State]:
    graph = functional(model)
    within = {**states, **{id(t): s for t, s in zip(graph._inputs, entering, strict=True)}}
    _follow(graph, within, channels_first, held)
    for tensor, state in within.items():
        states.setdefault(tensor, state)  # of a model that is called again, the first call counts
    return [within[id(tensor)] for tensor in graph._outputs]


def _channels_first(model: Any) -> bool:
    formats = {getattr(layer, "data_format", None) for layer in model._flatten_layers()}
    return "channels_first" in formats and "channels_last" not in formats


def _state(call: Call, entering: Sequence[State], channels_first: bool) -> State:
    layer, name = call.operation, type(call.operation).__name__
    if not type(layer).__module__.startswith("keras."):
        return "unknown"
    if name in GLOBAL:
        return "unknown" if "unknown" in entering else "whole"
    if name in MERGING:
        return _merged(call, entering, channels_first)
    state = entering[0]
    if not isinstance(state, Field) or len(entering) > 1:
        return "whole" if set(entering) == {"whole"} else "unknown"
    if name in POINTWISE or (name in ALONG_CHANNELS and _along_channels(call, channels_first)):
        return state
    if name in NORMALIZING:
        return "whole"
    rule = WINDOWS.get(name) if is_layer(layer) else None
    return rule(call, state, channels_first) if rule else "unknown"


def _merged(call: Call, entering: Sequence[State], channels_first: bool) -> State:
    joined = type(call.operation).__name__ == "Concatenate"
    if "unknown" in entering or (joined and not _along_channels(call, channels_first)):
        return "unknown"
    if "whole" in entering:
        return "whole"
    if len({_sizes(tensor, channels_first) for tensor in call.inputs}) > 1:
        return "unknown"  # one is spread over the other
    fields = [state for state in entering if isinstance(state, Field)]
    merged = fields[0]
    for field in fields[1:]:
        axes = [union(a, b) for a, b in zip(merged.axes, field.axes, strict=False)]
        if field.source != merged.source or len(field.axes) != len(merged.axes) or None in axes:
            return "unknown"
        merged = Field(merged.source, tuple(axis for axis in axes if axis))
    return merged


def _along_channels(call: Call, channels_first: bool) -> bool:
    """Whether a layer that works along one axis works along the channels."""
    axis = getattr(call.operation, "axis", -1)
    axes = list(axis) if isinstance(axis, list | tuple) else [axis]
    rank = len(call.outputs[0].shape)
    return [a % rank for a in axes] == [1 if channels_first else rank - 1]


def _sizes(tensor: Any, channels_first: bool) -> tuple[int | None, ...]:
    return tuple(tensor.shape[2:] if channels_first else tensor.shape[1:-1])


def _each(value: Any, rank: int) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,) * rank


def _slide(axis: Axis, kernel: int, stride: int, dilation: int, before: int) -> Axis:
    reach = (kernel - 1) * dilation
    return axis.through(1, stride, lambda i: (i * stride - before, i * stride - before + reach))


def _before(padding: str, size: int | None, kernel: int, stride: int, dilation: int) -> int:
    """Return the zeros that TensorFlow puts before the first position of an axis."""
    reach = (kernel - 1) * dilation
    if padding == "causal":
        return reach
    if padding != "same":
        return 0
    # An unknown size is taken for a multiple of the stride.
    rest = (size % stride or stride) if size is not None else stride
    return max(reach + 1 - rest, 0) // 2


def _window(call: Call, state: Field, channels_first: bool) -> State:
    layer, rank = call.operation, len(state.axes)
    kernel = _each(getattr(layer, "kernel_size", None) or layer.pool_size, rank)
    strides = _each(layer.strides, rank)
    dilation = _each(getattr(layer, "dilation_rate", 1), rank)
    sizes = _sizes(call.inputs[0], channels_first)
    axes = [
        _slide(axis, k, s, d, _before(layer.padding, size, k, s, d))
        for axis, size, k, s, d in zip(state.axes, sizes, kernel, strides, dilation, strict=True)
    ]
    return Field(state.source, tuple(axes))


def _transposed(call: Call, state: Field, channels_first: bool) -> State:
    layer, rank = call.operation, len(state.axes)
    small, large = (_sizes(t, channels_first) for t in (call.inputs[0], call.outputs[0]))
    axes = []
    for index, axis in enumerate(state.axes):
        kernel, stride = layer.kernel_size[index], _each(layer.strides, rank)[index]
        dilation = _each(layer.dilation_rate, rank)[index]
        total, size = large[index], small[index]
        if kernel < stride or dilation > 1 or total is None or size is None:
            return "unknown"  # positions that no input reaches
        missing = max((size - 1) * stride + kernel - total, 0)
        before = missing // 2 if layer.padding == "same" else 0
        axes.append(_unslide(axis, kernel, stride, before))
    return Field(state.source, tuple(axes))


def _unslide(axis: Axis, kernel: int, stride: int, before: int) -> Axis:
    """Output i of a transposed convolution sees the inputs j with 0 <= i + before - j s < k."""
    return axis.through(
        stride, 1, lambda i: (-((kernel - 1 - i - before) // stride), (i + before) // stride)
    )


def _upsampled(call: Call, state: Field, channels_first: bool) -> State:
    factors = _each(call.operation.size, len(state.axes))
    kind = getattr(call.operation, "interpolation", "nearest")
    if kind not in ("nearest", "bilinear"):
        return "unknown"

    def window(factor: int) -> Callable[[int], tuple[int, int]]:
        if kind == "nearest":
            return lambda i: (i // factor, i // factor)
        # Pixel centres lie at halves: (i + 1/2) / factor - 1/2, between two input positions.
        return lambda i: (
            (2 * i + 1 - factor) // (2 * factor),
            -((factor - 2 * i - 1) // (2 * factor)),
        )

    axes = [a.through(f, 1, window(f)) for a, f in zip(state.axes, factors, strict=True)]
    return Field(state.source, tuple(axes))


def _shifted(call: Call, state: Field, channels_first: bool) -> State:
    layer = call.operation
    padding = hasattr(layer, "padding")
    amounts = layer.padding if padding else layer.cropping
    pairs = [amounts] if len(state.axes) == 1 else amounts
    signs = [(-pair[0] if padding else pair[0]) for pair in pairs]
    axes = [
        axis.through(1, 1, lambda i, shift=shift: (i + shift, i + shift))  # type: ignore[misc]
        for axis, shift in zip(state.axes, signs, strict=True)
    ]
    return Field(state.source, tuple(axes))


def _names(*stems: str, ranks: str = "1D 2D 3D") -> tuple[str, ...]:
    return tuple(stem + rank for stem in stems for rank in ranks.split())


Rule = Callable[[Call, Field, bool], State]
WINDOWS: Mapping[str, Rule] = {
    **dict.fromkeys(_names("Conv", "MaxPooling", "AveragePooling"), _window),
    **dict.fromkeys(_names("DepthwiseConv", "SeparableConv", ranks="1D 2D"), _window),
    **{f"Conv{rank}DTranspose": _transposed for rank in (1, 2, 3)},
    **dict.fromkeys(_names("UpSampling"), _upsampled),
    **dict.fromkeys(_names("ZeroPadding", "Cropping"), _shifted),
}
# Each position of the result depends on the same position alone.
POINTWISE = words("""
    Identity Activation ReLU LeakyReLU PReLU ELU ActivityRegularization
    Dropout AlphaDropout GaussianDropout GaussianNoise SpatialDropout1D SpatialDropout2D
    SpatialDropout3D StochasticDepth BatchNormalization Normalization Rescaling LayerScale
    CustomScaleLayer
    Relu Relu6 HardSigmoid HardSilu Sigmoid Silu Gelu Elu Selu Tanh Softplus Softsign LeakyRelu
    Abs Absolute Cast Clip Erf Exp Log Negative Reciprocal Rsqrt Sqrt Square StopGradient
    """)
# Pointwise where their axis is that of the channels.
ALONG_CHANNELS = words("Dense LayerNormalization RMSNormalization UnitNormalization Softmax")
NORMALIZING = words("LayerNormalization RMSNormalization UnitNormalization GroupNormalization")
MERGING = words("Add Average Concatenate Maximum Minimum Multiply Subtract Divide TrueDivide")
GLOBAL = words("""
    GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D
    GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D
    Flatten Attention AdditiveAttention MultiHeadAttention GroupedQueryAttention
    LSTM GRU SimpleRNN RNN Bidirectional
    """)
