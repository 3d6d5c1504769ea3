"""Figures that need no network, against scikit-learn's."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn import metrics

from cnncli.data.classes import positive
from cnncli.metrics import figures
from cnncli.metrics.ranking import Ranked
from cnncli.metrics.rounding import as_written


@settings(max_examples=100)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=1, max_size=40))
def test_auc_and_average_precision_are_those_of_scikit_learn(
    images: list[tuple[bool, int]],
) -> None:
    truth, scores = np.array([one for one, _ in images]), np.array([s / 8 for _, s in images])
    ours = Ranked(truth, scores)
    if truth.any():
        expected = metrics.average_precision_score(truth, scores)
        assert ours.average_precision() == pytest.approx(expected)
        assert ours.average_precision() <= 1
    else:
        assert math.isnan(ours.average_precision())
    if truth.any() and not truth.all():
        assert ours.auc() == pytest.approx(metrics.roc_auc_score(truth, scores))
    else:
        assert math.isnan(ours.auc())


@pytest.mark.parametrize("number", [3, 7, 10, 49, 147])
def test_perfect_order_is_1_and_not_a_bit_more(number: int) -> None:
    truth = np.r_[np.ones(number, bool), np.zeros(5, bool)]
    scores = np.r_[np.linspace(0.9, 0.6, number), np.linspace(0.4, 0.1, 5)]
    ours = Ranked(truth, scores)
    assert (ours.auc(), ours.average_precision()) == (1.0, 1.0)


@settings(max_examples=100)
@given(
    st.lists(
        st.one_of(
            st.floats(0, 1),
            st.floats(0, 1, width=32),
            st.integers(0, 10**10).map(lambda n: n / 10**10),  # halves of the last digit
            st.floats(-700, 0).map(math.exp),
        ),
        min_size=1,
    )
)
def test_probabilities_are_rounded_as_they_are_written(values: list[float]) -> None:
    expected = [float(f"{value:.9g}") for value in values]
    assert as_written(np.array(values)).tolist() == expected


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
    assert made["log_loss"] == pytest.approx(metrics.log_loss(labels, chances))
    assert made["confusion"] == metrics.confusion_matrix(labels, predicted).tolist()
    low, high = made["auc_interval"]
    assert low < made["auc"] < high


def _absent(missing: int) -> tuple[np.ndarray, np.ndarray]:
    """Return labels of three of four classes, and probabilities that are mostly right."""
    draws = np.random.default_rng(missing)
    labels = draws.choice([c for c in range(4) if c != missing], 80)
    chances = draws.dirichlet(np.ones(4), 80)
    chances[np.arange(80), labels] += 0.5
    return labels, chances / chances.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("missing", [0, 2, 3])
def test_means_leave_out_classes_without_images(missing: int) -> None:
    labels, chances = _absent(missing)
    made = figures.figures(labels, chances, "abcd")
    there = [c for c in range(4) if c != missing]
    predicted = chances.argmax(axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = metrics.precision_recall_fscore_support(
            labels, predicted, labels=there, average="macro", zero_division=0
        )
        balanced = metrics.balanced_accuracy_score(labels, predicted)
    assert [made[name] for name in ("precision", "recall", "f1")] == pytest.approx(expected[:3])
    assert made["balanced_accuracy"] == pytest.approx(balanced)
    for name, figure in (
        ("auc", metrics.roc_auc_score),
        ("average_precision", metrics.average_precision_score),
    ):
        each = [figure(labels == c, chances[:, c]) for c in there]
        assert made[name] == pytest.approx(np.mean(each))
    assert math.isfinite(made["auc_interval"][0])
    row = made["classes"]["abcd"[missing]]
    assert row["support"] == 0 and math.isnan(row["recall"]) and math.isnan(row["f1"])
    assert made["classes_without_images"] == ["abcd"[missing]]
    assert "abcd"[missing] in figures.missing(made)


def test_all_right_is_1_even_where_a_class_is_absent() -> None:
    labels = np.array([0, 1, 2, 2])
    made = figures.figures(labels, np.eye(4)[labels], "abcd")
    for name in ("accuracy", "balanced_accuracy", *figures.MEANS):
        assert made[name] == 1.0
    assert math.isnan(made["classes"]["d"]["precision"])


def test_nothing_is_said_where_every_class_has_images() -> None:
    labels = np.array([0, 1])
    assert figures.missing(figures.figures(labels, np.eye(2)[labels], "ab", "b")) is None


def test_what_cannot_be_computed_is_not_a_number() -> None:
    made = figures.figures(np.array([1, 1]), np.array([[0.2, 0.8], [0.6, 0.4]]), ["a", "b"], "b")
    assert made["accuracy"] == 0.5
    assert math.isnan(made["auc"])
    made = figures.figures(np.array([0, 0]), np.array([[0.2, 0.8], [0.6, 0.4]]), ["a", "b"], "b")
    assert (made["precision"], made["balanced_accuracy"]) == (0.0, 0.5)
    assert math.isnan(made["recall"]) and math.isnan(made["f1"])


@pytest.mark.parametrize("digits", [1, 9])
def test_the_true_class_among_the_likeliest(digits: int) -> None:
    draws = np.random.default_rng(5)
    chances = draws.dirichlet(np.ones(7), 200).round(digits)
    labels = draws.integers(0, 7, 200)
    made = figures.figures(labels, chances, "abcdefg")["top_k_accuracy"]
    for k in (2, 3, 5):
        expected = metrics.top_k_accuracy_score(labels, chances, k=k, labels=range(7))
        assert made[str(k)] == expected
    assert figures.figures(labels % 2, chances[:, :2], "ab", "b")["top_k_accuracy"] is None


def test_figures_of_no_image() -> None:
    made = figures.figures(np.zeros(0, int), np.zeros((0, 3)), "abc")
    for name in ("accuracy", "balanced_accuracy", "log_loss", *figures.MEANS):
        assert math.isnan(made[name])
    assert (made["images"], made["groups"]) == (0, 0)


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
