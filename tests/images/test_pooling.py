"""Pooling against Keras's layers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.errors import DataError, UsageError
from cnncli.images.pooling import Pooling, pool, sides, windows


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("size", [(2, 2), (3, 2), (1, 4)])
@pytest.mark.parametrize("stride", [(1, 1), (2, 2), (3, 1)])
def test_values_are_those_of_a_keras_layer(
    kind: str, padding: str, size: tuple[int, int], stride: tuple[int, int]
) -> None:
    from cnncli.network.backend import load_keras

    keras = load_keras()
    pixels = np.random.default_rng(1).normal(size=(7, 10, 3)).astype(np.float32)
    make = keras.layers.MaxPooling2D if kind == "max" else keras.layers.AveragePooling2D
    expected = make(pool_size=size, strides=stride, padding=padding)(pixels[None])[0]
    pooled = pool(pixels, Pooling(kind, size, stride, padding))
    np.testing.assert_allclose(pooled, keras.ops.convert_to_numpy(expected), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["max", "average"])
def test_global_pooling_is_that_of_keras(kind: str) -> None:
    from cnncli.network.backend import load_keras

    keras = load_keras()
    pixels = np.random.default_rng(2).normal(size=(5, 9, 3)).astype(np.float32)
    layers = keras.layers
    layer = layers.GlobalMaxPooling2D() if kind == "max" else layers.GlobalAveragePooling2D()
    pooled = pool(pixels, Pooling(kind, is_global=True))
    assert pooled.shape == (1, 1, 3)
    np.testing.assert_allclose(pooled[0, 0], np.asarray(layer(pixels[None]))[0], rtol=1e-5)


@settings(max_examples=60)
@given(
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 4),
    st.integers(1, 4),
    st.sampled_from(["valid", "same"]),
    st.sampled_from(["max", "average"]),
)
def test_the_windows_of_a_matrix_are_what_pool_computes(
    height: int, width: int, size: int, stride: int, padding: str, kind: str
) -> None:
    matrix = np.random.default_rng(height * width).integers(-99, 99, (height, width)).astype(float)
    pooling = Pooling(kind, (size, size), (stride, stride), padding)
    if padding == "valid" and size > min(height, width):
        with pytest.raises(DataError, match="a window that spans"):
            list(windows(matrix, pooling))
        return
    pooled = pool(matrix[:, :, None], pooling)[:, :, 0]
    for window in windows(matrix, pooling):
        assert window.result == pytest.approx(pooled[window.row, window.column])
        under = matrix[np.ix_(window.rows, window.columns)]
        np.testing.assert_array_equal(window.values, under)


def test_a_maximum_keeps_the_type() -> None:
    assert pool(np.ones((4, 4, 3), np.uint16), Pooling()).dtype == np.uint16


@pytest.mark.parametrize("text", ["0", "-1", "2x", "2x3x4", "two", "1.5", ""])
def test_what_is_no_size_is_an_error_that_names_the_option(text: str) -> None:
    with pytest.raises(UsageError, match="--size"):
        sides(text, "--size")
