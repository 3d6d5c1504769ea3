"""Pointwise convolutions with a stride, as in the shortcuts of ResNets, without a crash.

The gradient for the weights of a convolution whose window is 1 and whose stride is larger writes
beyond its memory on CPUs (oneDNN in TensorFlow 2.21; some sizes end the process with a
segmentation fault, 64 x 64 x 8 for one). Such a convolution uses every n-th pixel alone: taking
these first and convolving them without a stride is the same, and safe.
"""

from __future__ import annotations

from typing import Any


def spare_strides(model: Any) -> None:
    """Let the strided pointwise convolutions of `model` take their pixels first.

    Nothing else of the layers changes, and nothing of what is saved of them.
    """
    import keras

    plain = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)
    for layer in model._flatten_layers():
        if isinstance(layer, plain) and set(layer.kernel_size) == {1} and max(layer.strides) > 1:
            layer.convolution_op = _subsampling(layer)


def _subsampling(layer: Any) -> Any:
    import keras

    steps = tuple(slice(None, None, stride) for stride in layer.strides)
    last = layer.data_format == "channels_last"
    taken = (slice(None), *steps) if last else (slice(None), slice(None), *steps)

    def convolution_op(inputs: Any, kernel: Any) -> Any:
        return keras.ops.conv(inputs[taken], kernel, strides=1, data_format=layer.data_format)

    return convolution_op
