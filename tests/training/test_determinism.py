"""What a card computes in no fixed order is found in the traced step; no card is needed."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework import config

from cnncli.training import determinism
from cnncli.training.augmentation import Augmentation
from cnncli.training.devices import Devices
from cnncli.training.examples import Examples
from cnncli.training.steps import compiled_steps

SHAPE = (16, 16, 3)
ALONE = Devices(None, 1, "GPU")


def traced(layers: list[Any], augmentation: Augmentation) -> Any:
    """Return the graph of the training step of a network."""
    model = keras.Sequential(
        [keras.Input(SHAPE), *layers, keras.layers.Flatten(), keras.layers.Dense(2)]
    )
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    like = Examples(np.zeros((4, *SHAPE), np.uint8), np.arange(4), np.zeros(4, np.int32))
    return compiled_steps(model, augmentation, ALONE, like).traced()


@pytest.mark.parametrize("name", ["Equalization", "RandAugment", "AugMix"])
def test_augmentation_that_a_card_refuses_works_on_the_processor(name: str) -> None:
    layers = [keras.layers.RandomContrast(0.2), getattr(keras.layers, name)()]
    plain = Augmentation(layers)
    assert determinism.refused(traced([], plain)) == ["DenseBincount"]
    spared = determinism.spared(plain, SHAPE)
    assert spared.on_processor == {layers[1].name}
    assert determinism.refused(traced([], spared)) == []
    images = np.random.default_rng(0).uniform(0, 255, (2, *SHAPE)).astype(np.float32)
    changed, _ = spared(tf.constant(images), None)
    assert changed.shape == images.shape


@pytest.mark.parametrize(
    ("layers", "found"),
    [
        # In front of what is trained, and behind it.
        ([keras.layers.Resizing(8, 8, interpolation="nearest")], []),
        (
            [keras.layers.Conv2D(2, 3), keras.layers.Resizing(8, 8, interpolation="nearest")],
            ["ResizeNearestNeighborGrad"],
        ),
        ([keras.layers.Conv2D(2, 3), keras.layers.UpSampling2D()], []),
        ([keras.layers.Conv2D(2, 3), keras.layers.UpSampling2D(interpolation="bilinear")], []),
        ([keras.layers.Conv2D(2, 3), keras.layers.BatchNormalization()], []),
        (
            [keras.layers.DepthwiseConv2D(3), keras.layers.MaxPool2D(), keras.layers.Dropout(0.1)],
            [],
        ),
    ],
)
def test_layers(layers: list[Any], found: list[str]) -> None:
    assert determinism.refused(traced(layers, Augmentation([]))) == found


def test_determinism_is_left_off_and_said() -> None:
    before, said = config.is_op_determinism_enabled(), list[str]()
    tf.config.experimental.enable_op_determinism()
    try:
        assert determinism.settle(traced([], Augmentation([])), said.append) == []
        assert config.is_op_determinism_enabled() and not said
        refused = [keras.layers.Conv2D(2, 3), keras.layers.Resizing(8, 8, interpolation="nearest")]
        found = determinism.settle(traced(refused, Augmentation([])), said.append)
        assert found == ["ResizeNearestNeighborGrad"]
        assert not config.is_op_determinism_enabled() and "ResizeNearestNeighborGrad" in said[0]
    finally:
        (config.enable_op_determinism if before else config.disable_op_determinism)()
