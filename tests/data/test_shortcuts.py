"""Rules that tell classes apart, against SciPy's and scikit-learn's answers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import barnard_exact, fisher_exact, ks_2samp
from sklearn.metrics import balanced_accuracy_score

from cnncli.data import shortcuts
from cnncli.data.shortcuts import Property, Rule


@pytest.mark.parametrize("shift", [0.0, 1.5, -4.0])
def test_the_best_threshold_is_where_the_distributions_differ_most(shift: float) -> None:
    draws = np.random.default_rng(1)
    labels = ["a"] * 70 + ["b"] * 40
    values = np.round(np.r_[draws.normal(0, 1, 70), draws.normal(shift, 1, 40)], 1)
    a, b = shortcuts._rules(labels, Property("x", values))
    difference = ks_2samp(values[:70], values[70:]).statistic
    for rule in (a, b):
        assert rule.balanced_accuracy == pytest.approx((1 + difference) / 2)
        side, cut = rule.condition.split()
        chosen = values < float(cut) if side == "below" else values > float(cut)
        truth = np.array(labels) == rule.label
        assert rule.balanced_accuracy == pytest.approx(balanced_accuracy_score(truth, chosen))


def test_the_rule_of_values_is_right_for_what_it_has_not_seen() -> None:
    """Random sizes of few images each: a rule that is judged by its own images would be good."""
    draws = np.random.default_rng(2)
    labels = ["a", "b"] * 100
    values = [str(value) for value in draws.integers(0, 100, 200)]
    for rule in shortcuts._rules(labels, Property("x", values)):
        assert rule.balanced_accuracy < 0.6


def test_values_that_are_common_in_a_class_tell_it() -> None:
    labels = ["a"] * 50 + ["b"] * 50
    values = ["x"] * 45 + ["y"] * 5 + ["y"] * 48 + ["x"] * 2
    a, b = shortcuts._rules(labels, Property("x", values))
    said = [value == "x" for value in values]
    expected = balanced_accuracy_score([label == "a" for label in labels], said)
    assert a.balanced_accuracy == b.balanced_accuracy == pytest.approx(expected)
    assert (a.condition, a.otherwise) == ("x", "y")


def test_chance_is_fishers() -> None:
    rule = Rule("a", "", "", 9, 10, 2, 12)
    table = [[9, 1], [2, 10]]
    assert rule.chance() == pytest.approx(fisher_exact(table, alternative="greater").pvalue)
    assert rule.chance() == pytest.approx(
        barnard_exact(table, alternative="greater").pvalue, abs=0.01
    )


def test_the_interval_covers_the_truth() -> None:
    draws = np.random.default_rng(3)
    inside = 0
    for _ in range(200):
        rule = Rule("a", "", "", int(draws.binomial(60, 0.9)), 60, int(draws.binomial(40, 0.2)), 40)
        low, high = rule.interval()
        inside += low <= 0.85 <= high
    assert inside >= 188  # Clopper and Pearson's are no shorter than they say


def test_chance_tells_nothing() -> None:
    """Of 300 small data sets with many properties, at most a few are taken for told by chance."""
    draws = np.random.default_rng(4)
    alarms = 0
    for _ in range(300):
        labels = ["a"] * 8 + ["b"] * 8
        families = [[Property(str(n), draws.random(16))] for n in range(4)]
        families += [[Property(f"t{n}", list(draws.choice(list("xyz"), 16)))] for n in range(4)]
        alarms += bool(shortcuts.find(labels, families))
    assert alarms <= 5


def test_one_finding_for_one_cause() -> None:
    labels = ["a"] * 20 + ["b"] * 20
    size = Property("size", ["1 x 1"] * 20 + ["2 x 2"] * 20)
    pixels = Property("pixels", np.r_[np.ones(20), np.full(20, 4.0)])
    (told,) = shortcuts.find(labels, [[size, pixels]])
    assert told.name == "size" and told.wrong
