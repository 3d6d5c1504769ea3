"""Kernels and what excites them, against Keras itself: sub-models, and one filter alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnncli.errors import UsageError
from cnncli.evaluation.exciting import exciting
from cnncli.evaluation.filters import filters
from cnncli.images.blobs import Box
from cnncli.network.backend import load_keras


@pytest.fixture(scope="module")
def model() -> Any:
    """A network with a preprocessing layer, every kind of convolution, a nested network in it."""
    keras = load_keras()
    keras.utils.set_random_seed(0)
    layers = keras.layers
    image = keras.Input((20, 24, 3), name="input")
    flow = layers.LayerNormalization(
        axis=(1, 2, 3), epsilon=1e-3, center=False, scale=False, name="preprocess"
    )(image)
    flow = layers.Conv2D(4, 3, activation="relu", name="first")(flow)
    flow = layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False, name="deep")(flow)
    flow = layers.SeparableConv2D(5, (3, 2), depth_multiplier=2, padding="same", name="apart")(flow)
    flow = layers.Conv2D(6, 3, groups=1, strides=2, padding="same", name="strided")(flow)
    inner = keras.Input((8, 10, 6))
    base = keras.Model(inner, layers.Conv2D(3, 3, name="conv1")(inner), name="base")
    flow = layers.Conv2DTranspose(2, 3, name="back")(base(flow))
    flow = layers.GlobalAveragePooling2D()(flow)
    return keras.Model(image, layers.Dense(2, activation="softmax", name="last")(flow))


NAMES = ["first", "deep", "apart", "strided", "base/conv1", "back"]


def images(count: int = 9) -> list[tuple[str, np.ndarray]]:
    draws = np.random.default_rng(1)
    return [(str(i), draws.integers(0, 256, (20, 24, 3), np.uint8)) for i in range(count)]


def layer_of(model: Any, name: str) -> Any:
    for part in name.split("/"):
        model = model.get_layer(part)
    return model


@pytest.mark.parametrize("name", NAMES)
def test_each_filter_alone_makes_its_map(model: Any, name: str) -> None:
    """A plain convolution by `kernels[i]` of what enters a layer is the layer's map i."""
    import tensorflow as tf

    (chosen,), known = filters(model, [name])
    assert known == NAMES
    assert chosen.is_first == (name == "first")
    layer = layer_of(model, name)
    channels = 4 if name == "deep" else chosen.inputs
    entering = tf.random.stateless_normal((1, 9, 11, channels), (1, 2))
    expected = np.asarray(layer.call(entering)) if name != "first" else None
    steps = layer.strides[0]
    for index, kernel in enumerate(chosen.kernels):
        seen = entering[..., index // 2 : index // 2 + 1] if name == "deep" else entering
        weights = kernel[..., None].astype(np.float32)
        if name == "back":
            size = (1, 11, 13, 1)
            made = tf.nn.conv2d_transpose(seen, weights.transpose(0, 1, 3, 2), size, steps, "VALID")
        else:
            made = tf.nn.conv2d(seen, weights, steps, layer.padding.upper())
        made = made[..., 0] + (0 if chosen.biases is None else chosen.biases[index])
        if expected is None:
            expected = np.asarray(layer.call(entering))
        if name == "first":
            made = tf.nn.relu(made)
        np.testing.assert_allclose(made, expected[..., index], atol=2e-5)
    np.testing.assert_allclose(
        chosen.norms, [np.linalg.norm(kernel.ravel()) for kernel in chosen.kernels], rtol=1e-6
    )


@pytest.mark.parametrize("name", ["first", "apart", "strided", "base/conv1", "back"])
def test_top_images_are_those_of_a_sub_model_of_keras(model: Any, name: str) -> None:
    import keras

    chosen, _ = filters(model, [name])
    if name == "base/conv1":
        output = model.get_layer("base")(model.get_layer("strided").output)
    else:
        output = model.get_layer(name).output
    shown = images()
    batch = np.stack([pixels for _, pixels in shown]).astype(np.float32)
    maps = keras.Model(model.inputs[0], output).predict(batch, verbose=0)
    found = exciting(model, chosen, shown, 4)[name]
    assert len(found) == maps.shape[3]
    for index, excited in enumerate(found):
        peaks = maps[..., index].max(axis=(1, 2))
        alive = int((maps[..., index] != 0).any(axis=(1, 2)).sum())
        expected = np.argsort(-peaks, kind="stable")[: min(4, alive)]
        assert [each.image for each in excited] == [str(number) for number in expected]
        for each in excited:
            at = maps[int(each.image), each.row, each.column, index]
            assert each.value == pytest.approx(peaks[int(each.image)], rel=1e-5)
            assert at == pytest.approx(each.value, rel=1e-5)


@pytest.mark.parametrize("name", ["first", "deep", "strided", "base/conv1"])
def test_the_box_is_what_the_value_depends_on(model: Any, name: str) -> None:
    """Behind `preprocess`, the gradient of the value is 0 outside of the box."""
    import tensorflow as tf

    from cnncli.network.results import computed, follow
    from cnncli.network.walk import functional

    chosen, _ = filters(model, [name])
    (one,) = images(1)
    normal = model.get_layer("preprocess")(one[1][None].astype(np.float32))
    start = id(model.get_layer("preprocess").output)
    for index, excited in enumerate(exciting(model, chosen, [one], 1)[name][:3]):
        if not excited:
            continue
        place = excited[0]
        with tf.GradientTape() as tape:
            tape.watch(normal)
            values = {start: normal, id(functional(model)._inputs[0]): normal}
            maps = next(
                made[0]
                for shown, _, made, _ in follow(
                    model, values, lambda _, call, known: computed(call, known)
                )
                if shown == name
            )
            value = maps[0, place.row, place.column, index]
        touched = np.any(np.asarray(tape.gradient(value, normal))[0], axis=-1)
        box = place.box
        assert box is not None
        inside = np.s_[box.top : box.top + box.height, box.left : box.left + box.width]
        assert touched[inside].sum() == touched.sum() > 0
        if name == "first":  # behind it, units at 0 keep a part from counting
            assert touched[inside].all()


def test_a_filter_that_is_never_active_has_no_images(model: Any) -> None:
    keras = load_keras()
    image = keras.Input((6, 6, 1))
    silent = keras.Model(image, keras.layers.Conv2D(2, 3, activation="relu", name="c")(image))
    kernel = np.zeros((3, 3, 1, 2), np.float32)
    kernel[1, 1, 0] = 1, -1
    silent.get_layer("c").set_weights([kernel, np.zeros(2, np.float32)])
    pixels = np.arange(36, dtype=np.uint8).reshape(6, 6, 1)
    chosen, _ = filters(silent)
    alive, dead = exciting(silent, chosen, [("a", pixels), ("b", pixels)], 3)["c"]
    assert [(each.image, each.value, each.row, each.column) for each in alive] == [
        ("a", 28, 3, 3), ("b", 28, 3, 3),
    ]  # fmt: skip
    assert alive[0].box == Box(3, 3, 3, 3)
    assert dead == []


def test_layers_without_filters(model: Any) -> None:
    keras = load_keras()
    with pytest.raises(UsageError, match="a Dense has no filters"):
        filters(model, ["last"])
    with pytest.raises(UsageError, match='no layer is named "nosuch"'):
        filters(model, ["nosuch"])
    image = keras.Input((4, 4, 1))
    flat = keras.Model(image, keras.layers.Dense(2)(keras.layers.Flatten()(image)))
    with pytest.raises(UsageError, match="no 2D convolution"):
        filters(flat)
