"""Intervals: that they cover, that groups count together, and when there is none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, bootstrap
from sklearn import metrics

from cnncli.metrics import figures, intervals
from cnncli.metrics.intervals import Bootstrap


@settings(max_examples=50)
@given(st.data())
def test_the_auc_of_a_draw_is_that_of_scikit_learn(data: st.DataObject) -> None:
    number = data.draw(st.integers(4, 30))
    truth = np.array(data.draw(st.lists(st.booleans(), min_size=number, max_size=number)))
    scores = np.array(
        data.draw(st.lists(st.integers(0, 5), min_size=number, max_size=number)), float
    )
    weights = np.array(data.draw(st.lists(st.integers(0, 3), min_size=number, max_size=number)))
    rows = np.repeat(np.arange(number), weights)
    if 0 < truth[rows].sum() < len(rows):
        pairs = intervals._pairs_in_order(truth, scores, weights[None].astype(np.float32))
        positives = truth[rows].sum()
        ours = pairs[0] / (positives * (len(rows) - positives))
        assert ours == pytest.approx(metrics.roc_auc_score(truth[rows], scores[rows]))


def test_the_mean_auc_of_three_classes_is_that_of_scikit_learn_in_each_draw() -> None:
    draws = np.random.default_rng(5)
    labels = draws.integers(0, 3, 60)
    chances = draws.dirichlet(np.ones(3), 60)
    drawn = intervals.bootstrap(np.arange(60))
    values = []
    for weights in drawn.weights.astype(int):
        rows = np.repeat(np.arange(60), weights)
        values.append(metrics.roc_auc_score(labels[rows], chances[rows], multi_class="ovr"))
    found = intervals.auc_interval([labels == c for c in range(3)], list(chances.T), drawn)
    assert found == pytest.approx(np.percentile(values, [2.5, 97.5]).tolist())


def test_the_interval_of_accuracy_covers_the_truth() -> None:
    """Of 300 test parts of 200 images each, about 95 % have the true accuracy within."""
    draws = np.random.default_rng(1)
    drawn = intervals.bootstrap(np.arange(200))
    inside = 0
    for _ in range(300):
        low, high = intervals.accuracy_interval(draws.random(200) < 0.8, np.arange(200), drawn)
        inside += low <= 0.8 <= high
    assert 270 <= inside <= 297


def test_the_interval_of_accuracy_is_that_of_scipy() -> None:
    right = np.random.default_rng(2).random(300) < 0.7
    low, high = bootstrap((right,), np.mean, method="percentile", rng=3).confidence_interval
    found = intervals.accuracy_interval(right, np.arange(300), intervals.bootstrap(np.arange(300)))
    assert found == pytest.approx([low, high], abs=0.01)


@pytest.mark.parametrize(("right", "images"), [(4, 4), (0, 9), (300, 300)])
def test_an_interval_has_a_width_even_where_all_is_right(right: int, images: int) -> None:
    expected = binomtest(right, images).proportion_ci(method="exact")
    units = np.arange(images)
    found = intervals.accuracy_interval(units < right, units, intervals.bootstrap(units))
    assert found == pytest.approx(list(expected))


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


def test_no_interval_of_an_auc_that_no_draw_changes() -> None:
    labels, chances = np.array([0, 0, 1, 1]), np.array([[0.9, 0.1]] * 2 + [[0.2, 0.8]] * 2)
    made = figures.figures(labels, chances, ["a", "b"], "b")
    assert made["auc"] == 1.0 and all(map(math.isnan, made["auc_interval"]))


@pytest.mark.parametrize(("singles", "there"), [(1, True), (2, False)])
def test_no_interval_of_a_few_draws(singles: int, there: bool) -> None:
    """One class of a single image is missing from 37 % of the draws, one of two from 60 %."""
    draws = np.random.default_rng(4)
    labels = np.r_[np.zeros(20, int), np.full(20, singles + 1), 1 + np.arange(singles)]
    chances = draws.dirichlet(np.ones(singles + 2), len(labels))
    made = figures.figures(labels, chances, "abcd"[: singles + 2])
    assert math.isfinite(made["auc"])
    assert math.isfinite(made["auc_interval"][0]) == there
    assert made["bootstrap"] == {"draws": intervals.DRAWS, "seed": intervals.SEED}


def test_an_interval_wants_half_of_the_draws() -> None:
    values = np.r_[np.linspace(0, 1, 1000), np.full(1000, np.nan)]
    assert intervals.interval(values) == pytest.approx([0.025, 0.975])
    values[0] = np.nan
    assert all(map(math.isnan, intervals.interval(values)))


def test_of_very_many_images_fewer_draws_are_taken() -> None:
    assert intervals.draws_for(10_000, 10_000 * 9_000) == intervals.DRAWS
    assert intervals.draws_for(60_000, 60_000 * 54_000) == intervals.FEWEST_DRAWS
    assert intervals.FEWEST_DRAWS < intervals.draws_for(100_000, 0) < intervals.DRAWS


def test_draws_take_images_of_one_unit_together() -> None:
    units = np.array([7, 7, 3, 9, 3, 9])
    drawn: Bootstrap = intervals.bootstrap(units)
    assert (drawn.weights[:, 0] == drawn.weights[:, 1]).all()
    assert (drawn.weights[:, [0, 2, 3]].sum(axis=1) == 3).all()


@pytest.mark.parametrize(("right", "images"), [(12, 12), (0, 7), (150, 200), (990, 1000)])
def test_half_the_width_of_wilsons_interval(right: int, images: int) -> None:
    low, high = binomtest(right, images).proportion_ci(method="wilson")
    half = intervals.wilson_half_width(right / images, images)
    assert half == pytest.approx((high - low) / 2, rel=1e-6)
