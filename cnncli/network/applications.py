"""The models of `keras.applications`, with random weights: nothing is downloaded."""

from __future__ import annotations

from typing import Any

from cnncli.errors import ModelError
from cnncli.network.backend import load_keras
from cnncli.network.parameters import DEFAULT_BOUND, deferred_weights

# The constructors of Keras 3.15, listed so that a name is checked without TensorFlow.
APPLICATIONS = (
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
)
# Their constructors leave the input open; their documentation and their paper say 224 x 224.
_OPEN_INPUT = ("MobileNetV3Large", "MobileNetV3Small")


def build(name: str, *, max_params: int = DEFAULT_BOUND, weights: bool = True) -> Any:
    """Build a model of `keras.applications`, its weights seeded with 0."""
    keras = load_keras()
    keras.utils.set_random_seed(0)
    size = {"input_shape": (224, 224, 3)} if name in _OPEN_INPUT else {}
    with deferred_weights(max_params, initialize=weights) as bound:
        model = getattr(keras.applications, name)(weights=None, **size)
        params, _ = bound.total()
        if params > max_params:  # nothing has taken memory yet
            raise ModelError(
                f"{name} has {params:,} parameters; it may have {max_params:,}",
                hint="If that is meant, raise the bound with --max-params.",
            )
    return model
