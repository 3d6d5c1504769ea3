"""Explanation methods where the right map is known exactly: networks that can be solved by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnncli.explain import integrated_gradients, occlusion
from cnncli.explain.network import Network
from cnncli.network.backend import load_keras
from cnncli.registry import METHODS

SIZE = 12
IMAGES = np.random.default_rng(4).normal(size=(3, SIZE, SIZE, 1)).astype(np.float32)
METHOD = {entry.name: entry.load() for entry in METHODS}


def linear_network(units: int = 1, channels: int = 1) -> Any:
    """Return a network whose score is a sum of pixels times weights."""
    keras = load_keras()
    keras.utils.set_random_seed(7)
    image = keras.Input((SIZE, SIZE, channels), name="image")
    activation = "sigmoid" if units == 1 else "softmax"
    flat = keras.layers.Flatten()(image)
    return keras.Model(image, keras.layers.Dense(units, activation=activation, name="d")(flat))


def weights_of(model: Any, target: int) -> np.ndarray:
    kernel = model.get_layer("d").get_weights()[0]
    values = (
        kernel[:, 0] * (1 if target == 1 else -1) if kernel.shape[1] == 1 else kernel[:, target]
    )
    return values.reshape(model.input_shape[1:]).astype(np.float64)


@pytest.mark.parametrize("units", [1, 3])
def test_a_linear_network_is_explained_by_its_weights(units: int):
    model = linear_network(units)
    network = Network(model, ["a", "b", "c"][: max(2, units)], "b" if units == 1 else None)
    for target in range(len(network.classes)):
        weights = weights_of(model, target)[..., 0]
        targets = [target] * len(IMAGES)
        products = weights * IMAGES[..., 0]
        for name, expected in (
            ("gradient", np.broadcast_to(weights, products.shape)),
            ("gradient-x-input", products),
            ("integrated-gradients", products),
            ("smoothgrad", np.broadcast_to(abs(weights), products.shape)),
        ):
            made = METHOD[name](network, IMAGES, targets).values
            assert made.dtype == np.float32
            np.testing.assert_allclose(made, expected, atol=1e-6, err_msg=name)
        covered = METHOD["occlusion"](network, IMAGES, targets).values
        sums = [[products[i][p].sum() for p in occlusion.patches(SIZE, SIZE)] for i in range(3)]
        assert covered.shape == (3, SIZE, SIZE)
        np.testing.assert_allclose(covered.reshape(3, -1), sums, atol=1e-5)


@pytest.mark.parametrize("name", [entry.name for entry in METHODS if entry.name != "smoothgrad"])
def test_the_two_classes_of_one_unit_are_opposite(name: str):
    network = Network(linear_network(), ["no", "yes"], "yes")
    if name in ("gradient", "gradient-x-input", "integrated-gradients", "occlusion", "rise"):
        for_, against = (METHOD[name](network, IMAGES, [c] * 3).values for c in (1, 0))
        assert abs(for_).max() > 0.01
        np.testing.assert_allclose(for_, -against, atol=1e-6)
    else:  # a class activation map is 0 where it would be negative: the classes share no place
        network = Network(pooled_network(1), ["no", "yes"], "yes")
        for_, against = (METHOD[name](network, IMAGES, [c] * 3).values for c in (1, 0))
        assert abs(for_ - against).max() > 0.01
        if name != "score-cam":
            assert not (for_ * against).any()


def pooled_network(units: int = 3) -> Any:
    """Return one convolution, the mean of each map, and one dense layer."""
    keras = load_keras()
    keras.utils.set_random_seed(5)
    layers = keras.layers
    image = keras.Input((SIZE, SIZE, 1))
    maps = layers.Conv2D(6, 3, activation="relu", name="maps")(image)
    pooled = layers.GlobalAveragePooling2D()(maps)
    activation = "sigmoid" if units == 1 else "softmax"
    return keras.Model(image, layers.Dense(units, activation=activation, name="d")(pooled))


def test_with_mean_pooling_and_one_dense_layer_grad_cam_is_cam():
    keras = load_keras()
    model = pooled_network()
    network = Network(model, ["a", "b", "c"])
    maps = np.asarray(keras.Model(model.input, model.get_layer("maps").output)(IMAGES), np.float64)
    kernel = model.get_layer("d").get_weights()[0].astype(np.float64)
    height, width = maps.shape[1:3]
    for target in range(3):
        cam = np.maximum(maps @ kernel[:, target], 0) / (height * width)  # Zhou and others (2016)
        assert cam.max() > 1e-4
        for name in ("grad-cam", "hires-cam"):
            made = METHOD[name](network, IMAGES, [target] * 3, "maps").values
            np.testing.assert_allclose(made, cam, atol=1e-7, err_msg=name)


def test_integrated_gradients_add_up_to_the_difference_of_scores():
    keras = load_keras()
    keras.utils.set_random_seed(3)
    layers = keras.layers
    image = keras.Input((SIZE, SIZE, 3))
    bent = layers.Dense(9, activation="tanh")(layers.Flatten()(image * 40))
    model = keras.Model(image, layers.Dense(4, activation="softmax")(bent))
    scores = keras.Model(image, bent)
    kernel = model.layers[-1].get_weights()[0]
    images = np.random.default_rng(1).normal(size=(4, SIZE, SIZE, 3)).astype(np.float32)
    made = integrated_gradients.maps(Network(model, list("abcd")), images, [0, 1, 2, 3])
    difference = np.diagonal((np.asarray(scores(images)) - np.asarray(scores(images * 0))) @ kernel)
    missed = abs(made.values.sum(axis=(1, 2)) - difference) / abs(difference)
    assert (missed <= 0.0101).all()
    np.testing.assert_allclose([each["missed"] for each in made.figures], missed, atol=1e-4)
    assert {each["baseline"] for each in made.figures} == {"black"}
    assert max(each["steps"] for each in made.figures) > 32


HEADS = ["in the layer", "a layer of its own", "an operation", "with dropout", "within a network"]


@pytest.mark.parametrize("head", HEADS)
def test_scores_are_what_the_last_activation_gets(head: str):
    keras = load_keras()
    layers = keras.layers
    image = keras.Input((SIZE, SIZE, 1))
    flat = layers.Flatten()(image)
    dense = layers.Dense(3, name="scores")
    if head == "in the layer":
        dense = layers.Dense(3, activation="softmax")
        outputs = dense(flat)
    elif head == "within a network":
        dense = layers.Dense(3, activation="softmax")
        outputs = keras.Sequential([keras.Input((SIZE * SIZE,)), dense], name="head")(flat)
    elif head == "an operation":
        outputs = keras.ops.softmax(dense(flat))
    else:
        scores = dense(flat)
        scores = layers.Dropout(0.5)(scores) if head == "with dropout" else scores
        outputs = layers.Activation("softmax")(scores)
    network = Network(keras.Model(image, outputs), ["a", "b", "c"])
    kernel, bias = dense.get_weights()
    expected = IMAGES.reshape(3, -1) @ kernel + bias
    for target in range(3):
        np.testing.assert_allclose(network.scores(IMAGES, target), expected[:, target], atol=1e-5)
        chances = np.exp(expected) / np.exp(expected).sum(axis=1, keepdims=True)
        found = network.probabilities(IMAGES, target)
        np.testing.assert_allclose(found, chances[:, target], atol=1e-6)
    gradient = network.gradients(IMAGES, 2)[0].reshape(-1)
    np.testing.assert_allclose(gradient, kernel[:, 2], atol=1e-6)


def test_colours_become_one_map_by_the_largest_with_its_sign():
    model = linear_network(channels=3)
    network = Network(model, ["no", "yes"], "yes")
    images = np.ones((1, SIZE, SIZE, 3), np.float32)
    weights = weights_of(model, 1)
    largest = np.where(weights.max(-1) > -weights.min(-1), weights.max(-1), weights.min(-1))
    made = METHOD["gradient"](network, images, [1]).values[0]
    np.testing.assert_allclose(made, largest, atol=1e-6)


@pytest.mark.parametrize("name", [entry.name for entry in METHODS])
def test_a_map_depends_on_its_image_alone(name: str):
    network = Network(pooled_network(), ["a", "b", "c"])
    together = METHOD[name](network, IMAGES, [0, 1, 2], "maps", 3).values
    alone = METHOD[name](network, IMAGES[1:2], [1], "maps", 3).values
    np.testing.assert_array_equal(together[1], alone[0])
    assert together.ndim == 3 and np.isfinite(together).all()
