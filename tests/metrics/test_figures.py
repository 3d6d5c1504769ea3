"""Figures that need no network: intervals, ties, missing classes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn import metrics

from cnncli.data.classes import positive
from cnncli.metrics import figures
from cnncli.metrics.figures import _Ranked


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_the_auc_of_a_resample_is_that_of_scikit_learn(data: st.DataObject) -> None:
    number = data.draw(st.integers(4, 30))
    truth = np.array(data.draw(st.lists(st.booleans(), min_size=number, max_size=number)))
    scores = np.array(
        data.draw(st.lists(st.integers(0, 5), min_size=number, max_size=number)), float
    )
    weights = np.array(data.draw(st.lists(st.integers(0, 3), min_size=number, max_size=number)))
    ours = _Ranked(truth, scores).auc(weights)
    rows = np.repeat(np.arange(number), weights)
    if len(set(truth[rows].tolist())) < 2:
        assert math.isnan(ours)
    else:
        assert ours == pytest.approx(metrics.roc_auc_score(truth[rows], scores[rows]))


def test_the_interval_of_accuracy_covers_the_truth() -> None:
    """Of 300 test parts of 200 images each, about 95 % have the true accuracy within."""
    draws = np.random.default_rng(1)
    inside = 0
    for _ in range(300):
        low, high = figures.accuracy_interval(draws.random(200) < 0.8, np.arange(200))
        inside += low <= 0.8 <= high
    assert 270 <= inside <= 297


def test_images_of_one_patient_count_together() -> None:
    """Ten copies of each image say no more than one of each: the intervals stay as wide."""
    draws = np.random.default_rng(3)
    labels = draws.integers(0, 2, 60)
    chances = draws.random(60)
    chances = np.stack([1 - chances, chances], 1)
    once = figures.figures(labels, chances, ["a", "b"], "b")
    ten = [np.repeat(each, 10, axis=0) for each in (labels, chances, np.arange(60))]
    grouped = figures.figures(*ten[:2], ["a", "b"], "b", ten[2])
    for name in ("accuracy_interval", "auc_interval"):
        assert grouped[name] == pytest.approx(once[name])
    assert (grouped["images"], grouped["groups"]) == (600, 60)
    ungrouped = figures.figures(*ten[:2], ["a", "b"], "b")["auc_interval"]
    assert ungrouped[1] - ungrouped[0] < 0.5 * (once["auc_interval"][1] - once["auc_interval"][0])


@pytest.mark.parametrize(("right", "images"), [(4, 4), (0, 9), (300, 300)])
def test_an_interval_has_a_width_even_where_all_is_right(right: int, images: int) -> None:
    expected = binomtest(right, images).proportion_ci(method="exact")
    found = figures.accuracy_interval(np.arange(images) < right, np.arange(images))
    assert found == pytest.approx(list(expected))


def test_no_interval_of_an_auc_that_no_draw_changes() -> None:
    labels, chances = np.array([0, 0, 1, 1]), np.array([[0.9, 0.1]] * 2 + [[0.2, 0.8]] * 2)
    made = figures.figures(labels, chances, ["a", "b"], "b")
    assert made["auc"] == 1.0 and all(map(math.isnan, made["auc_interval"]))


def test_one_answer_to_everything() -> None:
    labels, chances = np.array([0, 1, 1]), np.array([[0.2, 0.8]] * 3)
    assert figures.one_answer(figures.figures(labels, chances, ["a", "b"], "b"), "ab") == "b"
    chances[0] = (0.7, 0.3)
    assert figures.one_answer(figures.figures(labels, chances, ["a", "b"], "b"), "ab") is None


@pytest.mark.parametrize(("right", "images"), [(12, 12), (0, 7), (150, 200), (990, 1000)])
def test_a_small_test_part_is_said_to_be_small(right: int, images: int) -> None:
    low, high = binomtest(right, images).proportion_ci(method="wilson")
    note = figures.too_small({"accuracy": right / images, "images": images, "groups": images})
    assert (note is not None) == ((high - low) / 2 > 0.05)
    if note is not None:
        assert f"±{(high - low) / 2:.2f}" in note


def test_more_than_two_classes_are_means_over_the_classes() -> None:
    draws = np.random.default_rng(2)
    labels = draws.integers(0, 3, 90)
    chances = draws.dirichlet(np.ones(3), 90)
    made = figures.figures(labels, chances, ["a", "b", "c"])
    assert made["auc"] == pytest.approx(metrics.roc_auc_score(labels, chances, multi_class="ovr"))
    predicted = chances.argmax(axis=1)
    assert made["f1"] == pytest.approx(metrics.f1_score(labels, predicted, average="macro"))
    low, high = made["auc_interval"]
    assert low < made["auc"] < high


def test_what_cannot_be_computed_is_not_a_number() -> None:
    made = figures.figures(np.array([1, 1]), np.array([[0.2, 0.8], [0.6, 0.4]]), ["a", "b"], "b")
    assert made["accuracy"] == 0.5
    assert math.isnan(made["auc"])


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        (["effusion", "normal"], "effusion"),
        (["normal", "pneumonia"], "pneumonia"),
        (["cat", "dog"], "dog"),
        (["No Finding", "mass"], "mass"),
        (["a", "b", "c"], None),
    ],
)
def test_the_positive_class(classes: list[str], expected: str | None) -> None:
    assert positive(classes) == expected


def test_a_row_does_not_depend_on_its_place_or_neighbours() -> None:
    import keras

    from cnncli.training.probabilities import predictor

    keras.utils.set_random_seed(1)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((16, 16, 1)),
            layers.Conv2D(50, 3, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(1),
        ]
    )
    predict = predictor(model)
    images = np.random.default_rng(0).integers(0, 256, (16, 16, 16, 1)).astype(np.uint8)
    alone = np.concatenate([predict(image[None]) for image in images])
    assert np.array_equal(predict(images), alone)
    assert np.array_equal(predict(images[::-1]), alone[::-1])
