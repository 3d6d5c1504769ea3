"""Pointwise convolutions with a stride give the same values when they take their pixels first."""

from __future__ import annotations

import numpy as np
import pytest

from cnncli.network.backend import load_keras
from cnncli.network.pointwise import spare_strides


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(
    ("rank", "size", "strides"), [(1, 9, 2), (2, 8, (2, 3)), (2, 7, 2), (2, 8, (1, 2)), (3, 5, 4)]
)
def test_the_values_are_those_of_keras(rank: int, size: int, strides, padding: str):
    keras = load_keras()
    kind = getattr(keras.layers, f"Conv{rank}D")
    inputs = keras.Input((size,) * rank + (3,))
    # Nested: the layers of a model within the model are found as well.
    inner = keras.Sequential([kind(4, 1, strides=strides, padding=padding, activation="relu")])
    model = keras.Model(inputs, inner(inputs))
    images = np.random.default_rng(0).normal(size=(5, *model.input_shape[1:])).astype("float32")
    before = model(images)
    spare_strides(model)
    assert "convolution_op" in vars(inner.layers[0])
    np.testing.assert_allclose(model(images), before, rtol=1e-5, atol=1e-6)


def test_other_convolutions_stay_as_they_are():
    keras = load_keras()
    layers = [keras.layers.Conv2D(4, 1), keras.layers.Conv2D(4, 3, strides=2)]
    spare_strides(keras.Sequential([keras.Input((8, 8, 3)), *layers]))
    assert not any("convolution_op" in vars(layer) for layer in layers)
