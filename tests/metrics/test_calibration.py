"""How far probabilities can be taken at their word, against scikit-learn's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve

from cnncli.errors import DataError
from cnncli.metrics import calibration
from cnncli.metrics.figures import figures


def _drawn(classes: int, images: int = 400) -> tuple[np.ndarray, np.ndarray]:
    draws = np.random.default_rng(classes)
    chances = draws.dirichlet(np.full(classes, 0.4), images)
    labels = np.array([draws.choice(classes, p=row) for row in chances])
    return labels, chances


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_brier_score(classes: int) -> None:
    labels, chances = _drawn(classes)
    expected = metrics.brier_score_loss(
        labels, chances if classes > 2 else chances[:, 1], labels=list(range(classes))
    )
    assert calibration.brier_score(labels, chances) == pytest.approx(expected)


@pytest.mark.parametrize("classes", [2, 10])
@pytest.mark.parametrize("digits", [1, 9])
def test_reliability_is_the_calibration_curve(classes: int, digits: int) -> None:
    """With one digit, many images are equally sure, and stay together."""
    labels, chances = _drawn(classes)
    chances = chances.round(digits)
    right = chances.argmax(axis=1) == labels
    sure = chances.max(axis=1)
    accuracy, confidence = calibration_curve(right, sure, n_bins=15, strategy="quantile")
    bins = calibration.reliability(labels, chances)
    assert [each["accuracy"] for each in bins] == pytest.approx(accuracy.tolist())
    assert [each["confidence"] for each in bins] == pytest.approx(confidence.tolist())
    assert sum(each["images"] for each in bins) == len(labels)
    if digits == 9:
        assert {each["images"] for each in bins} <= {26, 27}
        assert calibration.expected_calibration_error(bins) == pytest.approx(
            np.average(np.abs(accuracy - confidence), weights=[each["images"] for each in bins])
        )


def test_a_worked_example() -> None:
    """Ten images said to be sure to 0.8, of which six are right, and ten of 0.6, all right."""
    chances = np.repeat([[0.8, 0.2], [0.6, 0.4]], 10, axis=0)
    labels = np.r_[np.zeros(6), np.ones(4), np.zeros(10)].astype(int)
    made = figures(labels, chances, ["a", "b"], "b")
    assert made["expected_calibration_error"] == pytest.approx((0.2 + 0.4) / 2)
    assert [each["images"] for each in made["reliability"]] == [10, 10]


@pytest.mark.parametrize("true", [0.4, 1.0, 3.0])
def test_the_temperature_is_that_of_a_regression(true: float) -> None:
    """Of two classes, a logistic regression of one number without penalty is the same problem."""
    from sklearn.linear_model import LogisticRegression

    draws = np.random.default_rng(3)
    logits = draws.normal(0, 2, 2000)
    labels = (draws.random(2000) < 1 / (1 + np.exp(-logits / true))).astype(int)
    pairs = np.stack([np.zeros(2000), logits], axis=1)
    fitted = calibration.temperature(labels, pairs)
    reference = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10)
    reference.fit(logits[:, None], labels)
    assert fitted == pytest.approx(1 / reference.coef_[0, 0], rel=1e-3)
    chances = 1 / (1 + np.exp(-logits / fitted))
    expected = metrics.log_loss(labels, chances)
    assert calibration.log_loss(labels, pairs, fitted) == pytest.approx(expected)


def test_no_temperature_of_images_that_are_all_right() -> None:
    with pytest.raises(DataError, match="every validation image is told right"):
        calibration.temperature(np.array([0, 1]), np.array([[2.0, 1.0], [0.0, 1.0]]))


def test_of_no_image() -> None:
    made = figures(np.zeros(0, int), np.zeros((0, 2)), ["a", "b"], "b")
    assert math.isnan(made["brier_score"]) and math.isnan(made["expected_calibration_error"])
    assert made["reliability"] == []
