"""Facts about networks, against Keras's own: parameters, shapes, nesting, sharing, the document."""

from __future__ import annotations

import json
import math

import pytest

APPLICATIONS = [
    "ConvNeXtBase",
    "ConvNeXtLarge",
    "ConvNeXtSmall",
    "ConvNeXtTiny",
    "ConvNeXtXLarge",
    "DenseNet121",
    "DenseNet169",
    "DenseNet201",
    "EfficientNetB0",
    "EfficientNetB1",
    "EfficientNetB2",
    "EfficientNetB3",
    "EfficientNetB4",
    "EfficientNetB5",
    "EfficientNetB6",
    "EfficientNetB7",
    "EfficientNetV2B0",
    "EfficientNetV2B1",
    "EfficientNetV2B2",
    "EfficientNetV2B3",
    "EfficientNetV2L",
    "EfficientNetV2M",
    "EfficientNetV2S",
    "InceptionResNetV2",
    "InceptionV3",
    "MobileNet",
    "MobileNetV2",
    "MobileNetV3Large",
    "MobileNetV3Small",
    "NASNetLarge",
    "NASNetMobile",
    "ResNet101",
    "ResNet101V2",
    "ResNet152",
    "ResNet152V2",
    "ResNet50",
    "ResNet50V2",
    "VGG16",
    "VGG19",
    "Xception",
]


def _describe(model, **options):
    from cnncli.facts.describe import describe

    return describe(model, **options)


def _compare_with_keras(model) -> None:
    summary = _describe(model)
    assert summary.total_params == model.count_params()
    trainable = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    assert summary.trainable_params == trainable
    layers = {layer.name: layer for layer in summary.layers}
    assert len(layers) == len(model.operations)
    for operation in model.operations:
        ours = layers[operation.name]
        first = operation.output[0] if isinstance(operation.output, list) else operation.output
        assert ours.output_shape == tuple(first.shape)
        if hasattr(operation, "count_params"):
            assert ours.params == operation.count_params()


@pytest.mark.parametrize("name", ["MobileNetV3Small", "ConvNeXtTiny"])
def test_parameters_and_shapes_are_keras_own(name: str):
    _of_application(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", APPLICATIONS)
def test_parameters_and_shapes_of_all_applications_are_keras_own(name: str):
    _of_application(name)


def test_no_application_is_missing_from_the_list():
    import inspect

    import keras

    public = [n for n, x in vars(keras.applications).items() if inspect.isfunction(x)]
    assert sorted(public) == sorted(APPLICATIONS)


def _of_application(name: str) -> None:
    import keras

    with keras.StatelessScope():
        model = getattr(keras.applications, name)(weights=None)
        _compare_with_keras(model)


def test_a_nested_model_holds_its_layers():
    import keras
    from keras import layers as L

    inner = keras.Sequential([keras.Input((4,)), L.Dense(3), L.Dense(2)], name="inner")
    x = keras.Input((4,))
    summary = _describe(keras.Model(x, L.Dense(1)(inner(x))))
    nested = summary.layers[1]
    assert (nested.type, nested.params) == ("Sequential", 15 + 8)
    assert [layer.params for layer in nested.layers if layer.params] == [15, 8]
    assert nested.macs == 4 * 3 + 3 * 2
    assert nested.activation_bytes == 4 * (3 + 2)
    assert summary.total_params == 15 + 8 + 3
    name = f"inner/{nested.layers[1].name}"
    assert summary.largest("params") == (name, 15)
    assert summary.largest("macs") == (name, 12)


def test_what_cannot_be_counted_is_named_inside_nested_models_and_the_rest_counted():
    import keras
    from keras import layers as L

    class Mine(L.Layer):
        def call(self, x):
            return x

    inner = keras.Sequential([keras.Input((4,)), L.Dense(3), Mine(name="mine")], name="inner")
    x = keras.Input((4,))
    summary = _describe(keras.Model(x, L.Dense(1)(inner(x))))
    assert summary.uncounted == ("inner/mine",)
    assert summary.total_macs == 4 * 3 + 3 * 1


def test_weights_shared_between_models_are_counted_once():
    import keras
    from keras import layers as L

    inner = keras.Sequential([keras.Input((4,)), L.Dense(4)])
    x = keras.Input((4,))
    summary = _describe(keras.Model(x, inner(inner(x))))
    assert summary.total_params == 20
    assert summary.layers[1].calls == 2
    assert summary.layers[1].macs == 2 * 16


def test_frozen_layers_are_told():
    import keras
    from keras import layers as L

    model = keras.Sequential([keras.Input((4,)), L.Dense(3, trainable=False), L.Dense(2)])
    summary = _describe(model)
    assert [layer.trainable for layer in summary.layers] == [None, False, True]
    assert (summary.trainable_params, summary.non_trainable_params) == (8, 15)
    assert dict(summary.layers[1].arguments) == {"units": 3, "trainable": False}


def test_mixed_precision_halves_activations_and_not_weights():
    import keras
    from keras import layers as L

    model = keras.Sequential([keras.Input((6,)), L.Dense(4, dtype="mixed_float16")])
    dense = _describe(model).layers[1]
    assert dense.activation_bytes == 4 * 2
    assert dense.weight_bytes == (24 + 4) * 4


def test_only_arguments_that_differ_from_the_defaults_are_said():
    import keras
    from keras import layers as L

    layers = [
        keras.Input((8, 8, 3)),
        L.Conv2D(4, 3, kernel_regularizer=keras.regularizers.L2(0.01)),
        L.BatchNormalization(),
        L.MaxPool2D(),
        L.LeakyReLU(0.1),
        L.Flatten(),
        L.Dense(2, kernel_initializer="he_normal"),
    ]
    said = [dict(layer.arguments) for layer in _describe(keras.Sequential(layers)).layers[1:]]
    regularizer = {"L2": {"l2": pytest.approx(0.01)}}
    assert said == [
        {"filters": 4, "kernel_size": [3, 3], "kernel_regularizer": regularizer},
        {},
        {},
        {"negative_slope": 0.1},
        {},
        {"units": 2, "kernel_initializer": "HeNormal"},
    ]


def test_the_document_comes_back_as_the_same_summary():
    import keras
    from keras import layers as L

    from cnncli.facts.document import from_document, to_document

    x = keras.Input((None, 8, 3))
    y = keras.Sequential([L.Conv2D(4, (3, 1)), L.UpSampling2D(2)])(x)
    model = keras.Model(x, keras.ops.relu(y))
    summary = _describe(model, batch=3, dtype="float16")
    text = json.dumps(to_document(summary))
    assert from_document(json.loads(text)) == summary


def test_a_model_without_a_graph_is_refused():
    import keras

    from cnncli.errors import ModelError

    class Mine(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(ModelError, match="no graph"):
        _describe(Mine())
