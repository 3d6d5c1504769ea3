"""Keras's activation functions in NumPy: each returns its values and its derivative.

All take and return float64 arrays of one shape. Where a function has a corner, the derivative
is the one that Keras's automatic differentiation takes there, so that a learner sees what
training sees; tests compare every function with Keras, corners included. Sources: the papers
named in Keras's documentation of `keras.activations`.

Functions of a whole vector (softmax and its kin) are shown along one line through their
domain: the first output for the vector (x, 0), and for `glu` the vector (1, x).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Pair = tuple[Array, Array]

SELU_ALPHA = 1.6732632423543772  # Klambauer et al. 2017, section 2
SELU_SCALE = 1.0507009873554805


def linear(x: Array) -> Pair:
    return x.copy(), np.ones_like(x)


def relu(
    x: Array, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Pair:
    value = np.where(x > threshold, x, 0.0)
    slope = np.where(x > threshold, 1.0, 0.0)
    if max_value is not None:
        # Keras takes TensorFlow's relu6 for a maximum of 6, whose slope at 6 is 0, and clips
        # to any other maximum, where the slope at the maximum is still 1.
        is_relu6 = max_value == 6 and threshold == 0
        below = value < max_value if is_relu6 else value <= max_value
        slope = np.where(below & (value >= 0), slope, 0.0)
        value = np.clip(value, 0.0, max_value)
    if negative_slope:
        # At the corner itself only leaky ReLU proper, which is a function of its own, slopes.
        proper = max_value is None and threshold == 0
        negative = x <= threshold if proper else x < threshold
        value = value - negative_slope * np.maximum(threshold - x, 0.0)
        slope = slope + np.where(negative, negative_slope, 0.0)
    return value, slope


def leaky_relu(x: Array, negative_slope: float = 0.2) -> Pair:
    return np.where(x > 0, x, negative_slope * x), np.where(x > 0, 1.0, negative_slope)


def relu6(x: Array) -> Pair:
    return relu(x, max_value=6.0)


def elu(x: Array, alpha: float = 1.0) -> Pair:
    negative = np.minimum(x, 0.0)
    return (
        np.where(x > 0, x, alpha * np.expm1(negative)),
        np.where(x > 0, 1.0, alpha * np.exp(negative)),
    )


def celu(x: Array, alpha: float = 1.0) -> Pair:
    negative = np.minimum(x, 0.0) / alpha
    return np.maximum(x, 0.0) + alpha * np.expm1(negative), np.where(x > 0, 1.0, np.exp(negative))


def selu(x: Array) -> Pair:
    value, _ = elu(x, SELU_ALPHA)
    slope = np.where(x < 0, SELU_ALPHA * np.exp(np.minimum(x, 0.0)), 1.0)
    return SELU_SCALE * value, SELU_SCALE * slope


def sigmoid(x: Array) -> Pair:
    value = _sigmoid(x)
    return value, value * _sigmoid(-x)


def log_sigmoid(x: Array) -> Pair:
    return -np.logaddexp(0.0, -x), _sigmoid(-x)


def hard_sigmoid(x: Array) -> Pair:
    return np.clip(x + 3.0, 0.0, 6.0) / 6.0, np.where(np.abs(x) < 3.0, 1.0 / 6.0, 0.0)


def sparse_sigmoid(x: Array) -> Pair:
    return np.clip(0.5 * (x + 1.0), 0.0, 1.0), np.where(np.abs(x) < 1.0, 0.5, 0.0)


def tanh(x: Array) -> Pair:
    value = np.tanh(x)
    return value, 1.0 - value**2


def hard_tanh(x: Array) -> Pair:
    return np.clip(x, -1.0, 1.0), np.where(np.abs(x) <= 1.0, 1.0, 0.0)


def tanh_shrink(x: Array) -> Pair:
    value = np.tanh(x)
    return x - value, value**2


def hard_shrink(x: Array, threshold: float = 0.5) -> Pair:
    outside = np.abs(x) > threshold
    return np.where(outside, x, 0.0), np.where(outside, 1.0, 0.0)


def soft_shrink(x: Array, threshold: float = 0.5) -> Pair:
    value = np.where(x > threshold, x - threshold, np.where(x < -threshold, x + threshold, 0.0))
    return value, np.where((x > threshold) | (x < -threshold), 1.0, 0.0)


def threshold(x: Array, threshold: float, default_value: float) -> Pair:
    return np.where(x > threshold, x, default_value), np.where(x > threshold, 1.0, 0.0)


def softplus(x: Array) -> Pair:
    return np.logaddexp(0.0, x), _sigmoid(x)


def squareplus(x: Array, b: float = 4) -> Pair:
    root = np.sqrt(x**2 + b)
    return (x + root) / 2.0, (1.0 + x / root) / 2.0


def sparse_plus(x: Array) -> Pair:
    inside = np.clip(x, -1.0, 1.0) + 1.0
    return np.where(x < 1.0, inside**2 / 4.0, x), inside / 2.0


def softsign(x: Array) -> Pair:
    return x / (1.0 + np.abs(x)), 1.0 / (1.0 + np.abs(x)) ** 2


def silu(x: Array) -> Pair:
    gate = _sigmoid(x)
    return x * gate, gate * (1.0 + x * _sigmoid(-x))


def hard_silu(x: Array) -> Pair:
    gate, slope = hard_sigmoid(x)
    return x * gate, gate + x * slope


def mish(x: Array) -> Pair:
    squashed = np.tanh(np.logaddexp(0.0, x))
    return x * squashed, squashed + x * (1.0 - squashed**2) * _sigmoid(x)


def gelu(x: Array, approximate: bool = False) -> Pair:
    if approximate:
        return _gelu_by_tanh(x)
    below = _erfc(-x / math.sqrt(2.0)) / 2.0
    density = np.exp(-(x**2) / 2.0) / math.sqrt(2.0 * math.pi)
    return x * below, below + x * density


def exponential(x: Array) -> Pair:
    return np.exp(x), np.exp(x)


def softmax(x: Array) -> Pair:
    return sigmoid(x)


def log_softmax(x: Array) -> Pair:
    return log_sigmoid(x)


def sparsemax(x: Array) -> Pair:
    return sparse_sigmoid(x)


def glu(x: Array) -> Pair:
    return sigmoid(x)


def _sigmoid(x: Array) -> Array:
    # Each half where its exponential cannot overflow.
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0 / (1.0 + small), small / (1.0 + small))


def _erfc(x: Array) -> Array:
    return np.vectorize(math.erfc, otypes=[np.float64])(x)


def _gelu_by_tanh(x: Array) -> Pair:
    factor = math.sqrt(2.0 / math.pi)
    squashed = np.tanh(factor * (x + 0.044715 * x**3))
    slope = (1.0 - squashed**2) * factor * (1.0 + 3 * 0.044715 * x**2)
    return 0.5 * x * (1.0 + squashed), 0.5 * (1.0 + squashed) + 0.5 * x * slope
