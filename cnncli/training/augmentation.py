"""Changing images at random while training, so that a network sees more than there are.

The layers are Keras's own and work on pixels 0..255 in the training step; they are no part of
the saved model. Their seed generators are state that a resumed run needs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.network.faults import Fault, describe
from cnncli.network.objects import make_thing
from cnncli.spec.graph import Thing
from cnncli.spec.model import Spec

if TYPE_CHECKING:
    import numpy as np

# These mix two images of a batch and, to the same part, their labels.
BLENDING = ("CutMix", "MixUp")
# `preprocess: standardize` takes back what these change.
CANCELLED = {"RandomBrightness": "brightness", "RandomContrast": "contrast"}


@dataclass(frozen=True)
class Augmentation:
    """The layers, in the order in which an image goes through them.

    Those named in `on_processor` work there, also where a graphics card trains.
    """

    layers: Sequence[Any]
    on_processor: frozenset[str] = frozenset()

    @property
    def variables(self) -> list[Any]:
        """The states of the seed generators: all that the next change depends on."""
        return [variable for layer in self.layers for variable in layer.variables]

    @property
    def blends(self) -> bool:
        """Whether labels are mixed too, and must be one-hot (N x classes) or N x 1."""
        return any(type(layer).__name__ in BLENDING for layer in self.layers)

    def __call__(self, images: Any, targets: Any = None) -> tuple[Any, Any]:
        """Return changed images, float32 0..255 N x H x W x C, and the targets to go with them."""
        for layer in self.layers:
            with self._place(layer):
                images, targets = _changed(layer, images, targets)
        return images, targets

    def _place(self, layer: Any) -> AbstractContextManager[Any]:
        if layer.name not in self.on_processor:
            return contextlib.nullcontext()
        import tensorflow as tf

        place: AbstractContextManager[Any] = tf.device("CPU:0")
        return place


def _changed(layer: Any, images: Any, targets: Any) -> tuple[Any, Any]:
    if type(layer).__name__ not in BLENDING:
        return layer(images, training=True), targets
    both = layer({"images": images, "labels": targets}, training=True)
    return both["images"], both["labels"]


def augmentation(spec: Spec, shape: tuple[int, int, int]) -> Augmentation:
    """Make the layers of `training.augmentation` for images of `shape` (height, width, channels).

    Each is tried on two grey images. Raises SpecError, at its line, for one that Keras refuses,
    that has weights to learn, or that changes the size of the images.
    """
    try:
        return Augmentation([_layer(thing, shape) for thing in spec.training.augmentation])
    except Fault as fault:
        raise fault.in_source(spec.source) from fault.__cause__


def notes(spec: Spec) -> list[str]:
    """Return what the preprocessing takes back of the augmentation, one sentence each."""
    if spec.preprocess != "standardize":
        return []
    return [
        f"{thing.class_name} has next to no effect: preprocess: standardize brings every image "
        f"to the same {CANCELLED[thing.class_name]}."
        for thing in spec.training.augmentation
        if thing.class_name in CANCELLED
    ]


def examples(spec: Spec, pixels: np.ndarray, count: int) -> list[np.ndarray]:
    """Return `count` changed versions of `pixels`, uint8 N x H x W x C, seeded by the spec."""
    import keras
    import numpy as np

    keras.utils.set_random_seed(spec.seed)
    made = augmentation(spec, pixels.shape[1:])
    labels = np.eye(len(pixels), dtype=np.float32)
    changed = [made(pixels.astype(np.float32), labels)[0] for _ in range(count)]
    return [np.clip(np.rint(np.asarray(each)), 0, 255).astype(np.uint8) for each in changed]


def _layer(thing: Thing, shape: tuple[int, int, int]) -> Any:
    import numpy as np

    layer = make_thing(thing, "layer")
    images = np.full((2, *shape), 128, np.float32)
    try:
        changed, _ = Augmentation([layer])(images, np.eye(2, dtype=np.float32))
    except MemoryError:
        raise
    except Exception as error:
        size = " x ".join(map(str, shape))
        text = f"{thing.class_name} cannot change images of {size}: {describe(error)}"
        raise Fault(text, thing.where) from error
    if tuple(changed.shape) != images.shape:
        after = " x ".join(map(str, tuple(changed.shape)[1:]))
        raise Fault(
            f"{thing.class_name} makes images of {after}; the network takes "
            f"{' x '.join(map(str, shape))}",
            thing.where,
        )
    if layer.trainable_variables:
        raise Fault(f"{thing.class_name} has weights to learn; augmentation has none", thing.where)
    return layer
