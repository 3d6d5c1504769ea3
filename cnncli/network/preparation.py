"""What happens to an image before a network of somebody else's, which its file does not say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from cnncli.errors import ModelError
from cnncli.network.backend import load_keras
from cnncli.network.walk import calls, functional, is_model
from cnncli.spec.scaling import ON_THE_WAY, SCALING

if TYPE_CHECKING:
    import numpy as np

Scaling = Literal["tf", "torch", "caffe", "none"]

# Families of keras.applications, by their module, and what `preprocess_input` of each does:
# `tf` brings pixels to -1..1, `torch` to 0..1 and then to the mean and deviation of ImageNet,
# `caffe` turns RGB into BGR and takes the mean of ImageNet away; the rest does it inside.
FAMILIES: Mapping[str, Scaling] = {
    "convnext": "none",
    "densenet": "torch",
    "efficientnet": "none",
    "efficientnet_v2": "none",
    "inception_resnet_v2": "tf",
    "inception_v3": "tf",
    "mobilenet": "tf",
    "mobilenet_v2": "tf",
    "mobilenet_v3": "none",
    "nasnet": "tf",
    "resnet": "caffe",
    "resnet_v2": "tf",
    "vgg16": "caffe",
    "vgg19": "caffe",
    "xception": "tf",
}
# Of ImageNet, for values of 0..1 (red, green, blue) and of 0..255 (blue, green, red).
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_MEAN_BGR = (103.939, 116.779, 123.68)
OPTIONS = "--input-range LO,HI, --standardize or --prepare FAMILY"


@dataclass(frozen=True)
class Preparation:
    """How a network is fed and read: `input_range` are the values of its inputs, `standardize`
    each image by itself, `family` as one of `FAMILIES`; with `logits` its outputs are no
    probabilities yet.
    """

    input_range: tuple[float, float] | None = None
    standardize: bool = False
    family: str | None = None
    logits: bool = False

    @property
    def feeds(self) -> bool:
        """Whether it says anything of the inputs."""
        return self.input_range is not None or self.standardize or self.family is not None


def prepared(model: Any, preparation: Preparation) -> Any:
    """Return a model that takes 0..255, with layers of Keras's own in front that do the rest.

    The layers of `model` are the same objects, with their names, in one flat graph. Raises
    ModelError where the preparation needs colours that the network does not take.
    """
    layers = list(_layers(preparation))
    if not layers:
        return model
    keras, graph = load_keras(), functional(model)
    (entry,) = graph.inputs
    if preparation.family is not None and len(layers) > 1 and entry.shape[-1] != 3:
        raise ModelError(
            f"--prepare {preparation.family} is for 3 channels; this network takes "
            f"{entry.shape[-1]}"
        )
    name = entry._keras_history.operation.name
    inputs = keras.Input(batch_shape=entry.shape, dtype=entry.dtype, name=name)
    fed = inputs
    for layer in layers:
        fed = layer(fed)
    outputs = graph._run_through_graph([fed], operation_fn=lambda operation: operation)
    return keras.Model(inputs, outputs, name=model.name)


def doubt(model: Any, preparation: Preparation) -> str | None:
    """Say why the scale of the inputs may be another one than the network was trained on."""
    scales = begins_with_scaling(model)
    if scales is None and not preparation.feeds:
        return (
            "nothing says which values this network was trained on, and no layer scales them "
            f"first: it gets 0..255. If that is not what it knows: {OPTIONS}"
        )
    if scales is not None and preparation.feeds and preparation.family not in _inside():
        return f"the network scales its inputs itself (its layer {scales}): they are scaled twice"
    return None


def _inside() -> list[str]:
    return [family for family, scaling in FAMILIES.items() if scaling == "none"]


def _layers(preparation: Preparation) -> Iterator[Any]:
    """Make the layers that prepare images of 0..255."""
    keras, made = load_keras(), 0
    for word, arguments in layer_arguments(preparation):
        if word == "flip":
            yield lambda images: keras.ops.flip(images, axis=-1)
            continue
        name = f"prepare_{made}" if made else "prepare"
        made += 1
        yield getattr(keras.layers, word)(**arguments, name=name)


def layer_arguments(preparation: Preparation) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the layers that prepare images of 0..255, with their arguments.

    "flip" stands for the function of `keras.ops`, along the last axis.
    """
    scaling = FAMILIES[preparation.family] if preparation.family is not None else "none"
    if preparation.input_range not in (None, (0.0, 255.0)):
        low, high = preparation.input_range
        yield "Rescaling", {"scale": (high - low) / 255, "offset": low}
    elif preparation.standardize:
        from cnncli.network.preprocessing import arguments_of

        yield "LayerNormalization", arguments_of("standardize")
    elif scaling == "tf":
        yield "Rescaling", {"scale": 1 / 127.5, "offset": -1.0}
    elif scaling == "torch":
        yield "Rescaling", {"scale": 1 / 255}
        variance = [each**2 for each in _DEVIATION]
        yield "Normalization", {"mean": list(_MEAN), "variance": variance}
    elif scaling == "caffe":
        yield "flip", {}
        yield "Normalization", {"mean": list(_MEAN_BGR), "variance": [1.0] * 3}


def begins_with_scaling(model: Any) -> str | None:
    """Return the name of the layer that scales the inputs before any other takes them."""
    made = list(calls(model))
    tensor = functional(model).inputs[0]
    while True:
        takers = [call for call in made if any(each is tensor for each in call.inputs)]
        if len(takers) != 1:
            return None
        operation = takers[0].operation
        if is_model(operation):
            return begins_with_scaling(operation)
        name = type(operation).__name__
        if name in SCALING:
            return str(operation.name)
        if name not in ON_THE_WAY:
            return None
        tensor = takers[0].outputs[0]


def fed(images: np.ndarray, preparation: Preparation) -> np.ndarray:
    """Return images of 0..255 (float32, N x H x W x C) as `prepared` would bring them to a network.

    For networks that no layer can be put in front of. Raises ModelError as `prepared` does.
    """
    import numpy as np

    scaling = FAMILIES[preparation.family] if preparation.family is not None else "none"
    if scaling in ("torch", "caffe") and images.shape[-1] != 3:
        raise ModelError(
            f"--prepare {preparation.family} is for 3 channels; this network takes "
            f"{images.shape[-1]}"
        )
    if preparation.input_range is not None:
        low, high = preparation.input_range
        images = images * np.float32((high - low) / 255) + np.float32(low)
    elif preparation.standardize:
        from cnncli.network.preprocessing import arguments_of

        axes, least = (1, 2, 3), arguments_of("standardize")["epsilon"]
        centred = images - images.mean(axis=axes, keepdims=True)
        images = centred / np.sqrt((centred**2).mean(axis=axes, keepdims=True) + least)
    elif scaling == "tf":
        images = images / np.float32(127.5) - 1
    elif scaling == "torch":
        images = (images / np.float32(255) - np.array(_MEAN)) / np.array(_DEVIATION)
    elif scaling == "caffe":
        images = images[..., ::-1] - np.array(_MEAN_BGR)
    return images.astype(np.float32)
