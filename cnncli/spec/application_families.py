"""The families of `keras.applications`, each of which prepares its pixels in its own way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from cnncli.spec import catalog

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


def families() -> list[str]:
    """Return the families of `keras.applications`, each of which prepares its pixels in its way."""
    return list(dict.fromkeys(str(each["module"]) for each in catalog.applications().values()))


def family_of(name: str) -> str | None:
    """Return the family that a name means: its own, or that of a network, as ResNet50 of resnet."""
    plain = plain_name(name)
    own = {plain_name(family): family for family in families()}
    of_network = {plain_name(n): str(e["module"]) for n, e in catalog.applications().items()}
    return own.get(plain) or of_network.get(plain)


def plain_name(name: str) -> str:
    """Return a name without what one may write otherwise: case, - and _."""
    return name.lower().replace("_", "").replace("-", "")
