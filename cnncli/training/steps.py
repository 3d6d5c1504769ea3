"""The compiled steps of training: one batch of examples through the network, on all devices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from cnncli.training import shares
from cnncli.training.augmentation import Augmentation
from cnncli.training.devices import Devices
from cnncli.training.examples import Examples

if TYPE_CHECKING:
    import numpy as np

Step = Callable[[Examples, "np.ndarray"], None]  # takes the images of these places


class Steps(Protocol):
    """What a loop calls for each batch; for `at_once` batches to train on."""

    @property
    def at_once(self) -> int: ...

    def train(self, part: Examples, places: np.ndarray) -> None: ...

    def test(self, part: Examples, places: np.ndarray) -> None: ...

    def traced(self) -> Any:
        """Return the graph of `train`."""
        ...


@dataclass(frozen=True)
class OneByOne:
    """Steps each of which is a call of its own."""

    train: Step
    test: Step
    traced: Callable[[], Any]
    at_once: int = 1


def compiled_steps(
    model: Any, augmentation: Augmentation, devices: Devices, like: Examples
) -> Steps:
    """Return the steps of a compiled model; batches hold what those of `like` do.

    Each is traced once, whatever the size of a batch: a run that goes on with a short one would
    get another graph, and other bits.
    """
    if devices.strategy is None:
        return _on_one(model, augmentation, like)
    return _on_several(model, augmentation, devices, like)


def _signature(like: Examples) -> list[Any]:
    import tensorflow as tf

    return [
        tf.TensorSpec([None, *like.pixels.shape[1:]], tf.uint8),
        tf.TensorSpec([None, *like.targets.shape[1:]], like.targets.dtype),
    ]


def _on_one(model: Any, augmentation: Augmentation, like: Examples) -> Steps:
    import tensorflow as tf

    signature = _signature(like)
    weights = [tf.TensorSpec([None], tf.float32)] if like.weights is not None else []

    @tf.function(input_signature=[*signature, *weights])
    def train(images: Any, targets: Any, *rest: Any) -> None:
        images = tf.cast(images, tf.float32)
        images, targets = augmentation(images, targets)
        model.train_step((images, targets, *rest))

    @tf.function(input_signature=signature)
    def test(images: Any, targets: Any) -> None:
        model.test_step((tf.cast(images, tf.float32), targets))

    return OneByOne(
        lambda part, places: train(*part.batch(places)),
        lambda part, places: test(*part.batch(places)[:2]),
        lambda: train.get_concrete_function().graph,
    )


def _on_several(model: Any, augmentation: Augmentation, devices: Devices, like: Examples) -> Steps:
    import numpy as np
    import tensorflow as tf

    rest = [[None], [devices.own + 1], [devices.own], []]
    kinds = [tf.float32, tf.int32, tf.int32, tf.float32]
    signature = [*_signature(like), *map(tf.TensorSpec, rest, kinds)]
    # Of a mean over the images of a share; a sum is one already.
    scaled = getattr(model.loss, "reduction", None) != "sum"

    def traceable(step: Callable[[shares.Share], None]) -> Any:
        @tf.function(input_signature=signature)
        def on_all(*batch: Any) -> None:
            devices.strategy.run(lambda: step(_own_share(devices, *batch)))

        return on_all

    def compiled(on_all: Any) -> Step:
        def call(part: Examples, places: np.ndarray) -> None:
            divided = shares.divide(len(places), devices.count, devices.first, devices.own)
            pixels, targets, *rest = part.batch(places[divided.rows])
            weights = divided.scale if scaled else np.sign(divided.scale)
            weights = weights * rest[0] if rest else weights
            on_all(pixels, targets, weights, divided.bounds, divided.real, divided.part)

        return call

    train = traceable(lambda share: shares.train(model, augmentation, share))
    return OneByOne(
        compiled(train),
        compiled(traceable(lambda share: shares.test(model, share))),
        lambda: train.get_concrete_function().graph,
    )


def _own_share(
    devices: Devices, images: Any, targets: Any, weights: Any, bounds: Any, real: Any, part: Any
) -> shares.Share:
    """Cut the share of the device that computes this out of the rows of its process."""
    import tensorflow as tf

    place = tf.distribute.get_replica_context().replica_id_in_sync_group - devices.first
    with tf.device("CPU"):  # so that a card is sent its own rows alone
        own = slice(bounds[place], bounds[place + 1])
        return shares.Share(images[own], targets[own], weights[own], real[place], part)
