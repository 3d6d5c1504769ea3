"""Sensitivity, specificity and predictive values, against scikit-learn's, draw by draw."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import balanced_accuracy_score, recall_score

from cnncli.metrics import intervals, rates
from cnncli.metrics.figures import figures


def _of_three() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draws = np.random.default_rng(7)
    labels = draws.integers(0, 3, 90)
    predicted = np.where(draws.random(90) < 0.6, labels, draws.integers(0, 3, 90))
    return labels, predicted, np.repeat(np.arange(30), 3)


def _rate(rate: str, labels: np.ndarray, predicted: np.ndarray, weights: np.ndarray) -> float:
    """A predictive value is a recall with truth and prediction exchanged."""
    pair = (predicted, labels) if "predictive" in rate else (labels, predicted)
    of = 1 if rate in ("sensitivity", "positive_predictive_value") else 0
    return float(recall_score(*pair, pos_label=of, sample_weight=weights, zero_division=np.nan))


@pytest.mark.parametrize("rate", rates.RATES)
def test_rates_and_their_intervals_are_those_of_scikit_learn(rate: str) -> None:
    labels, predicted, units = _of_three()
    drawn = intervals.bootstrap(units)
    rows, _ = rates.of_classes(labels, predicted, 3, units, drawn)
    for place, row in enumerate(rows):
        pair = ((labels == place).astype(int), (predicted == place).astype(int))
        assert row[rate] == pytest.approx(_rate(rate, *pair, np.ones(90)))
        found = [_rate(rate, *pair, weights) for weights in drawn.weights[:300]]
        some = intervals.Bootstrap(drawn.weights[:300])
        again, _ = rates.of_classes(labels, predicted, 3, units, some)
        expected = np.percentile(found, [2.5, 97.5])
        assert again[place][f"{rate}_interval"] == pytest.approx(expected.tolist())


def test_the_interval_of_the_balanced_accuracy() -> None:
    labels, predicted, units = _of_three()
    some = intervals.Bootstrap(intervals.bootstrap(units).weights[:300])
    _, found = rates.of_classes(labels, predicted, 3, units, some)
    each = [balanced_accuracy_score(labels, predicted, sample_weight=w) for w in some.weights]
    assert found == pytest.approx(np.percentile(each, [2.5, 97.5]).tolist())


def test_a_rate_of_1_has_an_exact_interval_of_its_groups() -> None:
    labels, predicted = np.repeat([1, 0], 20), np.repeat([1, 0], 20)
    units = np.arange(40) // 4
    rows, _ = rates.of_classes(labels, predicted, 2, units, intervals.bootstrap(units))
    expected = binomtest(5, 5).proportion_ci(method="exact")
    for rate in rates.RATES:
        assert rows[1][rate] == 1.0
        assert rows[1][f"{rate}_interval"] == pytest.approx(list(expected))


def test_what_was_never_predicted_has_no_predictive_value() -> None:
    labels, chances = np.array([0, 1, 1]), np.array([[0.9, 0.1]] * 3)
    made = figures(labels, chances, ["a", "b"], "b")
    assert made["sensitivity"] == 0.0 and made["specificity"] == 1.0
    assert math.isnan(made["positive_predictive_value"])
    assert all(map(math.isnan, made["positive_predictive_value_interval"]))
    assert made["negative_predictive_value"] == pytest.approx(1 / 3)
