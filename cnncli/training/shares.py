"""A batch that several devices share: who gets which images, and how much each image counts.

A device takes the mean over its own images, and TensorFlow the mean over the devices. That is the
mean over the images only where all shares are of one size, so it is seen to here: weights make the
gradient that of the whole batch, and the loss that is shown the mean over its images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from cnncli.training.augmentation import Augmentation


@dataclass(frozen=True)
class Shares:
    """What the devices of this process get of a batch of `number` images for `count` devices.

    `rows` are places in the batch; those of device i of this process are `bounds[i]` up to
    `bounds[i + 1]`, of which the first `real[i]` count. A device without an image gets a copy of
    the first one, that counts for nothing. `scale` is what a row weighs.
    """

    number: int
    count: int
    rows: np.ndarray
    scale: np.ndarray
    bounds: np.ndarray
    real: np.ndarray

    @property
    def part(self) -> np.float32:
        """What the mean over one share weighs in the figures of an epoch, in images."""
        import numpy as np

        return np.float32(self.number / self.count)


def divide(number: int, count: int, first: int = 0, own: int | None = None) -> Shares:
    """Divide a batch among `count` devices, of which those from `first` on are of this process."""
    import numpy as np

    parts = np.array_split(np.arange(number), count)[first : None if own is None else first + own]
    real = np.array([len(part) for part in parts], np.int32)
    held = [part if len(part) else np.zeros(1, np.int64) for part in parts]
    sizes = [len(part) for part in held]
    return Shares(
        number,
        count,
        np.concatenate(held),
        np.repeat(real * (count / number), sizes).astype(np.float32),
        np.cumsum([0, *sizes]).astype(np.int32),
        real,
    )


@dataclass(frozen=True)
class Share:
    """What one device computes with: its images, and how many of them count."""

    images: Any
    targets: Any
    weights: Any
    real: Any
    part: Any


def train(model: Any, augmentation: Augmentation, share: Share) -> None:
    """Take one step, as Keras's `train_step` does, on the share of this device."""
    import tensorflow as tf

    images, targets = augmentation(tf.cast(share.images, tf.float32), share.targets)
    with tf.GradientTape() as tape:
        predicted = model(images, training=True)
        loss = _loss(model, images, targets, predicted, share, training=True)
        scaled = model.optimizer.scale_loss(loss)
    weights = model.trainable_weights
    model.optimizer.apply_gradients(zip(tape.gradient(scaled, weights), weights, strict=True))
    _count(model, targets, predicted, share)


def test(model: Any, share: Share) -> None:
    """Measure the share of this device, as Keras's `test_step` does."""
    import tensorflow as tf

    images = tf.cast(share.images, tf.float32)
    predicted = model(images, training=False)
    _loss(model, images, share.targets, predicted, share, training=False)
    _count(model, share.targets, predicted, share)


def _loss(
    model: Any, images: Any, targets: Any, predicted: Any, share: Share, *, training: bool
) -> Any:
    """Return the part of the batch's loss that is this device's, and count it for the epoch."""
    import tensorflow as tf

    loss = model.compute_loss(
        x=images, y=targets, y_pred=predicted, sample_weight=share.weights, training=training
    )
    # Keras divides by the number of devices, so that what they compute can be summed up.
    devices = tf.distribute.get_strategy().num_replicas_in_sync
    model.metrics[0].update_state(loss * tf.cast(devices, loss.dtype), sample_weight=share.part)
    return loss


def _count(model: Any, targets: Any, predicted: Any, share: Share) -> None:
    """Let the metrics see the images of a share, but for a copy that stands in for none."""
    model.compute_metrics(None, targets[: share.real], predicted[: share.real])
