"""Thresholds, against scikit-learn's curves; abstaining, against a plain count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_recall_curve, recall_score, roc_curve

from cnncli.metrics.abstaining import abstaining
from cnncli.metrics.thresholds import Thresholds

IMAGES = st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=2, max_size=40).filter(
    lambda images: len({one for one, _ in images}) == 2
)


def _arrays(images: list[tuple[bool, int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([one for one, _ in images]), np.array([score / 20 for _, score in images])


@settings(max_examples=150)
@given(IMAGES)
def test_the_best_are_those_of_the_curves(images: list[tuple[bool, int]]) -> None:
    """Scores of 0 apart, which are above no threshold: scikit-learn's ends take them, too."""
    truth, scores = _arrays(images)
    scores = np.maximum(scores, 0.01)
    found = Thresholds(truth, scores)
    precision, recall, _ = precision_recall_curve(truth, scores)
    sums = precision + recall
    f1 = 2 * precision * recall / np.where(sums > 0, sums, 1)
    assert f1_score(truth, scores > found.best("f1").value) == pytest.approx(f1.max())
    false, true, _ = roc_curve(truth, scores)
    best = found.best("youden")
    assert best.sensitivity + best.specificity - 1 == pytest.approx((true - false).max())
    assert recall_score(truth, scores > best.value) == pytest.approx(best.sensitivity)
    predicted = scores > best.value
    assert recall_score(~truth, ~predicted) == pytest.approx(best.specificity)


@settings(max_examples=150)
@given(IMAGES, st.sampled_from([0.5, 0.8, 0.9, 1.0]))
def test_the_least_that_is_asked_for_is_reached(
    images: list[tuple[bool, int]], least: float
) -> None:
    truth, scores = _arrays(images)
    found = Thresholds(truth, np.maximum(scores, 0.01))
    false, true, _ = roc_curve(truth, np.maximum(scores, 0.01), drop_intermediate=False)
    sensitive, specific = found.at_sensitivity(least), found.at_specificity(least)
    assert sensitive is not None and specific is not None
    assert sensitive.sensitivity >= least - 1e-9 and specific.specificity >= least - 1e-9
    assert sensitive.specificity == pytest.approx(1 - false[true >= least - 1e-9].min())
    assert specific.sensitivity == pytest.approx(true[1 - false >= least - 1e-9].max())


def test_a_threshold_has_few_digits_and_divides_well() -> None:
    scores = np.array([0.12345, 0.30001, 0.34999, 0.9])
    chosen = Thresholds(np.array([False, False, True, True]), scores).best("youden")
    assert (chosen.value, chosen.sensitivity, chosen.specificity) == (0.33, 1.0, 1.0)


def test_no_threshold_finds_what_has_no_chance_at_all() -> None:
    truth, scores = np.array([True, True, False]), np.array([0.0, 0.7, 0.2])
    assert Thresholds(truth, scores).at_sensitivity(0.9) is None


def test_abstaining_leaves_the_sure_ones() -> None:
    draws = np.random.default_rng(1)
    sure = draws.uniform(0.5, 1, 300)
    right = draws.random(300) < sure
    made = abstaining(sure, right, np.arange(300), 0.8)
    kept = [good for chance, good in zip(sure, right, strict=True) if chance >= 0.8]
    assert made["images"] == len(kept) and made["answered"] == len(kept) / 300
    assert made["accuracy"] == pytest.approx(sum(kept) / len(kept))
    assert made["accuracy_interval"][0] < made["accuracy"] < made["accuracy_interval"][1]
    assert len(made["curve"]) == 100
    first, last = made["curve"][0], made["curve"][-1]
    assert (first["answered"], first["accuracy"]) == (1.0, right.mean())
    assert last["answered"] == pytest.approx(1 / 300)
    none = abstaining(sure, right, np.arange(300), 1.0)
    assert none["images"] == 0 and np.isnan(none["accuracy"])
