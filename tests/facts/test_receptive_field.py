"""Receptive fields, against the input pixels that the gradient of a unit really reaches."""

from __future__ import annotations

import pytest


def _chain(*layers, size=48):
    import keras

    return keras.Sequential([keras.Input((size, size, 1)), *layers])


def _graph(build, size=48):
    import keras

    x = keras.Input((size, size, 1))
    return keras.Model(x, build(x))


def _residual(L):
    def build(x):
        y = L.Conv2D(2, 3, padding="same")(x)
        y = L.Conv2D(2, 3, padding="same")(y)
        return L.Add()([L.Conv2D(2, 1)(x), y])

    return _graph(build)


def _inception(L):
    def build(x):
        branches = [L.Conv2D(2, k, strides=2, padding="same")(x) for k in (1, 3, 7)]
        return L.Concatenate()([*branches, L.AveragePooling2D(3, 2, padding="same")(x)])

    return _graph(build)


def _hourglass(L):
    def build(x):
        y = L.MaxPool2D()(L.Conv2D(2, 3, padding="same")(x))
        y = L.UpSampling2D()(L.Conv2D(2, 3, padding="same")(y))
        return L.Conv2D(1, 3, padding="same")(L.Concatenate()([x, y]))

    return _graph(build)


def _nested(L):
    inner = _chain(L.Conv2D(1, 3), L.AveragePooling2D(2), size=44)
    return _chain(L.Cropping2D(2), inner, L.Conv2D(1, 5))


NETWORKS = {
    "one convolution": lambda L: _chain(L.Conv2D(1, 5)),
    "stack": lambda L: _chain(L.Conv2D(1, 3), L.Conv2D(1, 5, padding="same"), L.Conv2D(1, (3, 1))),
    "strides": lambda L: _chain(
        L.Conv2D(1, 3, strides=2, padding="same"), L.Conv2D(1, 3, strides=3)
    ),
    "dilation": lambda L: _chain(L.Conv2D(1, 3, dilation_rate=4), L.Conv2D(1, 3, dilation_rate=2)),
    "pooling": lambda L: _chain(
        L.Conv2D(1, 3), L.MaxPool2D(), L.Conv2D(1, 3), L.AveragePooling2D(3)
    ),
    "lesson's beginning": lambda L: _chain(
        *(layer for _ in range(3) for layer in (L.Conv2D(2, 3, padding="same"), L.MaxPool2D()))
    ),
    "depthwise": lambda L: _chain(L.DepthwiseConv2D(5), L.SeparableConv2D(2, 3, strides=2)),
    "padding": lambda L: _chain(L.ZeroPadding2D(3), L.Conv2D(1, 7, strides=2), L.Cropping2D(1)),
    "transposed": lambda L: _chain(L.Conv2D(1, 3, strides=2), L.Conv2DTranspose(1, 3, strides=2)),
    "transposed, same": lambda L: _chain(
        L.MaxPool2D(4), L.Conv2DTranspose(1, 5, strides=2, padding="same"), L.Conv2D(1, 3)
    ),
    "upsampling": lambda L: _chain(L.MaxPool2D(4), L.UpSampling2D(3), L.Conv2D(1, 3)),
    "bilinear": lambda L: _chain(
        L.MaxPool2D(4), L.UpSampling2D(2, interpolation="bilinear"), L.Conv2D(1, 3)
    ),
    "residual": _residual,
    "inception": _inception,
    "hourglass": _hourglass,
    "nested": _nested,
}


def _reached(model):
    """Return, along each axis, the most input positions that one of the middle units reaches.

    Positive weights let no gradient cancel; many inputs let each place of a maximum win.
    """
    import numpy as np
    import tensorflow as tf

    random = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(random.uniform(0.5, 1.5, weight.shape) if len(weight.shape) > 1 else weight)
    images = tf.constant(random.uniform(0, 1, (48, *model.input_shape[1:])), tf.float32)
    height, width = model.output_shape[1:3]
    sizes = []
    for step in range(4):
        i, j = min(height - 1, height // 2 + step), min(width - 1, width // 2 + step)
        with tf.GradientTape() as tape:
            tape.watch(images)
            unit = tf.reduce_sum(model(images)[:, i, j])
        gradient = np.abs(tape.gradient(unit, images)).sum(axis=(0, 3)) > 0
        sizes.append([np.flatnonzero(gradient.any(axis=axis)) for axis in (1, 0)])
    return tuple(max(int(hit[n][-1] - hit[n][0]) + 1 for hit in sizes) for n in (0, 1))


@pytest.mark.parametrize("name", NETWORKS)
def test_the_field_is_what_the_gradient_reaches(name: str):
    from keras import layers

    from cnncli.facts.describe import describe
    from cnncli.network.pointwise import spare_strides

    model = NETWORKS[name](layers)
    spare_strides(model)  # or the gradient crashes the process
    assert describe(model).layers[-1].receptive_field == _reached(model)


# (size, stride) of the last map, from Araujo, Norris and Sim (Distill 2019), table of fields.
PUBLISHED = {"VGG16": (212, 32), "ResNet50": (483, 32), "MobileNet": (315, 32)}


@pytest.mark.parametrize("name", PUBLISHED)
def test_known_networks_have_their_published_fields(name: str):
    import keras

    from cnncli.facts.describe import describe

    with keras.StatelessScope():
        model = getattr(keras.applications, name)(weights=None)
    maps = [x for x in describe(model).layers if isinstance(x.receptive_field, tuple)]
    size, stride = PUBLISHED[name]
    assert maps[-1].receptive_field == (size, size)
    assert maps[-1].receptive_stride == (stride, stride)


def _field(model):
    from cnncli.facts.describe import describe

    return describe(model).layers[-1].receptive_field


def test_attention_to_the_whole_map_sees_all_of_it():
    from keras import layers as L

    def squeeze(x):
        x = L.Conv2D(4, 3)(x)
        gate = L.Dense(4, activation="sigmoid")(L.GlobalAveragePooling2D(keepdims=True)(x))
        return L.Multiply()([x, gate])

    assert _field(_graph(squeeze)) == "whole"
    assert _field(_chain(L.GroupNormalization(1))) == "whole"


def test_vectors_have_no_field():
    from keras import layers as L

    assert _field(_chain(L.Flatten(), L.Dense(3))) is None


def test_what_has_no_rule_is_unknown():
    from keras import layers as L

    assert _field(_chain(L.Permute((2, 1, 3)))) == "unknown"
    assert _field(_chain(L.Conv2D(2, 3), L.RandomRotation(0.1))) == "unknown"


def test_maps_that_are_laid_side_by_side_or_spread_over_another_are_unknown():
    from keras import layers as L

    def beside(x):
        return L.Concatenate(axis=1)([x, L.Conv2D(1, 3, padding="same")(x)])

    def spread(x):
        return L.Add()([x, L.Conv2D(1, (48, 1))(x)])

    assert _field(_graph(beside)) == "unknown"
    assert _field(_graph(spread)) == "unknown"


def test_fields_on_different_inputs_are_not_joined():
    import keras
    from keras import layers as L

    left, right = keras.Input((8, 8, 1)), keras.Input((8, 8, 1))
    joined = keras.Model([left, right], L.Add()([L.Conv2D(1, 3)(left), L.Conv2D(1, 3)(right)]))
    assert _field(joined) == "unknown"


def test_an_upsampled_map_steps_by_a_part_of_a_pixel():
    from keras import layers as L

    from cnncli.facts.describe import describe

    assert describe(_chain(L.UpSampling2D(2))).layers[-1].receptive_stride == (0.5, 0.5)


def test_of_what_is_called_again_the_first_call_counts_for_all() -> None:
    import keras

    from cnncli.facts.describe import describe

    inputs = keras.Input((32, 32, 3))
    layer = keras.layers.Conv2D(3, 3, name="again")
    block = keras.Sequential(
        [keras.Input((None, None, 3)), keras.layers.Conv2D(3, 5)], name="block"
    )
    model = keras.Model(inputs, block(block(layer(layer(inputs)))))
    summary = describe(model)
    rows = {row.name: row for row in summary.layers}
    assert rows["again"].output_shape == (None, 30, 30, 3)
    assert rows["again"].receptive_field == (3, 3)
    assert rows["block"].output_shape == (None, 24, 24, 3)
    assert rows["block"].receptive_field == (9, 9)
    assert rows["block"].layers[-1].receptive_field == (9, 9)
