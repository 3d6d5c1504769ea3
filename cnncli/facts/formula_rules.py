"""The templates of formulas, class by class: parameters, sizes and MACs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncli.facts.macs import ZERO_LAYERS, ZERO_OPS
from cnncli.network.walk import Call, is_layer, is_model, words

# The axes of a map between the batch and the channels.
AXES: Mapping[int, tuple[str, ...]] = {
    1: ("length",),
    2: ("height", "width"),
    3: ("depth", "height", "width"),
}

Template = tuple[str, Mapping[str, Any]]
# Name of the size -> template, words, and which size of the output it is.
Sizes = dict[str, tuple[str, Mapping[str, Any], int]]

_CONVOLUTIONS = words("Conv1D Conv2D Conv3D")
_TRANSPOSED = words("Conv1DTranspose Conv2DTranspose Conv3DTranspose")
_DEPTHWISE = words("DepthwiseConv1D DepthwiseConv2D")
_SEPARABLE = words("SeparableConv1D SeparableConv2D")
_POOLING = words(
    "MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D"
)
_WINDOWS = _CONVOLUTIONS | _DEPTHWISE | _SEPARABLE | _POOLING


def _kernel(operation: Any) -> tuple[list[str], dict[str, Any]]:
    """Return the factors of a window, and their numbers."""
    value = getattr(operation, "kernel_size", None) or operation.pool_size
    sizes = (value,) if isinstance(value, int) else tuple(value)
    names = [f"kernel_{axis}" for axis in AXES[len(sizes)]]
    return names, dict(zip(names, sizes, strict=True))


def params_template(call: Call) -> Template:
    """Return how the number of weights comes about."""
    operation, name = call.operation, call.type
    weights = list(operation.weights) if is_layer(operation) and not is_model(operation) else []
    if not weights:
        return ("0", {}) if not is_model(operation) else ("", {})
    bias = " + 1" if getattr(operation, "use_bias", False) else ""
    if name in _CONVOLUTIONS | _TRANSPOSED:
        names, numbers = _kernel(operation)
        channels = _channels(operation, call.inputs[0].shape) // getattr(operation, "groups", 1)
        numbers |= {"channels": channels, "filters": operation.filters}
        inside = " x ".join([*names, "channels"])
        return (f"({inside}{bias}) x filters" if bias else f"{inside} x filters"), numbers
    if name in _DEPTHWISE:
        return _depthwise_params(call, bias)
    if name == "Dense":
        numbers = {"inputs": call.inputs[0].shape[-1], "units": operation.units}
        return ("(inputs + 1) x units" if bias else "inputs x units"), numbers
    if name == "BatchNormalization":
        kept = len(weights)
        return "kept x channels", {"kept": kept, "channels": weights[0].shape[0]}
    return _of_weights(weights)


def _depthwise_params(call: Call, bias: str) -> Template:
    names, numbers = _kernel(call.operation)
    numbers["channels"] = _channels(call.operation, call.inputs[0].shape)
    numbers["multiplier"] = call.operation.depth_multiplier
    inside = " x ".join(names)
    return f"({inside}{bias}) x channels x multiplier", numbers


def _of_weights(weights: list[Any]) -> Template:
    """Return the sum of the sizes of all weights, each as the product of its shape."""
    parts: list[str] = []
    numbers: dict[str, int] = {}
    for weight in weights:
        names = [f"{weight.name}_{chr(ord('a') + i)}" for i in range(len(weight.shape))]
        numbers |= dict(zip(names, weight.shape, strict=True))
        parts.append(" x ".join(names) or "1")
    plain = all(name.replace("_", "").isalpha() for name in numbers)
    return (" + ".join(parts), numbers) if plain else ("", {})


def _channels(operation: Any, shape: Any) -> int:
    first = getattr(operation, "data_format", None) == "channels_first"
    return int((shape[1] if first else shape[-1]) or 0)


def sizes_templates(call: Call) -> Sizes:
    """Return how each size of the result comes about."""
    output = call.outputs[0].shape
    if not call.inputs:
        return {}
    first = getattr(call.operation, "data_format", None) == "channels_first"
    spatial = len(output) - 2 if len(output) > 2 else 0
    axes = AXES.get(spatial, ())
    found: Sizes = {}
    for index, axis in enumerate(axes):
        place = index + (2 if first else 1)
        found[axis] = (*(_given(call, place) or _along(call, index, place)), place)
    if axes or len(output) == 2:
        place = 1 if first else len(output) - 1
        name = "channels" if axes else "features"
        found[name] = (*(_given(call, place) or _last(call, place)), place)
    return found


def _given(call: Call, place: int) -> Template | None:
    """Return a size that an argument says; None for one that follows from the input."""
    if call.type != "Reshape":
        return None
    return "given", {"given": call.outputs[0].shape[place]}


def _along(call: Call, index: int, place: int) -> Template:
    """Return how a size along one axis of a map comes about."""
    operation, name, shape = call.operation, call.type, call.inputs[0].shape
    if len(shape) != len(call.outputs[0].shape):
        return "", {}
    before = shape[place]
    if name in _WINDOWS or name in _TRANSPOSED:
        return _slid(operation, name, before, index)
    if name.startswith("UpSampling"):
        return "before x factor", {"before": before, "factor": _item(operation.size, index)}
    if name.startswith(("ZeroPadding", "Cropping")):
        sign = "+" if name.startswith("Zero") else "-"
        amounts = operation.padding if sign == "+" else operation.cropping
        start, end = amounts if isinstance(amounts[0], int) else amounts[index]
        numbers = {"before": before, "start": start, "end": end}
        return f"before {sign} start {sign} end", numbers
    return "before", {"before": before}


def _slid(operation: Any, name: str, before: Any, index: int) -> Template:
    names, kernel = _kernel(operation)
    numbers = {
        "before": before,
        "kernel": kernel[names[index]],
        "stride": _item(operation.strides, index),
        "dilation": _item(getattr(operation, "dilation_rate", 1), index),
    }
    if name in _TRANSPOSED:
        same = operation.padding == "same"
        return ("before x stride" if same else "before x stride + max(kernel - stride, 0)"), numbers
    if operation.padding in ("same", "causal"):
        return "ceil(before / stride)", numbers
    reach = "kernel" if numbers["dilation"] == 1 else "(kernel - 1) x dilation - 1"
    return f"floor((before - {reach}) / stride) + 1", numbers


def _item(value: Any, index: int) -> Any:
    return value[index] if isinstance(value, list | tuple) else value


def _last(call: Call, place: int) -> Template:
    """Return how the number of channels, or of features, comes about."""
    operation, name, shape = call.operation, call.type, call.inputs[0].shape
    if name in _CONVOLUTIONS | _TRANSPOSED | _SEPARABLE:
        return "filters", {"filters": operation.filters}
    if name == "Dense":
        return "units", {"units": operation.units}
    if name in _DEPTHWISE:
        numbers = {"channels": shape[place], "multiplier": operation.depth_multiplier}
        return "channels x multiplier", numbers
    if name == "Concatenate":
        names = [f"channels_{chr(ord('a') + index)}" for index in range(len(call.inputs))]
        sizes = [tensor.shape[place] for tensor in call.inputs if len(tensor.shape) > place]
        return " + ".join(names), dict(zip(names, sizes, strict=False))
    if name == "Flatten":
        names = [*AXES.get(len(shape) - 2, ()), "channels"]
        return " x ".join(names), dict(zip(names, shape[1:], strict=False))
    if name.startswith("Global"):
        return "channels", {"channels": _channels(operation, shape)}
    return "before", {"before": shape[place] if len(shape) > place else None}


def macs_template(call: Call) -> Template:
    """Return how the multiply-accumulates of one call come about."""
    operation, name = call.operation, type(call.operation).__name__
    if name in (ZERO_LAYERS if is_layer(operation) else ZERO_OPS):
        return "0", {}
    if name == "Dense":
        shape = call.inputs[0].shape
        numbers = {"inputs": shape[-1], "units": operation.units}
        axes = AXES.get(len(shape) - 2, ()) if len(shape) > 2 else ()
        numbers |= dict(zip(axes, shape[1:-1], strict=False))
        return " x ".join([*axes, "inputs", "units"]), numbers
    if name not in _CONVOLUTIONS | _DEPTHWISE | _SEPARABLE | _TRANSPOSED:
        return "", {}
    return _sliding_macs(call, name)


def _sliding_macs(call: Call, name: str) -> Template:
    operation = call.operation
    names, numbers = _kernel(operation)
    shape = call.inputs[0].shape if name in _TRANSPOSED else call.outputs[0].shape
    first = operation.data_format == "channels_first"
    axes = AXES[len(names)]
    numbers |= dict(zip(axes, shape[2:] if first else shape[1:-1], strict=True))
    channels = _channels(operation, call.inputs[0].shape)
    positions, window = " x ".join(axes), " x ".join(names)
    if name in _CONVOLUTIONS | _TRANSPOSED:
        groups = getattr(operation, "groups", 1)
        numbers |= {"channels": channels // groups, "filters": operation.filters}
        return f"{positions} x {window} x channels x filters", numbers
    numbers |= {"channels": channels, "multiplier": operation.depth_multiplier}
    if name in _DEPTHWISE:
        return f"{positions} x {window} x channels x multiplier", numbers
    numbers["filters"] = operation.filters
    each = f"{window} x channels x multiplier + channels x multiplier x filters"
    return f"{positions} x ({each})", numbers
