"""Keras models of many kinds, to be written as specs; and how two models are compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnncli.network.backend import load_keras

Maker = Callable[[], Any]
SPECIAL: dict[str, Maker] = {}


def special(make: Maker) -> Maker:
    """Add a model to the table under the name of its function."""
    SPECIAL[make.__name__] = make
    return make


def _kit() -> tuple[Any, Any, Any, Any]:
    keras = load_keras()
    return keras, keras.layers, keras.ops, keras.Input


@special
def shared_layer() -> Any:
    keras, layers, _, Input = _kit()
    inputs = Input((8,))
    dense = layers.Dense(8, name="again")
    return keras.Model(inputs, dense(dense(dense(inputs))))


@special
def two_inputs_and_a_shared_tower() -> Any:
    keras, layers, ops, Input = _kit()
    left, right = Input((8, 8, 1), name="left"), Input((8, 8, 1), name="right")
    tower = keras.Sequential(
        [layers.Conv2D(4, 3), layers.BatchNormalization(), layers.Flatten(), layers.Dense(3)],
        name="tower",
    )
    far = ops.abs(ops.subtract(tower(left), tower(right)))
    return keras.Model([left, right], layers.Dense(1)(far))


@special
def two_outputs_by_name() -> Any:
    keras, layers, _, Input = _kit()
    inputs = Input((8, 8, 3))
    trunk = layers.Conv2D(3, 1)(inputs)
    maps = layers.Conv2D(3, 1)(trunk)
    outputs = {"b": layers.Dense(1)(trunk), "a": [maps, layers.Flatten()(maps)]}
    return keras.Model(inputs, outputs)


@special
def inputs_by_name() -> Any:
    keras, layers, _, Input = _kit()
    one, other = Input((3,), name="b"), Input((3,), name="a")
    return keras.Model({"b": one, "a": other}, layers.Subtract()([one, other]))


@special
def nested_model_with_several_inputs_and_outputs() -> Any:
    keras, layers, _, Input = _kit()
    one, two = Input((8,)), Input((4,))
    inner = keras.Model([one, two], [layers.Dense(2)(one), layers.Concatenate()([one, two])])
    first, second = Input((8,)), Input((4,))
    small, joined = inner([first, second])
    outputs = inner([joined[:, :8], second])
    return keras.Model([first, second], [small, joined, *outputs])


@special
def nested_sequential_in_sequential() -> Any:
    keras, layers, _, Input = _kit()
    inner = keras.Sequential([layers.Dense(4), layers.ReLU()])
    inputs = Input((4,))
    return keras.Model(inputs, keras.Sequential([Input((4,)), layers.Dense(4), inner])(inputs))


@special
def operations() -> Any:
    keras, _, ops, Input = _kit()
    inputs = Input((8, 8, 3))
    x = 1.0 - inputs
    x = ops.maximum(x, 0.5) * ops.cast(inputs > 0, "float32")
    x = ops.where(inputs > 0, x, inputs)[:, ::2, ..., 0]
    x = ops.mean(ops.einsum("bij,bkj->bik", x, x), axis=[1, 2], keepdims=True)
    x = ops.reshape(ops.concatenate([x, x * 2], axis=-1), (-1, 2))
    x = ops.clip(ops.softmax(x), 0.1, 0.9) + np.array([1.0, 2.0], dtype="float32")
    return keras.Model(inputs, ops.stack([x, -x], axis=1) ** 2)


@special
def operations_with_constants() -> Any:
    keras, _, ops, Input = _kit()
    x = Input((8, 6))
    return keras.Model(
        x,
        [
            ops.pad(x, [[0, 0], [1, 1], [0, 0]]),
            ops.transpose(x, (0, 2, 1)),
            ops.take(x, [0, 1], axis=1),
            ops.one_hot(ops.argmax(x, -1), 6),
            ops.top_k(x, 2)[0],
            ops.norm(x, axis=-1),
            ops.image.resize(ops.expand_dims(x, -1), (4, 4)),
            ops.split(x, 2, axis=-1)[1],
            ops.var(x, axis=1),
        ],
    )


@special
def custom_initializer_regularizer_and_activation() -> Any:
    keras, layers, _, Input = _kit()
    inputs = Input((8,))
    dense = layers.Dense(
        4,
        kernel_initializer=keras.initializers.VarianceScaling(2.0, "fan_out", "uniform", seed=3),
        kernel_regularizer=keras.regularizers.L1L2(1e-3, 1e-4),
        bias_constraint=keras.constraints.MaxNorm(2),
        activation=layers.LeakyReLU(negative_slope=0.1),
    )
    return keras.Model(inputs, dense(inputs))


@special
def adapted_normalization() -> Any:
    keras, layers, _, Input = _kit()
    inputs = Input((4,))
    normalization = layers.Normalization()
    normalization.adapt(np.arange(12.0).reshape(3, 4))
    return keras.Model(inputs, layers.Dense(2)(normalization(inputs)))


@special
def normalization_with_mean_and_variance() -> Any:
    keras, layers, _, Input = _kit()
    inputs = Input((4,))
    normalization = layers.Normalization(mean=[1.0, 2, 3, 4], variance=[1.0, 2, 1, 2])
    return keras.Model(inputs, layers.Dense(2)(normalization(inputs)))


@special
def recurrent_with_states() -> Any:
    keras, layers, _, Input = _kit()
    inputs = Input((9, 5))
    x, hidden, cell = layers.LSTM(5, return_sequences=True, return_state=True)(inputs)
    return keras.Model(inputs, [layers.LSTM(5)(x, initial_state=[hidden, cell]), hidden])


@special
def cells_and_directions() -> Any:
    keras, layers, _, Input = _kit()
    inputs = Input((3, 8))
    backward = layers.GRU(3, go_backwards=True)
    both = layers.Bidirectional(layers.LSTM(3), backward_layer=backward)(inputs)
    return keras.Model(inputs, [both, layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)])(inputs)])


@special
def attention() -> Any:
    keras, layers, _, Input = _kit()
    query, value = Input((9, 6)), Input((7, 6))
    x, scores = layers.MultiHeadAttention(2, 3)(
        query=query, value=value, key=value, return_attention_scores=True
    )
    same = layers.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True)
    return keras.Model([query, value], [same, scores, layers.Attention()([query, value])])


@special
def masks() -> Any:
    keras, layers, _, Input = _kit()
    inputs = Input((9,), dtype="int32")
    x = layers.Embedding(10, 4, mask_zero=True)(inputs)
    x = layers.LSTM(4, return_sequences=True)(x)
    return keras.Model(inputs, layers.Bidirectional(layers.GRU(3))(x))


@special
def time_distributed_models() -> Any:
    keras, layers, _, Input = _kit()
    inputs, inner = Input((3, 8, 8, 1)), Input((8, 8, 1))
    added = keras.Model(inner, layers.Add()([layers.Conv2D(1, 1)(inner), inner]))
    chain = keras.Sequential([layers.Conv2D(2, 3), layers.Flatten()])
    x = layers.TimeDistributed(added)(inputs)
    return keras.Model(inputs, layers.TimeDistributed(chain)(x))


@special
def sequential() -> Any:
    keras, layers, _, Input = _kit()
    return keras.Sequential(
        [
            Input((8, 8, 1)),
            layers.Conv2D(2, 3, activation="gelu"),
            layers.Flatten(),
            layers.Dropout(0.3, seed=4),
            layers.Dense(3, activation="softmax"),
        ]
    )


@special
def mixed_precision() -> Any:
    keras, layers, _, Input = _kit()
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        return keras.Sequential(
            [
                Input((8,)),
                layers.Dense(4),
                layers.BatchNormalization(),
                layers.Dense(3, dtype="float32"),
            ]
        )
    finally:
        keras.config.set_dtype_policy(before)


@special
def frozen_layer_in_inference_mode() -> Any:
    keras, layers, _, Input = _kit()
    inputs = Input((8,))
    dense = layers.Dense(3)
    dense.trainable = False
    return keras.Model(inputs, layers.BatchNormalization()(dense(inputs), training=False))


@special
def image_layers() -> Any:
    keras, layers, _, Input = _kit()
    inputs = Input((32, 32, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    x = layers.RandomFlip("horizontal", seed=3)(x)
    x = layers.CenterCrop(8, 8)(layers.Resizing(16, 16)(x))
    return keras.Model(inputs, layers.Flatten()(x))


@special
def normalizations() -> Any:
    keras, layers, _, Input = _kit()
    inputs = Input((8, 8, 4))
    x = layers.GroupNormalization(2)(layers.LayerNormalization()(inputs))
    x = layers.UnitNormalization()(layers.LayerNormalization(axis=(1, 2))(x))
    return keras.Model(
        inputs, layers.Softmax()(layers.SpectralNormalization(layers.Conv2D(3, 3))(x))
    )


@special
def convolutions() -> Any:
    keras, layers, _, Input = _kit()
    inputs = Input((8, 8, 4))
    x = layers.SeparableConv2D(4, 3, depthwise_initializer="he_normal")(inputs)
    x = layers.DepthwiseConv2D(3, depth_multiplier=2)(x)
    x = layers.Conv2DTranspose(4, 3, strides=2)(x)
    x = layers.UpSampling2D(2, interpolation="bilinear")(x)
    x = layers.Cropping2D(1)(layers.ZeroPadding2D(((1, 0), (0, 1)))(x))
    return keras.Model(inputs, layers.Permute((3, 1, 2))(layers.SpatialDropout2D(0.1)(x)))


@special
def names_that_yaml_must_quote() -> Any:
    keras, layers, _, Input = _kit()
    x = inputs = Input((8,), name="x y")
    for name in ("input", "$a", "é.[1]", "yes", "1e3", "with: colon #1", ' "quoted"'):
        x = layers.Dense(3, name=name)(x)
    return keras.Model(inputs, x, name="a model")


@special
def part_of_another_model() -> Any:
    keras, layers, _, Input = _kit()
    inputs = Input((4,))
    inner = layers.Dense(4)(inputs)
    outputs = layers.Dense(3)(inner)
    keras.Model(inputs, outputs)
    return keras.Model(inner, layers.Dense(2)(outputs))


@special
def an_input_that_is_an_output() -> Any:
    keras, layers, _, Input = _kit()
    inputs = Input((8,))
    return keras.Model(inputs, [inputs, layers.Dense(2)(inputs)])


@special
def stateful() -> Any:
    keras, layers, _, Input = _kit()
    inputs = Input(batch_shape=(2, 4, 3))
    return keras.Model(inputs, layers.LSTM(2, stateful=True)(inputs))


@special
def lookups() -> Any:
    keras, layers, _, Input = _kit()
    inputs = Input((1,), dtype="int64")
    x = layers.IntegerLookup(vocabulary=[1, 2, 3], output_mode="one_hot")(inputs)
    y = layers.CategoryEncoding(num_tokens=8, output_mode="one_hot")(inputs)
    return keras.Model(inputs, layers.Dense(2)(layers.Concatenate()([x, y])))


def assert_same(one: Any, other: Any) -> None:
    """Assert that two models are the same network: as many layers and parameters, and, with
    the weights of one copied over, the same predictions to the last bit."""
    assert other.count_params() == one.count_params()
    assert [weight.shape for weight in other.weights] == [weight.shape for weight in one.weights]
    inputs = _functional(one)._inputs
    layer_count = len(_functional(one).layers)
    assert len(_functional(other).layers) == layer_count
    random = np.random.default_rng(0)
    weights = [_some(random, weight) for weight in one.weights]
    for model in (one, other):
        model.set_weights(weights)
        for layer in model._flatten_layers():
            if hasattr(layer, "finalize_state"):
                layer.finalize_state()
    data: Any = [_data(random, tensor) for tensor in inputs]
    by_name = isinstance(one._inputs_struct, dict) if hasattr(one, "_inputs_struct") else False
    if by_name:
        data = dict(zip(sorted(one._inputs_struct), data, strict=True))
    elif len(data) == 1:
        data = data[0]
    flatten = load_keras().tree.flatten
    ours, theirs = flatten(other(data)), flatten(one(data))
    assert len(ours) == len(theirs)
    for our, their in zip(ours, theirs, strict=True):
        assert our.shape == their.shape
        np.testing.assert_array_equal(np.asarray(our, "float64"), np.asarray(their, "float64"))


def _functional(model: Any) -> Any:
    return model._functional if isinstance(model, load_keras().Sequential) else model


def _some(random: np.random.Generator, weight: Any) -> Any:
    """Random values that a weight may have; states of seed generators are left as they are."""
    if "float" not in weight.dtype:
        return weight.numpy()
    values = random.normal(size=weight.shape).astype(weight.dtype) * 0.1
    return np.abs(values) + 0.5 if "variance" in weight.path else values


def _data(random: np.random.Generator, tensor: Any) -> Any:
    first, *rest = tensor.shape
    shape = (first or 2, *(size or 64 for size in rest))
    if "float" in tensor.dtype:
        return random.normal(size=shape).astype(tensor.dtype)
    return random.integers(0, 5, size=shape)
